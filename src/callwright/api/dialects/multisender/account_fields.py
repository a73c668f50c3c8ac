"""Accounts are contacts: which field is which, read and written."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from callwright.api.dialects.multisender.fields import Reader, shown
from callwright.contacts.filters.types import Kind
from callwright.contacts.models import Contact, ContactChanges, ContactEmail, ContactNumber
from callwright.contacts.values import read_changes
from callwright.errors import FieldError, InvalidRequest

#: Texts that every contact may have, by what the dialect calls them.
TEXTS: Mapping[str, str] = {
    "firstName": "first_name",
    "lastName": "last_name",
    "address": "street",
    "zip": "postcode",
    "city": "city",
    "companyName": "company",
}
#: Own fields of the organisation, which are defined when one is used first: native name, type, label.
OWN: Mapping[str, tuple[str, Kind, str]] = {
    "nickName": ("nick_name", Kind.TEXT, "Nickname"),
    "website": ("website", Kind.TEXT, "Website"),
    "note": ("note", Kind.TEXT, "Note"),
    "area": ("area", Kind.TEXT, "Area"),
    "gender": ("gender", Kind.TEXT, "Gender"),
    "yearOfBirth": ("year_of_birth", Kind.NUMBER, "Year of birth"),
}
#: In the order in which accounts are written.
FIELDS = (
    *("firstName", "lastName", "nickName", "phone", "email", "address", "zip", "city", "companyName", "website"),
    *("note", "area", "gender", "yearOfBirth"),
)
#: Those that a member of a group is shown without.
_NOT_IN_GROUPS = ("area", "gender", "yearOfBirth")
_NATIVE = {**{native: name for name, native in TEXTS.items()}, "numbers[0]": "phone", "emails[0]": "email"}
_NATIVE |= {f"fields.{native}": name for name, (native, _, _) in OWN.items()}


def read_account(data: Mapping[str, Any], *, region: str, sandbox: bool) -> ContactChanges:
    """Return what an account's body sets; an empty text or ``null`` empties. Raises ``InvalidRequest``."""
    reader = Reader(data)
    wanted: dict[str, Any] = {"fields": {}}
    for name, native in TEXTS.items():
        if reader.has(name):
            wanted[native] = reader.text(name)
    for name, (native, kind, _) in OWN.items():
        if reader.has(name):
            whole = kind is Kind.NUMBER
            wanted["fields"][native] = reader.integer(name, least=1, most=9999) if whole else reader.text(name)
    for name, native in (("phone", "numbers"), ("email", "emails")):
        if reader.has(name):
            value = reader.text(name, longest=254)
            wanted[native] = [] if value is None else [value]
    reader.done()
    kinds = {native: kind for native, kind, _ in OWN.values()}
    try:
        return read_changes(wanted, kinds=kinds, region=region, sandbox=sandbox)
    except InvalidRequest as error:
        raise InvalidRequest([_named(fault) for fault in error.errors]) from None


def own_used(changes: ContactChanges) -> list[tuple[str, Kind, str]]:
    """Return the own fields that get a value."""
    return [each for each in OWN.values() if changes.fields.get(each[0]) is not None]


def beside(changes: ContactChanges, before: Contact) -> ContactChanges:
    """Return changes that leave a person's further numbers and addresses as they are."""
    numbers, emails = changes.numbers, changes.emails
    if numbers is not None:
        numbers = (*numbers, *_others(before.numbers[1:], [each.e164 for each in numbers], "e164"))
    if emails is not None:
        emails = (*emails, *_others(before.emails[1:], [each.address for each in emails], "address"))
    return replace(changes, numbers=numbers, emails=emails)


def values_of(contact: Contact) -> dict[str, Any]:
    """Return the fields of an account, texts that are missing as empty ones."""
    values: dict[str, Any] = {name: contact.texts.get(native) or "" for name, native in TEXTS.items()}
    for name, (native, kind, _) in OWN.items():
        value = contact.fields.get(native)
        values[name] = _year(value) if kind is Kind.NUMBER else "" if value is None else str(value)
    values["phone"] = contact.numbers[0].e164 if contact.numbers else ""
    values["email"] = contact.emails[0].address if contact.emails else ""
    return values


def account(contact: Contact) -> dict[str, Any]:
    """Return an account as it is shown."""
    values = values_of(contact)
    return {
        "accountId": str(contact.number),
        **{name: values[name] for name in FIELDS},
        "updatedAt": shown(contact.updated_at),
        "createdAt": shown(contact.created_at),
    }


def member(contact: Contact, group_id: str) -> dict[str, Any]:
    """Return an account as it is shown in a group."""
    told = account(contact)
    return {"groupId": group_id, **{name: value for name, value in told.items() if name not in _NOT_IN_GROUPS}}


def placeholders(contact: Contact) -> dict[str, str]:
    """Return what stands for ``{firstName}`` and the like in a message to somebody."""
    values = {**values_of(contact), "accountId": contact.number}
    return {name: "" if value is None else str(value) for name, value in values.items()}


def unknown_placeholders(address: str) -> dict[str, str]:
    """Return the same for somebody of whom only a number or an address is known."""
    known = {"email" if "@" in address else "phone": address}
    return {name: known.get(name, "") for name in (*FIELDS, "accountId")}


def _others(kept: tuple[ContactNumber, ...] | tuple[ContactEmail, ...], new: list[str], name: str) -> list[Any]:
    return [each for each in kept if getattr(each, name) not in new]


def _year(value: Any) -> int | None:
    return int(value) if isinstance(value, int | float) and not isinstance(value, bool) else None


def _named(fault: FieldError) -> FieldError:
    return FieldError(field=_NATIVE.get(fault.field, fault.field), message=fault.message, received=fault.received)
