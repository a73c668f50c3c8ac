"""Contacts: the writer of people one at a time. Imports, merges and erasure have modules of their own."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from typing import TYPE_CHECKING, Any

import asyncpg

from callwright.accounts.models import Principal
from callwright.contacts import definitions
from callwright.contacts.definitions import own_kinds
from callwright.contacts.filters.language import Every, Expression, FilterError, from_json, to_json
from callwright.contacts.filters.text import parse
from callwright.contacts.filters.types import BUILT_IN, Kind, checked
from callwright.contacts.models import Contact, ContactChanges, ContactFilter, FieldDefinition
from callwright.contacts.places import know_places
from callwright.contacts.reading import SQL, contact_of, filtered
from callwright.contacts.sandbox import protect
from callwright.contacts.searching import search_condition
from callwright.contacts.values import wrong
from callwright.errors import Conflict, NotFound
from callwright.ids import new_id
from callwright.store.database import Database

if TYPE_CHECKING:
    from callwright.store.database import Connection


async def get_contact(connection: Connection | Database, principal: Principal, contact_id: str) -> Contact:
    """Return a contact, the kept one for the id of one that was merged into it. Raises ``NotFound``."""
    found = await _by_id(connection, principal, contact_id)
    # a merge into one that is merged later makes a chain
    while found is not None and found.merged_into is not None:
        found = await _by_id(connection, principal, found.merged_into)
    if found is None:
        raise NotFound(f"there is no contact {contact_id!r}")
    return found


async def lock_contact(connection: Connection, principal: Principal, contact_id: str) -> Contact:
    """Lock a contact against other writers and return it. Raises ``NotFound``, ``Conflict`` for a merged one."""
    row = await connection.fetchrow(SQL["lock_contact"], principal.organisation.id, principal.fence, contact_id)
    found = await _by_id(connection, principal, contact_id) if row is not None else None
    if found is None:
        raise NotFound(f"there is no contact {contact_id!r}")
    if found.merged_into is not None:
        raise Conflict(f"this contact was merged into {found.merged_into}; change that one")
    await protect(connection, principal, "contact", [found.id])
    return found


async def _by_id(connection: Connection | Database, principal: Principal, contact_id: str) -> Contact | None:
    rows = await connection.fetch(SQL["contacts_by_id"], principal.organisation.id, principal.fence, [contact_id])
    return contact_of(rows[0]) if rows else None


async def save_contact(connection: Connection, contact: Contact) -> int:
    """Write a contact whole; returns its new revision. Raises ``Conflict`` when its external id is another's."""
    try:
        # a savepoint: the caller's transaction outlives a refusal
        async with connection.transaction():
            revision: int = await connection.fetchval(
                SQL["update_contact"],
                contact.organisation_id,
                contact.id,
                list(contact.tags),
                contact.fields,
                contact.texts,
            )
    except asyncpg.UniqueViolationError:
        raise _taken(contact.texts["external_id"]) from None
    return revision


async def save_numbers(connection: Connection, contact: Contact) -> None:
    """Write the numbers of a contact in place of those that it had."""
    items = [{"e164": n.e164, "type": n.type, "label": n.label} for n in contact.numbers]
    await connection.execute(SQL["delete_numbers"], contact.organisation_id, contact.id)
    await connection.execute(SQL["insert_numbers"], contact.organisation_id, contact.id, items)


async def save_emails(connection: Connection, contact: Contact) -> None:
    """Write the addresses of a contact in place of those that it had."""
    items = [{"address": e.address, "type": e.type, "label": e.label} for e in contact.emails]
    await connection.execute(SQL["delete_emails"], contact.organisation_id, contact.id)
    await connection.execute(SQL["insert_emails"], contact.organisation_id, contact.id, items)


class ContactService:
    """People of an organisation. Each method sees only what the principal's fence lets it see."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def create(self, connection: Connection, principal: Principal, changes: ContactChanges) -> Contact:
        """Add a person in the caller's transaction. Raises ``Conflict`` when the external id is another's."""
        contact_id = new_id("con")
        organisation_id = principal.organisation.id
        await know_places(self._database, changes.texts)
        try:
            async with connection.transaction():
                await connection.execute(
                    SQL["insert_contact"],
                    contact_id,
                    organisation_id,
                    principal.user_id,
                    list(changes.tags or ()),
                    {name: value for name, value in changes.fields.items() if value is not None},
                    dict(changes.texts),
                    principal.sandbox,
                )
        except asyncpg.UniqueViolationError:
            raise _taken(changes.texts.get("external_id")) from None
        if changes.numbers:
            numbers = [{"e164": n.e164, "type": n.type, "label": n.label} for n in changes.numbers]
            await connection.execute(SQL["insert_numbers"], organisation_id, contact_id, numbers)
        if changes.emails:
            emails = [{"address": e.address, "type": e.type, "label": e.label} for e in changes.emails]
            await connection.execute(SQL["insert_emails"], organisation_id, contact_id, emails)
        return await get_contact(connection, principal, contact_id)

    async def update(
        self, connection: Connection, principal: Principal, contact_id: str, changes: ContactChanges
    ) -> Contact:
        """Change a person in the caller's transaction. Raises ``NotFound`` and ``Conflict``."""
        await know_places(self._database, changes.texts)
        before = await lock_contact(connection, principal, contact_id)
        fields = {**before.fields, **changes.fields}
        after = _replaced(
            before,
            texts={**before.texts, **changes.texts},
            fields={name: value for name, value in fields.items() if value is not None},
            tags=before.tags if changes.tags is None else changes.tags,
            numbers=before.numbers if changes.numbers is None else changes.numbers,
            emails=before.emails if changes.emails is None else changes.emails,
        )
        await save_contact(connection, after)
        if after.numbers != before.numbers:
            await save_numbers(connection, after)
        if after.emails != before.emails:
            await save_emails(connection, after)
        return await get_contact(connection, principal, contact_id)

    async def get(self, principal: Principal, contact_id: str) -> Contact:
        """Return a contact, the kept one for the id of one that was merged into it. Raises ``NotFound``."""
        return await get_contact(self._database, principal, contact_id)

    async def delete(self, connection: Connection, principal: Principal, contact_id: str) -> None:
        """Delete a person; what was sent to them stays. Raises ``NotFound`` and ``Conflict``."""
        await lock_contact(connection, principal, contact_id)
        await connection.execute(SQL["delete_contact"], principal.organisation.id, principal.fence, contact_id)

    async def delete_all(self, connection: Connection, principal: Principal, narrowed: ContactFilter) -> int:
        """Delete those whom a filter finds; what was sent to them stays. Returns how many.

        A sandbox key deletes those of them that a sandbox key made.
        """
        sql, args = await self._narrowed(SQL["delete_contacts"], principal, narrowed, first=4)
        fixed = (principal.organisation.id, principal.fence, principal.sandbox)
        return len(await connection.fetch(sql, *fixed, *args))

    async def by_number(self, principal: Principal, numbers: Collection[int]) -> Mapping[int, Contact]:
        """Return those people that there are, by ``number``."""
        if not numbers:
            return {}
        rows = await self._database.fetch(
            SQL["contacts_by_number"], principal.organisation.id, principal.fence, sorted(set(numbers))
        )
        return {row["number"]: contact_of(row) for row in rows}

    async def by_id(
        self, principal: Principal, ids: Collection[str], *, connection: Connection | None = None
    ) -> Mapping[str, Contact]:
        """Return those people that there are, by id; ``connection``: of a transaction that made some."""
        if not ids:
            return {}
        rows = await (connection or self._database).fetch(
            SQL["contacts_by_id"], principal.organisation.id, principal.fence, sorted(set(ids))
        )
        return {row["id"]: contact_of(row) for row in rows}

    async def by_address(self, principal: Principal, addresses: Collection[str]) -> Mapping[str, str]:
        """Return the ids of the people with these numbers (E.164) and email addresses, by what they were found by."""
        if not addresses:
            return {}
        rows = await self._database.fetch(
            SQL["contacts_by_address"], principal.organisation.id, principal.fence, sorted(set(addresses))
        )
        return {row["address"]: row["contact_id"] for row in rows}

    async def page(
        self, principal: Principal, narrowed: ContactFilter, *, limit: int, before: int | None
    ) -> list[Contact]:
        """Return up to ``limit`` contacts, newest first, with a ``number`` below ``before``."""
        sql, args = await self._narrowed(SQL["page_of_contacts"], principal, narrowed, first=5)
        rows = await self._database.fetch(sql, principal.organisation.id, principal.fence, before, limit, *args)
        return [contact_of(row) for row in rows]

    async def count(self, principal: Principal, narrowed: ContactFilter) -> int:
        """Return how many contacts there are."""
        sql, args = await self._narrowed(SQL["count_contacts"], principal, narrowed, first=3)
        counted: int = await self._database.fetchval(sql, principal.organisation.id, principal.fence, *args)
        return counted

    async def expression(self, principal: Principal, given: str | Mapping[str, Any], *, field: str) -> Expression:
        """Return a filter, given as text or as JSON, checked; raises ``InvalidRequest`` naming ``field``."""
        return read_expression(given, await own_kinds(self._database, principal.organisation.id), field=field)

    async def both(self, principal: Principal, stored: Expression, other: Expression | None) -> Expression:
        """Return a stored filter, checked again, joined with another; a field of it may be gone: ``InvalidRequest``."""
        checked_again = await self.expression(principal, to_json(stored), field="segment_id")
        return checked_again if other is None else Every((checked_again, other))

    async def definitions(self, organisation_id: str) -> list[FieldDefinition]:
        """Return the organisation's own fields by name."""
        return await definitions.definitions(self._database, organisation_id)

    async def remove_definition(self, principal: Principal, name: str) -> None:
        """Delete an own field and everybody's value of it. Raises ``NotFound``."""
        await definitions.remove(self._database, principal, name)

    def transaction(self) -> AbstractAsyncContextManager[Connection]:
        """Return a transaction, for a change that has several parts."""
        return self._database.transaction()

    async def _narrowed(
        self, sql: str, principal: Principal, narrowed: ContactFilter, *, first: int
    ) -> tuple[str, Sequence[Any]]:
        more, args = search_condition(narrowed, first=first)
        kinds = {**await own_kinds(self._database, principal.organisation.id), **BUILT_IN}
        sql, filter_args = filtered(sql, narrowed.expression, kinds, first=first + len(args), more=more)
        return sql, [*args, *filter_args]


def read_expression(given: str | Mapping[str, Any], own: Mapping[str, Kind], *, field: str) -> Expression:
    """Return a filter, given as text or as JSON, checked; raises ``InvalidRequest`` naming ``field``."""
    try:
        return checked(parse(given) if isinstance(given, str) else from_json(given), {**own, **BUILT_IN})
    except FilterError as error:
        raise wrong(field, str(error), given[:200] if isinstance(given, str) else None) from None


def _replaced(contact: Contact, **changes: Any) -> Contact:
    return Contact(**{**contact.__dict__, **changes})


def _taken(external_id: str | None) -> Conflict:
    return Conflict(f"external_id: {external_id!r} is another contact's")
