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
    """What a campaign costs when everybody answers and hears all of it."""

    amount: Decimal
    currency: str
    #: Numbers, of those that were priced, for which the price list has no rate: they are not called.
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
    #: The first moment at which somebody may be called; ``None``: never.
    opens: datetime | None
    #: Calls in the air at once, and a second, at the present limits.
    at_once: int
    calls_per_second: float
    #: Time of calling, hours in which nobody may be called left aside; ``None``: nothing can carry a call.
    seconds: int | None
    #: People who wait, by the first of their time zones.
    zones: Mapping[str, int]
    cost: Cost | None
    #: The first people, and what each would hear.
    samples: Sequence[tuple[Recipient, str]]


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
        args = (campaign.organisation_id, campaign.id, campaign.purpose, campaign.topic, campaign.sandbox)
        skipped = {row["why"]: row["people"] for row in await connection.fetch(SQL["reasons"], *args)}
        left = counts.states.get("waiting", 0) + counts.states.get("again", 0)
        contacted = left - sum(skipped.values())
        for row in await connection.fetch(SQL["left_out"], campaign.id):
            skipped[row["outcome"]] = row["people"]
        flow = await connection.fetchval(SQL["flow"], campaign.organisation_id, campaign.flow_id)
        defaults = campaign.call_template.get("variables") or {}
        people = [recipient_of(row) for row in await connection.fetch(SQL["first_people"], campaign.id, SHOWN)]
        samples = [(person, preview(flow, {**defaults, **person.variables})) for person in people]
        speaking = pricing.speaking_seconds(samples[0][1]) if samples else 0
        hours = await connection.fetchrow(SQL["hours"], campaign.id)
        at_once, rate = await self._room(connection, campaign)
        seconds = None
        if at_once and rate:
            seconds = round(max(contacted * (_RINGING_SECONDS + speaking) / at_once, contacted / rate))
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
            zones=await self._zones(connection, campaign),
            cost=await self._cost(connection, campaign, contacted, speaking, left) if metered else None,
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
