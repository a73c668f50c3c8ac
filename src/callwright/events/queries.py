"""Reading events: the timeline of a subject, the feed of an organisation, and following either as it grows."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from callwright.events.bell import EventBell
from callwright.store.database import Database, Row
from callwright.store.statements import statements

_SQL = statements(__package__)

#: Events that another process stamped are found at the latest after this many seconds.
_POLL_SECONDS = 1.0
_FOLLOW_BATCH = 200


@dataclass(frozen=True, kw_only=True)
class EventView:
    """An event as the feed shows it."""

    id: int
    #: Counts up by one within the organisation, without gaps; what ``after`` refers to.
    sequence: int
    type: str
    subject: str
    body: Mapping[str, Any]
    created_at: datetime


class EventQueries:
    """Reads numbered events only: a reader that goes on after the last sequence it saw misses nothing."""

    def __init__(self, database: Database, bell: EventBell) -> None:
        self._database = database
        self._bell = bell

    async def of_subject(
        self, organisation_id: str, subject: str, *, after: int = 0, limit: int = 1000
    ) -> list[EventView]:
        """Return the timeline of a call (or another subject), oldest first, after a sequence."""
        rows = await self._database.fetch(_SQL["events_of_subject"], organisation_id, subject, after, limit)
        return [_view(row) for row in rows]

    async def feed(
        self, organisation_id: str, *, after: int = 0, limit: int = 1000, fence: str | None = None
    ) -> list[EventView]:
        """Return the organisation's events, oldest first, after a sequence; behind a fence, those of what it owns."""
        rows = await self._database.fetch(_SQL["events_of_organisation"], organisation_id, after, limit, fence)
        return [_view(row) for row in rows]

    async def follow(
        self, organisation_id: str, subject: str | None = None, *, after: int = 0, fence: str | None = None
    ) -> AsyncGenerator[EventView]:
        """Yield events after a sequence and go on as they come; without a subject, the whole organisation's.

        ``fence`` narrows the organisation's; who may see a subject is for the caller to find out.
        It ends only when the consumer leaves (``aclose`` or cancellation), which also ends its waiting.
        """
        with self._bell.listening(organisation_id, subject or "") as flag:
            while True:
                flag.clear()
                if subject is None:
                    views = await self.feed(organisation_id, after=after, limit=_FOLLOW_BATCH, fence=fence)
                else:
                    views = await self.of_subject(organisation_id, subject, after=after, limit=_FOLLOW_BATCH)
                for view in views:
                    after = view.sequence
                    yield view
                if len(views) < _FOLLOW_BATCH:
                    await _wait(flag, _POLL_SECONDS)


async def _wait(flag: asyncio.Event, seconds: float) -> None:
    try:
        async with asyncio.timeout(seconds):
            await flag.wait()
    except TimeoutError:
        pass


def _view(row: Row) -> EventView:
    return EventView(**dict(row))
