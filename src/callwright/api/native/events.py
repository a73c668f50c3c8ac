"""``/events``: the organisation's feed, to be pulled."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Any

from fastapi import APIRouter, Query
from pydantic import BaseModel, ConfigDict, Field

from callwright.api.native.security import Caller
from callwright.api.native.services import Provided, Services
from callwright.api.native.times import ExactUtc, Utc
from callwright.errors import NotFound
from callwright.events.queries import EventView

router = APIRouter(tags=["events"])


class EventOut(BaseModel):
    """Something that happened."""

    id: int
    sequence: int = Field(description="Counts up by one within the organisation, without gaps.")
    type: str = Field(examples=["call.completed"])
    subject: str = Field(description="Id of the call that it is about.")
    created_at: Utc
    created_at_exact: ExactUtc = Field(description="The same, to the millisecond.")
    body: dict[str, Any]

    @classmethod
    def of(cls, event: EventView) -> EventOut:
        """Return the view of an event."""
        return cls(
            id=event.id,
            sequence=event.sequence,
            type=event.type,
            subject=event.subject,
            created_at=event.created_at,
            created_at_exact=event.created_at,
            body=dict(event.body),
        )


class Feed(BaseModel):
    """A part of the feed."""

    events: list[EventOut]
    next_after: int = Field(description="Ask again with it; it grows only when there were events.")


class FeedQuery(BaseModel):
    """Query parameters of the feed."""

    model_config = ConfigDict(extra="forbid")

    after: int = Field(default=0, ge=0, le=2**62)
    limit: int = Field(default=100, ge=1, le=1000)


@router.get("/events", summary="Pull the feed")
async def pull(caller: Caller, services: Provided, query: Annotated[FeedQuery, Query()]) -> Feed:
    """Return what happened in the organisation after an event, in order and without gaps."""
    organisation_id = caller.organisation.id
    found = await services.events.feed(organisation_id, after=query.after, limit=query.limit, fence=caller.fence)
    shown = await _of_sandbox(services, organisation_id, found) if caller.sandbox else found
    return Feed(
        events=[EventOut.of(event) for event in shown],
        next_after=found[-1].sequence if found else query.after,
    )


async def _of_sandbox(services: Services, organisation_id: str, events: Sequence[EventView]) -> list[EventView]:
    """Return the events of sandbox calls: of live ones a sandbox key knows nothing."""
    known: dict[str, bool] = {}
    for subject in {event.subject for event in events}:
        try:
            await services.call_queries.get(organisation_id, subject, sandbox=True)
            known[subject] = True
        except NotFound:
            known[subject] = False
    # events of other things say themselves that they are the sandbox's
    return [event for event in events if known[event.subject] or event.body.get("sandbox") is True]
