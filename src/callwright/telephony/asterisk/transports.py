"""Where the node speaks SIP, and what of it the other side is told: transports of ``pjsip.conf``."""

from __future__ import annotations

import hashlib
import ipaddress
import re
from collections.abc import Sequence
from dataclasses import dataclass

from callwright.errors import SetupError

#: Networks that see the node as it sees itself (RFC 1918, RFC 3927, loopback): no address translation on the way.
PRIVATE_NETWORKS = ("127.0.0.0/8", "10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "169.254.0.0/16")
#: What Debian and the systems derived from it believe.
_SYSTEM_AUTHORITIES = "/etc/ssl/certs/ca-certificates.crt"
_PATH = re.compile(r"[^\x00-\x1f\x7f;\[\]]+")


@dataclass(frozen=True, kw_only=True)
class SipAddress:
    """Where SIP comes in, and how that looks from outside. Raises ``SetupError`` for what is no address.

    With ``external_host`` requests to anywhere but ``local_networks`` name it in Via and Contact, and
    ``external_media_host`` (the same unless given) in the session description.
    """

    host: str = "127.0.0.1"
    port: int = 5060
    external_host: str | None = None
    external_media_host: str | None = None
    local_networks: Sequence[str] = PRIVATE_NETWORKS

    def __post_init__(self) -> None:
        try:
            for host in (self.external_host, self.external_media_host):
                if host is not None:
                    ipaddress.ip_address(host)
            for network in self.local_networks:
                ipaddress.ip_network(network, strict=False)
        except ValueError as error:
            raise SetupError(f"addresses of SIP beyond a NAT: {error}") from None
        if self.external_media_host is not None and self.external_host is None:
            raise SetupError("an external media address needs an external SIP address too")

    def seen_by(self, host: str) -> str | None:
        """Return the outside address when ``host`` lies beyond the translation, else ``None``."""
        try:
            address = ipaddress.ip_address(host.strip("[]"))
        except ValueError:
            return self.external_host
        local = any(address in ipaddress.ip_network(network, strict=False) for network in self.local_networks)
        return None if local else self.external_host

    def usual(self) -> str:
        """Return the sections of UDP and TCP."""
        return "".join(self._section(name, name, self.port) + "\n" for name in ("udp", "tcp"))

    def tls(self, *, verify: bool, ca_file: str | None) -> tuple[str, str]:
        """Return the name and the section of TLS towards providers whose certificates must be so.

        Whom to believe is a property of the transport, and a transport is never read again: the name holds what the
        section says, so that a change makes another one. PJSIP cannot do without a listener. All of these share the
        port after SIP's, and nobody who connects to it gets a session: it has no certificate.
        """
        authorities = ca_file or _SYSTEM_AUTHORITIES
        if not _PATH.fullmatch(authorities):
            raise SetupError("the CA file cannot be written into Asterisk's configuration")
        lines = f"method = tlsv1_2\nverify_server = {'yes' if verify else 'no'}\nca_list_file = {authorities}\n"
        rest = self._lines("tls", self.port % 65535 + 1) + lines
        name = f"tls-{hashlib.sha256(rest.encode()).hexdigest()[:10]}"
        return name, f"[{name}]\n{rest}"

    def _section(self, name: str, protocol: str, port: int) -> str:
        return f"[{name}]\n{self._lines(protocol, port)}"

    def _lines(self, protocol: str, port: int) -> str:
        lines = [f"type = transport\nprotocol = {protocol}\nbind = {self.host}:{port}"]
        if self.external_host is not None:
            lines.append(f"external_signaling_address = {self.external_host}")
            lines.append(f"external_media_address = {self.external_media_host or self.external_host}")
            lines += [f"local_net = {network}" for network in self.local_networks]
        return "\n".join(lines) + "\n"
