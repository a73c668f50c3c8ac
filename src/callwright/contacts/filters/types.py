"""What a filter may ask of which field, and constants brought to one form."""

from __future__ import annotations

import difflib
import math
from collections.abc import Mapping
from datetime import UTC, date, datetime
from enum import StrEnum

from callwright.contacts.filters.language import (
    Comparison,
    Either,
    Every,
    Expression,
    FilterError,
    Negation,
    Value,
)


class Kind(StrEnum):
    """The type of a field."""

    TEXT = "text"
    NUMBER = "number"
    BOOLEAN = "boolean"
    #: A day, ``2025-04-15``.
    DATE = "date"
    #: A moment, ``2025-04-15T10:30:00+00:00``.
    TIME = "time"
    #: Several texts, such as tags.
    TEXTS = "texts"


#: Fields that every contact has; the organisation's own come to them.
BUILT_IN: Mapping[str, Kind] = {
    "external_id": Kind.TEXT,
    "first_name": Kind.TEXT,
    "last_name": Kind.TEXT,
    "title": Kind.TEXT,
    "company": Kind.TEXT,
    "language": Kind.TEXT,
    "time_zone": Kind.TEXT,
    "street": Kind.TEXT,
    "postcode": Kind.TEXT,
    "city": Kind.TEXT,
    "region": Kind.TEXT,
    "country": Kind.TEXT,
    #: What dialects call the person.
    "number": Kind.NUMBER,
    #: The primary ones.
    "phone": Kind.TEXT,
    "email": Kind.TEXT,
    "tags": Kind.TEXTS,
    #: E.164, all of them.
    "numbers": Kind.TEXTS,
    "emails": Kind.TEXTS,
    #: Ids and names.
    "groups": Kind.TEXTS,
    #: Asked not to be contacted, in any scope, by any of the numbers and addresses.
    "opted_out": Kind.BOOLEAN,
    "created_at": Kind.TIME,
    "updated_at": Kind.TIME,
}

#: What a JSON number holds exactly everywhere (RFC 8259, section 6).
LARGEST_INTEGER = 2**53 - 1

_ORDERED = frozenset({"==", "!=", "<", "<=", ">", ">=", "in"})
_OPERATORS: Mapping[Kind, frozenset[str]] = {
    Kind.TEXT: _ORDERED | {"contains"},
    Kind.NUMBER: _ORDERED,
    Kind.BOOLEAN: frozenset({"==", "!=", "in"}),
    Kind.DATE: _ORDERED,
    Kind.TIME: _ORDERED,
    Kind.TEXTS: frozenset({"contains", "in"}),
}
_CONSTANT = {
    Kind.TEXT: 'text in quotes, such as "Springfield"',
    Kind.NUMBER: "a number, such as 100",
    Kind.BOOLEAN: "true or false",
    Kind.DATE: 'a day, such as "2025-04-15"',
    Kind.TIME: 'a day or a time, such as "2025-04-15T10:30:00Z"',
    Kind.TEXTS: 'text in quotes, such as "late"',
}


def checked(expression: Expression, kinds: Mapping[str, Kind]) -> Expression:
    """Return the filter with its constants in one form; raises ``FilterError`` for what cannot be compared.

    ``kinds`` are all fields that it may name: ``BUILT_IN`` and the organisation's own.
    """
    match expression:
        case Every(parts):
            return Every(tuple(checked(part, kinds) for part in parts))
        case Either(parts):
            return Either(tuple(checked(part, kinds) for part in parts))
        case Negation(part):
            return Negation(checked(part, kinds))
        case Comparison():
            return _comparison(expression, kinds)


def _comparison(comparison: Comparison, kinds: Mapping[str, Kind]) -> Comparison:
    field, op, value = comparison.field, comparison.op, comparison.value
    kind = kinds.get(field)
    if kind is None:
        near = difflib.get_close_matches(field.lower(), kinds, n=1, cutoff=0.6)
        raise FilterError(f"there is no field {field!r}" + (f"; did you mean {near[0]!r}?" if near else ""))
    if value is None:
        if op in {"==", "!="}:
            return comparison
        raise FilterError(f"{field} {op} null has no meaning; null goes with == and !=")
    if op not in _OPERATORS[kind]:
        allowed = " ".join(sorted(_OPERATORS[kind]))
        raise FilterError(f"{field} is a field of type {kind}, which takes {allowed} (and == null, != null), not {op}")
    if op == "in":
        if not isinstance(value, tuple):
            raise FilterError(f'{field} in needs a list, such as {field} in ["a", "b"]')
        return Comparison(field=field, op=op, value=tuple(_constant(field, kind, item) for item in value))
    if isinstance(value, tuple):
        raise FilterError(f"{field} {op} takes one value; a list goes with in")
    return Comparison(field=field, op=op, value=_constant(field, kind, value))


def _constant(field: str, kind: Kind, value: Value) -> str | int | float | bool:
    wrong = FilterError(f"{field} is a field of type {kind}: it is compared with {_CONSTANT[kind]}")
    if kind is Kind.BOOLEAN:
        if isinstance(value, bool):
            return value
        raise wrong
    if kind is Kind.NUMBER:
        if not isinstance(value, int | float) or isinstance(value, bool) or not math.isfinite(value):
            raise wrong
        if isinstance(value, int) and abs(value) > LARGEST_INTEGER:
            raise FilterError(f"{field}: whole numbers go up to {LARGEST_INTEGER}")
        return value
    if not isinstance(value, str):
        raise wrong
    if "\x00" in value:
        raise FilterError(f"{field}: the character U+0000 cannot be stored, so nothing holds it")
    try:
        value.encode()
        if kind is Kind.DATE:
            return date.fromisoformat(value).isoformat()
        if kind is Kind.TIME:
            moment = datetime.fromisoformat(value)
            return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).astimezone(UTC).isoformat()
    except (ValueError, OverflowError):
        raise wrong from None
    return value
