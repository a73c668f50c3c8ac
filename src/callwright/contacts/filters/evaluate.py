"""The meaning of a filter, in memory: what the SQL of ``compile`` must agree with.

Three-valued logic: a comparison with a missing value is unknown (``None``), so that neither ``city == "x"`` nor
``not city == "x"`` finds people without a city; ``city == null`` does.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from callwright.contacts.filters.language import Comparison, Either, Every, Expression, Negation
from callwright.contacts.filters.types import Kind

_COMPARE: Mapping[str, Callable[[Any, Any], bool]] = {
    "==": operator.eq,
    "!=": operator.ne,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}


def evaluate(expression: Expression, record: Mapping[str, Any], kinds: Mapping[str, Kind]) -> bool | None:
    """Return whether a checked filter holds for a contact; ``None`` when a missing value leaves it open.

    A value that has not the type of its field counts as missing.
    """
    match expression:
        case Every(parts):
            results = [evaluate(part, record, kinds) for part in parts]
            return False if False in results else None if None in results else True
        case Either(parts):
            results = [evaluate(part, record, kinds) for part in parts]
            return True if True in results else None if None in results else False
        case Negation(part):
            result = evaluate(part, record, kinds)
            return None if result is None else not result
        case Comparison(field=field, op=op, value=constant):
            kind = kinds[field]
            if kind is Kind.TEXTS:
                return _several(record.get(field) or (), op, constant)
            return _single(typed(kind, record.get(field)), op, constant, kind)


def typed(kind: Kind, value: Any) -> Any:
    """Return a value in the form in which values of its kind are compared; ``None`` when it is of another type."""
    if kind is Kind.NUMBER:
        # floats as JSON writes them: 0.1 is 0.1
        fits = isinstance(value, int | float) and not isinstance(value, bool)
        return Decimal(repr(value)) if fits else None
    if kind is Kind.BOOLEAN:
        return value if isinstance(value, bool) else None
    if kind is Kind.TIME:
        return datetime.fromisoformat(value) if isinstance(value, str) else value
    if isinstance(value, date):
        return value.isoformat()
    return value if isinstance(value, str) else None


def _single(value: Any, op: str, constant: Any, kind: Kind) -> bool | None:
    if constant is None:
        return (value is None) is (op == "==")
    if op == "in" and not constant:
        return False
    if value is None:
        return None
    if op == "in":
        return any(value == typed(kind, item) for item in constant)
    if op == "contains":
        return constant in value
    return _COMPARE[op](value, typed(kind, constant))


def _several(values: Any, op: str, constant: Any) -> bool:
    if constant is None:
        return (not values) is (op == "==")
    if op == "in":
        return any(item in values for item in constant)
    return constant in values
