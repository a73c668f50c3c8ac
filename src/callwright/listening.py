"""Where HTTP listens, and that nobody on the way can read the keys that come over it.

API keys are bearer tokens: whoever reads one request has the account (RFC 6750, 5.3). So plain HTTP stays on loopback
unless the operator says that a proxy which ends TLS stands before it, and which one.
"""

from __future__ import annotations

import socket
import ssl
from dataclasses import dataclass
from ipaddress import ip_address, ip_network
from pathlib import Path

from callwright.errors import SetupError
from callwright.settings import Settings


@dataclass(frozen=True, kw_only=True)
class Listening:
    """A checked way to listen."""

    host: str
    port: int
    cert: Path | None
    key: Path | None
    #: Proxies whose forwarding headers are believed; with none the headers are ignored.
    proxies: tuple[str, ...]

    @property
    def url(self) -> str:
        """Address for people."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{'http' if self.cert is None else 'https'}://{host}:{self.port}"


def listening(settings: Settings) -> Listening:
    """Return how to listen; raises ``SetupError`` for what would be unsafe or cannot work."""
    proxies = _proxies(settings.trusted_proxies)
    if (settings.tls_cert is None) != (settings.tls_key is None):
        missing = "CALLWRIGHT_TLS_KEY (--tls-key)" if settings.tls_key is None else "CALLWRIGHT_TLS_CERT (--tls-cert)"
        raise SetupError(f"TLS needs a certificate and its key: {missing} is missing")
    if settings.tls_cert is not None and settings.tls_key is not None:
        _check_certificate(settings.tls_cert, settings.tls_key)
    elif settings.behind_proxy:
        if not proxies:
            raise SetupError(
                "behind a proxy, CALLWRIGHT_TRUSTED_PROXIES must say which: its address, or a network such as "
                "10.0.0.0/24; else anybody could claim any address"
            )
    elif not _is_loopback(settings.host):
        raise SetupError(
            f"plain HTTP on {settings.host} would show API keys to everybody on the way. Give --tls-cert and "
            "--tls-key, or --behind-proxy with CALLWRIGHT_TRUSTED_PROXIES when a proxy ends TLS before it, or listen "
            "on 127.0.0.1"
        )
    return Listening(
        host=settings.host,
        port=settings.port,
        cert=settings.tls_cert,
        key=settings.tls_key,
        proxies=proxies,
    )


def check_port_is_free(host: str, port: int) -> None:
    """Raise ``SetupError`` when somebody else listens there: better now than after everything else has started."""
    with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            raise SetupError(
                f"HTTP cannot listen on {host}:{port} ({error.strerror}). Is callwright running already? "
                "Another port: CALLWRIGHT_PORT"
            ) from None


def _proxies(text: str) -> tuple[str, ...]:
    given = tuple(item.strip() for item in text.split(",") if item.strip())
    for item in given:
        try:
            ip_network(item)
        except ValueError as error:
            raise SetupError(f"CALLWRIGHT_TRUSTED_PROXIES: {error}; give addresses or CIDRs, comma-separated") from None
    return given


def _check_certificate(cert: Path, key: Path) -> None:
    for name, path in (("certificate", cert), ("key", key)):
        try:
            path.read_bytes()
        except OSError as error:
            raise SetupError(f"the TLS {name} {path} cannot be read: {error.strerror}") from None
    try:
        # a password makes OpenSSL fail where it would otherwise ask on the terminal
        ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER).load_cert_chain(cert, key, password="")
    except ssl.SSLError as error:
        raise SetupError(
            f"the TLS certificate {cert} and key {key} cannot be used ({error.reason or error}): both must be PEM, "
            "belong together, and the key must have no password"
        ) from None


def _is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False
