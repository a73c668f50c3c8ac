"""What ``/sms`` and ``/emails`` do alike: answers to what was sent, tried, listed and cancelled."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import orjson
from fastapi import Response
from pydantic import BaseModel

from callwright.accounts.models import Principal
from callwright.api.native.idempotent import Submission
from callwright.api.native.message_batches import Batch, Read
from callwright.api.native.message_prices import MessagePrices
from callwright.api.native.paging import Page, cut
from callwright.api.native.problems import listed
from callwright.api.native.services import Services
from callwright.errors import NotFound
from callwright.messages.models import Channel, Message, MessageFilter

if TYPE_CHECKING:
    from callwright.store.database import Connection

#: How a message looks that was taken; with its place in the request where some may be left out.
Created = Callable[[Message, int | None], dict[str, Any]]


async def send(
    services: Services,
    caller: Principal,
    submitted: Submission,
    batch: Batch[Read],
    created: Created,
) -> Response:
    """Write the messages of a request once, and answer with how each looks."""

    async def action(connection: Connection) -> tuple[int, Any]:
        new = [read.new for _, read in batch.messages]
        made = await services.messages.service.create(caller, new, connection=connection)
        if batch.single:
            return 201, created(made[0], None)
        shown = [
            created(message, index if batch.partial else None)
            for message, (index, _) in zip(made, batch.messages, strict=True)
        ]
        return 201, {"messages": shown} | _left_out(batch)

    answer = await submitted.run(action)
    services.messages.service.wake()
    return answer


def dry_run(batch: Batch[Read], prices: MessagePrices, show: Callable[[Read], Mapping[str, Any]]) -> Response:
    """Answer what would be sent, by ``show``, and what it would cost."""
    shown, total = [], Decimal(0)
    for index, read in batch.messages:
        cost = prices.cost(read.new)
        total += cost or 0
        one = {**show(read), "estimated_cost": prices.written(cost), "currency": prices.currency}
        shown.append(one | ({"index": index} if batch.partial else {}))
    body = {
        "dry_run": True,
        "messages": shown,
        "estimated_cost": prices.written(total if prices.currency else None),
        "currency": prices.currency,
    }
    return Response(orjson.dumps(body | _left_out(batch)), media_type="application/json")


async def page(
    services: Services, caller: Principal, query: Page, narrowed: MessageFilter
) -> tuple[Sequence[Message], str | None]:
    """Return a page of messages, newest first, and where the next one begins."""
    found = await services.messages.queries.page(
        caller.organisation.id,
        narrowed,
        limit=query.limit + 1,
        before=query.before,
        sandbox=caller.sandbox,
        fence=caller.fence,
    )
    return cut(found, query)


async def cancel(
    services: Services,
    caller: Principal,
    submitted: Submission,
    message_id: str,
    channel: Channel,
    summary: Callable[[Message], BaseModel],
) -> Response:
    """Cancel a message and answer how it looks; a repeat gets the same answer."""
    if (earlier := await submitted.earlier()) is not None:
        return earlier
    message = await services.messages.service.cancel(caller, message_id, channel=channel)

    async def action(_: Connection) -> tuple[int, Any]:
        return 200, summary(message).model_dump(mode="json", by_alias=True)

    return await submitted.run(action)


async def templates_named(
    services: Services, caller: Principal, names: Collection[str], channel: Channel
) -> dict[str, Mapping[str, Any]]:
    """Return bodies of templates by the names that a request calls them; the reader names one that is not there."""
    bodies: dict[str, Mapping[str, Any]] = {}
    for name in sorted(names):
        try:
            bodies[name] = (await services.messages.templates.get(caller, name, channel=channel)).body
        except NotFound:
            continue
    return bodies


def _left_out(batch: Batch[Any]) -> dict[str, Any]:
    return {"errors": listed(batch.errors)} if batch.partial else {}
