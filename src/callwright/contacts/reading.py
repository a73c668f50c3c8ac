"""Rows of contacts to values."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from callwright.contacts.filters.compile import compile_filter
from callwright.contacts.filters.language import Expression
from callwright.contacts.filters.types import Kind
from callwright.contacts.models import TEXT_FIELDS, Contact, ContactEmail, ContactNumber
from callwright.store.database import Row
from callwright.store.statements import statements

SQL = statements(__package__)
#: Where statements take a further condition.
_FILTER = "/* filter */"


def contact_of(row: Row) -> Contact:
    """Return the value of a row of ``contacts`` with its details."""
    return Contact(
        id=row["id"],
        number=row["number"],
        organisation_id=row["organisation_id"],
        owner_id=row["owner_id"],
        texts={name: row[name] for name in TEXT_FIELDS},
        tags=tuple(row["tags"]),
        fields=row["fields"],
        numbers=tuple(ContactNumber(**item) for item in row["numbers"]),
        emails=tuple(ContactEmail(**item) for item in row["emails"]),
        opted_out={address: frozenset(channels) for address, channels in row["opted_out"].items()},
        revision=row["revision"],
        merged_into=row["merged_into"],
        created_at=row["created_at"],
        updated_at=row["updated_at"],
    )


def filtered(
    sql: str, expression: Expression | None, kinds: Mapping[str, Kind], *, first: int, more: str = ""
) -> tuple[str, list[Any]]:
    """Return a statement narrowed by a checked filter, and the filter's parameters, from ``$first`` on."""
    if expression is None:
        return sql.replace(_FILTER, more), []
    compiled = compile_filter(expression, kinds, first=first)
    return sql.replace(_FILTER, f"{more} AND {compiled.sql}"), compiled.args
