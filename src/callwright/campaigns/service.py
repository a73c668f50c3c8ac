"""Campaigns: created, changed, shown. What state they are in is decided in ``states``."""

from __future__ import annotations

from collections.abc import AsyncIterator, Collection, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, fields, replace
from datetime import datetime
from typing import TYPE_CHECKING, Any

from callwright.accounts.models import Principal
from callwright.calls.holding import flows_to_hold, keep_audio
from callwright.calls.service import CallService
from callwright.campaigns import lanes
from callwright.campaigns.announcing import announce
from callwright.campaigns.filling import add_recipients, first_recipients
from callwright.campaigns.holding import hold_for_texts
from callwright.campaigns.models import (
    Campaign,
    GoalWanted,
    NewCampaign,
    NewRecipient,
    Recipient,
    campaign_of,
    recipient_of,
    seen_in,
)
from callwright.campaigns.placeholders import needed_by, never_filled
from callwright.campaigns.terms import put_terms
from callwright.campaigns.writing import with_kept_files
from callwright.errors import Conflict, NotFound
from callwright.ids import new_id
from callwright.store.database import Database, Row
from callwright.store.statements import statements

if TYPE_CHECKING:
    from callwright.store.database import Connection

SQL = statements(__package__)

#: More are not copied in one request.
MOST_COPIED = 100_000


@dataclass(frozen=True, kw_only=True)
class CampaignFilter:
    """What a list of campaigns is narrowed to."""

    state: str | None = None
    kind: str | None = None
    name: str | None = None
    topic: str | None = None
    created_after: datetime | None = None
    created_before: datetime | None = None


@dataclass(frozen=True, kw_only=True)
class RecipientFilter:
    """What a list of recipients is narrowed to."""

    state: str | None = None
    outcome: str | None = None
    to_number: str | None = None
    #: An IANA name, one of those in which they may be.
    zone: str | None = None
    #: The keys that were pressed last.
    answer: str | None = None
    #: Part of the number or of a variable.
    text: str | None = None


class CampaignService:
    """The writer of campaigns on behalf of the API."""

    def __init__(self, database: Database, *, calls: CallService) -> None:
        self._database = database
        self._calls = calls

    def transaction(self) -> Any:
        """Return a transaction for what takes a connection."""
        return self._database.transaction()

    @asynccontextmanager
    async def undone(self) -> AsyncIterator[Connection]:
        """Yield a transaction that is taken back: what would happen is seen, and nothing has."""
        async with self._database.pool.acquire() as connection:
            transaction = connection.transaction()
            await transaction.start()
            try:
                yield connection
            finally:
                await transaction.rollback()

    def wake(self) -> None:
        """Tell the dialer, and who numbers events, that something was committed."""
        self._calls.wake()

    async def create(
        self,
        connection: Connection,
        principal: Principal,
        new: NewCampaign,
        *,
        recipients: Sequence[NewRecipient] = (),
        source: Mapping[str, Any],
    ) -> Campaign:
        """Write a draft with its first recipients in the caller's transaction; ``recipients`` hold each number once."""
        organisation_id = principal.organisation.id
        flow_id, held = await self._flow(connection, principal, new)
        template = await with_kept_files(connection, organisation_id, new.call_template)
        row = await connection.fetchrow(
            SQL["insert_campaign"],
            new_id("cmp"),
            organisation_id,
            principal.user_id,
            principal.key_id,
            principal.sandbox,
            new.name,
            new.purpose,
            new.priority,
            new.weight,
            new.topic,
            flow_id,
            held,
            template,
            dict(new.schedule),
            new.starts_at,
            new.ends_at,
            new.max_concurrent,
            new.calls_per_second,
            new.hunt,
            dict(new.metadata),
            dict(source),
        )
        assert row is not None  # noqa: S101  (RETURNING)
        campaign = campaign_of(row)
        campaign = await put_terms(connection, campaign, new, fresh=True)
        campaign = await hold_for_texts(connection, principal, campaign, fresh=True)
        await announce(connection, campaign, "campaign.created")
        zone, calling_from, calling_until = row["hours"]
        # what is remembered of the caller's organisation may be two seconds old
        organisation = replace(
            principal.organisation, time_zone=zone, calling_from=calling_from, calling_until=calling_until
        )
        added = await first_recipients(connection, campaign, organisation, recipients)
        if added < len(recipients):
            duplicates = {"duplicates": campaign.source.get("duplicates", 0) + len(recipients) - added}
            row = await connection.fetchrow(SQL["set_source"], organisation_id, campaign.id, duplicates, False)
            assert row is not None  # noqa: S101  (written above)
            campaign = campaign_of(row)
        return campaign

    async def change(
        self,
        connection: Connection,
        principal: Principal,
        campaign: Campaign,
        new: NewCampaign,
        *,
        under_way: bool = False,
    ) -> Campaign:
        """Change a draft or a paused campaign, whose row the caller holds. Who was called already, was.

        ``under_way``: one that waits for its start, or runs, too; no claim of it comes between. Raises ``Conflict`` in
        another state.
        """
        if campaign.state not in {"draft", "paused", *(("scheduled", "running") if under_way else ())}:
            raise Conflict(f"the campaign is {campaign.state}; pause it before you change it")
        flow_id, held = await self._flow(connection, principal, new)
        template = await with_kept_files(connection, campaign.organisation_id, new.call_template)
        row = await connection.fetchrow(
            SQL["change_campaign"],
            campaign.organisation_id,
            campaign.id,
            new.name,
            new.purpose,
            new.priority,
            new.weight,
            new.topic,
            flow_id,
            held,
            template,
            dict(new.schedule),
            new.starts_at,
            new.ends_at,
            new.max_concurrent,
            new.calls_per_second,
            new.hunt,
            dict(new.metadata),
        )
        assert row is not None  # noqa: S101  (the caller holds it)
        changed = campaign_of(row)
        changed = await put_terms(connection, changed, new)
        changed = await hold_for_texts(connection, principal, changed)
        await lanes.recompute(connection, changed.id)
        return changed

    async def clone(
        self,
        connection: Connection,
        principal: Principal,
        original: Campaign,
        *,
        name: str | None = None,
        with_recipients: bool = False,
    ) -> Campaign:
        """Make a draft that says the same at the same pace, with the list on request. Raises ``Conflict``."""
        if original.kind != "campaign":
            raise Conflict("these calls were posted together and cannot be copied as a campaign")
        if with_recipients and await connection.fetchval(SQL["more_than"], original.id, MOST_COPIED):
            raise Conflict(f"the list has more than {MOST_COPIED} people; copy without recipients and upload the file")
        goal = await self.goal(original, connection)
        flow = await connection.fetchval(SQL["flow_body"], original.organisation_id, original.flow_id)
        source = {"kind": "campaign", "campaign_id": original.id} if with_recipients else {"kind": "none"}
        copy = await self.create(
            connection,
            principal,
            NewCampaign(
                name=name or original.name,
                purpose=original.purpose,
                flow=flow,
                call_template=original.call_template,
                schedule=original.schedule,
                priority=original.priority,
                weight=original.weight,
                topic=original.topic,
                max_concurrent=original.max_concurrent,
                calls_per_second=original.calls_per_second,
                hunt=original.hunt,
                goal=None
                if goal is None
                else GoalWanted(**{each.name: goal[each.name] for each in fields(GoalWanted)}),
                abandonment_limit=original.abandonment_limit,
                metadata=original.metadata,
            ),
            source=source,
        )
        if with_recipients:
            await connection.execute(SQL["lock_filling"], copy.id)
            await connection.execute(SQL["copy_lanes"], original.id, copy.id)
            await connection.execute(SQL["copy_recipients"], original.id, copy.id)
            await lanes.recompute(connection, copy.id)
        return copy

    async def has_people(self, connection: Connection, campaign: Campaign) -> bool:
        """Return whether somebody is on the list of a campaign."""
        found: bool = await connection.fetchval(SQL["has_recipients"], campaign.id)
        return found

    async def never_filled(self, connection: Connection, campaign: Campaign, names: Sequence[str]) -> list[str]:
        """Return those placeholders that no recipient of a campaign fills."""
        return await never_filled(connection, campaign, names)

    async def delete(self, connection: Connection, principal: Principal, campaign_id: str) -> Campaign:
        """Delete a draft. Raises ``NotFound`` and ``Conflict``."""
        # its list first: no row of it points to the campaign, and whoever adds some must see that it is gone
        campaign = await self.lock_to_fill(connection, principal, campaign_id)
        if campaign.state != "draft" or campaign.kind != "campaign":
            raise Conflict(f"the campaign is {campaign.state}; only a draft can be deleted")
        await connection.execute(SQL["clear_recipients"], campaign.organisation_id, campaign.id)
        await connection.execute(SQL["delete_campaign"], campaign.organisation_id, campaign.id)
        return campaign

    async def lock(self, connection: Connection, principal: Principal, campaign_id: str) -> Campaign:
        """Return a campaign and hold its row. Raises ``NotFound``."""
        row = await connection.fetchrow(
            SQL["lock_campaign"], principal.organisation.id, campaign_id, principal.sandbox, principal.fence
        )
        return _found(row, campaign_id)

    async def lock_to_fill(self, connection: Connection, principal: Principal, campaign_id: str) -> Campaign:
        """Return a campaign to which recipients will be added: its list is held first, then its row."""
        await connection.execute(SQL["lock_filling"], campaign_id)
        return await self.lock(connection, principal, campaign_id)

    async def get(self, principal: Principal, campaign_id: str, *, connection: Connection | None = None) -> Campaign:
        """Return a campaign. Raises ``NotFound``."""
        row = await (connection or self._database).fetchrow(
            SQL["get_campaign"], principal.organisation.id, campaign_id, principal.sandbox, principal.fence
        )
        return _found(row, campaign_id)

    async def among(self, principal: Principal, ids: Collection[str]) -> Mapping[str, Campaign]:
        """Return those of ``ids`` that the caller may see, by id."""
        rows = await self._database.fetch(
            SQL["campaigns_among"], principal.organisation.id, sorted(set(ids)), principal.sandbox, principal.fence
        )
        return {row["id"]: campaign_of(row) for row in rows}

    async def zones_of_contacts(
        self, principal: Principal, contact_ids: Sequence[str], *, connection: Connection | None = None
    ) -> Mapping[str, str]:
        """Return the time zones of those contacts that there are, by id; an empty one where none is known."""
        if not contact_ids:
            return {}
        rows = await (connection or self._database).fetch(
            SQL["zones_of_contacts"], principal.organisation.id, principal.fence, list(contact_ids)
        )
        return {row["id"]: row["known_zone"] or "" for row in rows}

    async def addresses_of_contacts(
        self, principal: Principal, contact_ids: Sequence[str], *, connection: Connection | None = None
    ) -> Mapping[str, str]:
        """Return the first e-mail addresses of those contacts that have one, by id."""
        if not contact_ids:
            return {}
        rows = await (connection or self._database).fetch(
            SQL["addresses_of_contacts"], principal.organisation.id, principal.fence, list(contact_ids)
        )
        return {row["id"]: row["address"] for row in rows}

    async def page(
        self, principal: Principal, narrowed: CampaignFilter, *, limit: int, before: int | None
    ) -> list[Campaign]:
        """Return up to ``limit`` campaigns, newest first, with a ``number`` below ``before``."""
        rows = await self._database.fetch(
            SQL["page_of_campaigns"],
            principal.organisation.id,
            principal.sandbox,
            principal.fence,
            narrowed.state,
            narrowed.kind,
            narrowed.name,
            before,
            narrowed.topic,
            limit,
            narrowed.created_after,
            narrowed.created_before,
        )
        return [campaign_of(row) for row in rows]

    async def recipients(
        self, campaign: Campaign, narrowed: RecipientFilter, *, limit: int, after: int | None
    ) -> list[Recipient]:
        """Return up to ``limit`` recipients in the order of the list, with an ``id`` above ``after``."""
        rows = await self._database.fetch(
            SQL["page_of_recipients"],
            campaign.id,
            campaign.organisation_id,
            after,
            narrowed.state,
            narrowed.outcome,
            narrowed.to_number,
            narrowed.zone,
            narrowed.answer,
            narrowed.text,
            limit,
            campaign.left_over,
        )
        return [seen_in(recipient_of(row), campaign) for row in rows]

    async def recipient(self, campaign: Campaign, recipient_id: int) -> Recipient:
        """Return a recipient. Raises ``NotFound``."""
        row = await self._database.fetchrow(SQL["get_recipient"], campaign.organisation_id, campaign.id, recipient_id)
        if row is None:
            raise NotFound(f"there is no recipient {recipient_id} in this campaign")
        return seen_in(recipient_of(row), campaign)

    async def needed(self, campaign: Campaign) -> list[str]:
        """Return the names of placeholders that each recipient must fill."""
        return await needed_by(self._database, campaign)

    async def add(self, connection: Connection, campaign: Campaign, recipients: Sequence[NewRecipient]) -> int:
        """Add recipients to a campaign whose row the caller holds; returns how many were new. Raises ``Conflict``."""
        check_takes_recipients(campaign)
        return await add_recipients(connection, campaign.organisation_id, campaign.id, recipients)

    async def clear(self, connection: Connection, campaign: Campaign) -> int:
        """Take everybody out of a campaign whose row the caller holds; returns how many. Raises ``Conflict``."""
        check_takes_recipients(campaign)
        await connection.execute(SQL["lock_filling"], campaign.id)
        if await connection.fetchval(SQL["has_called"], campaign.organisation_id, campaign.id):
            raise Conflict("somebody of the list was contacted already; it cannot be replaced any more")
        tag = await connection.execute(SQL["clear_recipients"], campaign.organisation_id, campaign.id)
        return int(tag.rpartition(" ")[2])

    async def remove(self, connection: Connection, campaign: Campaign, recipient_id: int) -> Recipient:
        """Take out a recipient who was not called yet. Raises ``NotFound`` and ``Conflict``."""
        row = await connection.fetchrow(SQL["get_recipient"], campaign.organisation_id, campaign.id, recipient_id)
        if row is None:
            raise NotFound(f"there is no recipient {recipient_id} in this campaign")
        gone = await connection.fetchval(SQL["delete_recipient"], campaign.organisation_id, campaign.id, recipient_id)
        if gone is None:
            raise Conflict("this recipient was contacted already; only one who waits can be taken out")
        return recipient_of(row)

    async def goal(self, campaign: Campaign, connection: Connection | None = None) -> Mapping[str, Any] | None:
        """Return the goal of a campaign and where it stands; ``None``: it has none."""
        row = await (connection or self._database).fetchrow(SQL["goal_of"], campaign.organisation_id, campaign.id)
        return None if row is None else dict(row)

    async def _flow(self, connection: Connection, principal: Principal, new: NewCampaign) -> tuple[str, bool]:
        """Return the id of the flow and whether it waits for an approval."""
        flow_id = await self._calls.stored_flow(connection, principal.organisation.id, new.flow)
        flows = {flow_id: new.flow}
        held = await flows_to_hold(connection, principal, flows, await keep_audio(connection, principal, flows))
        return flow_id, flow_id in held


def check_takes_recipients(campaign: Campaign) -> None:
    """Raise ``Conflict`` when nobody can be added any more."""
    if campaign.kind != "campaign":
        raise Conflict("these calls were posted together; recipients can be added to a campaign only")
    if campaign.state in {"completed", "cancelled"}:
        raise Conflict(f"the campaign is {campaign.state}; clone it to call more people")


def _found(row: Row | None, campaign_id: str) -> Campaign:
    if row is None:
        raise NotFound(f"there is no campaign {campaign_id!r}")
    return campaign_of(row)
