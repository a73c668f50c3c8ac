"""Contacts of one organisation over a fresh database, without the API."""

from __future__ import annotations

import csv
import io
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from callwright.accounts.models import Principal
from callwright.calls.personal import CallTraces
from callwright.clock import SystemClock
from callwright.contacts.directory import Directory
from callwright.contacts.importing.looking import look
from callwright.contacts.importing.models import Import
from callwright.contacts.importing.service import Start
from callwright.contacts.models import Contact, ContactChanges, ContactFilter
from callwright.ids import new_id
from callwright.store.database import Database
from support.calls import make_world
from support.jobs import HandJobs


@dataclass(kw_only=True)
class People:
    """The services of the contacts domain and somebody who asks them."""

    database: Database
    directory: Directory
    jobs: HandJobs
    who: Principal

    async def add(self, who: Principal | None = None, **changes: Any) -> Contact:
        """Add a person; ``changes`` are those of ``ContactChanges``."""
        async with self.database.transaction() as connection:
            return await self.directory.people.create(connection, who or self.who, ContactChanges(**changes))

    async def all(self) -> list[Contact]:
        """Return everybody, newest first."""
        return await self.directory.people.page(self.who, ContactFilter(), limit=10_000, before=None)

    async def import_(self, rows: list[dict[str, str]], columns: dict[str, str], **start: Any) -> Import:
        """Take rows in by the names of the columns; returns the ended import."""
        out = io.StringIO(newline="")
        writer = csv.DictWriter(out, list(columns), restval="")
        writer.writeheader()
        writer.writerows(rows)
        imports = self.directory.imports
        imports.prepare_folder()
        import_id = new_id("imp")
        path = imports.path_of(import_id)
        path.write_text(out.getvalue(), newline="")
        wanted = {"on_duplicate": "update", "match_by": "number", "date_order": "ymd", "region": "US", "group_id": None}
        async with self.database.transaction() as connection:
            seen = look(path, delimiter=",", has_header=True)
            await imports.add(connection, self.who, import_id, file_name="f", size=path.stat().st_size, seen=seen)
            await imports.start(connection, self.who, import_id, Start(mapping=columns, **{**wanted, **start}))
        await self.jobs.run()
        return await imports.get(self.who, import_id)

    async def undo(self, import_id: str) -> Import:
        """Take an import back."""
        async with self.database.transaction() as connection:
            await self.directory.imports.ask_undo(connection, self.who, import_id)
        await self.jobs.run()
        return await self.directory.imports.get(self.who, import_id)


def timeless(contact: Contact) -> Contact:
    """Return a contact without what every change changes."""
    return replace(contact, revision=0, updated_at=contact.created_at)


async def make_people(database: Database, folder: Path) -> People:
    """Return the services for a new organisation."""
    world = await make_world(database)
    jobs = HandJobs()
    directory = Directory.on(database, SystemClock(), data_dir=folder, enqueue=jobs.enqueue, traces=[CallTraces()])
    directory.register(jobs)
    return People(database=database, directory=directory, jobs=jobs, who=world.principal)
