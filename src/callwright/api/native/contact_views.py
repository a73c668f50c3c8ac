"""People, groups and segments as answers show them."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel, Field

from callwright.api.native.times import Utc
from callwright.contacts.filters.language import to_json
from callwright.contacts.filters.text import render
from callwright.contacts.models import Contact, Group, Segment


class ContactNumberView(BaseModel):
    """A telephone number of a person."""

    number: str
    type: str
    label: str | None
    primary: bool
    opted_out: list[str] = Field(description="Channels on which it must not be contacted; `*` is every one.")


class ContactEmailView(BaseModel):
    """An address of a person."""

    address: str
    type: str
    label: str | None
    primary: bool
    opted_out: list[str]


class ContactView(BaseModel):
    """A person."""

    contact_id: str
    number: int
    to: str | None = Field(description="The primary number.")
    numbers: list[ContactNumberView]
    emails: list[ContactEmailView]
    external_id: str | None
    first_name: str | None
    last_name: str | None
    title: str | None
    company: str | None
    language: str | None
    time_zone: str | None
    street: str | None
    postcode: str | None
    city: str | None
    region: str | None
    country: str | None
    tags: list[str]
    fields: dict[str, Any]
    opted_out: bool = Field(description="Whether one of the numbers or addresses is on the list, for any channel.")
    created_at: Utc
    updated_at: Utc

    @classmethod
    def of(cls, contact: Contact) -> ContactView:
        """Return the view of a contact."""

        def silence(address: str) -> list[str]:
            return sorted(contact.opted_out.get(address, ()))

        return cls(
            contact_id=contact.id,
            number=contact.number,
            to=contact.numbers[0].e164 if contact.numbers else None,
            numbers=[
                ContactNumberView(
                    number=n.e164, type=n.type, label=n.label, primary=index == 0, opted_out=silence(n.e164)
                )
                for index, n in enumerate(contact.numbers)
            ],
            emails=[
                ContactEmailView(
                    address=e.address, type=e.type, label=e.label, primary=index == 0, opted_out=silence(e.address)
                )
                for index, e in enumerate(contact.emails)
            ],
            **contact.texts,
            tags=list(contact.tags),
            fields=dict(contact.fields),
            opted_out=bool(contact.opted_out),
            created_at=contact.created_at,
            updated_at=contact.updated_at,
        )


class ContactList(BaseModel):
    """A page of people."""

    contacts: list[ContactView]
    next_cursor: str | None


class GroupView(BaseModel):
    """A group."""

    group_id: str
    number: int
    name: str
    description: str
    members: int
    created_at: Utc
    updated_at: Utc

    @classmethod
    def of(cls, group: Group) -> GroupView:
        """Return the view of a group."""
        return cls(
            group_id=group.id,
            number=group.number,
            name=group.name,
            description=group.description,
            members=group.members,
            created_at=group.created_at,
            updated_at=group.updated_at,
        )


class GroupList(BaseModel):
    """A page of groups."""

    groups: list[GroupView]
    next_cursor: str | None


class SegmentView(BaseModel):
    """A saved filter."""

    segment_id: str
    number: int
    name: str
    filter: str = Field(examples=['balance > 100 and city == "Springfield"'])
    expression: dict[str, Any] = Field(description="The same as a tree.")
    created_at: Utc
    updated_at: Utc

    @classmethod
    def of(cls, segment: Segment) -> SegmentView:
        """Return the view of a segment."""
        return cls(
            segment_id=segment.id,
            number=segment.number,
            name=segment.name,
            filter=render(segment.expression),
            expression=to_json(segment.expression),
            created_at=segment.created_at,
            updated_at=segment.updated_at,
        )


class SegmentList(BaseModel):
    """A page of segments."""

    segments: list[SegmentView]
    next_cursor: str | None
