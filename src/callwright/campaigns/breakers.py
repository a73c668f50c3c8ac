"""Stops trunks and campaigns of which too much fails, tells, and tries them again with one call.

Where each stands is a row, so that several dialers agree: whoever looks first decides, and the others find it decided.
Campaigns are paused as by hand, with the reason.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from callwright.campaigns.keeping import keep
from callwright.campaigns.models import campaign_of
from callwright.campaigns.states import CampaignStates
from callwright.clock import Clock
from callwright.errors import FieldError, InvalidRequest
from callwright.events import service as events
from callwright.rules.breakers import CAMPAIGN, TRUNK, Seen, Standing, State, Terms, next_standing
from callwright.store.statements import statements

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from datetime import datetime

    from callwright.store.database import Connection, Database, Row

log = logging.getLogger(__name__)

SQL = statements(__package__, "breakers.sql")

#: How often it is looked how much failed.
PASS_SECONDS = 2.0
DEFAULTS: dict[str, Terms] = {"trunk": TRUNK, "campaign": CAMPAIGN}
_RANGES = {"share": (0.01, 1), "least_calls": (1, 100_000), "window_seconds": (10, 3600), "pause_seconds": (1, 86_400)}
#: In front of what a breaker says in ``campaigns.state_reason``: only what it paused itself it resumes.
_PAUSED = "too much failed: "


@dataclass(frozen=True, kw_only=True)
class Breaker:
    """Where a trunk's or a campaign's breaker stands, and when it opens."""

    terms: Terms
    standing: Standing


class Breakers:
    """The writer of breakers: what they are told to do, and where they stand."""

    def __init__(self, database: Database, clock: Clock, *, on_change: Callable[[], None] = lambda: None) -> None:
        """``on_change`` is called when something was stopped or let go on: there are events, and calls may be due."""
        self._database = database
        self._clock = clock
        self._on_change = on_change
        self._states = CampaignStates(clock)

    async def run(self) -> None:
        """Look until cancelled."""

        async def look() -> bool:
            await self.look()
            return False

        await keep(look, clock=self._clock, seconds=PASS_SECONDS, name="breakers")

    async def look(self) -> int:
        """Look at every trunk and campaign with calls that ended lately; return how many breakers moved."""
        moved = 0
        for kind in ("trunk", "campaign"):
            usual = DEFAULTS[kind].window_seconds
            longest = max(usual, await self._database.fetchval(SQL["longest_window"], kind))
            for row in await self._database.fetch(SQL[f"{kind}s_seen"], usual, longest):
                before, seen = _standing(row), Seen(**{k: row[k] for k in ("calls", "failures", "good_so_far")})
                if next_standing(terms_of(kind, row), before, seen, now=row["now"]) != before:
                    moved += await self._move(kind, row, seen)
        if moved:
            self._on_change()
        return moved

    async def of(self, organisation_id: str, kind: str, keys: Sequence[str]) -> Mapping[str, Breaker]:
        """Return the breakers of an organisation's trunks or campaigns (``kind``), those at their defaults as well."""
        rows = await self._database.fetch(SQL["breakers_of"], organisation_id, kind, list(keys))
        known = {row["key"]: Breaker(terms=terms_of(kind, row), standing=_standing(row)) for row in rows}
        return {key: known.get(key, Breaker(terms=DEFAULTS[kind], standing=Standing())) for key in keys}

    async def change(self, organisation_id: str, kind: str, key: str, fields: Mapping[str, Any]) -> Breaker:
        """Set the named fields of the terms. Raises ``InvalidRequest`` that names each wrong one."""
        async with self._database.transaction() as connection:
            return await change_terms(connection, organisation_id, kind, key, fields)

    async def reset(self, organisation_id: str, kind: str, key: str) -> None:
        """Let calls pass again, whatever failed before; what ended until now is not counted any more."""
        async with self._database.transaction() as connection:
            await _hold(connection, kind, key)
            before = _standing(await connection.fetchrow(SQL["standing"], kind, key))
            now = await connection.fetchval(SQL["now"])
            await self._put(connection, kind, organisation_id, key, Standing(counted_from=now))
            if kind == "trunk" and before.state is not State.CLOSED:
                await _tell_of_trunk(connection, organisation_id, key, "trunk.resumed", {"by": "hand"})
        self._on_change()

    async def _move(self, kind: str, row: Row, seen: Seen) -> int:
        """Decide again with the row held; returns 1 when it was us who moved it."""
        async with self._database.transaction() as connection:
            held = await _hold(connection, kind, row["key"])
            before = _standing(await connection.fetchrow(SQL["standing"], kind, row["key"]))
            if before != _standing(row):
                return 0
            after = next_standing(terms_of(kind, row), before, seen, now=row["now"])
            if kind == "campaign" and held is not None:
                after = await self._move_campaign(connection, held, before, after, now=row["now"])
            else:
                await _announce_trunk(connection, row, before, after)
            await self._put(connection, kind, row["organisation_id"], row["key"], after)
        return 1

    async def _move_campaign(
        self, connection: Connection, held: Row, before: Standing, after: Standing, *, now: datetime
    ) -> Standing:
        """Pause or resume the campaign, unless somebody decided otherwise meanwhile."""
        campaign = campaign_of(held)
        ours = campaign.state == "paused" and (campaign.state_reason or "").startswith(_PAUSED)
        if before.state is State.OPEN and not ours:
            # resumed, or paused anew, by hand
            return Standing(counted_from=now)
        if after.state is State.OPEN and campaign.state == "running":
            log.warning("campaign %s is paused: %s", campaign.id, after.reason)
            until = "" if after.open_until is None else f"; tried again at {after.open_until:%Y-%m-%d %H:%M:%S} UTC"
            await self._states.pause(connection, campaign, reason=f"{_PAUSED}{after.reason}{until}")
        elif after.state is State.TRYING:
            await self._states.resume(connection, campaign)
        return after

    @staticmethod
    async def _put(connection: Connection, kind: str, organisation_id: str, key: str, standing: Standing) -> None:
        await connection.execute(
            SQL["put_standing"],
            organisation_id,
            kind,
            key,
            standing.state.value,
            standing.open_until,
            standing.counted_from,
            standing.trips,
            standing.reason,
        )


async def change_terms(
    connection: Connection, organisation_id: str, kind: str, key: str, fields: Mapping[str, Any]
) -> Breaker:
    """Set the named fields of a breaker's terms in the caller's transaction. Raises ``InvalidRequest``."""
    if errors := terms_errors(fields):
        raise InvalidRequest(errors)
    rows = await connection.fetch(SQL["breakers_of"], organisation_id, kind, [key])
    names = ("enabled", *_RANGES)
    stored = {name: rows[0][name] for name in names} if rows else {"enabled": True}
    wanted = {**stored, **fields}
    await connection.execute(SQL["put_terms"], organisation_id, kind, key, *(wanted.get(name) for name in names))
    row = (await connection.fetch(SQL["breakers_of"], organisation_id, kind, [key]))[0]
    return Breaker(terms=terms_of(kind, row), standing=_standing(row))


def terms_errors(fields: Mapping[str, Any], *, at: str = "breaker") -> list[FieldError]:
    """Return what is wrong with fields of a breaker's terms; ``None`` stands for the default."""
    errors = []
    for name, value in fields.items():
        if name == "enabled":
            if not isinstance(value, bool):
                errors.append(FieldError(field=f"{at}.enabled", message="must be true or false", received=value))
        elif name not in _RANGES:
            message = f"is not a field; there are enabled, {', '.join(_RANGES)}"
            errors.append(FieldError(field=f"{at}.{name}", message=message, received=value))
        elif value is not None and not (
            isinstance(value, int | float)
            and not isinstance(value, bool)
            and _RANGES[name][0] <= value <= _RANGES[name][1]
            and (name == "share" or value == int(value))
        ):
            low, high = _RANGES[name]
            errors.append(FieldError(field=f"{at}.{name}", message=f"must be {low} to {high}", received=value))
    return errors


def terms_of(kind: str, row: Row) -> Terms:
    """Return when the breaker of a row opens."""
    default = DEFAULTS[kind]
    return Terms(
        enabled=row["enabled"] is not False,
        share=default.share if row["share"] is None else row["share"],
        least_calls=row["least_calls"] or default.least_calls,
        window_seconds=row["window_seconds"] or default.window_seconds,
        pause_seconds=row["pause_seconds"] or default.pause_seconds,
    )


def _standing(row: Row | None) -> Standing:
    if row is None or row["state"] is None:
        return Standing()
    return Standing(
        state=State(row["state"]),
        open_until=row["open_until"],
        counted_from=row["counted_from"],
        trips=row["trips"],
        reason=row["reason"],
    )


async def _hold(connection: Connection, kind: str, key: str) -> Row | None:
    """Hold the campaign's row, or the breaker's own of a trunk: a trunk's row is every claim's."""
    return await connection.fetchrow(SQL[f"hold_{kind}"], key)


async def _announce_trunk(connection: Connection, row: Row, before: Standing, after: Standing) -> None:
    if after.state is State.OPEN and after.open_until is not None:
        log.warning("trunk %s is suspended until %s: %s", row["name"], after.open_until.isoformat(), after.reason)
        more = {"name": row["name"], "reason": after.reason, "until": after.open_until.isoformat()}
        await _tell_of_trunk(connection, row["organisation_id"], row["key"], "trunk.suspended", more)
    elif after.state is State.CLOSED and before.state is not State.CLOSED:
        log.info("trunk %s is in use again", row["name"])
        await _tell_of_trunk(
            connection, row["organisation_id"], row["key"], "trunk.resumed", {"name": row["name"], "by": "a call"}
        )


async def _tell_of_trunk(
    connection: Connection, organisation_id: str, trunk_id: str, event: str, more: Mapping[str, Any]
) -> None:
    body = {"event": event, "trunk_id": trunk_id, **more}
    await events.append(connection, organisation_id=organisation_id, type=event, subject=trunk_id, body=body)
