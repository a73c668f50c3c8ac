"""Filters of accounts are segments: comparisons of this dialect to native ones and back."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from callwright.api.dialects.multisender.account_fields import OWN, TEXTS
from callwright.api.dialects.multisender.fields import whole
from callwright.contacts.filters.language import OPERATORS, Comparison, Every, Expression
from callwright.contacts.filters.types import Kind
from callwright.errors import FieldError, InvalidRequest
from callwright.numbers.parsing import read_number

#: What may be compared, by what the dialect calls it.
NATIVE: Mapping[str, str] = {
    "accountId": "number",
    **TEXTS,
    **{name: native for name, (native, _, _) in OWN.items()},
    "phone": "phone",
    "email": "email",
    "updatedAt": "updated_at",
    "createdAt": "created_at",
}
_NAMES = {native: name for name, native in NATIVE.items()}
_NUMBERS = frozenset({"accountId", *(name for name, (_, kind, _) in OWN.items() if kind is Kind.NUMBER)})
_MOST = 100


def read_filters(given: Any, *, region: str) -> Expression:
    """Return the expression of ``filters``: all of them must hold. Raises ``InvalidRequest``."""
    if not isinstance(given, list) or not given:
        message = "is required: a list of objects with field, operator and value"
        raise InvalidRequest([FieldError(field="filters", message=message, received=given)])
    if len(given) > _MOST:
        raise InvalidRequest([FieldError(field="filters", message=f"must have at most {_MOST} items")])
    errors: list[FieldError] = []
    parts = [part for index, item in enumerate(given) if (part := _read(item, f"filters[{index}]", region, errors))]
    if errors:
        raise InvalidRequest(errors)
    return Every(tuple(parts))


def shown_filters(expression: Expression) -> list[dict[str, Any]] | None:
    """Return an expression as ``filters``; ``None`` for one that this dialect cannot write."""
    parts = expression.parts if isinstance(expression, Every) else (expression,)
    filters = []
    for part in parts:
        if not isinstance(part, Comparison) or part.field not in _NAMES or part.value is None:
            return None
        value = list(part.value) if isinstance(part.value, tuple) else part.value
        filters.append({"field": _NAMES[part.field], "operator": part.op, "value": value})
    return filters


def own_compared(expression: Expression) -> list[tuple[str, Kind, str]]:
    """Return the own fields that an expression names: they must be defined before it is checked."""
    parts = expression.parts if isinstance(expression, Every) else (expression,)
    named = {part.field for part in parts if isinstance(part, Comparison)}
    return [each for each in OWN.values() if each[0] in named]


def _read(item: Any, at: str, region: str, errors: list[FieldError]) -> Comparison | None:
    if not isinstance(item, Mapping):
        errors.append(FieldError(field=at, message="must be an object with field, operator and value", received=item))
        return None
    name, operator, value = item.get("field"), item.get("operator"), item.get("value")
    if not isinstance(name, str) or name not in NATIVE:
        message = f"must be one of {', '.join(NATIVE)}"
        errors.append(FieldError(field=f"{at}.field", message=message, received=name))
    elif not isinstance(operator, str) or operator not in OPERATORS:
        message = f"must be one of {' '.join(OPERATORS)}"
        errors.append(FieldError(field=f"{at}.operator", message=message, received=operator))
    elif value is None:
        errors.append(FieldError(field=f"{at}.value", message="is required"))
    elif (operator == "in") is not isinstance(value, list):
        message = "must be a list for the operator in" if operator == "in" else "a list goes with the operator in"
        errors.append(FieldError(field=f"{at}.value", message=message, received=value))
    elif operator == "contains" and (name in _NUMBERS or name in {"updatedAt", "createdAt"}):
        message = f"contains is for texts, and {name} is none"
        errors.append(FieldError(field=f"{at}.operator", message=message, received=operator))
    else:
        return _comparison(name, operator, value, f"{at}.value", region, errors)
    return None


def _comparison(
    name: str, operator: str, value: Any, at: str, region: str, errors: list[FieldError]
) -> Comparison | None:
    items = value if isinstance(value, list) else [value]
    read: list[str | int] = []
    for item in items:
        if isinstance(item, bool) or not isinstance(item, str | int | float):
            errors.append(FieldError(field=at, message="must be text or a number", received=item))
            return None
        if name in _NUMBERS:
            number = whole(item)
            if number is None:
                errors.append(FieldError(field=at, message=f"{name} is compared with a whole number", received=item))
                return None
            read.append(number)
        else:
            read.append(_text(name, operator, str(item), region))
    constant = tuple(read) if isinstance(value, list) else read[0]
    return Comparison(field=NATIVE[name], op=operator, value=constant)


def _text(name: str, operator: str, text: str, region: str) -> str:
    if name == "email":
        return text.strip().lower()
    if name == "phone" and operator in {"==", "!=", "in"}:
        try:
            return read_number(text, field="phone", region=region, sandbox=False)
        except InvalidRequest:
            return text
    return text
