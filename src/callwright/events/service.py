"""Writing events: inside the transaction of the change, without a sequence; the stamper numbers them afterwards.

Who writes events of a subject holds that subject's row lock (a call's, an organisation's), so the order of insertion
within one subject is also the order of commits.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from callwright.store.statements import statements

if TYPE_CHECKING:
    from callwright.store.database import Connection

_SQL = statements(__package__)


@dataclass(frozen=True, kw_only=True)
class NewEvent:
    """An event that is about to be written."""

    organisation_id: str
    #: A name of ``events.catalogue``.
    type: str
    #: Id of the call, or of the other thing, that it is about.
    subject: str
    #: What the feed and webhooks carry; JSON.
    body: Mapping[str, Any]
    #: Of the thing that it is about, where that is no call; ``None``: hidden from every subuser.
    owner_id: str | None = None


async def append(
    connection: Connection,
    *,
    organisation_id: str,
    type: str,
    subject: str,
    body: Mapping[str, Any],
    owner_id: str | None = None,
) -> None:
    """Write one event in the caller's transaction; after its commit call ``Stamper.kick``.

    ``owner_id`` is that of the thing that it is about, where that is no call; without one no subuser sees the event in
    the feed.
    """
    await connection.execute(_SQL["append_event"], organisation_id, type, subject, body, owner_id)


async def append_many(connection: Connection, events: Sequence[NewEvent]) -> None:
    """Write events, in order, in the caller's transaction; after its commit call ``Stamper.kick``."""
    if not events:
        return
    await connection.execute(
        _SQL["append_events"],
        [event.organisation_id for event in events],
        [event.type for event in events],
        [event.subject for event in events],
        [event.body for event in events],
        [event.owner_id for event in events],
    )
