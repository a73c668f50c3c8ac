"""Two records that are one person: found, merged, and parted again for thirty days."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from callwright.accounts.models import Principal
from callwright.clock import Clock
from callwright.contacts.models import MAX_NUMBERS, MAX_TAGS, Contact, ContactEmail, ContactNumber
from callwright.contacts.service import get_contact, lock_contact, save_contact, save_emails, save_numbers
from callwright.contacts.values import distinct_emails, distinct_numbers, wrong
from callwright.errors import Conflict, NotFound
from callwright.store.database import Database
from callwright.store.statements import statements

if TYPE_CHECKING:
    from callwright.store.database import Connection

SQL = statements(__package__, "people.sql")
#: How long a merge can be undone.
UNDO_KEPT = timedelta(days=30)
#: By what duplicates are found: the statement.
DUPLICATES = {"number": "duplicate_numbers", "email": "duplicate_emails", "name": "duplicate_names"}


@dataclass(frozen=True, kw_only=True)
class Duplicate:
    """People who have something in common that people seldom share."""

    #: The number, the address, or the name and postcode.
    value: str
    #: How many they are, and the first 20 of them, oldest first.
    people: int
    contact_ids: tuple[str, ...]


def joined(kept: Contact, lost: Contact) -> Contact:
    """Return the kept contact with what the other one has and it has not. Pure."""
    return replace(
        kept,
        texts={name: lost.texts[name] if value is None else value for name, value in kept.texts.items()},
        fields={**lost.fields, **kept.fields},
        tags=tuple(dict.fromkeys([*kept.tags, *lost.tags]))[:MAX_TAGS],
        numbers=distinct_numbers([*kept.numbers, *lost.numbers])[:MAX_NUMBERS],
        emails=distinct_emails([*kept.emails, *lost.emails])[:MAX_NUMBERS],
    )


class MergeService:
    """Finds and merges duplicates."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    async def duplicates(self, principal: Principal, by: str, *, after: str, limit: int) -> list[Duplicate]:
        """Return people who share a number, an address, or name and postcode (``by``), with values above ``after``."""
        rows = await self._database.fetch(SQL[DUPLICATES[by]], principal.organisation.id, principal.fence, after, limit)
        return [
            Duplicate(value=row["value"], people=row["people"], contact_ids=tuple(row["contact_ids"])) for row in rows
        ]

    async def merge(self, connection: Connection, principal: Principal, kept_id: str, lost_id: str) -> Contact:
        """Merge ``lost_id`` into ``kept_id`` in the caller's transaction; returns the kept one.

        The kept one's values win; numbers, addresses, tags and groups are joined; what was sent to either is the
        history of the kept one. Raises ``NotFound``, ``Conflict``, ``InvalidRequest``.
        """
        organisation_id = principal.organisation.id
        # in the order of ids, so that two merges at once do not wait for each other
        locked = {each: await lock_contact(connection, principal, each) for each in sorted({kept_id, lost_id})}
        if kept_id == lost_id:
            raise wrong("contact_id", "a contact cannot be merged into itself", lost_id)
        kept, lost = locked[kept_id], locked[lost_id]
        after = joined(kept, lost)
        groups = [row["group_id"] for row in await connection.fetch(SQL["group_ids"], organisation_id, lost_id)]
        await connection.execute(SQL["leave_groups"], organisation_id, lost_id, groups)
        added = [
            row["group_id"] for row in await connection.fetch(SQL["join_groups"], organisation_id, kept_id, groups)
        ]
        await connection.execute(SQL["empty_lost"], organisation_id, lost_id, kept_id)
        emptied = replace(lost, numbers=(), emails=())
        await save_numbers(connection, emptied)
        await save_emails(connection, emptied)
        revision = await save_contact(connection, after)
        await save_numbers(connection, after)
        await save_emails(connection, after)
        before = {"kept": _image(kept), "lost": _image(lost), "lost_groups": groups, "added_groups": added}
        await connection.execute(SQL["insert_merge"], organisation_id, lost_id, kept_id, before, revision)
        return await get_contact(connection, principal, kept_id)

    async def unmerge(self, connection: Connection, principal: Principal, lost_id: str) -> tuple[Contact, Contact]:
        """Part what was merged, in the caller's transaction; returns the kept one and the other as they were.

        Raises ``NotFound``, and ``Conflict`` when the kept one was changed since, or it is longer ago than 30 days.
        """
        organisation_id = principal.organisation.id
        row = await connection.fetchrow(SQL["lock_merge"], organisation_id, principal.fence, lost_id)
        if row is None:
            raise NotFound(f"there is no merged contact {lost_id!r}")
        if row["before"] is None or row["merged_at"] < self._clock.now() - UNDO_KEPT:
            raise Conflict(f"a merge can be undone for {UNDO_KEPT.days} days")
        kept = await lock_contact(connection, principal, row["kept_id"])
        if kept.revision != row["revision"]:
            raise Conflict(f"{kept.id} was changed since the merge, so it cannot be parted; make a new contact instead")
        before = row["before"]
        await connection.execute(SQL["revive_lost"], organisation_id, lost_id)
        await connection.execute(SQL["delete_merge"], organisation_id, lost_id)
        for contact, image in (
            (kept, before["kept"]),
            (await lock_contact(connection, principal, lost_id), before["lost"]),
        ):
            restored = _restored(contact, image)
            await save_contact(connection, restored)
            await save_numbers(connection, restored)
            await save_emails(connection, restored)
        await connection.execute(SQL["leave_groups"], organisation_id, kept.id, before["added_groups"])
        await connection.execute(SQL["join_groups"], organisation_id, lost_id, before["lost_groups"])
        return await get_contact(connection, principal, kept.id), await get_contact(connection, principal, lost_id)

    async def forget(self) -> None:
        """Delete what undoing needs once it is no longer offered. A background job."""
        await self._database.execute(SQL["forget_merges"], self._clock.now() - UNDO_KEPT)


def _image(contact: Contact) -> dict[str, Any]:
    return {
        "texts": dict(contact.texts),
        "tags": list(contact.tags),
        "fields": dict(contact.fields),
        "numbers": [{"e164": n.e164, "type": n.type, "label": n.label} for n in contact.numbers],
        "emails": [{"address": e.address, "type": e.type, "label": e.label} for e in contact.emails],
    }


def _restored(contact: Contact, image: Any) -> Contact:
    return replace(
        contact,
        texts=image["texts"],
        tags=tuple(image["tags"]),
        fields=image["fields"],
        numbers=tuple(ContactNumber(**item) for item in image["numbers"]),
        emails=tuple(ContactEmail(**item) for item in image["emails"]),
    )
