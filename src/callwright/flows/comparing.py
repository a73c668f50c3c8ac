"""Comparisons of a ``branch``: texts without regard to case, numbers as numbers when the author wrote a number."""

from __future__ import annotations

import re
from collections.abc import Callable
from decimal import Decimal
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
    return _RELATIONS[operator](actual, expected)


def _equal(actual: str, expected: Any) -> bool:
    if isinstance(expected, int | float) and not isinstance(expected, bool):
        number = _number(actual)
        return number is not None and number == Decimal(str(expected))
    return actual.casefold() == _text(expected)


def _order(actual: str, expected: Any) -> int:
    """Return less than, equal to or more than 0: by number when both are numbers, else by text (ISO dates are fine)."""
    left, right = _number(actual), _number(_text(expected))
    if left is not None and right is not None:
        return (left > right) - (left < right)
    text, other = actual.casefold(), _text(expected)
    return (text > other) - (text < other)


def _number(text: str) -> Decimal | None:
    stripped = text.strip()
    return Decimal(stripped) if _NUMBER.fullmatch(stripped) else None


def _text(value: Any) -> str:
    return str(value).casefold()


_RELATIONS: dict[str, Callable[[str, Any], bool]] = {
    "==": _equal,
    "!=": lambda actual, expected: not _equal(actual, expected),
    ">": lambda actual, expected: _order(actual, expected) > 0,
    "<": lambda actual, expected: _order(actual, expected) < 0,
    ">=": lambda actual, expected: _order(actual, expected) >= 0,
    "<=": lambda actual, expected: _order(actual, expected) <= 0,
    "contains": lambda actual, expected: _text(expected) in actual.casefold(),
}
