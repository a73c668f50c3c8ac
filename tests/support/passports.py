"""Reads the ``Identity`` header of an INVITE (RFC 8224) as a verifier does: with the certificate's key."""

from __future__ import annotations

import base64
import json
from dataclasses import dataclass
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature

from support.sipp import Invite


@dataclass(frozen=True, kw_only=True)
class Passport:
    """A PASSporT whose signature is good (RFC 8225)."""

    header: dict[str, Any]
    payload: dict[str, Any]
    #: What follows the token in the SIP header.
    parameters: str


def verified(certificate: x509.Certificate, invite: Invite) -> Passport:
    """Return the PASSporT of an INVITE; fails without one, raises ``InvalidSignature`` for another key's."""
    identity = invite.header("Identity")
    assert identity is not None, "the INVITE has no Identity header"
    token, _, parameters = identity.partition(";")
    header, payload, signature = token.split(".")
    raw = _decoded(signature)
    assert len(raw) == 64, "ES256 is 64 bytes (RFC 7518)"
    key = certificate.public_key()
    assert isinstance(key, ec.EllipticCurvePublicKey)
    # JWS has the two numbers one after the other, the library wants them as DER
    dss = encode_dss_signature(int.from_bytes(raw[:32]), int.from_bytes(raw[32:]))
    key.verify(dss, f"{header}.{payload}".encode(), ec.ECDSA(hashes.SHA256()))
    return Passport(header=json.loads(_decoded(header)), payload=json.loads(_decoded(payload)), parameters=parameters)


def _decoded(part: str) -> bytes:
    return base64.urlsafe_b64decode(part + "=" * (-len(part) % 4))
