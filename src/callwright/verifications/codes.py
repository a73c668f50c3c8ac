"""Codes: made at random, kept as hashes."""

from __future__ import annotations

import hmac
import re
import secrets

from callwright.store.secrets import SecretBox

SHORTEST, LONGEST = 4, 10
#: Marks that people write between digits.
_BETWEEN = re.compile(r"[\s-]+")


def make_code(length: int) -> str:
    """Return ``length`` digits that nobody can foresee."""
    return f"{secrets.randbelow(10**length):0{length}}"


def hash_of(box: SecretBox, verification_id: str, code: str) -> bytes:
    """Return what is kept of a code; useless without the appliance's key, and for another verification."""
    return box.digest(f"{verification_id} {_BETWEEN.sub('', code)}")


def is_code(box: SecretBox, verification_id: str, code: str, kept: bytes) -> bool:
    """Return whether this is the code whose hash was kept."""
    return hmac.compare_digest(hash_of(box, verification_id, code), kept)
