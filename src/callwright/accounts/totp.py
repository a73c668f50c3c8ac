"""Time-based one-time passwords (RFC 6238) as a second factor, and the codes for the day the telephone is lost."""

from __future__ import annotations

import base64
import hmac
import os
import secrets
import struct
from datetime import datetime
from hashlib import sha1
from urllib.parse import quote, urlencode

from callwright.accounts.keys import hashed

#: What every authenticator application does: SHA-1, six digits, half a minute (RFC 6238, section 4).
STEP_SECONDS = 30
DIGITS = 6
#: RFC 4226, section 4, R6: 160 bits are recommended.
SECRET_BYTES = 20
#: Steps before and after the present one that count: a clock that is wrong, a person who types slowly (RFC 6238, 5.2).
_WINDOW = 1
RECOVERY_CODES = 10
#: 80 bits: what is stored is a SHA-256, and nobody tries them all.
_RECOVERY_BYTES = 10
_RECOVERY_GROUP = 4


def new_secret() -> bytes:
    """Return a new secret."""
    return os.urandom(SECRET_BYTES)


def as_text(secret: bytes) -> str:
    """Return a secret as people type it: base32 without padding."""
    return base64.b32encode(secret).decode().rstrip("=")


def from_text(text: str) -> bytes:
    """Return the secret that ``as_text`` wrote."""
    return base64.b32decode(text + "=" * (-len(text) % 8))


def uri(secret: bytes, *, account: str, issuer: str) -> str:
    """Return the ``otpauth`` address that authenticator applications read from a QR code."""
    # a colon would end the issuer
    label = f"{quote(issuer.replace(':', ' '))}:{quote(account)}"
    fields = {"secret": as_text(secret), "issuer": issuer, "algorithm": "SHA1", "digits": DIGITS}
    return f"otpauth://totp/{label}?{urlencode({**fields, 'period': STEP_SECONDS}, quote_via=quote)}"


def code_of(secret: bytes, step: int, *, digits: int = DIGITS) -> str:
    """Return the code of a time step (RFC 4226, section 5.3: dynamic truncation)."""
    digest = hmac.new(secret, struct.pack(">Q", step), sha1).digest()
    offset = digest[-1] & 0x0F
    number = struct.unpack(">I", digest[offset : offset + 4])[0] & 0x7FFF_FFFF
    return f"{number % 10**digits:0{digits}d}"


def step_at(now: datetime) -> int:
    """Return the time step of a moment: half minutes since 1970."""
    return int(now.timestamp()) // STEP_SECONDS


def matching_step(secret: bytes, code: str, now: datetime, *, after: int | None) -> int | None:
    """Return the step that a code belongs to, ``None`` for a wrong one.

    Steps up to ``after`` were used and count no more (RFC 6238, section 5.2: a code is accepted once). Every step of
    the window is tried, so that the time says nothing.
    """
    given = "".join(code.split()).encode("utf-8", "surrogatepass")
    present = step_at(now)
    found = None
    for step in range(present - _WINDOW, present + _WINDOW + 1):
        right = hmac.compare_digest(code_of(secret, step).encode(), given)
        if right and (after is None or step > after):
            found = step
    return found


def new_recovery_codes() -> list[str]:
    """Return codes such as ``abcd-efgh-ijkl-mnop``, each good for one sign-in."""
    texts = (base64.b32encode(secrets.token_bytes(_RECOVERY_BYTES)).decode().lower() for _ in range(RECOVERY_CODES))
    return ["-".join(text[i : i + _RECOVERY_GROUP] for i in range(0, len(text), _RECOVERY_GROUP)) for text in texts]


def recovery_hash(code: str) -> bytes:
    """Return what is stored of a recovery code, however it was typed."""
    return hashed("".join(character for character in code.lower() if character.isalnum()))
