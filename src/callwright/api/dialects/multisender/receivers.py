"""``receivers``: accounts, groups, numbers and addresses, to people and to what is shown of them again.

A number or an address that nobody has makes an account. What an order keeps of its receivers are ids alone, so that
whoever is erased is gone from here, too.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any

from callwright.accounts import audit
from callwright.api.dialects.multisender.account_fields import placeholders
from callwright.api.dialects.multisender.asking import Asked, number_of
from callwright.api.dialects.multisender.fields import shown
from callwright.contacts.audience import Audience, pages_of_audience
from callwright.contacts.models import Contact, ContactChanges, ContactEmail, ContactFilter, ContactNumber, Group
from callwright.contacts.values import read_address
from callwright.errors import FieldError, InvalidRequest
from callwright.numbers.parsing import read_number

if TYPE_CHECKING:
    from callwright.store.database import Connection

#: What one request may name, and how many people that may be.
MOST = 10_000
_SAME = ("accountId", "groupId")


@dataclass(frozen=True, kw_only=True)
class Reached:
    """A person and where they are reached: a number in E.164, or an email address."""

    contact_id: str
    #: ``accountId``.
    number: int
    address: str
    #: ``groupId``, when they were named by a group.
    group: int | None = None


@dataclass(kw_only=True)
class Receivers:
    """What a list of receivers comes to."""

    #: What is kept: ``{"contact": id, "number": n}`` or ``{"group": id, "number": n}`` for each, in their order.
    listed: list[dict[str, Any]] = field(default_factory=list)
    #: Each once, in the order in which they were named.
    people: list[Reached] = field(default_factory=list)


async def read_receivers(
    connection: Connection, asked: Asked, given: Any, *, by: str = "phone", at: str = "receivers"
) -> Receivers:
    """Return whom a request names, in its transaction; ``by``: ``phone`` or ``email``. Raises ``InvalidRequest``."""
    if not isinstance(given, list) or not given:
        message = f"is required: a list of objects with accountId, groupId or {by}"
        raise InvalidRequest([FieldError(field=at, message=message)])
    if len(given) > MOST:
        raise InvalidRequest([FieldError(field=at, message=f"must have at most {MOST} items; use a group")])
    errors: list[FieldError] = []
    named = [_named(item, f"{at}[{index}]", by, asked, errors) for index, item in enumerate(given)]
    people, groups = asked.services.contacts.people, asked.services.contacts.groups
    accounts = await people.by_number(asked.who, _numbers(named, "accountId"), connection)
    known_groups = await groups.by_number(asked.who, _numbers(named, "groupId"), connection)
    errors += _unknown(named, accounts, known_groups, at, by)
    if errors:
        raise InvalidRequest(errors)
    by_address = await _people_of(connection, asked, [value for name, value in named if name == by], by)
    found, seen = Receivers(), set()
    for name, value in named:
        if name == "groupId":
            group = known_groups[value]
            found.listed.append({"group": group.id, "number": group.number})
            reached = await _members(connection, asked, group.id, group.number, by)
        else:
            contact = accounts[value] if name == "accountId" else by_address[value]
            found.listed.append({"contact": contact.id, "number": contact.number})
            address = _address_of(contact, by) if name == "accountId" else value
            reached = [Reached(contact_id=contact.id, number=contact.number, address=address)]
        for person in reached:
            if person.address not in seen:
                seen.add(person.address)
                found.people.append(person)
    if not found.people:
        message = f"nobody of them has a {by}" if by == "phone" else "nobody of them has an email"
        raise InvalidRequest([FieldError(field=at, message=f"{message}: the groups are empty")])
    return found


def as_given(listed: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Return what is kept of receivers as a request would name them."""
    return [{"accountId" if "contact" in entry else "groupId": entry["number"]} for entry in listed]


async def values_for(
    connection: Connection, asked: Asked, people: Sequence[Reached], needed: Sequence[str]
) -> list[dict[str, str]]:
    """Return for each person the variables of a message: ids always, fields of the account as placeholders need."""
    wanted = {name.casefold() for name in needed}
    contacts: Mapping[str, Contact] = {}
    if wanted:
        ids = [person.contact_id for person in people]
        contacts = await asked.services.contacts.people.by_id(asked.who, ids, connection)
    variables = []
    for person in people:
        own = {"accountId": str(person.number)}
        if person.group is not None:
            own["groupId"] = str(person.group)
        if person.contact_id in contacts:
            values = placeholders(contacts[person.contact_id])
            own |= {name: value for name, value in values.items() if name.casefold() in wanted}
        variables.append(own)
    return variables


async def receivers_shown(
    asked: Asked, listed: Sequence[Mapping[str, Any]], created_at: datetime
) -> list[dict[str, Any]]:
    """Return ``receivers`` of a call, a text or a mail as they are shown in it: as they were named."""
    found = []
    for index, (contact, group, entry) in enumerate(await _resolved(asked, listed), 1):
        found.append(
            {
                "receiverId": str(index),
                "accountId": str(entry["number"]) if group is None and "contact" in entry else None,
                "groupId": str(entry["number"]) if "group" in entry else None,
                "name": "" if group is None else group.name,
                "firstName": _text(contact, "first_name"),
                "lastName": _text(contact, "last_name"),
                "email": contact.emails[0].address if contact is not None and contact.emails else "",
                "phone": contact.numbers[0].e164 if contact is not None and contact.numbers else "",
                "updatedAt": shown(created_at),
                "createdAt": shown(created_at),
            }
        )
    return found


async def receivers_listed(
    asked: Asked, listed: Sequence[Mapping[str, Any]], created_at: datetime
) -> list[dict[str, Any]]:
    """Return the list that ``…/receivers`` answers: accounts and groups with what belongs to each."""
    found = []
    for contact, group, entry in await _resolved(asked, listed):
        of_account = "contact" in entry
        found.append(
            {
                "accountId": str(entry["number"]) if of_account else None,
                "groupId": None if of_account else str(entry["number"]),
                "firstName": _text(contact, "first_name") if of_account else None,
                "lastName": _text(contact, "last_name") if of_account else None,
                "phone": (contact.numbers[0].e164 if contact and contact.numbers else "") if of_account else None,
                "email": (contact.emails[0].address if contact and contact.emails else "") if of_account else None,
                "name": None if of_account else "" if group is None else group.name,
                "numberOfAccounts": None if of_account else 0 if group is None else group.members,
                "updatedAt": shown(created_at),
                "createdAt": shown(created_at),
            }
        )
    return found


async def _resolved(asked: Asked, listed: Sequence[Mapping[str, Any]]) -> list[tuple[Any, Any, Mapping[str, Any]]]:
    contacts = await asked.services.contacts.people.by_number(
        asked.who, [entry["number"] for entry in listed if "contact" in entry]
    )
    groups = await asked.services.contacts.groups.by_number(
        asked.who, [entry["number"] for entry in listed if "group" in entry]
    )
    return [
        (
            contacts.get(entry["number"]) if "contact" in entry else None,
            groups.get(entry["number"]) if "group" in entry else None,
            entry,
        )
        for entry in listed
    ]


def _text(contact: Contact | None, name: str) -> str:
    return "" if contact is None else contact.texts.get(name) or ""


def _named(item: Any, at: str, by: str, asked: Asked, errors: list[FieldError]) -> tuple[str, Any]:
    """Return which field names a receiver and its value; an account goes before a group, a group before an address."""
    if not isinstance(item, Mapping):
        message = f"must be an object with accountId, groupId or {by}"
        errors.append(FieldError(field=at, message=message, received=str(item)[:60]))
        return "", None
    for name in _SAME:
        if item.get(name) not in (None, ""):
            number = number_of(item[name])
            if not number:
                errors.append(FieldError(field=f"{at}.{name}", message="must be an id", received=str(item[name])[:60]))
            return name, number
    if item.get(by) in (None, ""):
        errors.append(FieldError(field=at, message=f"needs one of accountId, groupId and {by}"))
        return "", None
    try:
        if by == "email":
            return by, read_address(item[by], field=f"{at}.{by}")
        region, sandbox = asked.who.organisation.region, asked.who.sandbox
        return by, read_number(item[by], field=f"{at}.{by}", region=region, sandbox=sandbox)
    except InvalidRequest as error:
        errors += error.errors
        return "", None


def _unknown(
    named: Sequence[tuple[str, Any]], accounts: Mapping[int, Contact], groups: Mapping[int, Group], at: str, by: str
) -> list[FieldError]:
    errors = []
    for index, (name, value) in enumerate(named):
        where = f"{at}[{index}].{name}"
        if name == "accountId" and value not in accounts:
            errors.append(FieldError(field=where, message="there is no such account", received=value))
        elif name == "accountId" and not _address_of(accounts[value], by):
            errors.append(FieldError(field=where, message=f"this account has no {by}", received=value))
        elif name == "groupId" and value not in groups:
            errors.append(FieldError(field=where, message="there is no such group", received=value))
    return errors


def _numbers(named: Sequence[tuple[str, Any]], wanted: str) -> list[int]:
    return [value for name, value in named if name == wanted and value]


def _address_of(contact: Contact, by: str) -> str:
    if by == "email":
        return contact.emails[0].address if contact.emails else ""
    return contact.numbers[0].e164 if contact.numbers else ""


async def _people_of(connection: Connection, asked: Asked, addresses: Sequence[str], by: str) -> dict[str, Contact]:
    """Return the people of these addresses; who is not known is added."""
    people = asked.services.contacts.people
    ids = await people.by_address(connection, asked.who, addresses)
    known = await people.by_id(asked.who, list(ids.values()), connection)
    found = {address: known[contact_id] for address, contact_id in ids.items() if contact_id in known}
    for address in dict.fromkeys(addresses):
        if address not in found:
            changes = (
                ContactChanges(emails=(ContactEmail(address=address),))
                if by == "email"
                else ContactChanges(numbers=(ContactNumber(e164=address),))
            )
            made = await people.create(connection, asked.who, changes)
            await audit.record(connection, asked.who, "contact.created", made.id)
            found[address] = made
    return found


async def _members(connection: Connection, asked: Asked, group_id: str, group: int, by: str) -> list[Reached]:
    who, people = asked.who, asked.services.contacts.people
    reached: list[Reached] = []
    if by == "email":
        before: int | None = None
        while page := await people.page(who, ContactFilter(group_id=group_id), limit=1000, before=before):
            before = page[-1].number
            reached += [
                Reached(contact_id=each.id, number=each.number, address=each.emails[0].address, group=group)
                for each in page
                if each.emails
            ]
        return reached
    audience = Audience(group_id=group_id)
    async for members in pages_of_audience(
        connection, audience, organisation_id=who.organisation.id, fence=who.fence, size=1000
    ):
        known = await people.by_id(who, [member.contact_id for member in members], connection)
        reached += [
            Reached(contact_id=each.contact_id, number=known[each.contact_id].number, address=each.number, group=group)
            for each in members
            if each.contact_id in known
        ]
    return reached
