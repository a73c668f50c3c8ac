"""``receivers``: accounts, groups, numbers and addresses, to people and to what is shown of them again.

A number or an address that nobody has makes an account. What an order keeps of its receivers are ids alone, so that
whoever is erased is gone from here, too.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import TYPE_CHECKING, Any

from callwright.accounts import audit
from callwright.api.dialects.multisender.account_fields import placeholders, unknown_placeholders
from callwright.api.dialects.multisender.asking import Asked, number_of
from callwright.api.dialects.multisender.fields import shown
from callwright.contacts.known import Known
from callwright.contacts.models import Contact, ContactChanges, ContactEmail, ContactFilter, Group
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

    #: ``None`` until their account is made.
    contact_id: str | None
    #: ``accountId``.
    number: int | None
    address: str
    #: ``groupId``, when they were named by a group.
    group: int | None = None


@dataclass(kw_only=True)
class Receivers:
    """What a list of receivers comes to."""

    #: ``phone`` or ``email``.
    by: str
    #: What is kept: ``{"contact": id, "number": n}`` or ``{"group": id, "number": n}`` for each, in their order; until
    #: an account is made ``{"address": …}``.
    listed: list[dict[str, Any]] = field(default_factory=list)
    #: Each once, in the order in which they were named.
    people: list[Reached] = field(default_factory=list)


async def resolve(
    asked: Asked, given: Any, *, by: str = "phone", at: str = "receivers", lenient: bool = False
) -> Receivers:
    """Return whom a request names; nothing is written. Raises ``InvalidRequest``.

    ``by``: ``phone`` or ``email``; ``lenient``: who is gone, or has no address any more, is left out.
    """
    if not isinstance(given, list) or not given:
        message = f"is required: a list of objects with accountId, groupId or {by}"
        raise InvalidRequest([FieldError(field=at, message=message)])
    if len(given) > MOST:
        raise InvalidRequest([FieldError(field=at, message=f"must have at most {MOST} items; use a group")])
    errors: list[FieldError] = []
    named = [_named(item, f"{at}[{index}]", by, asked, errors) for index, item in enumerate(given)]
    people, groups = asked.services.contacts.people, asked.services.contacts.groups
    accounts = await people.by_number(asked.who, _numbers(named, "accountId"))
    known_groups = await groups.by_number(asked.who, _numbers(named, "groupId"))
    if lenient:
        named = [
            (name, value) for name, value in named if not _unknown([(name, value)], accounts, known_groups, at, by)
        ]
    errors += _unknown(named, accounts, known_groups, at, by)
    if errors:
        raise InvalidRequest(errors)
    by_address = await _people_of(asked, [value for name, value in named if name == by])
    found, seen = Receivers(by=by), set()
    for name, value in named:
        if name == "groupId":
            group = known_groups[value]
            found.listed.append({"group": group.id, "number": group.number})
            reached = await _members(asked, group.id, group.number, by)
        else:
            contact = accounts[value] if name == "accountId" else by_address.get(value)
            address = _address_of(accounts[value], by) if name == "accountId" else value
            if contact is None:
                found.listed.append({"address": address})
                reached = [Reached(contact_id=None, number=None, address=address)]
            else:
                found.listed.append({"contact": contact.id, "number": contact.number})
                reached = [Reached(contact_id=contact.id, number=contact.number, address=address)]
        for person in reached:
            if person.address not in seen:
                seen.add(person.address)
                found.people.append(person)
    if not found.people:
        raise InvalidRequest([FieldError(field=at, message=f"nobody of them has a {by}: the groups are empty")])
    return found


async def add_unknown(connection: Connection, asked: Asked, receivers: Receivers) -> Receivers:
    """Make accounts for the numbers and addresses that nobody has, in the caller's transaction."""
    made = await _made(connection, asked, receivers)

    def kept(entry: dict[str, Any]) -> dict[str, Any]:
        if "address" not in entry:
            return entry
        contact = made[entry["address"]]
        return {"contact": contact.id, "number": contact.number}

    return Receivers(
        by=receivers.by,
        listed=[kept(entry) for entry in receivers.listed],
        people=[
            replace(person, contact_id=made[person.address].id, number=made[person.address].number)
            if person.contact_id is None
            else person
            for person in receivers.people
        ],
    )


async def _made(connection: Connection, asked: Asked, receivers: Receivers) -> Mapping[str, Known]:
    unknown = [person.address for person in receivers.people if person.contact_id is None]
    if receivers.by == "phone":
        # many at once, and never two of one number
        return await asked.services.contacts.known.ensure(connection, asked.who, [(each, "") for each in unknown])
    made = {}
    for address in unknown:
        changes = ContactChanges(emails=(ContactEmail(address=address),))
        contact = await asked.services.contacts.people.create(connection, asked.who, changes)
        await audit.record(connection, asked.who, "contact.created", contact.id)
        made[address] = Known(contact.id, contact.number)
    return made


def as_given(listed: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Return what is kept of receivers as a request would name them."""
    return [{"accountId" if "contact" in entry else "groupId": entry["number"]} for entry in listed]


async def values_for(asked: Asked, people: Sequence[Reached], needed: Sequence[str]) -> list[dict[str, str]]:
    """Return for each person the values of the placeholders that a message needs, of their account's fields."""
    wanted = {name.casefold() for name in needed}
    if not wanted:
        return [{} for _ in people]
    ids = [person.contact_id for person in people if person.contact_id is not None]
    contacts = await asked.services.contacts.people.by_id(asked.who, ids)
    found = []
    for person in people:
        contact = contacts.get(person.contact_id or "")
        values = placeholders(contact) if contact is not None else unknown_placeholders(person.address)
        found.append({name: value for name, value in values.items() if name.casefold() in wanted})
    return found


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


async def _people_of(asked: Asked, addresses: Sequence[str]) -> dict[str, Contact]:
    """Return the people of these addresses that are known, by address."""
    people = asked.services.contacts.people
    ids = await people.by_address(asked.who, addresses)
    known = await people.by_id(asked.who, list(ids.values()))
    return {address: known[contact_id] for address, contact_id in ids.items() if contact_id in known}


async def _members(asked: Asked, group_id: str, group: int, by: str) -> list[Reached]:
    """Return who of a group has such an address."""
    reached: list[Reached] = []
    before: int | None = None
    narrowed = ContactFilter(group_id=group_id)
    while page := await asked.services.contacts.people.page(asked.who, narrowed, limit=1000, before=before):
        before = page[-1].number
        reached += [
            Reached(contact_id=each.id, number=each.number, address=address, group=group)
            for each in page
            if (address := _address_of(each, by))
        ]
    # those who were there first are called first
    return reached[::-1]
