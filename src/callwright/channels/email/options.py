"""What a route of the kind ``smtp`` says of its server, read once and refused with the field that is wrong."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from callwright.errors import FieldError, InvalidRequest

Security = Literal["starttls", "tls", "none"]
#: Providers whose servers are known: where they are, and how their webhooks name a mail.
PROVIDERS: Mapping[str, str] = {"postmark": "smtp.postmarkapp.com"}
_PORTS: Mapping[str, int] = {"starttls": 587, "tls": 465, "none": 25}
_HOST = re.compile(r"[A-Za-z0-9]([A-Za-z0-9.-]{0,251}[A-Za-z0-9])?|[0-9A-Fa-f:.]+")
_ADDRESS = re.compile(r"[A-Za-z0-9._%-]+@[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)*")
_DOMAIN = re.compile(r"\*|[a-z0-9-]+(\.[a-z0-9-]+)+")
_STREAM = re.compile(r"[a-z][a-z0-9-]{0,29}")
_TOPIC = re.compile(r"arn:aws[a-z-]*:sns:[a-z0-9-]+:[0-9]{12}:[A-Za-z0-9_.-]{1,256}")
_LOOPBACK_NAMES = frozenset({"localhost"})


@dataclass(frozen=True, kw_only=True)
class MailboxOptions:
    """A mailbox to which reports come, read by IMAP."""

    host: str
    port: int = 993
    security: Literal["tls", "starttls", "none"] = "tls"
    username: str = ""
    password: str = field(default="", repr=False)
    folder: str = "INBOX"
    poll_seconds: float = 60.0
    verify: bool = True


@dataclass(frozen=True, kw_only=True)
class SmtpOptions:
    """One mail server and how it is talked to; times in seconds."""

    host: str
    port: int
    security: Security = "starttls"
    #: Whether the server's certificate is checked.
    verify: bool = True
    username: str | None = None
    password: str | None = field(default=None, repr=False)
    #: Said in EHLO; ``None``: this machine's name.
    hello: str | None = None
    connections: int = 4
    #: Mails over one connection before it is made anew; some servers count.
    mails_per_connection: int = 1000
    timeout: float = 60.0
    #: Where reports go; their detail (``bounces+…``) tells the mail. ``None``: they go to the sender's address.
    bounce_address: str | None = None
    #: Mails a second to a domain; ``*`` is every other one.
    domain_rates: Mapping[str, float] = field(default_factory=dict)
    mailbox: MailboxOptions | None = None
    #: Reports are taken here by LMTP: address and port.
    lmtp_host: str = "127.0.0.1"
    lmtp_port: int | None = None
    #: ``postmark``: it replaces the Message-ID, so a header of its own names the mail to its webhooks.
    provider: str | None = None
    #: Of Postmark: the stream of the mails.
    stream: str | None = None
    #: Of Amazon SES: the only topic of SNS whose notifications are taken.
    sns_topic: str | None = None


def read_options(options: Mapping[str, Any], secrets: Mapping[str, str] | None) -> SmtpOptions:
    """Return what a route's options and secrets mean. Raises ``InvalidRequest`` naming each wrong field."""
    reading = _Reading(options, "options.")
    provider = reading.choice("provider", tuple(PROVIDERS), None)
    there = PROVIDERS.get(provider or "")
    host = reading.text("host", _HOST, "must be the name or address of a mail server", required=there is None)
    host = host or there or ""
    security: Security = reading.choice("security", ("starttls", "tls", "none"), "starttls")
    port = reading.whole("port", 1, 65535, _PORTS[security])
    username = reading.text("username")
    password = (secrets or {}).get("password")
    if security == "none" and username and not _is_loopback(host):
        reading.fault("security", "none would send the password in clear; use starttls or tls", security)
    together = "username and password belong together: give both or none"
    if secrets is not None and password and options.get("username") is None:
        reading.fault("username", together, None)
    elif secrets is not None and username and not password:
        reading.found.append(FieldError(field="secrets.password", message=together, received=None))
    read = SmtpOptions(
        host=host,
        port=port,
        security=security,
        verify=reading.flag("verify", True),
        username=username,
        password=password,
        hello=reading.text("hello", _HOST, "must be a host name"),
        connections=reading.whole("connections", 1, 100, 4),
        mails_per_connection=reading.whole("mails_per_connection", 1, 100_000, 1000),
        timeout=reading.number("timeout", 1, 600, 60.0),
        bounce_address=reading.text("bounce_address", _ADDRESS, "must be an address such as bounces@example.com"),
        domain_rates=reading.rates("domain_rates"),
        mailbox=reading.mailbox("imap", (secrets or {}).get("imap_password", "")),
        lmtp_host=reading.text("lmtp_host", _HOST, "must be an address of this machine") or "127.0.0.1",
        lmtp_port=reading.whole("lmtp_port", 1, 65535, 0) or None,
        provider=provider,
        stream=reading.text("stream", _STREAM, "must be the name of a stream of Postmark, such as broadcast"),
        sns_topic=reading.text("sns_topic", _TOPIC, "must be a topic's ARN, such as arn:aws:sns:eu-west-1:…:bounces"),
    )
    if read.stream is not None and provider != "postmark":
        reading.fault("stream", "is for provider=postmark", read.stream)
    reading.no_others()
    if reading.found:
        raise InvalidRequest(reading.found)
    return read


def option_errors(options: Mapping[str, Any], secrets: Mapping[str, str] | None) -> Sequence[FieldError]:
    """Return what is wrong with a route's options and secrets."""
    try:
        read_options(options, secrets)
    except InvalidRequest as error:
        return error.errors
    return ()


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host.lower() in _LOOPBACK_NAMES


class _Reading:
    def __init__(self, options: Mapping[str, Any], prefix: str) -> None:
        self._options, self._prefix = options, prefix
        self._known: set[str] = set()
        self.found: list[FieldError] = []

    def fault(self, name: str, message: str, received: Any) -> None:
        self.found.append(FieldError(field=f"{self._prefix}{name}", message=message, received=received))

    def _take(self, name: str) -> Any:
        self._known.add(name)
        return self._options.get(name)

    def no_others(self) -> None:
        for name in self._options:
            if name not in self._known:
                self.fault(name, f"is not an option; known are {', '.join(sorted(self._known))}", None)

    def text(
        self, name: str, pattern: re.Pattern[str] | None = None, message: str = "", *, required: bool = False
    ) -> str | None:
        value = self._take(name)
        if value is None and not required:
            return None
        if not isinstance(value, str) or not value or len(value) > 254 or not value.isprintable():
            self.fault(name, message or "must be a text", value)
        elif pattern is not None and not pattern.fullmatch(value):
            self.fault(name, message, value)
        else:
            return value
        return None

    def choice(self, name: str, known: Sequence[Any], default: Any) -> Any:
        value = self._take(name)
        if value is None:
            return default
        if value not in known:
            self.fault(name, f"must be one of {', '.join(known)}", value)
            return default
        return value

    def whole(self, name: str, least: int, most: int, default: int) -> int:
        value = self._take(name)
        if value is None:
            return default
        if not isinstance(value, int) or isinstance(value, bool) or not least <= value <= most:
            self.fault(name, f"must be a whole number from {least} to {most}", value)
            return default
        return value

    def number(self, name: str, least: float, most: float, default: float) -> float:
        value = self._take(name)
        if value is None:
            return default
        if not isinstance(value, int | float) or isinstance(value, bool) or not least <= value <= most:
            self.fault(name, f"must be a number from {least} to {most}", value)
            return default
        return float(value)

    def flag(self, name: str, default: bool) -> bool:
        value = self._take(name)
        if value is None:
            return default
        if not isinstance(value, bool):
            self.fault(name, "must be true or false", value)
            return default
        return value

    def rates(self, name: str) -> Mapping[str, float]:
        value = self._take(name)
        if value is None:
            return {}
        good = isinstance(value, Mapping) and len(value) <= 1000
        if good:
            for domain, rate in value.items():
                is_rate = isinstance(rate, int | float) and not isinstance(rate, bool) and 0.001 <= rate <= 10_000
                good = good and is_rate and bool(_DOMAIN.fullmatch(domain))
        if not good:
            self.fault(name, 'must hold mails a second by domain, such as {"example.com": 5, "*": 20}', None)
            return {}
        return {domain: float(rate) for domain, rate in value.items()}

    def mailbox(self, name: str, password: str) -> MailboxOptions | None:
        value = self._take(name)
        if value is None:
            return None
        if not isinstance(value, Mapping):
            self.fault(name, "must be an object with host and username", None)
            return None
        inner = _Reading(value, f"{self._prefix}{name}.")
        security = inner.choice("security", ("tls", "starttls", "none"), "tls")
        host = inner.text("host", _HOST, "must be the name or address of a mail server", required=True) or ""
        if security == "none" and host and not _is_loopback(host):
            inner.fault("security", "none would send the password in clear; use starttls or tls", security)
        read = MailboxOptions(
            host=host,
            port=inner.whole("port", 1, 65535, 993 if security == "tls" else 143),
            security=security,
            username=inner.text("username", required=True) or "",
            password=password,
            folder=inner.text("folder") or "INBOX",
            poll_seconds=inner.number("poll_seconds", 1, 3600, 60.0),
            verify=inner.flag("verify", True),
        )
        inner.no_others()
        self.found += inner.found
        return read
