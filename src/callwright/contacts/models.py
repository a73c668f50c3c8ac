"""People and what belongs to them, as values."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from callwright.contacts.filters.language import Expression
from callwright.contacts.filters.types import BUILT_IN, Kind

#: Texts that every contact may have, and how many characters each may have.
TEXT_FIELDS: Mapping[str, int] = {
    "external_id": 200,
    "first_name": 200,
    "last_name": 200,
    "title": 100,
    "company": 200,
    "language": 35,
    "time_zone": 60,
    "street": 300,
    "postcode": 20,
    "city": 200,
    "region": 100,
    "country": 2,
}
NUMBER_TYPES = ("mobile", "home", "work", "other")
EMAIL_TYPES = ("home", "work", "other")
FIELD_TYPES = (Kind.TEXT, Kind.NUMBER, Kind.BOOLEAN, Kind.DATE)
#: Own fields of an organisation, numbers and addresses of a person, tags of a person.
MAX_FIELDS = 100
MAX_NUMBERS = 20
MAX_TAGS = 100


@dataclass(frozen=True, kw_only=True)
class FieldDefinition:
    """An own field of an organisation's contacts."""

    name: str
    type: Kind
    #: As people read it.
    label: str
    created_at: datetime


def kinds_of(definitions: Sequence[FieldDefinition]) -> Mapping[str, Kind]:
    """Return the types of all fields that a filter may name."""
    return {**{definition.name: definition.type for definition in definitions}, **BUILT_IN}


@dataclass(frozen=True, kw_only=True)
class ContactNumber:
    """A telephone number of a person; the first one is the primary."""

    e164: str
    #: One of ``NUMBER_TYPES``.
    type: str = "mobile"
    label: str | None = None


@dataclass(frozen=True, kw_only=True)
class ContactEmail:
    """An address of a person, in lower case; the first one is the primary."""

    address: str
    #: One of ``EMAIL_TYPES``.
    type: str = "other"
    label: str | None = None


@dataclass(frozen=True, kw_only=True)
class ContactChanges:
    """What to set; every value is already validated and normalised."""

    #: By the names of ``TEXT_FIELDS``; ``None`` empties one.
    texts: Mapping[str, str | None] = field(default_factory=dict)
    #: Own fields by name; ``None`` empties one.
    fields: Mapping[str, str | int | float | bool | None] = field(default_factory=dict)
    #: Lists replace what is there; ``None`` leaves it.
    tags: tuple[str, ...] | None = None
    numbers: tuple[ContactNumber, ...] | None = None
    emails: tuple[ContactEmail, ...] | None = None


@dataclass(frozen=True, kw_only=True)
class Contact:
    """A person."""

    id: str
    number: int
    organisation_id: str
    owner_id: str | None
    #: By the names of ``TEXT_FIELDS``.
    texts: Mapping[str, str | None]
    tags: tuple[str, ...]
    #: Own fields; an absent value has no key.
    fields: Mapping[str, Any]
    numbers: tuple[ContactNumber, ...]
    emails: tuple[ContactEmail, ...]
    #: Numbers and addresses that asked not to be contacted, each with the channels (``*``: every one).
    opted_out: Mapping[str, frozenset[str]]
    #: Counts changes.
    revision: int
    merged_into: str | None
    created_at: datetime
    updated_at: datetime


@dataclass(frozen=True, kw_only=True)
class ContactFilter:
    """What a list of contacts is narrowed to; all that is given must hold."""

    #: Words that begin with these, in names, company, city, external id; or the beginning of a number or address.
    search: str | None = None
    e164: str | None = None
    email: str | None = None
    external_id: str | None = None
    group_id: str | None = None
    #: Checked (``filters.types``).
    expression: Expression | None = None


@dataclass(frozen=True, kw_only=True)
class Group:
    """People put together by hand or by an import."""

    id: str
    number: int
    organisation_id: str
    owner_id: str | None
    name: str
    description: str
    members: int
    created_at: datetime
    updated_at: datetime


@dataclass(frozen=True, kw_only=True)
class Segment:
    """A saved filter."""

    id: str
    number: int
    organisation_id: str
    owner_id: str | None
    name: str
    expression: Expression
    created_at: datetime
    updated_at: datetime
