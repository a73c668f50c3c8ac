"""Orders: written with what they made in one transaction, and looked up by every name that a program may have."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING, Any

from callwright.accounts.models import Principal
from callwright.calls.models import Call
from callwright.calls.queries import call_of
from callwright.errors import Conflict, NotFound
from callwright.events import service as events
from callwright.ids import new_id
from callwright.orders.models import NewItem, NewOrder, Order, Part
from callwright.store.database import Database, Row
from callwright.store.statements import statements

if TYPE_CHECKING:
    from callwright.store.database import Connection

SQL = statements(__package__)
#: Of an order that nothing else is written with.
_INSERT_ORDER = "\n".join(
    (
        "WITH given AS (SELECT),",
        SQL["order_parts"],
        "SELECT number AS order_number, created_at AS order_created_at FROM ordered",
    )
)

_ALL = 2**31 - 1


class OrderBeside:
    """An order that is written in a statement with something else: see ``calls.service.Beside``."""

    sql = SQL["order_parts"]
    columns = "(SELECT number FROM ordered) AS order_number, (SELECT created_at FROM ordered) AS order_created_at"

    def __init__(
        self, principal: Principal, order: NewOrder, items: Callable[[Sequence[str]], Sequence[NewItem]]
    ) -> None:
        self._principal = principal
        self._new = replace(order, id=order.id or new_id("ord"))
        self._make_items = items
        self._items: Sequence[NewItem] = ()
        self._written: tuple[int, datetime] | None = None

    @property
    def items(self) -> Sequence[NewItem]:
        """Its parts, once it was written."""
        return self._items

    def arguments(self, campaign_id: str | None, call_ids: Sequence[str]) -> Sequence[Any]:
        """Return the arguments of ``sql``, now that there is a campaign and calls have their ids."""
        self._items = self._make_items(call_ids)
        self._new = replace(self._new, campaign_id=campaign_id)
        principal, order = self._principal, self._new
        return (
            order.id,
            principal.organisation.id,
            principal.user_id,
            principal.key_id,
            principal.sandbox,
            principal.purpose,
            order.dialect,
            order.kind,
            order.external_id,
            order.name,
            order.fingerprint,
            order.asked,
            list(order.ignored_fields),
            order.campaign_id,
            _records(self._items, first=0),
        )

    def take(self, row: Row) -> None:
        """Keep what the database gave the order."""
        if row["order_number"] is not None:
            self._written = row["order_number"], row["order_created_at"]

    async def written(self, connection: Connection) -> Order:
        """Return the order, in the transaction that wrote it.

        Raises ``Conflict`` when there is one with this ``external_id`` already: then nothing must be committed. The
        fields that were ignored stand in the timeline of each of its calls.
        """
        principal, order = self._principal, self._new
        if self._written is None:
            raise Conflict(f"there is a request {order.external_id!r} already")
        number, created_at = self._written
        made = Order(
            id=order.id or "",
            number=number,
            organisation_id=principal.organisation.id,
            owner_id=principal.user_id,
            key_id=principal.key_id,
            sandbox=principal.sandbox,
            purpose=principal.purpose,
            dialect=order.dialect,
            kind=order.kind,
            external_id=order.external_id,
            name=order.name,
            fingerprint=order.fingerprint,
            asked=order.asked,
            ignored_fields=tuple(order.ignored_fields),
            campaign_id=order.campaign_id,
            created_at=created_at,
            deleted_at=None,
        )
        if order.ignored_fields:
            await events.append_many(connection, [_ordered(made, item) for item in self._items if item.call_id])
        return made


class OrderService:
    """The only writer of orders."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def transaction(self) -> AbstractAsyncContextManager[Connection]:
        """Open a transaction for an order and what it makes."""
        return self._database.transaction()

    async def create(
        self, principal: Principal, order: NewOrder, items: Sequence[NewItem], *, connection: Connection
    ) -> Order:
        """Write an order and what it made, in the transaction that made it.

        Raises ``Conflict`` when there is one with this ``external_id`` already: then nothing must be committed. The
        fields that were ignored stand in the timeline of each of its calls.
        """
        new = OrderBeside(principal, order, lambda _: items)
        row = await connection.fetchrow(_INSERT_ORDER, *new.arguments(order.campaign_id, ()))
        if row is not None:
            new.take(row)
        return await new.written(connection)

    @staticmethod
    def beside(
        principal: Principal, order: NewOrder, items: Callable[[Sequence[str]], Sequence[NewItem]]
    ) -> OrderBeside:
        """Return an order to be written in the statement that writes its calls; ``items`` are made of their ids.

        Its campaign is that of the calls.
        """
        return OrderBeside(principal, order, items)

    async def add_items(
        self, principal: Principal, order_id: str, items: Sequence[NewItem], *, connection: Connection
    ) -> None:
        """Write further parts of an order, in the transaction that made them."""
        organisation_id = principal.organisation.id
        first = await connection.fetchval(SQL["last_position"], organisation_id, order_id)
        await self._insert_items(connection, organisation_id, order_id, items, first=first)

    async def replace_items(
        self, principal: Principal, order_id: str, items: Sequence[NewItem], *, connection: Connection
    ) -> None:
        """Write the parts of an order anew, in the transaction that ended what the old ones made."""
        await connection.execute(SQL["delete_items"], principal.organisation.id, order_id)
        await self._insert_items(connection, principal.organisation.id, order_id, items, first=0)

    async def find(
        self,
        principal: Principal,
        *,
        dialect: str | None = None,
        kind: str | None = None,
        external_id: str | None = None,
        name: str | None = None,
        ids: Sequence[str] | None = None,
        numbers: Sequence[int] | None = None,
        before: int | None = None,
        limit: int = 1000,
        deleted: bool = False,
    ) -> list[Order]:
        """Return up to ``limit`` orders that the caller may see, newest first, narrowed to what is given.

        ``name`` is compared without case; ``before`` is a ``number``; ``deleted``: those that are gone, too.
        """
        if numbers is not None:
            numbers = [number for number in numbers if 0 < number < 2**62]
        rows = await self._database.fetch(
            SQL["page_of_orders"],
            principal.organisation.id,
            principal.sandbox,
            principal.fence,
            dialect,
            kind,
            external_id,
            name,
            None if ids is None else list(ids),
            None if numbers is None else list(numbers),
            before,
            deleted,
            limit,
        )
        return [order_of(row) for row in rows]

    async def named(
        self, principal: Principal, *, dialect: str, kind: str, names: Sequence[str], limit: int
    ) -> list[Order]:
        """Return up to ``limit`` orders of these names, in any case, newest first: what programs ask all the time."""
        rows = await self._database.fetch(
            SQL["orders_named"],
            principal.organisation.id,
            principal.sandbox,
            principal.fence,
            dialect,
            kind,
            [name.lower() for name in names],
            limit,
        )
        return [order_of(row) for row in rows]

    async def get(self, principal: Principal, **narrowed: Any) -> Order:
        """Return the newest order that ``find`` finds. Raises ``NotFound``."""
        found = await self.find(principal, **narrowed, limit=1)
        if not found:
            raise NotFound("there is no such request")
        return found[0]

    async def of_parts(self, organisation_id: str, ids: Sequence[str]) -> Mapping[str, Order]:
        """Return the orders that made these calls, messages or campaigns, by these ids."""
        found: dict[str, Order] = {}
        for row in await self._database.fetch(SQL["orders_of"], organisation_id, list(ids)):
            for made in (row["of_call"], row["of_message"], row["campaign_id"]):
                if made is not None:
                    found[made] = order_of(row)
        return found

    async def parts(
        self, organisation_id: str, order_ids: Sequence[str], *, first: int = 0, limit: int = _ALL
    ) -> list[Part]:
        """Return the parts of orders in their order, with where their calls and messages stand now.

        ``first`` and ``limit`` narrow to positions of each order.
        """
        span = (organisation_id, list(order_ids), first, min(first + limit, _ALL))
        rows = await self._database.fetch(SQL["parts_of_orders"], *span)
        return [_part(row, None if row["call_id"] is None else call_of(row)) for row in rows]

    async def parts_of_calls(self, organisation_id: str, dialect: str, call_ids: Sequence[str]) -> dict[str, Part]:
        """Return by call what an order of a dialect said of each; ``call`` is left empty."""
        rows = await self._database.fetch(SQL["parts_of_calls"], organisation_id, dialect, list(call_ids))
        return {row["call_id"]: _part(row, None) for row in rows}

    async def change(
        self,
        principal: Principal,
        order_id: str,
        *,
        asked: Mapping[str, Any],
        name: str | None = None,
        connection: Connection,
    ) -> Order:
        """Replace what an order shows again. Raises ``NotFound``."""
        row = await connection.fetchrow(
            SQL["change_order"], principal.organisation.id, order_id, principal.fence, asked, name
        )
        return order_of(_there(row))

    async def change_item(
        self, principal: Principal, order_id: str, position: int, detail: Mapping[str, Any], *, connection: Connection
    ) -> None:
        """Replace what an order shows again of one of its parts."""
        await connection.execute(SQL["change_item"], principal.organisation.id, order_id, position, detail)

    async def delete(self, principal: Principal, order_id: str, *, connection: Connection) -> Order:
        """Let an order be gone for its dialect; what it made stays. Raises ``NotFound``."""
        row = await connection.fetchrow(SQL["delete_order"], principal.organisation.id, order_id, principal.fence)
        return order_of(_there(row))

    @staticmethod
    async def _insert_items(
        connection: Connection, organisation_id: str, order_id: str, items: Sequence[NewItem], *, first: int
    ) -> None:
        if items:
            await connection.execute(SQL["insert_items"], order_id, organisation_id, _records(items, first=first))


def _ordered(order: Order, item: NewItem) -> events.NewEvent:
    body = {
        "event": "call.ordered",
        "call_id": item.call_id,
        "order_id": order.id,
        "dialect": order.dialect,
        "ignored_fields": list(order.ignored_fields),
    }
    subject = item.call_id or ""
    return events.NewEvent(organisation_id=order.organisation_id, type="call.ordered", subject=subject, body=body)


def _records(items: Sequence[NewItem], *, first: int) -> list[dict[str, Any]]:
    return [
        {
            "position": position,
            "call_id": item.call_id,
            "message_id": item.message_id,
            "to_number": item.to_number,
            "refused": item.refused,
            "detail": item.detail,
        }
        for position, item in enumerate(items, first)
    ]


def order_of(row: Row) -> Order:
    """Return the value of a row of ``orders``."""
    return Order(
        id=row["id"],
        number=row["number"],
        organisation_id=row["organisation_id"],
        owner_id=row["owner_id"],
        key_id=row["key_id"],
        sandbox=row["sandbox"],
        purpose=row["purpose"],
        dialect=row["dialect"],
        kind=row["kind"],
        external_id=row["external_id"],
        name=row["name"],
        fingerprint=row["fingerprint"],
        asked=row["asked"],
        ignored_fields=tuple(row["ignored_fields"]),
        campaign_id=row["campaign_id"],
        created_at=row["created_at"],
        deleted_at=row["deleted_at"],
    )


def _part(row: Row, call: Call | None) -> Part:
    return Part(
        order_id=row["order_id"],
        position=row["position"],
        to_number=row["asked_number"],
        refused=row["refused"],
        detail=row["detail"],
        call=call,
        message_id=row["message_id"],
        message=row["message"],
    )


def _there(row: Row | None) -> Row:
    if row is None:
        raise NotFound("there is no such request")
    return row
