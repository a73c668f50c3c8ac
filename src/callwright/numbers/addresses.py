"""What a person is reached at: a telephone number or an e-mail address, in the one form that is stored."""

from __future__ import annotations

import re
from typing import Any

from callwright.errors import FieldError, InvalidRequest
from callwright.numbers.parsing import read_number

#: What can be delivered is found out by delivering; this keeps out what is no address at all (RFC 5321: 254 octets).
_EMAIL = re.compile(r"[^\s@<>\"(),;:\\\x00]+@[^\s@<>\"(),;:\\\x00.]+(\.[^\s@<>\"(),;:\\\x00.]+)+")
_MAX_EMAIL = 254


def read_email(value: Any, *, field: str) -> str:
    """Return an e-mail address in small letters; raises ``InvalidRequest`` naming ``field``."""
    text = value.strip().lower() if isinstance(value, str) else ""
    if not _EMAIL.fullmatch(text) or len(text.encode()) > _MAX_EMAIL:
        raise InvalidRequest([FieldError(field=field, message="is not an e-mail address", received=value)])
    return text


def read_address(value: Any, *, field: str, region: str, sandbox: bool, channel: str | None = None) -> str:
    """Return a number in E.164 or an e-mail address in small letters; raises ``InvalidRequest`` naming ``field``.

    ``channel`` says which of both is meant; without it, an ``@`` does.
    """
    if channel == "email" or (channel is None and isinstance(value, str) and "@" in value):
        return read_email(value, field=field)
    return read_number(value, field=field, region=region, sandbox=sandbox)
