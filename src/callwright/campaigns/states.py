"""``draft → scheduled → running ⇄ paused → completed | cancelled``: each change is one row, whatever its size."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from callwright.accounts.models import Organisation
from callwright.campaigns import lanes
from callwright.campaigns.announcing import announce
from callwright.campaigns.filling import hours_of_campaign
from callwright.campaigns.models import Campaign, NewRecipient, campaign_of
from callwright.clock import Clock
from callwright.errors import Conflict, FieldError, InvalidRequest
from callwright.rules.timetables import LaneKey
from callwright.store.statements import statements

if TYPE_CHECKING:
    from callwright.store.database import Connection

SQL = statements(__package__)

#: From which states one may be reached by whom asks for it.
_FROM = {
    "start": ("draft", "scheduled"),
    "pause": ("scheduled", "running"),
    "resume": ("paused",),
    "cancel": ("draft", "scheduled", "running", "paused"),
}
_EVENTS = {
    "scheduled": "campaign.scheduled",
    "running": "campaign.started",
    "paused": "campaign.paused",
    "completed": "campaign.completed",
    "cancelled": "campaign.cancelled",
}


class CampaignStates:
    """Moves campaigns whose row the caller holds, in the caller's transaction. All raise ``Conflict``."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock

    async def start(
        self,
        connection: Connection,
        campaign: Campaign,
        *,
        goal_within_list: bool = True,
        first: Sequence[NewRecipient] | None = None,
    ) -> Campaign:
        """Let a draft begin, now or when its schedule says; a scheduled one begins now.

        ``goal_within_list``: its goal may not be above its list; else people may be added later. ``first``: all that
        are on its list, where it was made in this transaction.
        """
        _check(campaign, "start")
        now = self._clock.now()
        if campaign.ends_at is not None and campaign.ends_at <= now:
            raise _wrong("schedule.ends_at", "has passed: nobody would be called; change it")
        if not campaign.filling and not (first or await connection.fetchval(SQL["has_recipients"], campaign.id)):
            raise _wrong("recipients", "the campaign has nobody to call yet; add recipients first")
        if not campaign.filling and goal_within_list:
            await _check_goal(connection, campaign)
        later = campaign.starts_at is not None and campaign.starts_at > now
        if campaign.state == "scheduled" and later:
            await connection.execute(SQL["start_now"], campaign.organisation_id, campaign.id)
            later = False
        # whose list was made just now knows its hours
        return await self._move(connection, campaign, "scheduled" if later else "running", new_hours=not first)

    async def check_opens(
        self,
        connection: Connection,
        campaign: Campaign,
        organisation: Organisation,
        *,
        first: Sequence[NewRecipient] | None = None,
    ) -> None:
        """Raise ``InvalidRequest`` when nobody of the list can ever be called at the hours of the schedule.

        Without recipients the organisation's own clock stands for theirs. ``first``: all that are on the list, where it
        was made in this transaction.
        """
        if first is None:
            keys = [row["zones"] for row in await connection.fetch(SQL["lanes_of_campaign"], campaign.id)]
        else:
            keys = list(dict.fromkeys(recipient.lane for recipient in first))
        hours = hours_of_campaign(campaign, organisation)
        lanes_of_it = [LaneKey.read(key) for key in keys] or [LaneKey(zones=frozenset({organisation.time_zone}))]
        now = self._clock.now()
        if all(lanes.next_hours(hours.of(key), now=now)[0] is None for key in lanes_of_it):
            message = "never opens for anybody of the list: its hours, the account's and the law's do not meet"
            raise _wrong("schedule.ends_at" if campaign.ends_at is not None else "schedule.windows", message)

    async def pause(self, connection: Connection, campaign: Campaign, *, reason: str | None = None) -> Campaign:
        """Make no call any more until it is resumed; those in the air go on."""
        _check(campaign, "pause")
        return await self._move(connection, campaign, "paused", reason=reason)

    async def resume(self, connection: Connection, campaign: Campaign) -> Campaign:
        """Go on where it was paused."""
        _check(campaign, "resume")
        later = campaign.starts_at is not None and campaign.starts_at > self._clock.now()
        state = "scheduled" if later and campaign.started_at is None else "running"
        event = "campaign.resumed"
        return await self._move(connection, campaign, state, event=event)

    async def cancel(self, connection: Connection, campaign: Campaign, *, reason: str | None = None) -> Campaign:
        """End it for good; who was not called is not called any more."""
        _check(campaign, "cancel")
        return await self._move(connection, campaign, "cancelled", reason=reason)

    async def hang_up(self, connection: Connection, campaign: Campaign) -> list[str]:
        """Ask the calls of a campaign that are in the air to end; returns their attempts, for who carries them."""
        return [row["id"] for row in await connection.fetch(SQL["hang_up"], campaign.id)]

    async def _move(
        self,
        connection: Connection,
        campaign: Campaign,
        state: str,
        *,
        reason: str | None = None,
        event: str | None = None,
        new_hours: bool = True,
    ) -> Campaign:
        row = await connection.fetchrow(SQL["set_state"], campaign.organisation_id, campaign.id, state, reason)
        assert row is not None  # noqa: S101  (the caller holds it)
        moved = campaign_of(row)
        if new_hours and state in {"scheduled", "running"}:
            await lanes.recompute(connection, moved.id)
        await announce(connection, moved, event or _EVENTS[state])
        return moved


async def _check_goal(connection: Connection, campaign: Campaign) -> None:
    row = await connection.fetchrow(SQL["goal_and_people"], campaign.organisation_id, campaign.id)
    if row is not None and row["accepts"] > row["people"]:
        raise _wrong("goal.accepts", f"is above the {row['people']} people of the list: it can never be reached")


def _check(campaign: Campaign, action: str) -> None:
    if campaign.kind != "campaign":
        raise Conflict("these calls were posted together and are not steered as a campaign; cancel the calls")
    allowed = _FROM[action]
    if campaign.state not in allowed:
        raise Conflict(f"the campaign is {campaign.state}; {action} needs one that is {' or '.join(allowed)}")


def _wrong(field: str, message: str) -> InvalidRequest:
    return InvalidRequest([FieldError(field=field, message=message)])
