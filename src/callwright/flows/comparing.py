"""Comparisons of a ``branch``: texts without regard to case, numbers as numbers when the author wrote a number."""

from __future__ import annotations

import re
from collections.abc import Callable
from decimal import Decimal
from operator import ge, gt, le, lt
from typing import Any

_NUMBER = re.compile(r"[+-]?[0-9]{1,30}(\.[0-9]{1,30})?", re.ASCII)


def holds(operator: str, actual: str | None, expected: Any) -> bool:
    """Return whether a variable's value (``None``: it has none) stands in that relation to the author's value.

    A variable without a value holds for ``!=`` and for ``exists`` with ``false`` only.
    """
    if operator == "exists":
        return (actual is not None) is (expected is not False)
    if actual is None:
        return operator == "!="
    if operator == "in":
        return any(_equal(actual, one) for one in expected)
    if operator == "contains":
        return _text(expected) in actual.casefold()
    if operator in _ORDERS:
        return _ordered(operator, actual, expected)
    return _equal(actual, expected) is (operator == "==")


def _equal(actual: str, expected: Any) -> bool:
    if isinstance(expected, int | float) and not isinstance(expected, bool):
        number = _number(actual)
        return number is not None and number == Decimal(str(expected))
    return actual.casefold() == _text(expected)


def _ordered(operator: str, actual: str, expected: Any) -> bool:
    """Compare by number when both are numbers, else by text, which suits ISO dates; not a text with a number."""
    left, right = _number(actual), _number(_text(expected))
    if left is not None and right is not None:
        return _ORDERS[operator](left, right)
    return isinstance(expected, str) and _ORDERS[operator](actual.casefold(), _text(expected))


def _number(text: str) -> Decimal | None:
    stripped = text.strip()
    return Decimal(stripped) if _NUMBER.fullmatch(stripped) else None


def _text(value: Any) -> str:
    return str(value).casefold()


_ORDERS: dict[str, Callable[[Any, Any], bool]] = {"<": lt, "<=": le, ">": gt, ">=": ge}
