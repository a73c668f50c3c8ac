"""Signing calls (STIR/SHAKEN, RFC 8224, RFC 8225, RFC 8588): the key, and the sections of ``stir_shaken.conf``.

A trunk that signs has an endpoint for each level of attestation beside its own, and a call takes the one of its level:
what is signed is what was decided for that call, without a reload between the decision and the INVITE.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from cryptography import x509
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec

from callwright.errors import SetupError

#: Full, partial and gateway attestation (RFC 8588).
LEVELS: Final = ("A", "B", "C")
KEY_FILE: Final = "stir_shaken.key"
#: Asterisk's modules; the second puts the header into the INVITE.
MODULES: Final = ("res_stir_shaken", "res_pjsip_stir_shaken")
#: Verifiers fetch it: RFC 8226 wants https. Nothing that could open a section or a comment of the configuration.
_URL = re.compile(r"https://[A-Za-z0-9.-]{1,253}(:(443|8443))?/[A-Za-z0-9._~/%+=@-]{1,500}", re.ASCII)


@dataclass(frozen=True, kw_only=True)
class Signing:
    """With what calls are signed."""

    #: PEM, without password; goes into a file that Asterisk's user alone reads, and nowhere else.
    private_key: str = field(repr=False)
    #: Where the other side finds the certificate (``x5u``).
    certificate_url: str


def read_signing(key_file: Path | None, certificate_url: str | None, certificate_file: Path | None) -> Signing | None:
    """Return what the settings ask for; ``None``: calls are not signed. Raises ``SetupError`` that names the setting.

    With ``certificate_file``, the certificate that stands at the address, it is checked that it is the key's and that
    it has not expired: else every call would carry a signature that nobody believes.
    """
    if key_file is None and certificate_url is None:
        return None
    if key_file is None or certificate_url is None:
        raise SetupError("CALLWRIGHT_STIR_SHAKEN_KEY and CALLWRIGHT_STIR_SHAKEN_CERTIFICATE_URL belong together")
    if not _URL.fullmatch(certificate_url):
        raise SetupError(
            "CALLWRIGHT_STIR_SHAKEN_CERTIFICATE_URL must be https://HOST/PATH (port 443 or 8443), where the other "
            "side finds the certificate"
        )
    key = _read_key(key_file)
    if certificate_file is not None:
        _check_certificate(certificate_file, key)
    text = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    return Signing(private_key=text.decode(), certificate_url=certificate_url)


def configuration(signing: Signing | None, folder: Path) -> str:
    """Return ``stir_shaken.conf``; the key lies in ``folder`` as ``KEY_FILE``."""
    if signing is None:
        return ""
    profiles = "".join(
        f"[{profile(level)}]\ntype = profile\nendpoint_behavior = attest\n"
        # no number is listed: the level is the call's, and the call chooses the profile
        f"attest_level = {level}\nunknown_tn_attest_level = {level}\n"
        for level in LEVELS
    )
    return (
        "[attestation]\nglobal_disable = no\ncheck_tn_cert_public_url = no\n"
        f"private_key_file = {folder / KEY_FILE}\npublic_cert_url = {signing.certificate_url}\n"
        f"attest_level = C\n{profiles}"
    )


def profile(level: str) -> str:
    """Return the name of the profile of a level of attestation."""
    return f"cw-{level.lower()}"


def signing_endpoint(trunk: str, level: str) -> str:
    """Return the name of a trunk's endpoint that signs with this level; no trunk's own name has an underscore."""
    return f"{trunk}_{level}"


def _read_key(file: Path) -> ec.EllipticCurvePrivateKey:
    setting = "CALLWRIGHT_STIR_SHAKEN_KEY"
    try:
        content = file.read_bytes()
    except OSError as error:
        raise SetupError(f"{setting}: {file} cannot be read: {error.strerror}") from None
    try:
        key = serialization.load_pem_private_key(content, None)
    except (ValueError, TypeError):
        # the library's words may repeat parts of the content
        raise SetupError(f"{setting}: {file} holds no private key in PEM without a password") from None
    if not isinstance(key, ec.EllipticCurvePrivateKey) or not isinstance(key.curve, ec.SECP256R1):
        raise SetupError(f"{setting}: the key must be of the curve P-256 (RFC 8225 signs with ES256)")
    return key


def _check_certificate(file: Path, key: ec.EllipticCurvePrivateKey) -> None:
    setting = "CALLWRIGHT_STIR_SHAKEN_CERTIFICATE"
    try:
        certificate = x509.load_pem_x509_certificate(file.read_bytes())
    except OSError as error:
        raise SetupError(f"{setting}: {file} cannot be read: {error.strerror}") from None
    except ValueError:
        raise SetupError(f"{setting}: {file} holds no certificate in PEM") from None
    if certificate.public_key() != key.public_key():
        raise SetupError(f"{setting}: {file} is not the certificate of CALLWRIGHT_STIR_SHAKEN_KEY")
    if certificate.not_valid_after_utc < datetime.now(UTC):
        raise SetupError(f"{setting}: {file} expired on {certificate.not_valid_after_utc:%Y-%m-%d}")
