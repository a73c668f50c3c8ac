"""Imports: uploaded, looked at, started, carried out in the background, cancelled, undone."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from contextlib import aclosing
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

import asyncpg
import phonenumbers

from callwright.accounts.models import Principal
from callwright.clock import Clock
from callwright.contacts.definitions import define, own_kinds
from callwright.contacts.groups import get_group
from callwright.contacts.importing.looking import Look, look
from callwright.contacts.importing.models import Import, import_of
from callwright.contacts.importing.plan import Plan, read_mapping
from callwright.contacts.importing.reading import BATCH, read_batches
from callwright.contacts.importing.taking import SQL, Encoded, take
from callwright.contacts.importing.undo import undo
from callwright.contacts.places import know_places
from callwright.contacts.sandbox import protect
from callwright.contacts.values import wrong
from callwright.errors import Conflict, Forbidden, InvalidRequest, NotFound
from callwright.store.database import Database

if TYPE_CHECKING:
    from callwright.store.database import Connection

log = logging.getLogger(__name__)

#: How long an upload waits for its start, and an import can be undone.
UPLOAD_KEPT = timedelta(days=7)
UNDO_KEPT = timedelta(days=30)
RUN = "contacts.import"
UNDO = "contacts.import_undo"
_TRIES = 5


class Enqueue(Protocol):
    """Adds a background job in the caller's transaction (``jobs.Jobs.enqueue``)."""

    async def __call__(self, connection: Connection, name: str, payload: bytes = b"") -> None:
        """Add a job of a name."""
        ...


@dataclass(frozen=True, kw_only=True)
class Start:
    """How a file is to be taken in."""

    #: By the name of the column, see ``importing.plan.read_mapping``.
    mapping: Mapping[str, str | None]
    on_duplicate: str
    match_by: str
    date_order: str
    region: str
    group_id: str | None


class _Elsewhere(Exception):
    """Another process carries this import out."""


class ImportService:
    """Files of contacts. Files lie in ``folder`` until they are taken in."""

    def __init__(self, database: Database, clock: Clock, *, folder: Path, enqueue: Enqueue) -> None:
        self._database = database
        self._clock = clock
        self._folder = folder
        self._enqueue = enqueue

    def path_of(self, import_id: str) -> Path:
        """Return where the file of an import lies."""
        return self._folder / f"{import_id}.csv"

    def prepare_folder(self) -> None:
        """Make the folder, for its owner alone."""
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)

    async def add(
        self, connection: Connection, principal: Principal, import_id: str, *, file_name: str, size: int, seen: Look
    ) -> Import:
        """Enter an uploaded file in the caller's transaction."""
        row = await connection.fetchrow(
            SQL["insert_import"],
            import_id,
            principal.organisation.id,
            principal.user_id,
            principal.sandbox,
            file_name,
            size,
            seen.encoding,
            seen.delimiter,
            seen.has_header,
            list(seen.columns),
        )
        assert row is not None  # noqa: S101  (RETURNING)
        return import_of(row)

    async def get(self, principal: Principal, import_id: str) -> Import:
        """Return an import. Raises ``NotFound``."""
        row = await self._database.fetchrow(SQL["get_import"], principal.organisation.id, principal.fence, import_id)
        if row is None:
            raise NotFound(f"there is no import {import_id!r}")
        return import_of(row)

    async def page(self, principal: Principal, *, limit: int, before: int | None) -> list[Import]:
        """Return up to ``limit`` imports, newest first, with a ``number`` below ``before``."""
        rows = await self._database.fetch(
            SQL["page_of_imports"], principal.organisation.id, principal.fence, before, limit
        )
        return [import_of(row) for row in rows]

    async def errors(
        self, principal: Principal, import_id: str, *, after: int = 0, limit: int = 1000
    ) -> list[Mapping[str, Any]]:
        """Return refused records (``line``, ``field``, ``reason``, ``value``) with an ``ordinal`` above ``after``."""
        rows = await self._database.fetch(SQL["page_of_errors"], principal.organisation.id, import_id, after, limit)
        return [dict(row) for row in rows]

    def look_again(self, job: Import) -> Look:
        """Return the first records of a file that waits. Raises ``Conflict`` when it is gone."""
        path = self.path_of(job.id)
        if job.state != "uploaded" or not path.exists():
            raise Conflict(f"the file is not kept any longer (the import is {job.state}); upload it again")
        return look(path, delimiter=job.delimiter, has_header=job.has_header)

    async def start(self, connection: Connection, principal: Principal, import_id: str, wanted: Start) -> Import:
        """Queue an uploaded file, in the caller's transaction.

        Raises ``NotFound``, ``Conflict`` when it was started already, and ``InvalidRequest`` for a wrong mapping.
        """
        job = await self._locked(connection, principal, import_id)
        if job.state != "uploaded":
            raise Conflict(f"the import is {job.state}; only an uploaded file can be started")
        organisation_id = principal.organisation.id
        own = await own_kinds(connection, organisation_id)
        if wanted.region not in phonenumbers.SUPPORTED_REGIONS:
            raise wrong("region", "must be an ISO 3166 country code such as US", wanted.region[:20])
        targets, new = read_mapping(wanted.mapping, job.columns, own)
        if new and principal.fence is not None:
            raise Forbidden("a subuser cannot define fields; ask a manager")
        for name, kind in new.items():
            await define(connection, organisation_id, name=name, type=kind, label=_label(name, job, targets))
        if wanted.group_id is not None:
            await get_group(connection, principal, wanted.group_id)
            await protect(connection, principal, "group", [wanted.group_id])
        plan = Plan(
            targets=targets,
            kinds={**own, **new},
            on_duplicate=wanted.on_duplicate,
            match_by=wanted.match_by,
            date_order=wanted.date_order,
            region=wanted.region,
            sandbox=principal.sandbox,
            fence=principal.fence,
        )
        row = await connection.fetchrow(SQL["queue_import"], import_id, plan.to_json(), wanted.group_id)
        await self._enqueue(connection, RUN, import_id.encode())
        assert row is not None  # noqa: S101  (locked above)
        return import_of(row)

    async def cancel(self, connection: Connection, principal: Principal, import_id: str) -> Import:
        """Stop an import after the batch that it is in; what is in stays. Raises ``NotFound`` and ``Conflict``."""
        job = await self._locked(connection, principal, import_id)
        if job.state not in {"uploaded", "queued", "running"}:
            raise Conflict(f"the import is {job.state}; there is nothing to cancel")
        row = await connection.fetchrow(SQL["ask_to_cancel"], import_id)
        assert row is not None  # noqa: S101  (locked above)
        return import_of(row)

    async def ask_undo(self, connection: Connection, principal: Principal, import_id: str) -> Import:
        """Queue the undo of an import that has ended. Raises ``NotFound`` and ``Conflict``."""
        job = await self._locked(connection, principal, import_id)
        if job.state not in {"completed", "cancelled", "failed"} or job.ended_at is None:
            raise Conflict(f"the import is {job.state}; only one that has ended can be undone")
        if job.ended_at < self._clock.now() - UNDO_KEPT:
            raise Conflict(f"an import can be undone for {UNDO_KEPT.days} days")
        row = await connection.fetchrow(SQL["ask_to_undo"], import_id)
        await self._enqueue(connection, UNDO, import_id.encode())
        assert row is not None  # noqa: S101  (locked above)
        return import_of(row)

    async def run(self, payload: bytes) -> None:
        """Carry out a queued import, or what an interrupted one has left. A background job."""
        row = await self._database.fetchrow(SQL["import_to_run"], payload.decode())
        if row is None:
            return
        job = import_of(row)
        state, error = "completed", None
        try:
            if await self._take_all(job):
                state = "cancelled"
        except _Elsewhere:
            return
        except (InvalidRequest, FileNotFoundError) as fault:
            state, error = "failed", str(fault) if isinstance(fault, InvalidRequest) else "the file is gone"
        if await self._database.fetchval(SQL["end_import"], job.id, state, error) is not None:
            self.path_of(job.id).unlink(missing_ok=True)

    async def run_undo(self, payload: bytes) -> None:
        """Carry out a queued undo. A background job."""
        await undo(self._database, payload.decode())

    async def forget(self) -> None:
        """Delete uploads that were never started, and what undoing needs once it is no longer offered."""
        now = self._clock.now()
        for row in await self._database.fetch(SQL["forgotten_uploads"], now - UPLOAD_KEPT):
            self.path_of(row["id"]).unlink(missing_ok=True)
        await self._database.execute(SQL["forget_changes"], now - UNDO_KEPT)

    async def _take_all(self, job: Import) -> bool:
        """Take in what is left of a file; returns whether it was cancelled on the way."""
        assert job.plan is not None  # noqa: S101  (queued with one)
        plan = Plan.from_json(job.plan)
        await know_places(self._database, {target.field for target in plan.targets if target is not None})
        done, failed = job.processed, job.failed
        path = self.path_of(job.id)
        if not path.exists():
            raise FileNotFoundError(path)
        orders = {
            "path": str(path),
            "plan": job.plan,
            "columns": job.columns,
            "encoding": job.encoding,
            "delimiter": job.delimiter,
            "has_header": job.has_header,
            "skip": done,
            "batch": BATCH,
        }
        async with aclosing(read_batches(orders)) as batches:
            async for batch in batches:
                cancelled, refused = await self._take(job, plan, batch, done=done, failed=failed)
                done += batch.records
                failed += refused
                if cancelled:
                    return True
        return job.cancel_requested

    async def _take(self, job: Import, plan: Plan, batch: Encoded, *, done: int, failed: int) -> tuple[bool, int]:
        for last in range(_TRIES):
            try:
                async with self._database.transaction() as connection:
                    taken = await take(connection, job, plan, batch, done=done, failed=failed)
                    if taken is None:
                        raise _Elsewhere
                    return taken
            except (asyncpg.UniqueViolationError, asyncpg.DeadlockDetectedError):
                # an external id or a person that somebody else wrote at this moment: the next look sees it
                if last == _TRIES - 1:
                    raise
        raise AssertionError

    async def _locked(self, connection: Connection, principal: Principal, import_id: str) -> Import:
        row = await connection.fetchrow(SQL["lock_import"], principal.organisation.id, principal.fence, import_id)
        if row is None:
            raise NotFound(f"there is no import {import_id!r}")
        return import_of(row)


def _label(name: str, job: Import, targets: Any) -> str:
    """Return the name of the column that fills an own field."""
    for column, target in zip(job.columns, targets, strict=True):
        if target is not None and target.field == f"fields.{name}":
            return column
    return name
