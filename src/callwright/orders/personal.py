"""What orders hold about a person."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from callwright.contacts.personal import HistoryItem, Person
from callwright.store.database import Database
from callwright.store.statements import statements

if TYPE_CHECKING:
    from callwright.store.database import Connection

SQL = statements(__package__, "personal.sql")


class OrderTraces:
    """The parts of orders that are about a person, and what of the request names them."""

    name = "orders"

    async def history(
        self, database: Database, person: Person, *, sandbox: bool, before: int | None, limit: int
    ) -> list[HistoryItem]:
        """Return nothing: what an order made is shown by calls and messages."""
        del database, person, sandbox, before, limit
        return []

    async def export(self, connection: Connection, person: Person) -> Any:
        """Return what was asked for the person."""
        return [dict(row) | {"created_at": row["created_at"].isoformat()} for row in await _items(connection, person)]

    async def erase(self, connection: Connection, person: Person) -> int:
        """Replace the person's numbers by tokens, remove what was said of them and requests that were for them alone.

        It works before and after calls and messages were erased.
        """
        rows = await _items(connection, person)
        order_ids = sorted({row["order_id"] for row in rows})
        for order in await connection.fetch(SQL["lock_asked"], person.organisation_id, order_ids):
            asked = {} if order["items"] == 1 else _without(order["asked"], person.tokens)
            await connection.execute(SQL["erase_asked"], person.organisation_id, order["id"], asked)
        for row in rows:
            await connection.execute(
                SQL["erase_item"], person.organisation_id, row["order_id"], row["position"], dict(person.tokens)
            )
        return len(rows)


async def _items(connection: Connection, person: Person) -> list[Any]:
    return await connection.fetch(
        SQL["items_of_person"],
        person.organisation_id,
        [*person.numbers, *person.emails],
        list(person.contact_ids),
        list(person.tokens.values()),
    )


def _without(value: Any, tokens: Mapping[str, str]) -> Any:
    """Return JSON in which every number and address stands as its token, with or without its ``+``."""
    if isinstance(value, str):
        for address, token in tokens.items():
            value = value.replace(address, token).replace(address.removeprefix("+"), token)
        return value
    if isinstance(value, dict):
        return {name: _without(part, tokens) for name, part in value.items()}
    return [_without(part, tokens) for part in value] if isinstance(value, list) else value
