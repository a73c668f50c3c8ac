"""A campaign in numbers that charts show: over time, by hour of the people's day, by zone; and who is in the air."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from callwright.campaigns.models import Campaign
from callwright.campaigns.statistics import CampaignStatistics, Counts, Times
from callwright.rules.timetables import LaneKey
from callwright.store.database import Database
from callwright.store.statements import statements

SQL = statements(__package__, "reports.sql")

#: Steps of the time axis, for campaigns that called up to so long.
_STEPS: Final = (
    (timedelta(hours=2), timedelta(minutes=1)),
    (timedelta(hours=12), timedelta(minutes=5)),
    (timedelta(days=2), timedelta(minutes=30)),
    (timedelta(days=14), timedelta(hours=3)),
)
_LONGEST_STEP: Final = timedelta(days=1)
#: Calls in the air that a page shows.
SHOWN: Final = 50
#: So long an answer serves everybody who asks, in seconds.
_FRESH: Final = 0.9


@dataclass(frozen=True, kw_only=True)
class Step:
    """Calls that ended within one step of the time axis."""

    at: datetime
    outcomes: Mapping[str, int]


@dataclass(frozen=True, kw_only=True)
class HourOfZone:
    """Calls to people in a zone that were answered, or ended, in an hour of their day."""

    zone: str
    hour: int
    outcomes: Mapping[str, int]


@dataclass(frozen=True, kw_only=True)
class Report:
    """What charts show."""

    step: timedelta
    over_time: Sequence[Step]
    hours: Sequence[HourOfZone]


@dataclass(frozen=True, kw_only=True)
class CallInTheAir:
    """A call that is being made now."""

    call_id: str
    to: str
    status: str
    since: datetime
    answered_at: datetime | None
    dtmf_response: str | None
    amd_result: str | None


@dataclass(frozen=True, kw_only=True)
class Live:
    """Where a campaign stands now."""

    campaign: Campaign
    counts: Counts
    times: Times
    #: The newest of those who are in the air.
    in_the_air: Sequence[CallInTheAir]


class CampaignReports:
    """Reads what charts and the live page show."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._statistics = CampaignStatistics(database)
        #: Looks that are not older than ``_FRESH``, or on their way: many pages of one campaign ask once.
        self._looks: dict[str, tuple[float, asyncio.Task[Live]]] = {}

    async def report(self, campaign: Campaign, *, zone: str) -> Report:
        """Return what became of the calls; ``zone`` stands for people of whom none is known."""
        times = await self._statistics.times(campaign, Counts())
        step = _step(times)
        args = (campaign.organisation_id, campaign.id)
        steps: dict[datetime, dict[str, int]] = {}
        for row in await self._database.fetch(SQL["over_time"], *args, step):
            steps.setdefault(row["at"], {})[row["outcome"]] = row["n"]
        lanes = {
            row["id"]: min(LaneKey.read(row["zones"]).zones, default=zone)
            for row in await self._database.fetch(SQL["lanes_of"], *args)
        }
        hours: dict[tuple[str, int], dict[str, int]] = {}
        zones = (list(lanes), list(lanes.values()), zone)
        for row in await self._database.fetch(SQL["by_zone_and_hour"], *args, *zones):
            hours.setdefault((row["zone"], row["hour"]), {})[row["outcome"]] = row["n"]
        return Report(
            step=step,
            over_time=[Step(at=at, outcomes=outcomes) for at, outcomes in steps.items()],
            hours=[HourOfZone(zone=place, hour=hour, outcomes=outcomes) for (place, hour), outcomes in hours.items()],
        )

    async def live(self, campaign: Campaign) -> Live:
        """Return where a campaign stands; asked by many within a second, the database is asked once."""
        now = time.monotonic()
        known = self._looks.get(campaign.id)
        if known is None or now - known[0] > _FRESH:
            self._looks = {name: look for name, look in self._looks.items() if now - look[0] <= _FRESH}
            known = self._looks[campaign.id] = (now, asyncio.get_running_loop().create_task(self._look(campaign)))
        # who goes away does not take the answer from the others
        return await asyncio.shield(known[1])

    async def _look(self, campaign: Campaign) -> Live:
        counts = (await self._statistics.of([campaign]))[campaign.id]
        times = await self._statistics.times(campaign, counts)
        rows = await self._database.fetch(SQL["in_the_air"], campaign.organisation_id, campaign.id, SHOWN)
        return Live(
            campaign=campaign,
            counts=counts,
            times=times,
            in_the_air=[
                CallInTheAir(
                    call_id=row["id"],
                    to=row["to_number"],
                    status=row["status"],
                    since=row["claimed_at"] or row["created_at"],
                    answered_at=row["answered_at"],
                    dtmf_response=row["dtmf_response"],
                    amd_result=row["amd_result"],
                )
                for row in rows
            ],
        )


def _step(times: Times) -> timedelta:
    if times.first_call_at is None or times.last_call_at is None:
        return _STEPS[0][1]
    length = times.last_call_at - times.first_call_at
    return next((step for most, step in _STEPS if length <= most), _LONGEST_STEP)
