"""What texts and mails have in common: an order of this dialect with a message for each person."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Protocol

from callwright.api.dialects.multisender.asking import DIALECT, Asked, number_of
from callwright.api.dialects.multisender.outreach import renamed
from callwright.api.dialects.multisender.receivers import (
    Receivers,
    add_unknown,
    as_given,
    receivers_shown,
    resolve,
    values_for,
)
from callwright.errors import Conflict, InvalidRequest, NotFound
from callwright.flows.templates import placeholders
from callwright.messages.models import Message
from callwright.messages.service import end_messages
from callwright.orders.models import NewItem, NewOrder, Order

if TYPE_CHECKING:
    from callwright.store.database import Connection

_PAGE = 1000
#: States of messages that may still leave, or are leaving.
_OPEN = frozenset({"queued", "sending"})


class Placement(Protocol):
    """Messages that were read natively and are about to be written."""

    @property
    def cost(self) -> Decimal | None:
        """What all of them cost."""
        ...

    async def create(self, connection: Connection) -> list[Message]:
        """Write them in the caller's transaction."""
        ...


class Places(Protocol):
    """Reads a native body."""

    async def __call__(self, asked: Asked, body: Mapping[str, Any]) -> Placement:
        """Return what is about to be written. Raises ``InvalidRequest``."""
        ...


@dataclass(frozen=True, kw_only=True)
class Kind:
    """What tells texts and mails apart."""

    #: ``smses`` or ``emails``: the path, and the kind of its orders.
    name: str
    #: How a receiver is named without an account: ``phone`` or ``email``.
    by: str
    #: Native fields by what a body calls them.
    names: Mapping[str, str]
    place: Places


async def create(
    asked: Asked,
    kind: Kind,
    fields: Mapping[str, Any],
    action_time: datetime | None,
    *,
    kept: Mapping[str, Any],
    ignored: Sequence[str],
) -> Order:
    """Write messages with native ``fields`` to the receivers of a request, and their order."""
    receivers = await resolve(asked, asked.body.get("receivers"), by=kind.by)
    placement = await _placed(asked, kind, fields, action_time, receivers)
    async with asked.services.orders.transaction() as connection:
        receivers = await add_unknown(connection, asked, receivers)
        messages = await placement.create(connection)
        order = await asked.services.orders.create(
            asked.who,
            NewOrder(
                dialect=DIALECT,
                kind=kind.name,
                asked={**_times(action_time), **kept, **_priced(placement), "receivers": receivers.listed},
                ignored_fields=ignored,
            ),
            _items(messages),
            connection=connection,
        )
    asked.services.messages.service.wake()
    return order


async def change(
    asked: Asked,
    kind: Kind,
    order: Order,
    fields: Mapping[str, Any],
    action_time: datetime | None,
    *,
    kept: Mapping[str, Any],
) -> Order:
    """Write the messages of an order anew. Raises ``Conflict`` when one of them has left."""
    named = asked.body.get("receivers")
    given = as_given(order.asked.get("receivers") or []) if named is None else named
    receivers = await resolve(asked, given, by=kind.by, lenient=named is None)
    placement = await _placed(asked, kind, fields, action_time, receivers)
    async with asked.services.orders.transaction() as connection:
        await _end(connection, asked, order, "replaced by the program that wrote it")
        receivers = await add_unknown(connection, asked, receivers)
        messages = await placement.create(connection)
        await asked.services.orders.replace_items(asked.who, order.id, _items(messages), connection=connection)
        told = {**order.asked, **_times(action_time), **kept, **_priced(placement), "receivers": receivers.listed}
        order = await asked.services.orders.change(asked.who, order.id, asked=told, connection=connection)
    asked.services.messages.service.wake()
    return order


async def remove(asked: Asked, order: Order) -> None:
    """Let an order be gone that waits for its time, or whose messages have left. Raises ``Conflict``."""
    waiting = editable(asked, order)
    if not waiting and await _is_under_way(asked, order):
        raise Conflict("its actionTime has come, and messages are on their way: delete it when they have left")
    async with asked.services.orders.transaction() as connection:
        if waiting:
            await _end(connection, asked, order, "deleted by the program that wrote it")
        await asked.services.orders.delete(asked.who, order.id, connection=connection)
    asked.services.messages.service.wake()


async def find(asked: Asked, kind: Kind, number: Any) -> Order:
    """Return an order of a kind. Raises ``NotFound``."""
    found = await asked.services.orders.find(asked.who, dialect=DIALECT, kind=kind.name, numbers=[number_of(number)])
    if not found:
        raise NotFound(f"there is no such id here: {str(number)[:30]!r}")
    return found[0]


async def find_all(asked: Asked, kind: Kind) -> list[Order]:
    """Return all orders of a kind, newest first."""
    orders: list[Order] = []
    before: int | None = None
    while page := await asked.services.orders.find(
        asked.who, dialect=DIALECT, kind=kind.name, before=before, limit=_PAGE
    ):
        orders += page
        before = page[-1].number
    return orders


def time_of(order: Order) -> datetime | None:
    """Return ``actionTime`` in UTC; ``None``: at once."""
    text = order.asked.get("actionTime")
    return None if text is None else datetime.fromisoformat(text)


def changed_at(order: Order) -> datetime:
    """Return when an order was made, or changed last."""
    text = order.asked.get("changedAt")
    return order.created_at if text is None else datetime.fromisoformat(text)


def editable(asked: Asked, order: Order) -> bool:
    """Return whether an order still waits for its time."""
    at = time_of(order)
    return at is not None and at > asked.services.clock.now()


def check_editable(asked: Asked, order: Order) -> None:
    """Raise ``Conflict`` for an order whose time has come."""
    if not editable(asked, order):
        raise Conflict("its actionTime has come: it is not editable any more")


async def shown_receivers(asked: Asked, order: Order) -> list[dict[str, Any]]:
    """Return ``receivers`` as they are shown in the object."""
    return await receivers_shown(asked, order.asked.get("receivers") or [], order.created_at)


async def _placed(
    asked: Asked, kind: Kind, fields: Mapping[str, Any], action_time: datetime | None, receivers: Receivers
) -> Placement:
    texts = [value for value in fields.values() if isinstance(value, str)]
    needed = sorted({name for text in texts for name in placeholders(text)})
    values = await values_for(asked, receivers.people, needed)
    body = {
        **fields,
        "messages": [
            {"to": person.address, "variables": own} if own else {"to": person.address}
            for person, own in zip(receivers.people, values, strict=True)
        ],
    }
    if action_time is not None:
        body["scheduled_at"] = action_time.isoformat()
    try:
        return await kind.place(asked, body)
    except InvalidRequest as error:
        raise renamed(error, kind.names) from None


async def _end(connection: Connection, asked: Asked, order: Order, reason: str) -> None:
    """End the messages of an order that waits. Raises ``Conflict`` when one of them has left."""
    parts = await asked.services.orders.parts(asked.who.organisation.id, [order.id])
    ids = [part.message_id for part in parts if part.message_id is not None]
    ended = await end_messages(connection, ids, "cancelled", reason)
    if len(ended) < len(ids):
        raise Conflict("its actionTime has come: it is not editable any more")


async def _is_under_way(asked: Asked, order: Order) -> bool:
    parts = await asked.services.orders.parts(asked.who.organisation.id, [order.id])
    return any(part.message is not None and part.message["status"] in _OPEN for part in parts)


def _items(messages: Sequence[Message]) -> list[NewItem]:
    return [NewItem(message_id=message.id, to_number=message.to_address) for message in messages]


def _priced(placement: Placement) -> dict[str, float]:
    return {"priceEstimateInCents": 0.0 if placement.cost is None else float(placement.cost * 100)}


def _times(action_time: datetime | None) -> dict[str, str | None]:
    return {"actionTime": None if action_time is None else action_time.isoformat()}
