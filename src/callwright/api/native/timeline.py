"""``/calls/{call_id}/events``: what happened to a call, as a list or as it happens."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Collection, Sequence
from typing import Annotated

from fastapi import APIRouter, Header, Query, Request, Response
from fastapi.responses import JSONResponse
from pydantic import BaseModel, ConfigDict, Field
from sse_starlette import EventSourceResponse, ServerSentEvent

from callwright.api.native.events import EventOut
from callwright.api.native.ids import CallId
from callwright.api.native.openapi import problems
from callwright.api.native.security import Caller
from callwright.api.native.services import Provided, Services
from callwright.events.queries import EventView
from callwright.rules.outcomes import TERMINAL_EVENTS

router = APIRouter(tags=["calls"])

#: A comment is sent so often, so that proxies do not take a quiet stream for a dead one.
_PING_SECONDS = 15


class Timeline(BaseModel):
    """Events of a call, oldest first."""

    events: list[EventOut]
    next_after: int | None = Field(description="Ask with it for those that follow; null: these were all so far.")


class TimelineQuery(BaseModel):
    """Query parameters of a call's events."""

    model_config = ConfigDict(extra="forbid")

    after: int = Field(default=0, ge=0, le=2**62)
    limit: int = Field(default=200, ge=1, le=1000)
    stream: bool = Field(default=False, description="Send them as server-sent events, as they come.")


@router.get(
    "/calls/{call_id}/events",
    summary="Show or follow a call's events",
    response_model=Timeline,
    responses={
        200: {"content": {"text/event-stream": {"schema": {"type": "string"}}}},
        204: {"description": "stream only: the call has ended and there is nothing left to send"},
        **problems(404),
    },
)
async def list_events(
    call_id: CallId,
    request: Request,
    caller: Caller,
    services: Provided,
    query: Annotated[TimelineQuery, Query()],
    last_event_id: Annotated[str | None, Header(alias="Last-Event-ID")] = None,
) -> Response:
    """List what happened to a call; with `Accept: text/event-stream` or `stream=1` follow it to its end."""
    organisation_id = caller.organisation.id
    await services.call_queries.get(organisation_id, call_id, sandbox=caller.sandbox, fence=caller.fence)
    return await answer_events(services, request, organisation_id, call_id, query, last_event_id)


async def answer_events(
    services: Services,
    request: Request,
    organisation_id: str,
    subject: str,
    query: TimelineQuery,
    last_event_id: str | None,
    *,
    last: Collection[str] = TERMINAL_EVENTS,
    over: bool | None = None,
) -> Response:
    """Return the events of a call, or of another subject that the caller may see, as a list or as a stream.

    A stream ends with an event of ``last``. ``over``: whether there will be no other; ``None``: the events tell.
    """
    if query.stream or "text/event-stream" in request.headers.get("accept", ""):
        after = int(last_event_id) if last_event_id and last_event_id.isascii() and last_event_id.isdigit() else 0
        after = max(query.after, min(after, 2**62))
        if over is not False and await _over(services, organisation_id, subject, after, last):
            return Response(status_code=204)
        return EventSourceResponse(
            _stream(services, organisation_id, subject, after, last),
            ping=_PING_SECONDS,
            headers={"X-Accel-Buffering": "no"},
        )
    found = await services.events.of_subject(organisation_id, subject, after=query.after, limit=query.limit + 1)
    shown: Sequence[EventView] = found[: query.limit]
    view = Timeline(
        events=[EventOut.of(event) for event in shown],
        next_after=shown[-1].sequence if len(found) > query.limit else None,
    )
    return JSONResponse(view.model_dump(mode="json"))


async def _over(services: Services, organisation_id: str, subject: str, after: int, last: Collection[str]) -> bool:
    """Return whether the subject's last event is at or before ``after``: a stream would say nothing for ever."""
    if after == 0:
        return False
    if await services.events.of_subject(organisation_id, subject, after=after, limit=1):
        return False
    before = await services.events.of_subject(organisation_id, subject)
    return any(event.type in last for event in before)


async def _stream(
    services: Services, organisation_id: str, subject: str, after: int, last: Collection[str]
) -> AsyncIterator[ServerSentEvent]:
    """Yield the events after one until the subject's last, or until the server stops."""
    following = services.events.follow(organisation_id, subject, after=after)
    closing = asyncio.create_task(services.closing.wait())
    upcoming: asyncio.Task[EventView] | None = None
    try:
        while True:
            upcoming = asyncio.create_task(anext(following))
            await asyncio.wait({upcoming, closing}, return_when=asyncio.FIRST_COMPLETED)
            if not upcoming.done():
                return
            event = upcoming.result()
            yield ServerSentEvent(
                EventOut.of(event).model_dump_json(), event=event.type, id=str(event.sequence), sep="\n"
            )
            if event.type in last:
                return
    finally:
        closing.cancel()
        if upcoming is not None and not upcoming.done():
            upcoming.cancel()
            await asyncio.wait({upcoming})
        await following.aclose()
