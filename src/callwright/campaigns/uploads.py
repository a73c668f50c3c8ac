"""Files of recipients: stored first, then taken in by a background job that goes on where an earlier one broke off."""

from __future__ import annotations

import asyncio
import io
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import asyncpg
import orjson

from callwright.accounts.models import Principal
from callwright.campaigns.filling import SQL as FILLING
from callwright.campaigns.filling import ensure_lanes
from callwright.campaigns.models import Campaign
from callwright.campaigns.placing import Placer
from callwright.campaigns.service import check_takes_recipients
from callwright.campaigns.upload_plan import UploadPlan
from callwright.campaigns.upload_worker import COLUMNS, DONE_COLUMNS, LENGTH
from callwright.contacts.importing.service import Enqueue
from callwright.errors import NotFound
from callwright.rules.zones import OF_PERSON
from callwright.store.database import Database, Row
from callwright.store.statements import statements

if TYPE_CHECKING:
    from callwright.store.database import Connection

SQL = statements(__package__, "uploads.sql")

RUN = "campaigns.upload"
#: Errors that are kept; beyond them records are only counted.
MAX_ERRORS = 100_000
#: Bytes that are taken from the pipe before it holds the reader back: about two chunks.
_BUFFER = 1 << 22
#: No file has more records; positions of two files that wait do not overlap.
MOST_RECORDS = 10_000_000


@dataclass(frozen=True, kw_only=True)
class Upload:
    """A file of recipients and what became of it."""

    id: str
    number: int
    organisation_id: str
    campaign_id: str
    #: ``queued``, ``running``, ``completed``, ``failed`` or ``cancelled``.
    state: str
    file_name: str
    bytes: int
    plan: UploadPlan
    first_position: int
    #: Records that are done with: the sum of the next three.
    processed: int
    added: int
    duplicates: int
    failed: int
    bytes_read: int
    error: str | None
    created_at: datetime
    started_at: datetime | None
    ended_at: datetime | None


def upload_of(row: Row) -> Upload:
    """Return the value of a row of ``campaign_uploads``."""
    known = {name: row[name] for name in Upload.__dataclass_fields__}
    return Upload(**{**known, "plan": UploadPlan.from_json(row["plan"])})


class _Over(Exception):
    """Another process takes this file in, or the campaign is over."""


class CampaignUploads:
    """Takes files in. They lie in ``folder`` until then."""

    def __init__(
        self,
        database: Database,
        *,
        folder: Path,
        enqueue: Enqueue,
        on_added: Callable[[], None] = lambda: None,
    ) -> None:
        """``on_added`` is told when recipients were committed who may be called."""
        self._database = database
        self._folder = folder
        self._enqueue = enqueue
        self._on_added = on_added

    def path_of(self, upload_id: str) -> Path:
        """Return where the file of an upload lies."""
        return self._folder / f"{upload_id}.csv"

    def prepare_folder(self) -> None:
        """Make the folder, for its owner alone."""
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)

    async def add(
        self, connection: Connection, campaign: Campaign, upload_id: str, *, file_name: str, size: int, plan: UploadPlan
    ) -> Upload:
        """Enter a file that lies at its path, in the caller's transaction, which holds the campaign's row.

        Raises ``Conflict`` for a campaign that takes nobody any more.
        """
        check_takes_recipients(campaign)
        row = await connection.fetchrow(
            SQL["insert_upload"],
            upload_id,
            campaign.organisation_id,
            campaign.id,
            file_name,
            size,
            plan.to_json(),
            MOST_RECORDS,
        )
        assert row is not None  # noqa: S101  (RETURNING)
        await connection.execute(FILLING["set_source"], campaign.organisation_id, campaign.id, {"kind": "file"}, True)
        await self._enqueue(connection, RUN, upload_id.encode())
        return upload_of(row)

    async def of(self, campaign: Campaign) -> list[Upload]:
        """Return the files of a campaign, newest first."""
        rows = await self._database.fetch(SQL["uploads_of"], campaign.organisation_id, campaign.id)
        return [upload_of(row) for row in rows]

    async def get(self, campaign: Campaign, upload_id: str) -> Upload:
        """Return a file of a campaign. Raises ``NotFound``."""
        row = await self._database.fetchrow(SQL["get_upload"], campaign.organisation_id, campaign.id, upload_id)
        if row is None:
            raise NotFound(f"there is no upload {upload_id!r} in this campaign")
        return upload_of(row)

    async def errors(
        self, principal: Principal, upload_id: str, *, after: int = 0, limit: int = 1000
    ) -> list[Mapping[str, Any]]:
        """Return refused records (``line``, ``field``, ``reason``, ``value``) with an ``ordinal`` above ``after``."""
        rows = await self._database.fetch(
            SQL["page_of_upload_errors"], principal.organisation.id, upload_id, after, limit
        )
        return [dict(row) for row in rows]

    async def run(self, payload: bytes) -> None:
        """Take in a file that waits, or what an interrupted job has left. A background job."""
        row = await self._database.fetchrow(SQL["upload_to_run"], payload.decode())
        if row is None:
            return
        upload = upload_of(row)
        state, error = "completed", None
        try:
            if not self.path_of(upload.id).exists():
                state, error = "failed", "the file is gone; upload it again"
            else:
                error = await _Taking(self._database, upload, row["owner_id"], self._on_added).run(
                    self.path_of(upload.id)
                )
                state = "completed" if error is None else "failed"
        except _Over:
            current = await self._database.fetchrow(SQL["upload_to_run"], upload.id)
            if current is None or current["campaign_state"] not in {"completed", "cancelled"}:
                return
            state, error = "cancelled", f"the campaign is {current['campaign_state']}"
        async with self._database.transaction() as connection:
            ended = await connection.fetchrow(SQL["end_upload"], upload.id, state, error)
            if ended is None:
                return
            source = {"given": ended["processed"], "refused": ended["failed"], "duplicates": ended["duplicates"]}
            await connection.execute(SQL["filled"], upload.campaign_id, source)
        self.path_of(upload.id).unlink(missing_ok=True)
        self._on_added()


class _Taking:
    """One run over a file."""

    def __init__(self, database: Database, upload: Upload, owner_id: str | None, on_added: Callable[[], None]) -> None:
        self._database = database
        self._upload = upload
        self._owner_id = owner_id
        self._on_added = on_added
        self._done, self._failed = upload.processed, upload.failed
        #: Whether recipients may be there already.
        self._careful = False
        self._linking = False
        self._placer = Placer(organisation_zone=upload.plan.organisation_zone, allowed_countries=None, sandbox=True)

    async def run(self, path: Path) -> str | None:
        """Take all chunks in; returns why the file could not be read to its end. Raises ``_Over``."""
        upload = self._upload
        self._careful = await self._database.fetchval(FILLING["has_recipients"], upload.campaign_id)
        self._linking = await self._database.fetchval(SQL["has_contacts"], upload.organisation_id)
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            "callwright.campaigns.upload_worker",
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            limit=_BUFFER,
        )
        assert process.stdin is not None  # noqa: S101  (both are pipes)
        assert process.stdout is not None  # noqa: S101
        job = {
            "path": str(path),
            "plan": upload.plan.to_json(),
            "skip": upload.processed,
            "first_position": upload.first_position,
            "organisation_id": upload.organisation_id,
            "campaign_id": upload.campaign_id,
        }
        try:
            process.stdin.write(orjson.dumps(job) + b"\n")
            while True:
                head, good, done = await _receive(process.stdout)
                if "error" in head:
                    return str(head["error"]).removeprefix("file: ")
                if "end" in head:
                    return None
                if "lanes" in head:
                    process.stdin.write(orjson.dumps(await self._lanes(head["lanes"])) + b"\n")
                    continue
                await self._take(head, good, done)
                self._on_added()
        except (asyncio.IncompleteReadError, ConnectionResetError, BrokenPipeError):
            raise OSError("the process that reads the file ended unexpectedly") from None
        finally:
            if process.returncode is None:
                process.kill()
            await process.wait()

    async def _lanes(self, keys: Sequence[str]) -> Mapping[str, int]:
        async with self._database.transaction() as connection:
            await connection.execute(FILLING["lock_filling"], self._upload.campaign_id)
            return await ensure_lanes(connection, self._upload.organisation_id, self._upload.campaign_id, keys)

    async def _take(self, head: Mapping[str, Any], good: bytes, done: bytes) -> None:
        try:
            async with self._database.transaction() as connection:
                await self._take_chunk(connection, head, good, done)
        except asyncpg.UniqueViolationError:
            # somebody is in the campaign already
            self._careful = True
            async with self._database.transaction() as connection:
                await self._take_chunk(connection, head, good, done)
        self._done += head["records"]
        self._failed += head["failed"]

    async def _take_chunk(self, connection: Connection, head: Mapping[str, Any], good: bytes, done: bytes) -> None:
        upload = self._upload
        await connection.execute(FILLING["lock_filling"], upload.campaign_id)
        newest = await connection.fetchval(SQL["newest_recipient"], upload.campaign_id)
        table = "recipients"
        if self._careful:
            table = "staged"
            await connection.execute(SQL["create_staged"])
            await connection.execute(SQL["free_staged"])
        for rows, columns in ((good, COLUMNS), (done, DONE_COLUMNS)):
            if rows:
                await connection.copy_to_table(table, source=io.BytesIO(rows), columns=columns, format="csv")
        added = head["rows"]
        if self._careful:
            tag = await connection.execute(SQL["take_staged"])
            added = int(tag.rpartition(" ")[2])
        if self._linking:
            await self._link(connection, newest)
        await self._keep_errors(connection, head["errors"])
        counted = await connection.fetchval(
            SQL["count_chunk"],
            upload.id,
            self._done,
            head["records"],
            added,
            head["duplicates"] + head["rows"] - added,
            head["failed"],
            head["bytes_read"],
        )
        if counted is None:
            raise _Over

    async def _link(self, connection: Connection, newest: int) -> None:
        """Say who of the new recipients is a contact, and take their own time zone."""
        upload = self._upload
        rows = await connection.fetch(
            SQL["contacts_of_new"], upload.organisation_id, upload.campaign_id, newest, self._owner_id
        )
        if not rows:
            return
        lanes = [
            None if row["known_zone"] is None else self._placer.place(row["to_number"], contact_zone=row["known_zone"])
            for row in rows
        ]
        keys = [None if place is None or place.zone_source not in OF_PERSON else place.lane for place in lanes]
        wanted = [key for key in keys if key is not None]
        if wanted:
            await ensure_lanes(connection, upload.organisation_id, upload.campaign_id, wanted)
        await connection.execute(
            SQL["link_contacts"],
            upload.campaign_id,
            [row["id"] for row in rows],
            [row["contact_id"] for row in rows],
            keys,
            [None if place is None else place.zone_source for place in lanes],
        )

    async def _keep_errors(self, connection: Connection, errors: Sequence[Sequence[Any]]) -> None:
        kept = errors[: max(0, MAX_ERRORS - self._failed)]
        if kept:
            await connection.copy_records_to_table(
                "campaign_upload_errors",
                records=[(self._upload.organisation_id, self._upload.id, *error) for error in kept],
                columns=("organisation_id", "upload_id", "line", "field", "reason", "value"),
            )


async def _receive(stream: asyncio.StreamReader) -> tuple[dict[str, Any], bytes, bytes]:
    parts = []
    for _ in range(3):
        (length,) = LENGTH.unpack(await stream.readexactly(LENGTH.size))
        parts.append(await stream.readexactly(length))
    return orjson.loads(parts[0]), parts[1], parts[2]
