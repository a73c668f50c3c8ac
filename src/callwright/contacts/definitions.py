"""The organisation's own fields of a person: defined before they are used, because filters must know the type."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import TYPE_CHECKING

from callwright.accounts import audit
from callwright.accounts.models import Principal
from callwright.contacts.filters.types import BUILT_IN, Kind
from callwright.contacts.models import FIELD_TYPES, MAX_FIELDS, FieldDefinition
from callwright.contacts.values import wrong
from callwright.errors import Conflict, NotFound
from callwright.store.database import Database, Row
from callwright.store.statements import statements

if TYPE_CHECKING:
    from callwright.store.database import Connection

SQL = statements(__package__)
_NAME = re.compile(r"[a-z][a-z0-9_]{0,39}")
#: Names that would be taken for something else in a filter or in the columns of a file.
RESERVED = frozenset({*BUILT_IN, "and", "or", "not", "in", "contains", "true", "false", "null"})
_BATCH = 5000


async def definitions(connection: Connection | Database, organisation_id: str) -> list[FieldDefinition]:
    """Return the own fields of an organisation by name."""
    rows = await connection.fetch(SQL["field_definitions"], organisation_id)
    return [_definition(row) for row in rows]


async def own_kinds(connection: Connection | Database, organisation_id: str) -> Mapping[str, Kind]:
    """Return the types of an organisation's own fields."""
    return {found.name: found.type for found in await definitions(connection, organisation_id)}


def check_definition(name: str, type: str) -> None:
    """Raise ``InvalidRequest`` for a name or type that an own field cannot have."""
    if not _NAME.fullmatch(name):
        raise wrong("name", "must be lower-case letters, digits and _, at most 40, a letter first", name[:80])
    if name in RESERVED:
        raise wrong("name", f"{name!r} has a meaning already; choose another name", name)
    if type not in FIELD_TYPES:
        raise wrong("type", f"must be one of {', '.join(FIELD_TYPES)}", type)


async def define(
    connection: Connection, organisation_id: str, *, name: str, type: str, label: str | None = None
) -> tuple[FieldDefinition, bool]:
    """Define an own field; returns it and whether it is new. The same definition twice changes nothing.

    Raises ``InvalidRequest`` (also beyond ``MAX_FIELDS``) and ``Conflict`` when the name has another type.
    """
    check_definition(name, type)
    await connection.execute(SQL["lock_field_definitions"], organisation_id)
    known = {found.name: found for found in await definitions(connection, organisation_id)}
    if name in known:
        if known[name].type != type:
            raise Conflict(f"the field {name!r} is of type {known[name].type}; delete it or choose another name")
        return known[name], False
    if len(known) >= MAX_FIELDS:
        raise wrong("name", f"an organisation has at most {MAX_FIELDS} own fields; delete one first", name)
    row = await connection.fetchrow(
        SQL["insert_field_definition"], organisation_id, name, type, (label or "").strip() or name
    )
    assert row is not None  # noqa: S101  (the lock keeps others out)
    return _definition(row), True


async def remove(database: Database, principal: Principal, name: str) -> None:
    """Delete an own field and then its values, some at a time; raises ``NotFound``."""
    organisation_id = principal.organisation.id
    async with database.transaction() as connection:
        # what cannot be a name is not asked for: PostgreSQL takes no NUL
        possible = _NAME.fullmatch(name) is not None
        tag = await connection.execute(SQL["delete_field_definition"], organisation_id, name) if possible else None
        if tag in (None, "DELETE 0"):
            raise NotFound(f"there is no field {name[:60]!r}")
        await audit.record(connection, principal, "contact_field.deleted", name)
    last = ""
    while rows := await database.fetch(SQL["delete_field_values"], organisation_id, name, last, _BATCH):
        last = max(row["id"] for row in rows)


def _definition(row: Row) -> FieldDefinition:
    return FieldDefinition(name=row["name"], type=Kind(row["type"]), label=row["label"], created_at=row["created_at"])
