"""What became of a campaign's people, as a file: CSV or JSON lines, streamed page by page."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from typing import Any

import orjson

from callwright.campaigns.models import BATCH, Campaign
from callwright.contacts.exporting import cell, csv_line
from callwright.store.database import Database, Row
from callwright.store.statements import statements

SQL = statements(__package__, "results.sql")

#: People that are fetched, and sent, at a time.
_PAGE = 1000
#: Names in both forms, in the order of the columns; variables follow in columns of their own.
_FIELDS = (
    "position",
    "to",
    "state",
    "outcome",
    "status",
    "dtmf_response",
    "amd_result",
    "duration_seconds",
    "attempts",
    "price",
    "currency",
    "reason",
    "answered_at",
    "ended_at",
    "call_id",
    "contact_id",
    "message_id",
    "sent_at",
)


class CampaignResults:
    """Streams results; memory does not grow with their number, and no transaction is held while a client reads."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def json_lines(self, campaign: Campaign) -> AsyncIterator[bytes]:
        """Yield one line for each person, in the order of the list."""
        async for rows in self._pages(campaign):
            yield b"".join(
                orjson.dumps({**_fields(row, campaign), "variables": row["variables"] or {}}, default=str) + b"\n"
                for row in rows
            )

    async def csv(self, campaign: Campaign) -> AsyncIterator[bytes]:
        """Yield a header and a line for each person; cells that a spreadsheet would take for formulas are quoted."""
        names = [row["name"] for row in await self._database.fetch(SQL["names_of_variables"], campaign.id)]
        yield csv_line([*_FIELDS, *(f"variables.{name}" for name in names)])
        async for rows in self._pages(campaign):
            yield b"".join(
                csv_line(
                    [
                        *(cell(value) for value in _fields(row, campaign).values()),
                        *(cell((row["variables"] or {}).get(name)) for name in names),
                    ]
                )
                for row in rows
            )

    async def calls_of(self, campaign: Campaign, recipient_id: int) -> list[str]:
        """Return the ids of the calls of a recipient, the first one first."""
        rows = await self._database.fetch(SQL["calls_of_recipient"], campaign.organisation_id, recipient_id)
        return [row["id"] for row in rows]

    async def _pages(self, campaign: Campaign) -> AsyncIterator[list[Row]]:
        after, seen = 0, 0
        while True:
            args = [campaign.organisation_id, campaign.id, after, _PAGE]
            if campaign.kind == BATCH:
                rows = await self._database.fetch(SQL["page_of_batch_results"], *args, seen)
            else:
                rows = await self._database.fetch(SQL["page_of_results"], *args)
            if rows:
                yield rows
                after, seen = rows[-1]["id"], seen + len(rows)
            if len(rows) < _PAGE:
                return


def _fields(row: Row, campaign: Campaign) -> Mapping[str, Any]:
    waits = campaign.left_over is not None and row["state"] in {"waiting", "again"}
    return {
        "position": row["position"],
        "to": row["to_number"],
        "state": "done" if waits else row["state"],
        "outcome": row["outcome"] or (campaign.left_over if waits else None),
        "status": row["status"],
        "dtmf_response": row["dtmf_response"],
        "amd_result": row["amd_result"],
        "duration_seconds": row["duration_seconds"],
        "attempts": row["attempts"] or 0,
        "price": None if row["price"] is None else f"{row['price'].normalize():f}",
        "currency": row["currency"],
        "reason": row["reason"],
        "answered_at": None if row["answered_at"] is None else row["answered_at"].isoformat(timespec="seconds"),
        "ended_at": None if row["ended_at"] is None else row["ended_at"].isoformat(timespec="seconds"),
        "call_id": row["call_id"],
        "contact_id": row["contact_id"],
        "message_id": row["message_id"],
        "sent_at": None if row["sent_at"] is None else row["sent_at"].isoformat(timespec="seconds"),
    }
