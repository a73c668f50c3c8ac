"""The services of this package, put together."""

from __future__ import annotations

from dataclasses import dataclass

from callwright.contacts.exporting import ContactExport
from callwright.contacts.groups import GroupService
from callwright.contacts.segments import SegmentService
from callwright.contacts.service import ContactService
from callwright.store.database import Database


@dataclass(frozen=True, kw_only=True)
class Directory:
    """An organisation's people and what is done with them."""

    people: ContactService
    groups: GroupService
    segments: SegmentService
    export: ContactExport

    @classmethod
    def on(cls, database: Database) -> Directory:
        """Return the services on a database."""
        return cls(
            people=ContactService(database),
            groups=GroupService(database),
            segments=SegmentService(database),
            export=ContactExport(database),
        )
