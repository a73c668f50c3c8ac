"""Where campaigns stand: from counts that are kept as deltas, so that a million recipients are never counted."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING

from callwright.campaigns.models import BATCH, Campaign
from callwright.rules.abandonment import Abandonment
from callwright.store.database import Database
from callwright.store.statements import statements

if TYPE_CHECKING:
    from callwright.store.database import Connection

SQL = statements(__package__)

#: So many of the newest calls tell how fast a campaign goes.
_NEWEST = 200
#: Between step and answer in the key of a count.
ANSWER_MARK = "\t"


@dataclass(frozen=True, kw_only=True)
class Counts:
    """Numbers about one campaign, exact at the moment of asking."""

    #: Recipients by state: ``waiting``, ``again``, ``active``, ``done``.
    states: Mapping[str, int] = field(default_factory=dict)
    #: Recipients that are done, by outcome.
    outcomes: Mapping[str, int] = field(default_factory=dict)
    #: By step, what was pressed or said there.
    answers: Mapping[str, Mapping[str, int]] = field(default_factory=dict)
    #: Attempts by what they came to: several calls, and several attempts of one, count each.
    attempts: Mapping[str, int] = field(default_factory=dict)
    #: Seconds after the answer.
    seconds: int = 0
    #: What was charged; ``None``: nothing is.
    cost: Decimal | None = None
    #: Calls of the last 30 days that people answered, and those of them that were abandoned.
    abandonment: Abandonment = field(default_factory=Abandonment)

    @property
    def total(self) -> int:
        """How many recipients there are."""
        return sum(self.states.values())

    @property
    def done(self) -> int:
        """How many have an outcome."""
        return self.states.get("done", 0)

    @property
    def progress(self) -> float:
        """The part that is done, 0 to 1."""
        return round(self.done / self.total, 4) if self.total else 0.0


@dataclass(frozen=True, kw_only=True)
class Times:
    """When a campaign called, and when it may have called everybody."""

    first_call_at: datetime | None
    last_call_at: datetime | None
    #: At the speed of its newest calls, those who come again left aside; ``None``: nothing can be said.
    estimated_end_at: datetime | None


class CampaignStatistics:
    """Reads what was counted."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def of(self, campaigns: Sequence[Campaign], *, connection: Connection | None = None) -> Mapping[str, Counts]:
        """Return the counts of campaigns by id."""
        counted = [campaign.id for campaign in campaigns if campaign.kind != BATCH]
        batches = [campaign.id for campaign in campaigns if campaign.kind == BATCH]
        reader = connection or self._database
        rows = await reader.fetch(SQL["counts_of"], counted) if counted else []
        if batches:
            rows += await reader.fetch(SQL["counts_of_batches"], batches)
        found: dict[str, dict[str, dict[str, Decimal]]] = {}
        for row in rows:
            found.setdefault(row["campaign_id"], {}).setdefault(row["kind"], {})[row["key"]] = row["n"]
        return {campaign.id: _over(_counts(found.get(campaign.id, {})), campaign.left_over) for campaign in campaigns}

    async def times(self, campaign: Campaign, counts: Counts, *, connection: Connection | None = None) -> Times:
        """Return when it called first and last, and when it may be through."""
        reader = connection or self._database
        row = await reader.fetchrow(SQL["first_and_last_call"], campaign.id)
        assert row is not None  # noqa: S101  (a SELECT without FROM always has a row)
        end = None
        if campaign.state == "running":
            end = await _end(reader, campaign, counts)
        return Times(first_call_at=row["first_call_at"], last_call_at=row["last_call_at"], estimated_end_at=end)


async def _end(reader: Connection | Database, campaign: Campaign, counts: Counts) -> datetime | None:
    left = counts.states.get("waiting", 0)
    newest = await reader.fetchrow(SQL["pace_of"], campaign.id, _NEWEST)
    if newest is None or newest["calls"] < 2:
        return None
    seconds = (newest["now"] - newest["since"]).total_seconds()
    end: datetime = newest["now"] + timedelta(seconds=seconds / newest["calls"] * left)
    return end


def _over(counts: Counts, left_over: str | None) -> Counts:
    """Return the counts of a campaign that is over: who waits has an outcome, see ``Campaign.left_over``."""
    left = counts.states.get("waiting", 0)
    if left_over is None or not left:
        return counts
    states = {**counts.states, "waiting": 0, "done": counts.done + left}
    outcomes = {**counts.outcomes, left_over: counts.outcomes.get(left_over, 0) + left}
    return replace(counts, states=states, outcomes=outcomes)


def _counts(kinds: Mapping[str, Mapping[str, Decimal]]) -> Counts:
    answers: dict[str, dict[str, int]] = {}
    for key, n in kinds.get("answer", {}).items():
        step, _, answer = key.partition(ANSWER_MARK)
        answers.setdefault(step, {})[answer] = int(n)
    return Counts(
        states={key: int(n) for key, n in kinds.get("state", {}).items()},
        outcomes={key: int(n) for key, n in kinds.get("outcome", {}).items()},
        answers=answers,
        attempts={key: int(n) for key, n in kinds.get("attempt", {}).items()},
        seconds=int(kinds.get("seconds", {}).get("", 0)),
        cost=kinds.get("cost", {}).get(""),
        abandonment=Abandonment(
            answered=int(sum(kinds.get("person", {}).values())),
            abandoned=int(sum(kinds.get("abandoned", {}).values())),
        ),
    )
