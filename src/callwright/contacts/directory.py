"""The services of this package, put together."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from callwright.clock import Clock
from callwright.contacts.exporting import ContactExport
from callwright.contacts.groups import GroupService
from callwright.contacts.importing.service import RUN, UNDO, Enqueue, ImportService
from callwright.contacts.known import KnownPeople
from callwright.contacts.merging import MergeService
from callwright.contacts.personal import PersonalData, Traces
from callwright.contacts.segments import SegmentService
from callwright.contacts.service import ContactService
from callwright.store.database import Database


@dataclass(frozen=True, kw_only=True)
class Directory:
    """An organisation's people and what is done with them."""

    people: ContactService
    groups: GroupService
    known: KnownPeople
    segments: SegmentService
    export: ContactExport
    imports: ImportService
    merges: MergeService
    personal: PersonalData

    @classmethod
    def on(
        cls, database: Database, clock: Clock, *, data_dir: Path, enqueue: Enqueue, traces: Sequence[Traces]
    ) -> Directory:
        """Return the services on a database; ``data_dir`` is the appliance's, ``enqueue`` adds background jobs.

        ``traces`` are what other packages hold about people.
        """
        folder = data_dir / "imports"
        groups = GroupService(database)
        return cls(
            people=ContactService(database),
            groups=groups,
            known=KnownPeople(database, groups),
            segments=SegmentService(database),
            export=ContactExport(database),
            imports=ImportService(database, clock, folder=folder, enqueue=enqueue),
            merges=MergeService(database, clock),
            personal=PersonalData(database, folder=folder, traces=traces),
        )

    def register(self, jobs: Jobs) -> None:
        """Say what carries out this package's background jobs."""
        jobs.register(RUN, self.imports.run)
        jobs.register(UNDO, self.imports.run_undo)
        jobs.every("contacts.forget", "41 3 * * *", self.imports.forget)
        jobs.every("contacts.forget_merges", "43 3 * * *", self.merges.forget)


class Jobs(Protocol):
    """Where background jobs are registered (``callwright.jobs.Jobs``)."""

    def register(self, name: str, handler: Callable[[bytes], Awaitable[object]]) -> None:
        """Say what runs the jobs of a name."""
        ...

    def every(self, name: str, cron: str, handler: Callable[[], Awaitable[object]]) -> None:
        """Run a handler by the clock."""
        ...
