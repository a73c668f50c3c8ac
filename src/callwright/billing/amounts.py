"""Amounts and currencies as people write them; nothing is rounded silently."""

from __future__ import annotations

import re
from decimal import Decimal

from callwright.errors import FieldError, InvalidRequest

_AMOUNT = re.compile(r"-?[0-9]{1,12}(\.[0-9]{1,6})?")
_CURRENCY = re.compile(r"[A-Z]{3}")


def amount_fault(text: str, *, negative: bool = False) -> str | None:
    """Return what is wrong with an amount, or ``None``."""
    if not _AMOUNT.fullmatch(text):
        return "must be an amount such as 12.50, with at most 12 digits before the point and 6 after it"
    if not negative and text.startswith("-"):
        return "must not be negative"
    return None


def read_amount(text: str, *, field: str, negative: bool = False, zero: bool = True) -> Decimal:
    """Return an exact amount. Raises ``InvalidRequest`` that names ``field``."""
    fault = amount_fault(text.strip(), negative=negative)
    if fault is None:
        amount = Decimal(text.strip())
        if amount or zero:
            return amount
        fault = "must not be zero"
    raise InvalidRequest([FieldError(field=field, message=fault, received=text[:60])])


def read_currency(text: str, *, field: str) -> str:
    """Return an ISO 4217 code in capitals. Raises ``InvalidRequest``."""
    code = text.strip().upper()
    if not _CURRENCY.fullmatch(code):
        raise InvalidRequest(
            [FieldError(field=field, message="must be an ISO 4217 code such as EUR", received=text[:60])]
        )
    return code
