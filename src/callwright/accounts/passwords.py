"""Passwords: what is asked of one (NIST SP 800-63B), and how it is stored (argon2id, RFC 9106).

SP 800-63B-4, section 3.1.1.2, asks for 15 characters where the password is the only factor and 8 beside a second one;
it forbids rules of composition and periodic changes, and asks for a comparison with common and expected passwords. We
ask 12 of everybody. Parameters of argon2id are the first choice of OWASP's Password Storage Cheat Sheet.
"""

from __future__ import annotations

import asyncio
import os
import unicodedata
from collections.abc import Collection
from concurrent.futures import ThreadPoolExecutor
from importlib.resources import files

from cryptography.exceptions import InvalidKey
from cryptography.hazmat.primitives.kdf.argon2 import Argon2id

from callwright.errors import FieldError, InvalidRequest

SHORTEST = 12
#: A longer one would let strangers choose how long we compute.
LONGEST = 256
#: Words that are part of a password, but not most of it.
_LONGEST_REST = 4
#: Passwords that repeat so few characters are one of them, written often.
_LONGEST_PERIOD = 4
#: Rows of keyboards, letters and digits in order, read both ways.
_RUNS = (
    "abcdefghijklmnopqrstuvwxyz",
    "01234567890123456789",
    "qwertyuiopasdfghjklzxcvbnm",
    "qwertzuiopasdfghjklyxcvbnm",
    "azertyuiopqsdfghjklmwxcvbn",
    "1q2w3e4r5t6y7u8i9o0p",
    "1qaz2wsx3edc4rfv5tgb6yhn7ujm",
)
_MEMORY_KIB = 19_456
_ITERATIONS = 2
_LANES = 1
_HASH_BYTES = 32
_SALT_BYTES = 16
_PARAMETERS = f"m={_MEMORY_KIB},t={_ITERATIONS},p={_LANES}$"
#: Hashes at once in this process: each takes 19 MB and a processor.
_THREADS = ThreadPoolExecutor(max_workers=4, thread_name_prefix="password")

_COMMON = frozenset(files(__package__).joinpath("common_passwords.txt").read_text(encoding="utf-8").split())


def check_password(password: str, *, expected: Collection[str] = (), field: str = "password") -> None:
    """Raise ``InvalidRequest`` for a password that is too short or that others would try first.

    ``expected`` are words of this person: the email, the name, the organisation's.
    """
    fault = _fault(_normal(password), expected)
    if fault is not None:
        # what was received is not repeated
        raise InvalidRequest([FieldError(field=field, message=fault)])


def _fault(password: str, expected: Collection[str]) -> str | None:
    if len(password) < SHORTEST:
        return f"must have at least {SHORTEST} characters; several words are easy to remember"
    if len(password) > LONGEST:
        return f"must have at most {LONGEST} characters"
    plain = password.casefold()
    fault = None
    if plain in _COMMON or plain.rstrip("0123456789!?.*#$@ ") in _COMMON:
        fault = "is one of the commonest passwords"
    elif any(plain == (plain[:period] * len(plain))[: len(plain)] for period in range(1, _LONGEST_PERIOD + 1)):
        fault = "repeats the same few characters"
    elif any(plain in run or plain in run[::-1] for run in _RUNS):
        fault = "is a row of neighbouring keys or letters"
    elif any(word in plain and len(plain) - len(word) <= _LONGEST_REST for word in _words(expected)):
        fault = "is little more than your name, your email or your organisation"
    return None if fault is None else f"{fault}; choose another"


def _words(expected: Collection[str]) -> set[str]:
    words = {"callwright"}
    for text in expected:
        plain = unicodedata.normalize("NFKC", text).casefold()
        words |= {plain, plain.partition("@")[0], plain.replace(" ", "")}
    return {word for word in words if len(word) > _LONGEST_REST}


def _normal(password: str) -> str:
    """Return the password as SP 800-63B-4 asks for it before it is hashed: NFKC, so that keyboards do not matter."""
    return unicodedata.normalize("NFKC", password)


async def hash_password(password: str) -> str:
    """Return what is stored of a password: argon2id in PHC form with a salt of its own. It takes about 30 ms."""
    material = _normal(password).encode("utf-8", "surrogatepass")
    return await asyncio.get_running_loop().run_in_executor(_THREADS, _derive, material)


def _derive(material: bytes) -> str:
    argon = Argon2id(
        salt=os.urandom(_SALT_BYTES),
        length=_HASH_BYTES,
        iterations=_ITERATIONS,
        lanes=_LANES,
        memory_cost=_MEMORY_KIB,
    )
    return argon.derive_phc_encoded(material)


async def verify_password(password: str, stored: str | None) -> bool:
    """Return whether it is the password; ``stored`` ``None`` takes as long and is always wrong."""
    material = _normal(password[: LONGEST + 1]).encode("utf-8", "surrogatepass")
    return await asyncio.get_running_loop().run_in_executor(_THREADS, _verify, material, stored)


def _verify(material: bytes, stored: str | None) -> bool:
    if stored is None:
        # as much work as for somebody we know, so that the time tells nobody who has an account
        _derive(material)
        return False
    try:
        Argon2id.verify_phc_encoded(material, stored)
    except InvalidKey:
        return False
    return True


def is_outdated(stored: str) -> bool:
    """Return whether a hash was made with other parameters than today's; then it is made anew at the next sign-in."""
    return _PARAMETERS not in stored
