"""One line out of the engine, as sections of ``pjsip.conf``; nothing from a value can open a section of its own."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Sequence
from dataclasses import dataclass, field

from callwright.errors import SetupError
from callwright.telephony.asterisk.signing import LEVELS, profile, signing_endpoint
from callwright.telephony.asterisk.transports import SipAddress

#: Nothing that ends a line, opens a section or begins a comment may come from a value.
_UNSAFE = re.compile(r"[\x00-\x1f\x7f;\[\]]")
#: A password is the provider's choice. Brackets open a section at the start of a line only, and it never stands there.
_UNSAFE_IN_PASSWORD = re.compile(r"[\x00-\x1f\x7f;]")
_NAME = re.compile(r"[a-z][a-z0-9-]{0,30}")
_HOST = re.compile(r"[A-Za-z0-9]([A-Za-z0-9.-]{0,251}[A-Za-z0-9])?|\[[0-9A-Fa-f:.]{2,45}\]")
_ADDRESS = re.compile(rf"(?:{_HOST.pattern})(?::[0-9]{{1,5}})?")
_CODECS = re.compile(r"[a-z0-9]+(,[a-z0-9]+)*")
DTMF_MODES = ("rfc4733", "info", "auto_info", "inband")
#: Below the 30 seconds after which translators forget a flow of UDP (RFC 4787 asks for 2 minutes, many do not keep it).
_KEEPALIVE_SECONDS = 15
_TIMERS = {"off": "no", "accept": "yes", "require": "required"}
_RELIABLE = {"off": "no", "accept": "yes", "require": "required"}
_CALLER_ID = ("pai", "rpid", "none")
_SRTP = ("off", "optional", "required")


@dataclass(frozen=True, kw_only=True)
class TrunkConfig:
    """One line out of the engine, as an endpoint of PJSIP. Raises ``SetupError`` for a value that is not safe.

    The fields from ``outbound_proxy`` on are those of ``numbers.sip_options.SipOptions``.
    """

    #: Also the endpoint's name in dial strings.
    name: str
    host: str
    #: ``None``: PJSIP asks DNS for SRV records, then takes the protocol's own port.
    port: int | None = 5060
    transport: str = "udp"
    username: str | None = None
    password: str | None = field(default=None, repr=False)
    codecs: str = "ulaw,alaw"
    dtmf_mode: str = "auto_info"
    outbound_proxy: str | None = None
    from_user: str | None = None
    from_domain: str | None = None
    caller_id: str = "none"
    allow_from: Sequence[str] = ()
    session_timers: str = "off"
    reliable_provisional: str = "accept"
    qualify_seconds: int = 0
    rtp_timeout_seconds: int = 60
    srtp: str = "off"
    tls_verify: bool = True
    tls_ca_file: str | None = None
    inbound_digest: bool = False
    register: bool = False
    registrar: str | None = None
    register_seconds: int = 300
    sign_calls: bool = True

    def __post_init__(self) -> None:
        for good, what in (
            (_NAME.fullmatch(self.name), "name"),
            (_HOST.fullmatch(self.host), "host"),
            (self.port is None or 0 < self.port < 65536, "port"),
            (self.transport in ("udp", "tcp", "tls"), "transport"),
            (_CODECS.fullmatch(self.codecs), "codecs"),
            (self.dtmf_mode in DTMF_MODES, "DTMF mode"),
            (_plain(self.username), "user name"),
            (self.password is None or not _UNSAFE_IN_PASSWORD.search(self.password), "password"),
            (_address(self.outbound_proxy), "outbound proxy"),
            (_address(self.registrar), "registrar"),
            (_plain(self.from_user), "from user"),
            (_address(self.from_domain), "from domain"),
            (self.caller_id in _CALLER_ID, "caller id's form"),
            (all(_is_network(network) for network in self.allow_from), "allow list"),
            (self.session_timers in _TIMERS, "session timers"),
            (self.reliable_provisional in _RELIABLE, "100rel"),
            (self.srtp in _SRTP, "SRTP"),
            (_plain(self.tls_ca_file), "CA file"),
            (not self.register or self.username is not None, "registration without a user name"),
            (not self.inbound_digest or self.password, "digest of inbound calls without a password"),
        ):
            if not good:
                raise SetupError(f"trunk {self.name!r}: the {what} cannot be written into Asterisk's configuration")


def endpoints(trunks: Sequence[TrunkConfig], address: SipAddress | None = None, *, signs: bool = False) -> str:
    """Return the PJSIP sections of these trunks, and of what they need beside UDP and TCP at ``address``.

    With ``signs`` a trunk whose calls are signed has an endpoint for each level of attestation beside its own.
    """
    at = address or SipAddress()
    secure = dict(_tls(trunk, at) for trunk in trunks if trunk.transport == "tls")
    return "\n".join([*secure.values(), *(_trunk(trunk, at, signs=signs) for trunk in trunks)])


def _trunk(trunk: TrunkConfig, address: SipAddress, *, signs: bool) -> str:
    transport = _tls(trunk, address)[0] if trunk.transport == "tls" else trunk.transport
    sections = [_endpoint(trunk, transport, address), _aor(trunk)]
    if signs and trunk.sign_calls:
        sections += [_endpoint(trunk, transport, address, level) for level in LEVELS]
    if trunk.username is not None:
        sections.append(
            [
                f"[{trunk.name}]",
                "type = auth",
                "auth_type = userpass",
                f"username = {trunk.username}",
                f"password = {trunk.password or ''}",
            ]
        )
    if trunk.inbound_digest:
        # no trunk's name has a dot, so this one belongs to no other
        section = [f"[{trunk.name}.in]", "type = auth", "auth_type = userpass", f"username = {trunk.name}"]
        sections.append([*section, f"password = {trunk.password or ''}"])
    if trunk.allow_from:
        matches = [f"match = {network}" for network in trunk.allow_from]
        sections.append([f"[{trunk.name}]", "type = identify", f"endpoint = {trunk.name}", *matches])
    if trunk.register:
        sections.append(_registration(trunk, transport))
    return "\n".join("\n".join(section) + "\n" for section in sections)


def _endpoint(trunk: TrunkConfig, transport: str, address: SipAddress, level: str | None = None) -> list[str]:
    """Return the trunk's endpoint, or the one for calls out that are signed with this level."""
    name = trunk.name
    digest = trunk.inbound_digest and level is None
    lines = [
        f"[{name if level is None else signing_endpoint(name, level)}]",
        "type = endpoint",
        f"transport = {transport}",
        "context = cw-in",
        # never by a user name in From, which anybody can write
        f"identify_by = {'ip,auth_username' if digest else 'ip'}",
        "disallow = all",
        f"allow = {trunk.codecs}",
        f"aors = {name}",
        "direct_media = no",
        "rtp_symmetric = yes",
        "force_rport = yes",
        "rewrite_contact = yes",
        f"dtmf_mode = {trunk.dtmf_mode}",
        "trust_id_outbound = yes",
        f"send_pai = {_yes(trunk.caller_id == 'pai')}",
        f"send_rpid = {_yes(trunk.caller_id == 'rpid')}",
        f"timers = {_TIMERS[trunk.session_timers]}",
        f"100rel = {_RELIABLE[trunk.reliable_provisional]}",
        f"media_encryption = {'no' if trunk.srtp == 'off' else 'sdes'}",
        f"media_encryption_optimistic = {_yes(trunk.srtp == 'optional')}",
        # a callee whose RTP stops without a BYE would hold a channel for ever
        f"rtp_timeout = {trunk.rtp_timeout_seconds}",
        f"rtp_timeout_hold = {trunk.rtp_timeout_seconds}",
        # while we only listen we send nothing, and a translator or a provider forgets who is silent
        f"rtp_keepalive = {_KEEPALIVE_SECONDS}",
        "t38_udptl = no",
        # a REFER would be a call that nobody counts
        "allow_transfer = no",
    ]
    if digest:
        lines.append(f"auth = {name}.in")
    if level is not None:
        lines.append(f"stir_shaken_profile = {profile(level)}")
    if trunk.username is not None:
        lines.append(f"outbound_auth = {name}")
    if trunk.from_user is not None:
        lines.append(f"from_user = {trunk.from_user}")
    domain = trunk.from_domain or (trunk.host if trunk.username is not None else address.seen_by(trunk.host))
    if domain is not None:
        lines.append(f"from_domain = {domain}")
    if trunk.outbound_proxy is not None:
        lines.append(f"outbound_proxy = {_uri(trunk, trunk.outbound_proxy)}\\;lr")
    return [*lines, ""]


def _aor(trunk: TrunkConfig) -> list[str]:
    lines = [f"[{trunk.name}]", "type = aor", f"contact = {_uri(trunk, _own_address(trunk))}"]
    if trunk.qualify_seconds:
        lines.append(f"qualify_frequency = {trunk.qualify_seconds}")
    if trunk.outbound_proxy is not None:
        lines.append(f"outbound_proxy = {_uri(trunk, trunk.outbound_proxy)}\\;lr")
    return lines


def _tls(trunk: TrunkConfig, address: SipAddress) -> tuple[str, str]:
    return address.tls(verify=trunk.tls_verify, ca_file=trunk.tls_ca_file)


def _registration(trunk: TrunkConfig, transport: str) -> list[str]:
    lines = [
        f"[{trunk.name}]",
        "type = registration",
        f"transport = {transport}",
        f"outbound_auth = {trunk.name}",
        f"endpoint = {trunk.name}",
        # the provider's calls come to the contact that we registered, which nobody else knows
        "line = yes",
        f"server_uri = {_uri(trunk, trunk.registrar or _own_address(trunk))}",
        f"client_uri = sip:{trunk.from_user or trunk.username}@{trunk.from_domain or trunk.host}",
        f"contact_user = {trunk.username}",
        f"expiration = {trunk.register_seconds}",
        # ten by default: a customer of one provider need not spread its load
        "max_random_initial_delay = 1",
        "retry_interval = 30",
        "forbidden_retry_interval = 300",
        "fatal_retry_interval = 300",
        "max_retries = 1000000",
        "auth_rejection_permanent = no",
    ]
    if trunk.outbound_proxy is not None:
        lines.append(f"outbound_proxy = {_uri(trunk, trunk.outbound_proxy)}\\;lr")
    return lines


def _uri(trunk: TrunkConfig, address: str) -> str:
    # a semicolon begins a comment unless it is escaped
    return f"sip:{address}" + ("" if trunk.transport == "udp" else f"\\;transport={trunk.transport}")


def _own_address(trunk: TrunkConfig) -> str:
    return trunk.host if trunk.port is None else f"{trunk.host}:{trunk.port}"


def _yes(value: bool) -> str:
    return "yes" if value else "no"


def _plain(text: str | None) -> bool:
    return text is None or (bool(text) and not _UNSAFE.search(text))


def _address(text: str | None) -> bool:
    return text is None or bool(_ADDRESS.fullmatch(text))


def _is_network(text: str) -> bool:
    try:
        return ipaddress.ip_network(text, strict=False).prefixlen > 0
    except ValueError:
        return False
