"""The tree of a filter and its JSON form.

``{"and": [...]}``, ``{"or": [...]}``, ``{"not": {...}}`` and ``{"field": "balance", "op": ">", "value": 100}``.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

#: A comparison's constant: a list only with ``in``, ``None`` only with ``==`` and ``!=``.
Value = str | int | float | bool | None | tuple[str | int | float | bool, ...]

OPERATORS = ("==", "!=", "<", "<=", ">", ">=", "in", "contains")
#: Bounds that keep the statement made of a filter small: nesting, comparisons, constants of one list, characters.
MAX_DEPTH = 20
MAX_COMPARISONS = 200
MAX_LIST = 1000
MAX_TEXT = 20_000


class FilterError(ValueError):
    """A filter is wrong; the message says where and what is allowed."""


@dataclass(frozen=True, kw_only=True)
class Comparison:
    """A field against a constant."""

    field: str
    op: str
    value: Value


@dataclass(frozen=True)
class Every:
    """True when each part is."""

    parts: tuple[Expression, ...]


@dataclass(frozen=True)
class Either:
    """True when one part is."""

    parts: tuple[Expression, ...]


@dataclass(frozen=True)
class Negation:
    """True when its part is false; unknown when it is unknown."""

    part: Expression


Expression = Comparison | Every | Either | Negation


def to_json(expression: Expression) -> dict[str, Any]:
    """Return the JSON form."""
    match expression:
        case Every(parts):
            return {"and": [to_json(part) for part in parts]}
        case Either(parts):
            return {"or": [to_json(part) for part in parts]}
        case Negation(part):
            return {"not": to_json(part)}
        case Comparison(field=field, op=op, value=value):
            return {"field": field, "op": op, "value": list(value) if isinstance(value, tuple) else value}


def from_json(data: Any) -> Expression:
    """Read the JSON form; raises ``FilterError`` that names the part."""
    expression = _read(data, "filter", 1)
    check_size(expression)
    return expression


def check_size(expression: Expression) -> None:
    """Raise ``FilterError`` when a filter has too many comparisons."""
    count = sum(1 for _ in comparisons(expression))
    if count > MAX_COMPARISONS:
        raise FilterError(f"has {count} comparisons; at most {MAX_COMPARISONS} are taken")


def comparisons(expression: Expression) -> list[Comparison]:
    """Return the comparisons of a filter, from left to right."""
    match expression:
        case Comparison():
            return [expression]
        case Negation(part):
            return comparisons(part)
        case Every(parts) | Either(parts):
            return [leaf for part in parts for leaf in comparisons(part)]


def _read(data: Any, where: str, depth: int) -> Expression:
    if depth > MAX_DEPTH:
        raise FilterError(f"{where}: is nested more than {MAX_DEPTH} deep")
    if not isinstance(data, Mapping):
        raise FilterError(f"{where}: must be an object with 'and', 'or', 'not', or 'field', 'op' and 'value'")
    keys = set(data)
    for name, kind in (("and", Every), ("or", Either)):
        if keys == {name}:
            parts = data[name]
            if not isinstance(parts, list) or not parts:
                raise FilterError(f"{where}.{name}: must be a list with at least one part")
            return kind(tuple(_read(part, f"{where}.{name}[{i}]", depth + 1) for i, part in enumerate(parts)))
    if keys == {"not"}:
        return Negation(_read(data["not"], f"{where}.not", depth + 1))
    if keys != {"field", "op", "value"}:
        raise FilterError(f"{where}: needs exactly 'field', 'op' and 'value', or one of 'and', 'or', 'not'")
    field, op, value = data["field"], data["op"], data["value"]
    if not isinstance(field, str):
        raise FilterError(f"{where}.field: must be the name of a field")
    if op not in OPERATORS:
        raise FilterError(f"{where}.op: must be one of {' '.join(OPERATORS)}")
    return Comparison(field=field, op=op, value=_constant(value, f"{where}.value"))


def _constant(value: Any, where: str) -> Value:
    if isinstance(value, list):
        if len(value) > MAX_LIST:
            raise FilterError(f"{where}: has {len(value)} entries; at most {MAX_LIST} are taken")
        if not all(isinstance(item, str | int | float) for item in value):
            raise FilterError(f"{where}: must hold texts, numbers, or true and false")
        return tuple(value)
    if value is None or isinstance(value, str | int | float):
        return value
    raise FilterError(f"{where}: must be text, a number, true, false, null or a list")
