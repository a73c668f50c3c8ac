"""The recipients of running campaigns become calls here, in the transaction that claims them."""

from __future__ import annotations

import logging
from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Protocol

from callwright.calls.bodies import event_body
from callwright.calls.feeding import Offer, Wish
from callwright.calls.queries import call_of
from callwright.calls.rooms import free_by_rate
from callwright.campaigns.announcing import announce
from callwright.campaigns.hunting import take_next
from callwright.campaigns.models import campaign_of
from callwright.campaigns.texting import SQL as TEXTING
from callwright.campaigns.texting import write_emails_beside, write_texts
from callwright.campaigns.writing import channels_of, mails
from callwright.clock import Clock
from callwright.errors import Conflict
from callwright.events import service as events
from callwright.events import webhooks
from callwright.ids import new_id
from callwright.numbers.pools import take_numbers
from callwright.store.statements import statements

if TYPE_CHECKING:
    from callwright.store.database import Connection, Row

log = logging.getLogger(__name__)

SQL = statements(__package__, "feeding.sql")

#: A campaign whose next call comes later is not looked at: an idle dispatcher looks again before. One whose rate has
#: it wait for less is offered with nothing, so that it is looked at soon.
_SOON = timedelta(seconds=1.5)
#: Columns of a call that are the campaign's, whatever its template says.
_OF_CAMPAIGN = ("organisation_id", "owner_id", "key_id", "sandbox", "purpose", "priority", "flow_id")


class Restraint(Protocol):
    """Something that bounds how many calls of a campaign may be in the air: a goal, a hunt, a breaker."""

    async def room_of(self, connection: Connection, campaigns: Sequence[Row]) -> Mapping[str, int]:
        """Return how many more calls each may have; those that are not named have no bound.

        Asked before recipients are taken, in the claim, which holds the counters of organisation and trunk: rows locked
        now come after those. ``campaigns`` have ``id``, ``organisation_id`` and ``hunt``.
        """
        ...

    async def claimed(self, connection: Connection, attempts: Mapping[str, Sequence[str]]) -> None:
        """Learn, at the claim's end, which attempts each campaign has now beside its earlier ones, in its room."""
        ...


class CampaignFeeder:
    """Implements ``calls.feeding.Feeder``."""

    def __init__(self, clock: Clock, restraints: Sequence[Restraint] = ()) -> None:
        """``restraints`` are asked in their order, which is also that of their locks."""
        self._clock = clock
        self._restraints = restraints
        #: Of the campaigns that were offered last, those that call one person after another.
        self._hunts: frozenset[str] = frozenset()

    async def look(self, connection: Connection) -> Mapping[str, Sequence[str]]:
        """Return the campaigns that have somebody to call now, by organisation."""
        found: dict[str, list[str]] = defaultdict(list)
        for row in await connection.fetch(SQL["campaigns_to_feed"], self._clock.now(), _SOON):
            found[row["organisation_id"]].append(row["id"])
        return found

    async def offers(self, connection: Connection, campaign_ids: Sequence[str]) -> Sequence[Offer]:
        """Return what those campaigns can use now."""
        rows = await connection.fetch(SQL["offers"], list(campaign_ids))
        self._hunts = frozenset(row["id"] for row in rows if row["hunt"])
        wants = {row["id"]: free_by_rate(dict(row)) for row in rows}
        for restraint in self._restraints if rows else ():
            room = await restraint.room_of(connection, rows)
            wants = {key: min(count, room.get(key, count)) for key, count in wants.items()}
        return [
            Offer(
                campaign_id=row["id"],
                organisation_id=row["organisation_id"],
                sandbox=row["sandbox"],
                priority=row["priority"],
                weight=row["weight"],
                served=row["served"],
                wants=max(wants[row["id"]], 0),
                calls_per_second=row["calls_per_second"],
                next_call_at=row["next_call_at"],
            )
            for row in rows
        ]

    async def take(
        self, connection: Connection, wishes: Sequence[Wish], *, without: Sequence[str] = ()
    ) -> list[dict[str, Any]]:
        """Make calls of the recipients whose turn it is, and take those that are to be made again."""
        now = self._clock.now()
        in_order = [wish for wish in wishes if wish.campaign_id in self._hunts]
        wishes = [wish for wish in wishes if wish.campaign_id not in self._hunts]
        due = await connection.fetch(
            SQL["take_recipients"],
            [wish.campaign_id for wish in wishes],
            [wish.calls for wish in wishes],
            [wish.prefixes for wish in wishes],
            now,
            list(without),
        )
        if in_order:
            due += [row for row in await take_next(connection, in_order, now) if row["call_id"] not in without]
        if not due:
            return []
        # read anew: nobody changes them any more since they were offered
        templates = {
            row["id"]: row
            for row in await connection.fetch(SQL["templates"], list({row["campaign_id"] for row in due}))
        }
        records = await self._with_numbers(
            connection,
            templates,
            [_record(templates[row["campaign_id"]], row) for row in due if row["call_id"] is None],
        )
        again = [row["call_id"] for row in due if row["call_id"] is not None]
        rows = {row["id"]: dict(row) for row in await connection.fetch(SQL["feed"], records, again, now)}
        made = [record for record in records if record["id"] in rows]
        await _tell(connection, [rows[record["id"]] for record in made], templates)
        await _write(connection, templates, made)
        of_recipient = {record["recipient_id"]: record["id"] for record in records}
        order = [row["call_id"] or of_recipient.get(row["recipient_id"]) for row in due]
        return [rows[call_id] for call_id in order if call_id in rows]

    async def claimed(self, connection: Connection, attempts: Mapping[str, Sequence[str]]) -> None:
        """Tell those that bound campaigns."""
        for restraint in self._restraints:
            await restraint.claimed(connection, attempts)

    async def _with_numbers(
        self, connection: Connection, templates: Mapping[str, Row], records: list[dict[str, Any]]
    ) -> list[dict[str, Any]]:
        """Give calls of campaigns with a pool their caller ids; without one that may be shown the campaign pauses."""
        by_campaign: dict[str, list[dict[str, Any]]] = defaultdict(list)
        for record in records:
            if templates[record["campaign_id"]]["call_template"].get("pool_id"):
                by_campaign[record["campaign_id"]].append(record)
        unable = set()
        # pools are locked in one order in all claims
        for campaign_id, mine in sorted(by_campaign.items(), key=lambda item: _pool(templates[item[0]])):
            campaign = templates[campaign_id]
            pool_id = _pool(campaign)
            try:
                shown = await take_numbers(
                    connection,
                    campaign["organisation_id"],
                    campaign["call_template"].get("fence"),
                    [(pool_id, record["to_number"]) for record in mine],
                    keep=not campaign["sandbox"],
                )
            except Conflict as error:
                unable.add(campaign_id)
                await _pause(connection, campaign_id, str(error))
            else:
                for record, number in zip(mine, shown, strict=True):
                    record["from_number"] = number
        return [record for record in records if record["campaign_id"] not in unable]


def _pool(campaign: Row) -> str:
    return str(campaign["call_template"]["pool_id"])


def _record(campaign: Row, due: Row) -> dict[str, Any]:
    """Return the columns of a recipient's call."""
    template = campaign["call_template"]
    return {
        **{name: campaign[name] for name in _OF_CAMPAIGN},
        "id": new_id("cal"),
        "campaign_id": campaign["id"],
        "recipient_id": due["recipient_id"],
        "lane_id": due["lane_id"],
        "contact_id": due["contact_id"],
        "to_number": due["to_number"],
        "from_number": template.get("from_number") or "",
        "variables": {**(template.get("variables") or {}), **(due["variables"] or {})},
        "metadata": template.get("metadata") or {},
        "webhook_url": template.get("webhook_url"),
        "webhook_events": template.get("webhook_events") or [],
        "webhook_format": template.get("webhook_format"),
        "ring_timeout_seconds": template.get("ring_timeout_seconds") or 30,
        "topic": campaign["topic"] or template.get("topic"),
        # what ends with the campaign makes no sense after it
        "not_after": campaign["ends_at"],
        "ring_only_seconds": template.get("ring_only_seconds"),
        "retry": template.get("retry"),
        "retry_incomplete": template.get("retry_incomplete"),
        "fallback_sms": template.get("fallback_sms"),
        "fallback_email": template.get("fallback_email"),
    }


async def _write(connection: Connection, templates: Mapping[str, Row], made: Sequence[Mapping[str, Any]]) -> None:
    """Write the texts and emails of campaigns that call and write."""
    by_campaign: dict[str, list[Mapping[str, Any]]] = defaultdict(list)
    for record in made:
        if channels_of(templates[record["campaign_id"]]["call_template"]) != ["call"]:
            by_campaign[record["campaign_id"]].append(record)
    for campaign_id, mine in sorted(by_campaign.items()):
        campaign = templates[campaign_id]
        write = write_emails_beside if mails(campaign["call_template"]) else write_texts
        written = await write(connection, campaign, mine)
        await connection.execute(TEXTING["name_texts"], list(written), list(written.values()))


async def _tell(connection: Connection, rows: Sequence[dict[str, Any]], templates: Mapping[str, Row]) -> None:
    """Write the first event of each call that was made, as ``POST /calls`` does."""
    calls = [call_of(row) for row in rows]
    bodies = {call.id: event_body("call.queued", call) for call in calls}
    first = [
        events.NewEvent(organisation_id=call.organisation_id, type="call.queued", subject=call.id, body=bodies[call.id])
        for call in calls
    ]
    for row in rows:
        ordered = templates[row["campaign_id"]]["call_template"].get("ordered")
        if ordered:
            body = {"event": "call.ordered", "call_id": row["id"], **ordered}
            first.append(
                events.NewEvent(
                    organisation_id=row["organisation_id"], type="call.ordered", subject=row["id"], body=body
                )
            )
    await events.append_many(connection, first)
    for call in calls:
        if call.webhook_url is not None and "call.queued" in call.webhook_events:
            await webhooks.enqueue(
                connection,
                organisation_id=call.organisation_id,
                url=call.webhook_url,
                subject=call.id,
                event_type="call.queued",
                format=call.webhook_format,
                body=bodies[call.id],
            )


async def _pause(connection: Connection, campaign_id: str, reason: str) -> None:
    row = await connection.fetchrow(SQL["pause"], campaign_id, reason)
    if row is not None:
        log.warning("campaign %s is paused: %s", campaign_id, reason)
        await announce(connection, campaign_of(row), "campaign.paused")
