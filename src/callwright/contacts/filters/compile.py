"""A filter as SQL over ``contacts c``, where ``$1`` is the organisation.

Constants are always parameters; the only names are those of the tables below.

Negations are pushed down to the comparisons first, where they are exact in three-valued logic; above them "false" and
"unknown" then mean the same, which lets an equality use the index of the own fields.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any

from callwright.contacts.filters.language import Comparison, Either, Every, Expression, Negation
from callwright.contacts.filters.types import BUILT_IN, Kind

_OWN_NAME = re.compile(r"[a-z][a-z0-9_]{0,39}")
_OPPOSITE = {"==": "!=", "!=": "==", "<": ">=", ">=": "<", ">": "<=", "<=": ">"}
#: Longer lists of constants are not worth an index look-up each.
_INDEXED_LIST = 20
_SQL_OP = {"==": "=", "!=": "<>", "<": "<", "<=": "<=", ">": ">", ">=": ">="}
_CAST = {
    Kind.TEXT: "text",
    Kind.DATE: "text",
    Kind.NUMBER: "numeric",
    Kind.BOOLEAN: "boolean",
    Kind.TIME: "timestamptz",
}
#: A list field that lives in another table: its rows, whose they are, and what is compared.
_LISTS = {
    "numbers": ("contact_numbers f", "f.contact_id", ("f.e164",)),
    "emails": ("contact_emails f", "f.contact_id", ("f.address",)),
    "groups": ("group_members m JOIN groups f ON f.id = m.group_id", "m.contact_id", ("f.id", "f.name")),
}
#: The first row of such a table.
_PRIMARY = {
    "phone": "(SELECT f.e164 FROM contact_numbers f WHERE f.contact_id = c.id AND f.position = 0)",
    "email": "(SELECT f.address FROM contact_emails f WHERE f.contact_id = c.id AND f.position = 0)",
}
#: Whoever has a number or an address on the list. A set that does not depend on the row is looked up once.
_OPTED_OUT = (
    "c.id IN (SELECT f.contact_id FROM suppressions s"
    " JOIN contact_numbers f ON f.organisation_id = s.organisation_id AND f.e164 = s.e164 WHERE s.organisation_id = $1"
    " UNION ALL SELECT f.contact_id FROM suppressions s"
    " JOIN contact_emails f ON f.organisation_id = s.organisation_id AND f.address = s.e164"
    " WHERE s.organisation_id = $1)"
)


@dataclass(kw_only=True)
class Compiled:
    """A condition and what its parameters, from ``$first`` on, stand for."""

    first: int
    sql: str = ""
    args: list[Any] = field(default_factory=list)

    def parameter(self, value: Any, cast: str) -> str:
        """Add a parameter; returns what stands for it."""
        self.args.append(value)
        return f"${self.first + len(self.args) - 1}::{cast}"


def compile_filter(expression: Expression, kinds: Mapping[str, Kind], *, first: int) -> Compiled:
    """Return the condition of a checked filter; its parameters begin at ``$first``."""
    compiled = Compiled(first=first)
    compiled.sql = _condition(expression, kinds, compiled, negated=False)
    return compiled


def _condition(expression: Expression, kinds: Mapping[str, Kind], out: Compiled, *, negated: bool) -> str:
    match expression:
        case Negation(part):
            return _condition(part, kinds, out, negated=not negated)
        case Every(parts) | Either(parts):
            both = isinstance(expression, Every) is not negated
            joint = " AND " if both else " OR "
            return "(" + joint.join(_condition(part, kinds, out, negated=negated) for part in parts) + ")"
        case Comparison():
            return _comparison(expression, kinds[expression.field], out, negated)


def _comparison(comparison: Comparison, kind: Kind, out: Compiled, negated: bool) -> str:
    name = comparison.field
    if kind is Kind.TEXTS:
        return _several(comparison, out, negated)
    if name == "opted_out":
        return _opted_out(comparison, negated)
    own = name not in BUILT_IN
    operand = _own(name, kind) if own else _PRIMARY.get(name, f"c.{name}")
    op, value = comparison.op, comparison.value
    if negated and op in _OPPOSITE:
        op, negated = _OPPOSITE[op], False
    if value is None:
        return f"{operand} IS {'' if op == '==' else 'NOT '}NULL"
    if own and not negated and (indexed := _indexed(name, op, value, kind, out)):
        return indexed
    if op == "in":
        items = [_bound(kind, item) for item in value] if isinstance(value, tuple) else []
        found = f"{operand} = ANY({out.parameter(items, _CAST[kind] + '[]')})"
    elif op == "contains":
        found = f"position({out.parameter(value, 'text')} IN {operand}) > 0"
    else:
        found = f"{operand} {_SQL_OP[op]} {out.parameter(_bound(kind, value), _CAST[kind])}"
    return f"NOT ({found})" if negated else found


def _own(name: str, kind: Kind) -> str:
    """Return the value of an own field, NULL where it has another type."""
    if not _OWN_NAME.fullmatch(name):
        raise ValueError(f"{name!r} is not the name of an own field")
    value = f"c.fields -> '{name}'"
    if kind is Kind.NUMBER:
        return f"(CASE WHEN jsonb_typeof({value}) = 'number' THEN ({value})::numeric END)"
    if kind is Kind.BOOLEAN:
        return f"(CASE WHEN jsonb_typeof({value}) = 'boolean' THEN ({value})::boolean END)"
    return f"((CASE WHEN jsonb_typeof({value}) = 'string' THEN c.fields ->> '{name}' END) COLLATE \"C\")"


def _indexed(name: str, op: str, value: Any, kind: Kind, out: Compiled) -> str | None:
    """Return an equality in the form that the index of own fields serves; ``None`` for anything else."""
    if op == "==":
        values = [value]
    elif op == "!=" and kind is Kind.BOOLEAN:
        values = [not value]
    elif op == "in" and 0 < len(value) <= _INDEXED_LIST:
        values = list(value)
    else:
        return None
    found = [f"c.fields @> {out.parameter({name: item}, 'jsonb')}" for item in values]
    return found[0] if len(found) == 1 else "(" + " OR ".join(found) + ")"


def _several(comparison: Comparison, out: Compiled, negated: bool) -> str:
    name, op, value = comparison.field, comparison.op, comparison.value
    if value is None:
        wants_empty = (op == "==") is not negated
        if name == "tags":
            return f"c.tags {'=' if wants_empty else '<>'} '{{}}'"
        rows, whose, _ = _LISTS[name]
        return f"{'NOT ' if wants_empty else ''}EXISTS (SELECT FROM {rows} WHERE {whose} = c.id)"
    wanted = out.parameter(list(value) if isinstance(value, tuple) else [value], "text[]")
    if name == "tags":
        found = f"c.tags && {wanted}"
    else:
        rows, whose, columns = _LISTS[name]
        hit = " OR ".join(f"{column} = ANY({wanted})" for column in columns)
        found = f"c.id IN (SELECT {whose} FROM {rows} WHERE f.organisation_id = $1 AND ({hit}))"  # noqa: S608  (names of ours)
    return f"NOT ({found})" if negated else found


def _opted_out(comparison: Comparison, negated: bool) -> str:
    """Return whether somebody is on the list; the answer is never unknown."""
    value = comparison.value
    if value is None:
        result = (comparison.op == "!=") is not negated
        return "true" if result else "false"
    items = value if isinstance(value, tuple) else (value if comparison.op == "==" else not value,)
    wanted = {bool(item) for item in items}
    if negated:
        wanted = {True, False} - wanted
    if wanted == {True, False}:
        return "true"
    if not wanted:
        return "false"
    return _OPTED_OUT if True in wanted else f"NOT {_OPTED_OUT}"


def _bound(kind: Kind, value: Any) -> Any:
    if kind is Kind.NUMBER:
        return Decimal(repr(value))
    return datetime.fromisoformat(value) if kind is Kind.TIME else value
