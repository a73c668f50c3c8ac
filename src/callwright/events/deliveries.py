"""The log of webhooks: what was sent where, what came back, and sending one again."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from callwright.errors import NotFound
from callwright.store.database import Database, Row
from callwright.store.statements import statements

_SQL = statements(__package__)

#: Sent again by one request.
MOST_REPLAYED = 10_000


@dataclass(frozen=True, kw_only=True)
class DeliveryView:
    """A webhook as the API shows it."""

    id: str
    #: Rises in the order in which they are sent.
    number: int
    organisation_id: str
    url: str
    subject: str
    event_type: str
    body: Mapping[str, Any]
    #: ``pending``, ``delivered`` or ``failed`` (for good).
    state: str
    #: Begun so far; a replay counts anew.
    tries: int
    #: ``None`` when it waits for an older one of its subject, or is done.
    next_try_at: datetime | None
    #: Of the last try; ``None`` when there was no answer.
    response_status: int | None
    #: Why the last try failed, in words.
    error: str | None
    created_at: datetime
    delivered_at: datetime | None


@dataclass(frozen=True, kw_only=True)
class DeliveryFilter:
    """Which of an organisation's webhooks; ``None``: whatever it is."""

    state: str | None = None
    event: str | None = None
    #: How the address begins.
    url: str | None = None
    #: Id of the call, message or other thing that it is about.
    subject: str | None = None


class WebhookQueries:
    """Reads deliveries, and makes them due again."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def of_subject(self, organisation_id: str, subject: str) -> list[DeliveryView]:
        """Return the webhooks of a call (or another subject), in the order in which they are sent."""
        rows = await self._database.fetch(_SQL["deliveries_of_subject"], organisation_id, subject)
        return [_view(row) for row in rows]

    async def last_of(
        self, organisation_id: str, subjects: Collection[str], event_types: Collection[str]
    ) -> dict[str, tuple[str, int]]:
        """Return state and tries of the youngest webhook of these types, by subject."""
        rows = await self._database.fetch(_SQL["last_deliveries"], organisation_id, list(subjects), list(event_types))
        return {row["subject"]: (row["state"], row["tries"]) for row in rows}

    async def page(
        self,
        organisation_id: str,
        which: DeliveryFilter,
        *,
        limit: int,
        before: int | None = None,
        sandbox: bool = False,
        fence: str | None = None,
    ) -> list[DeliveryView]:
        """Return up to ``limit`` webhooks, youngest first; ``before``: the ``number`` below which they begin.

        ``sandbox``: those of sandbox calls only.
        """
        rows = await self._database.fetch(
            _SQL["page_of_deliveries"],
            *(organisation_id, fence, limit, before, which.state, which.event, which.url, which.subject, sandbox),
        )
        return [_view(row) for row in rows]

    async def replay_many(
        self,
        organisation_id: str,
        ids: Collection[str] | None,
        which: DeliveryFilter,
        *,
        sandbox: bool = False,
        fence: str | None = None,
    ) -> int:
        """Send several again, in their order: those of ``ids``, or for ``None`` the failed ones; return how many.

        At most ``MOST_REPLAYED``, the oldest; of the filter ``event`` and ``url`` count. Ids that are not there, and
        what is being sent at this moment, are left out.
        """
        named = None if ids is None else list(ids)
        rows = await self._database.fetch(
            _SQL["replay_deliveries"],
            *(organisation_id, fence, MOST_REPLAYED, named, which.event, which.url, sandbox),
        )
        return len(rows)

    async def get(self, organisation_id: str, delivery_id: str, *, fence: str | None = None) -> DeliveryView:
        """Return one delivery. Raises ``NotFound``."""
        row = await self._database.fetchrow(_SQL["get_delivery"], organisation_id, delivery_id, fence)
        if row is None:
            raise NotFound(f"there is no delivery {delivery_id!r}")
        return _view(row)

    async def replay(self, organisation_id: str, delivery_id: str, *, fence: str | None = None) -> DeliveryView:
        """Send it again, with the same id and all its tries anew; call ``DeliveryService.kick`` afterwards.

        It goes at once, even when later ones of its subject were delivered. One that is being sent at this moment is
        left alone. Raises ``NotFound``.
        """
        await self._database.execute(_SQL["replay_delivery"], organisation_id, delivery_id, fence)
        return await self.get(organisation_id, delivery_id, fence=fence)


def _view(row: Row) -> DeliveryView:
    values = dict(row)
    if values["state"] != "pending":
        values["next_try_at"] = None
    return DeliveryView(**values)
