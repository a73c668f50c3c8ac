"""What a campaign would do: who is called, who is not and why, how long it takes, what it says and costs."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from callwright.billing import holds
from callwright.campaigns.models import Campaign, Recipient, recipient_of
from callwright.campaigns.placeholders import needed_by
from callwright.campaigns.statistics import CampaignStatistics
from callwright.campaigns.writing import calls, channels_of
from callwright.campaigns.writing_estimates import WritingEstimate, Written, writing_estimate, written_to
from callwright.rules import pricing
from callwright.rules.pricing import Channel
from callwright.rules.timetables import LaneKey
from callwright.store.database import Database
from callwright.store.statements import statements

if TYPE_CHECKING:
    from callwright.store.database import Connection

SQL = statements(__package__, "preflight.sql")

#: People whose text is shown.
SHOWN = 3
#: Numbers whose prices stand for all.
_PRICED = 500
#: From the first tone to the answer, or to giving up, on average.
_RINGING_SECONDS = 15


@dataclass(frozen=True, kw_only=True)
class Cost:
    """What a campaign costs when everybody answers and hears all of it, or is written to."""

    amount: Decimal
    currency: str
    #: Numbers, of those that were priced, for which the price list has no rate: they are not contacted.
    without_rate: int


@dataclass(frozen=True, kw_only=True)
class Preflight:
    """What a campaign would do, as of now."""

    recipients: int
    contacted: int
    #: By reason: ``opted_out``, ``do_not_call``, ``consent_withdrawn``, ``no_consent``, ``never_open``,
    #: ``invalid_number``, ``skipped``.
    skipped: Mapping[str, int]
    duplicates: int
    #: Records that were refused when the list was filled in.
    refused: int
    #: Recipients who still wait and bring no value, by placeholder.
    unfilled: Mapping[str, int]
    #: The first moment at which somebody may be contacted; ``None``: never.
    opens: datetime | None
    #: Calls in the air at once, and a second, at the present limits; ``None``: the campaign does not call.
    at_once: int | None
    calls_per_second: float | None
    #: Time of calling, hours in which nobody may be called left aside; ``None``: nothing can carry a call, or it does
    #: not call.
    seconds: int | None
    #: What it writes; ``None``: nothing.
    writing: WritingEstimate | None
    #: People who wait, by the first of their time zones.
    zones: Mapping[str, int]
    cost: Cost | None
    #: The first people, and what each would hear and read.
    samples: Sequence[tuple[Recipient, str, Written | None]]


class CampaignPreflight:
    """Looks at a campaign without changing anything."""

    def __init__(self, database: Database, statistics: CampaignStatistics) -> None:
        self._database = database
        self._statistics = statistics

    async def look(
        self,
        connection: Connection,
        campaign: Campaign,
        *,
        preview: Callable[[Mapping[str, Any], Mapping[str, str]], str],
        metered: bool,
    ) -> Preflight:
        """Return what a campaign would do.

        ``preview`` says what is heard of a stored flow with these variables, ``metered`` whether calls cost something.
        """
        counts = (await self._statistics.of([campaign], connection=connection))[campaign.id]
        template = campaign.call_template
        channel = Channel.CALL if calls(template) else Channel(channels_of(template)[0])
        args = (campaign.organisation_id, campaign.id, campaign.purpose, campaign.topic, campaign.sandbox, channel)
        skipped = {row["why"]: row["people"] for row in await connection.fetch(SQL["reasons"], *args)}
        left = counts.states.get("waiting", 0) + counts.states.get("again", 0)
        contacted = left - sum(skipped.values())
        for row in await connection.fetch(SQL["left_out"], campaign.id):
            skipped[row["outcome"]] = row["people"]
        flow = await connection.fetchval(SQL["flow"], campaign.organisation_id, campaign.flow_id)
        defaults = template.get("variables") or {}
        people = [recipient_of(row) for row in await connection.fetch(SQL["first_people"], campaign.id, SHOWN)]
        writes = channels_of(template) != ["call"]
        samples = []
        for person in people:
            own = {**defaults, **person.variables}
            said = preview(flow, own) if calls(template) else ""
            samples.append((person, said, written_to(campaign, own) if writes else None))
        speaking = pricing.speaking_seconds(samples[0][1]) if samples else 0
        hours = await connection.fetchrow(SQL["hours"], campaign.id)
        at_once, rate, seconds, cost = None, None, None, None
        if calls(template):
            at_once, rate = await self._room(connection, campaign)
            if at_once and rate:
                seconds = round(max(contacted * (_RINGING_SECONDS + speaking) / at_once, contacted / rate))
            cost = await self._cost(connection, campaign, contacted, speaking, left) if metered else None
        writing = None
        if writes:
            writing = await writing_estimate(
                connection, self._database, campaign, contacted=contacted, left=left, metered=metered
            )
            cost = _together(cost, writing)
        return Preflight(
            recipients=counts.total,
            contacted=contacted,
            skipped=skipped,
            duplicates=campaign.source.get("duplicates", 0),
            refused=campaign.source.get("refused", 0),
            unfilled=await self._unfilled(connection, campaign),
            opens=None if hours is None else hours["opens"],
            at_once=at_once,
            calls_per_second=rate,
            seconds=seconds,
            writing=writing,
            zones=await self._zones(connection, campaign),
            cost=cost,
            samples=samples,
        )

    async def _unfilled(self, connection: Connection, campaign: Campaign) -> dict[str, int]:
        found = {}
        for name in await needed_by(connection, campaign):
            people = await connection.fetchval(SQL["unfilled"], campaign.id, name)
            if people:
                found[name] = people
        return found

    async def _zones(self, connection: Connection, campaign: Campaign) -> dict[str, int]:
        found: dict[str, int] = {}
        for row in await connection.fetch(SQL["people_by_lane"], campaign.id):
            zone = min(LaneKey.read(row["zones"]).zones, default="")
            found[zone] = found.get(zone, 0) + row["people"]
        return found

    async def _room(self, connection: Connection, campaign: Campaign) -> tuple[int, float]:
        row = await connection.fetchrow(SQL["room"], campaign.organisation_id, campaign.sandbox)
        assert row is not None  # noqa: S101  (an aggregate always has a row)
        at_once = min(row["organisation"], row["channels"])
        rate = row["calls_per_second"]
        if campaign.max_concurrent is not None:
            at_once = min(at_once, campaign.max_concurrent)
        if campaign.calls_per_second is not None:
            rate = min(rate, float(campaign.calls_per_second))
        return at_once, rate

    async def _cost(
        self, connection: Connection, campaign: Campaign, contacted: int, speaking: int, left: int
    ) -> Cost | None:
        rows = await connection.fetch(SQL["spread_numbers"], campaign.id, left // _PRICED, _PRICED)
        numbers = [row["to_number"] for row in rows]
        quotes = await holds.quotes(self._database, campaign.organisation_id, Channel.CALL, numbers) if numbers else []
        if not quotes:
            return None
        costs = [pricing.cost_of_call(quote.rate, Decimal(speaking)) for quote in quotes if quote.rate is not None]
        mean = sum(costs, Decimal(0)) / len(quotes)
        return Cost(
            amount=pricing.rounded(mean * contacted),
            currency=quotes[0].currency,
            without_rate=len(quotes) - len(costs),
        )


def _together(cost: Cost | None, writing: WritingEstimate) -> Cost | None:
    """Return what calls and messages cost together."""
    if writing.cost is None or writing.currency is None:
        return cost
    there = cost or Cost(amount=Decimal(0), currency=writing.currency, without_rate=0)
    without = max(there.without_rate, writing.without_rate)
    return Cost(amount=there.amount + writing.cost, currency=writing.currency, without_rate=without)
