"""Recipients out of the contacts: a group, a filter, or people by id; the first page at once, the others behind."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from callwright.accounts.models import Principal
from callwright.campaigns.filling import SQL as FILLING
from callwright.campaigns.filling import add_recipients
from callwright.campaigns.models import Campaign, NewRecipient, campaign_of
from callwright.campaigns.placeholders import needed_by
from callwright.campaigns.placing import Placer
from callwright.campaigns.writing import by_email
from callwright.contacts.audience import Audience, Member, page_of_audience
from callwright.contacts.definitions import own_kinds
from callwright.contacts.filters.language import from_json, to_json
from callwright.contacts.importing.service import Enqueue
from callwright.contacts.models import TEXT_FIELDS
from callwright.errors import FieldError, InvalidRequest
from callwright.store.database import Database, Row
from callwright.store.statements import statements

if TYPE_CHECKING:
    from callwright.store.database import Connection

SQL = statements(__package__, "audiences.sql")

RUN = "campaigns.fill"
#: People of one transaction.
PAGE = 2000
#: What a text may say of a contact beside its fields: first and last name.
FULL_NAME = "name"
#: What nobody has, when nobody can be reached: by telephone, and by email.
_REACHED = ("a telephone number", "an e-mail address")


@dataclass(frozen=True, kw_only=True)
class Source:
    """An audience, and how the campaign tells of it."""

    audience: Audience
    #: ``group``, ``segment``, ``filter`` or ``contacts``.
    kind: str
    #: Such as ``{"group_id": …}``.
    shown: Mapping[str, Any]
    #: Of whom only they are seen; ``None``: everybody.
    fence: str | None

    def to_json(self) -> dict[str, Any]:
        """Return what the campaign stores; names with ``_`` are for the job alone."""
        expression = self.audience.expression
        return {
            "kind": self.kind,
            **self.shown,
            "given": 0,
            "refused": 0,
            "duplicates": 0,
            "_after": "",
            "_fence": self.fence,
            "_group": self.audience.group_id,
            "_expression": None if expression is None else to_json(expression),
            "_contacts": None if self.audience.contact_ids is None else list(self.audience.contact_ids),
        }


class AudienceFilling:
    """Makes recipients of contacts."""

    def __init__(self, database: Database, *, enqueue: Enqueue, on_added: Callable[[], None] = lambda: None) -> None:
        """``on_added`` is told when recipients were committed who may be called."""
        self._database = database
        self._enqueue = enqueue
        self._on_added = on_added

    async def check(
        self,
        connection: Connection | Database,
        principal: Principal,
        source: Source,
        needed: Sequence[str],
        field: str,
        *,
        emails: bool = False,
    ) -> None:
        """Raise ``InvalidRequest`` for an empty audience, and for a placeholder that no contact can fill."""
        organisation_id = principal.organisation.id
        kinds = await own_kinds(connection, organisation_id)
        known = {name.casefold() for name in (*TEXT_FIELDS, *kinds, FULL_NAME)}
        errors = [
            FieldError(
                field="message",
                message=f"contacts have no field for the placeholder {{{name}}}: give it in variables, or define it",
                received=name,
            )
            for name in needed
            if name.casefold() not in known
        ]
        first = await page_of_audience(
            connection, source.audience, organisation_id=organisation_id, fence=source.fence, limit=1, emails=emails
        )
        if not first:
            errors.append(FieldError(field=field, message=f"nobody in it has {_REACHED[emails]}"))
        if errors:
            raise InvalidRequest(errors)

    async def begin(self, connection: Connection, campaign: Campaign, source: Source) -> Campaign:
        """Fill in the first page in the caller's transaction, which made the campaign; the others follow behind."""
        await connection.execute(FILLING["set_source"], campaign.organisation_id, campaign.id, source.to_json(), True)
        filled = await self._page(connection, campaign.id)
        if filled is not None and filled.filling:
            await self._enqueue(connection, RUN, campaign.id.encode())
        return filled or campaign

    async def run(self, payload: bytes) -> None:
        """Fill in what is left. A background job."""
        campaign_id = payload.decode()
        while True:
            async with self._database.transaction() as connection:
                filled = await self._page(connection, campaign_id)
            self._on_added()
            if filled is None or not filled.filling:
                return

    async def _page(self, connection: Connection, campaign_id: str) -> Campaign | None:
        """Fill in a page; returns the campaign, or ``None`` when there was nothing to fill in."""
        await connection.execute(FILLING["lock_filling"], campaign_id)
        row = await connection.fetchrow(SQL["campaign_to_fill"], campaign_id)
        if row is None:
            return None
        campaign, source = campaign_of(row), row["source"]
        organisation_id, after = campaign.organisation_id, source["_after"]
        audience = Audience(
            group_id=source["_group"],
            expression=None if source["_expression"] is None else from_json(source["_expression"]),
            contact_ids=source["_contacts"],
        )
        members = await page_of_audience(
            connection,
            audience,
            organisation_id=organisation_id,
            fence=source["_fence"],
            after=after,
            limit=PAGE,
            emails=by_email(campaign.call_template),
        )
        people = {
            person["id"]: person
            for person in await connection.fetch(
                SQL["people"], organisation_id, [member.contact_id for member in members]
            )
        }
        needed = await needed_by(connection, campaign)
        placer = Placer(
            organisation_zone=row["organisation_zone"],
            allowed_countries=row["allowed_countries"],
            sandbox=campaign.sandbox,
        )
        others = bool(campaign.call_template.get("other_number_after"))
        found = await asyncio.to_thread(_recipients, members, people, placer, needed, others)
        added = await add_recipients(connection, organisation_id, campaign_id, found)
        more = len(members) == PAGE
        told = {
            "given": source["given"] + len(members),
            "refused": source["refused"] + sum(recipient.outcome is not None for recipient in found),
            "duplicates": source["duplicates"] + len(found) - added,
            "_after": members[-1].contact_id if members else after,
        }
        moved = await connection.fetchrow(SQL["move_on"], organisation_id, campaign_id, after, told, more)
        if moved is None:
            # the campaign is over: what this page would add is left out, too
            await connection.execute(SQL["stop_filling"], campaign_id)
            return None
        return campaign_of(moved)


def _recipients(
    members: Sequence[Member], people: Mapping[str, Row], placer: Placer, needed: Sequence[str], others: bool
) -> list[NewRecipient]:
    found = []
    for member in members:
        person = people[member.contact_id]
        place = placer.place(member.number, contact_zone=person["known_zone"])
        values = values_of(person, needed)
        missing = [name for name in needed if name not in values]
        outcome, reason = None, place.fault
        if reason is None and missing:
            reason = f"the placeholder {{{missing[0]}}} has no value for this contact"
        if reason is not None:
            outcome = "skipped"
        elif not place.valid:
            outcome, reason = "invalid_number", "the numbering plan has no such number"
        found.append(
            NewRecipient(
                to_number=member.number,
                lane=place.lane,
                zone_source=place.zone_source,
                contact_id=member.contact_id,
                other_numbers=tuple(person["others"]) if others else (),
                variables=values or None,
                outcome=outcome,
                reason=reason,
            )
        )
    return found


def values_of(person: Mapping[str, Any] | Row, needed: Sequence[str]) -> dict[str, str]:
    """Return what a text may say of a contact: the fields that it asks for, by the names that it gives them."""
    known = {name: person[name] for name in TEXT_FIELDS} | dict(person["fields"])
    known[FULL_NAME] = " ".join(part for part in (person["first_name"], person["last_name"]) if part)
    folded = {name.casefold(): value for name, value in known.items() if value not in (None, "")}
    return {name: _text(folded[name.casefold()]) for name in needed if name.casefold() in folded}


def _text(value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return str(value)
