"""What a provider may ask of a SIP line beyond its address: every field reaches the engine's configuration."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Callable
from dataclasses import asdict, dataclass, fields
from typing import Any

from callwright.errors import FieldError

#: Nothing that ends a line, begins a comment or opens a section; no blanks or quotes in what stands in a URI.
_TOKEN = re.compile(r"[A-Za-z0-9.!%*_+~'-]{1,128}", re.ASCII)
_DOMAIN = re.compile(r"[A-Za-z0-9]([A-Za-z0-9.-]{0,251}[A-Za-z0-9])?|\[[0-9A-Fa-f:.]{2,45}\]", re.ASCII)
_ADDRESS = re.compile(rf"(?:{_DOMAIN.pattern})(?::[0-9]{{1,5}})?", re.ASCII)
_PATH = re.compile(r"/[A-Za-z0-9._/+@-]{1,250}", re.ASCII)
_MOST_NETWORKS = 64

CHOICES = {
    "caller_id": ("pai", "rpid", "none"),
    "session_timers": ("off", "accept", "require"),
    "reliable_provisional": ("off", "accept", "require"),
    "srtp": ("off", "optional", "required"),
}

#: What decides about single calls and not about the engine's configuration.
_PER_CALL = ("pass_caller_id", "withhold_number")


@dataclass(frozen=True, kw_only=True)
class SipOptions:
    """Options of one line; the defaults suit most providers."""

    #: ``host`` or ``host:port`` through which every request goes.
    outbound_proxy: str | None = None
    #: User and domain of ``From``; the caller's number and our address otherwise.
    from_user: str | None = None
    from_domain: str | None = None
    #: Header that carries the caller's number beside ``From``: P-Asserted-Identity, Remote-Party-ID or neither.
    caller_id: str = "none"
    #: The provider lets us show numbers that are not ours: a transfer may show the callee's to the other side.
    pass_caller_id: bool = False
    #: Callees do not see the caller's number: an anonymous ``From`` and ``Privacy: id`` (RFC 3323, RFC 3325). The
    #: header of ``caller_id`` still tells it to the provider.
    withhold_number: bool = False
    #: Addresses and networks (CIDR) from which the provider's requests come; none: it sends us no calls.
    allow_from: tuple[str, ...] = ()
    #: Calls that come in must prove the trunk's password; the user name is the trunk's name.
    inbound_digest: bool = False
    #: RFC 4028.
    session_timers: str = "off"
    #: RFC 3262 (100rel).
    reliable_provisional: str = "accept"
    #: Seconds between two OPTIONS to the provider; 0: none.
    qualify_seconds: int = 0
    #: A call without RTP from the other side for so long ends; 0: never.
    rtp_timeout_seconds: int = 60
    #: Encrypted media (RFC 4568); ``required``: a call without it fails.
    srtp: str = "off"
    #: The provider's certificate must be good (transport ``tls``).
    tls_verify: bool = True
    #: PEM file of the authorities that are believed; the machine's own otherwise.
    tls_ca_file: str | None = None
    #: Log in to the provider so that it knows where we are.
    register: bool = False
    #: ``host`` or ``host:port`` that takes the registration; the trunk's host otherwise.
    registrar: str | None = None
    register_seconds: int = 300
    #: Calls are signed (STIR/SHAKEN) when the appliance has a key; needs number format ``e164`` or ``plain``.
    sign_calls: bool = True

    def __post_init__(self) -> None:
        object.__setattr__(self, "allow_from", tuple(self.allow_from))

    @classmethod
    def stored(cls, value: dict[str, Any]) -> SipOptions:
        """Return the options of a stored object; names that this version does not know are left out."""
        known = {field.name for field in fields(cls)}
        return cls(**{name: item for name, item in value.items() if name in known})

    def to_store(self) -> dict[str, Any]:
        """Return the object to be stored."""
        return asdict(self)

    def for_engine(self) -> dict[str, Any]:
        """Return what the engine's configuration asks for: all but what decides about single calls."""
        return {name: value for name, value in asdict(self).items() if name not in _PER_CALL}

    def errors(self) -> list[FieldError]:
        """Return what is wrong with it."""
        found = [
            FieldError(field=name, message=f"one of {', '.join(choices)}", received=getattr(self, name))
            for name, choices in CHOICES.items()
            if getattr(self, name) not in choices
        ]
        checks: dict[str, tuple[Callable[[Any], object], str]] = {
            "outbound_proxy": (_is_address, "a host name or an address, with or without :port"),
            "registrar": (_is_address, "a host name or an address, with or without :port"),
            "from_user": (_TOKEN.fullmatch, "letters, digits and . ! % * _ + ~ ' -, at most 128"),
            "from_domain": (_DOMAIN.fullmatch, "a host name or an address"),
            "tls_ca_file": (_PATH.fullmatch, "an absolute path without blanks"),
            "allow_from": (_are_networks, f"at most {_MOST_NETWORKS} addresses or networks, such as 192.0.2.0/28"),
            "qualify_seconds": (lambda value: 0 <= value <= 86_400, "0 to 86400"),
            "rtp_timeout_seconds": (lambda value: 0 <= value <= 86_400, "0 to 86400"),
            "register_seconds": (lambda value: 30 <= value <= 86_400, "30 to 86400"),
        }
        found += [
            FieldError(field=name, message=message, received=getattr(self, name))
            for name, (good, message) in checks.items()
            if getattr(self, name) is not None and not good(getattr(self, name))
        ]
        return found


def _is_address(text: str) -> bool:
    if not _ADDRESS.fullmatch(text):
        return False
    port = re.search(r":(\d+)$", text) if not text.endswith("]") else None
    return port is None or 0 < int(port[1]) < 65536


def _are_networks(values: tuple[str, ...]) -> bool:
    if len(values) > _MOST_NETWORKS:
        return False
    try:
        networks = [ipaddress.ip_network(value, strict=False) for value in values]
    except ValueError:
        return False
    # a line that all the world may use is no line but an open relay
    return all(network.prefixlen > 0 for network in networks)
