"""What a customer's URL must look like, as far as that can be said without a look-up."""

from __future__ import annotations

import re
from collections.abc import Sequence

import httpx

from callwright.events.addresses import Network, is_allowed, parse_address

#: Longer ones are refused; an index of the deliveries holds the URL, and PostgreSQL limits its rows to 2.7 kB.
MAX_URL_BYTES = 2000
#: Characters that servers and libraries read differently, so that a check could look at another host than the caller.
_CONFUSING = re.compile(r"[\x00-\x20\x7f\\\ud800-\udfff]")
_AUTHORITY_END = re.compile(r"[/?#]")
#: A last label like this makes resolvers read the host as an IPv4 address in an old form: 2130706433, 0x7f.1, 127.1.
_NUMBER = re.compile(r"(0x[0-9a-f]*|[0-9]+)", re.IGNORECASE)
_LOCAL_NAMES = ("localhost",)


def url_of(url: str) -> httpx.URL:
    """Parse as the client does. Raises ``ValueError``."""
    try:
        return httpx.URL(url)
    except httpx.InvalidURL as error:
        raise ValueError(f"this is not a URL: {error}") from None


def check_url(url: str, allowed: Sequence[Network] = ()) -> None:
    """Raise ``ValueError`` with a sentence when a webhook can never go to ``url``.

    ``allowed`` are the operator's networks. A host that is a name is looked up only when the webhook is sent.
    """
    host = check_form(url)
    address = parse_address(host)
    if address is None and (host in _LOCAL_NAMES or host.endswith(tuple(f".{name}" for name in _LOCAL_NAMES))):
        address = parse_address("127.0.0.1")
    if address is not None and not is_allowed(address, allowed):
        raise ValueError(
            "the URL leads to an address that is not public; an operator may allow its network "
            "(CALLWRIGHT_WEBHOOK_ALLOW_NETWORKS)"
        )


def check_form(url: str) -> str:
    """Return the host, in lower case, of a well-formed URL. Raises ``ValueError`` with a sentence for any other."""
    if len(url.encode("utf-8", "surrogatepass")) > MAX_URL_BYTES:
        raise ValueError(f"a URL may have at most {MAX_URL_BYTES} bytes")
    if _CONFUSING.search(url):
        raise ValueError("a URL may not contain spaces, control characters or backslashes")
    parsed = url_of(url)
    if parsed.scheme not in {"http", "https"}:
        raise ValueError("a URL must begin with https:// or http://")
    if parsed.userinfo or "@" in _AUTHORITY_END.split(url.split("//", 1)[-1], maxsplit=1)[0]:
        raise ValueError("a URL may not contain a user name or a password")
    host = parsed.raw_host.decode("ascii").rstrip(".").lower()
    if not host:
        raise ValueError("the URL has no host")
    if parsed.port is not None and not 1 <= parsed.port <= 65535:
        raise ValueError("the port must be from 1 to 65535")
    if "%" in host:
        raise ValueError("the host may not contain '%'")
    if parse_address(host) is None and _NUMBER.fullmatch(host.rsplit(".", 1)[-1]):
        raise ValueError("write an IP address in its usual form, such as 192.0.2.1")
    return host
