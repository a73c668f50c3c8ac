"""Calling people of a campaign once more: those whose last call ended so, a part of them at once, the others behind."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

import orjson

from callwright.campaigns.announcing import announce
from callwright.campaigns.models import Campaign, campaign_of
from callwright.contacts.importing.service import Enqueue
from callwright.errors import Conflict, FieldError, InvalidRequest
from callwright.store.database import Database
from callwright.store.statements import statements

if TYPE_CHECKING:
    from callwright.store.database import Connection

SQL = statements(__package__, "again.sql")

RUN = "campaigns.again"
#: People of one transaction.
BATCH = 5000


class CampaignRetries:
    """Lets recipients that are done come again."""

    def __init__(self, database: Database, *, enqueue: Enqueue, on_added: Callable[[], None] = lambda: None) -> None:
        """``on_added`` is told when recipients were committed who may be called."""
        self._database = database
        self._enqueue = enqueue
        self._on_added = on_added

    async def retry(self, connection: Connection, campaign: Campaign, outcomes: Sequence[str]) -> Campaign:
        """Let those come again whose last call had one of these outcomes; the caller holds the campaign's row.

        A completed campaign runs again. Raises ``Conflict`` in a state that does not allow it, ``InvalidRequest`` when
        nobody had such an outcome.
        """
        if campaign.kind != "campaign":
            raise Conflict("these calls were posted together; place those that failed again")
        if campaign.state not in {"running", "paused", "completed"}:
            raise Conflict(f"the campaign is {campaign.state}; retry needs one that is running, paused or completed")
        found = await self._batch(connection, campaign.id, outcomes)
        if not found:
            message = f"nobody of the campaign has the outcome {' or '.join(outcomes)}"
            raise InvalidRequest([FieldError(field="outcomes", message=message)])
        more = found == BATCH
        row = await connection.fetchrow(SQL["reopen"], campaign.organisation_id, campaign.id, more)
        assert row is not None  # noqa: S101  (the caller holds it)
        reopened = campaign_of(row)
        if campaign.state == "completed":
            await announce(connection, reopened, "campaign.resumed")
        if more:
            payload = {"campaign_id": campaign.id, "outcomes": list(outcomes)}
            await self._enqueue(connection, RUN, orjson.dumps(payload))
        return reopened

    async def run(self, payload: bytes) -> None:
        """Let the others come again. A background job."""
        job = orjson.loads(payload)
        while True:
            async with self._database.transaction() as connection:
                found = await self._batch(connection, job["campaign_id"], job["outcomes"])
                if found < BATCH:
                    await connection.execute(SQL["all_there"], job["campaign_id"])
            self._on_added()
            if found < BATCH:
                return

    async def _batch(self, connection: Connection, campaign_id: str, outcomes: Sequence[str]) -> int:
        tag = await connection.execute(SQL["again"], campaign_id, list(outcomes), BATCH)
        return int(tag.rpartition(" ")[2])
