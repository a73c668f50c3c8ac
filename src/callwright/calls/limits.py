"""What an organisation allows itself: which countries, how often one person, how long a call; and its calls at once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

import phonenumbers

from callwright.accounts.audit import record
from callwright.accounts.models import Actor, Organisation
from callwright.calls.queries import SQL
from callwright.clock import Clock
from callwright.errors import FieldError, InvalidRequest
from callwright.store.database import Database, Row

#: A change works in other processes after at most this long; a call is looked at again before it is dialled.
_REMEMBER_SECONDS = 2.0
_MOST_REMEMBERED = 10_000
#: Numbers of no country: international freephone, satellites, …
NO_COUNTRY = "001"


@dataclass(frozen=True, kw_only=True)
class CallLimits:
    """Limits of an organisation's calls. Sandbox calls, which reach the lab only, are not bound by the first two."""

    #: ISO 3166 regions; ``None``: every country, opened knowingly.
    allowed_countries: Sequence[str] | None
    #: Attempts to one number within ``per_person_hours``; ``None``: no cap. Emergencies are not bound.
    calls_per_person: int | None = 10
    per_person_hours: int = 24
    #: A call that is answered ends after this time.
    max_call_seconds: int = 3600
    #: ``False``: marketing may reach people who never agreed to it, turned off knowingly.
    marketing_needs_consent: bool = True


class CallLimitService:
    """The only writer of ``call_limits``."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock
        self._known: dict[str, tuple[float, CallLimits]] = {}

    async def get(self, organisation: Organisation) -> CallLimits:
        """Return the limits of an organisation, which may be up to two seconds old."""
        known = self._known.get(organisation.id)
        if known is not None and known[0] > self._clock.monotonic():
            return known[1]
        found = _limits(await self._database.fetchrow(SQL["get_call_limits"], organisation.id), organisation)
        if len(self._known) >= _MOST_REMEMBERED:
            self._known.clear()
        self._known[organisation.id] = (self._clock.monotonic() + _REMEMBER_SECONDS, found)
        return found

    async def change(self, organisation: Organisation, fields: Mapping[str, Any], who: Actor) -> CallLimits:
        """Set the named fields. Raises ``InvalidRequest`` that names each wrong one."""
        async with self._database.transaction() as connection:
            # the organisation's row is the lock, as there may be no row of limits yet
            await connection.execute(SQL["lock_organisation"], organisation.id)
            before = _limits(await connection.fetchrow(SQL["get_call_limits"], organisation.id), organisation)
            after = replace(before, **fields)
            _check(after)
            await connection.execute(
                SQL["set_call_limits"],
                organisation.id,
                None if after.allowed_countries is None else list(after.allowed_countries),
                after.calls_per_person,
                after.per_person_hours,
                after.max_call_seconds,
                after.marketing_needs_consent,
            )
            await record(connection, who, "limits.changed", organisation.id, asdict(before), asdict(after))
        self._known.clear()
        return after


def _limits(row: Row | None, organisation: Organisation) -> CallLimits:
    if row is None:
        return CallLimits(allowed_countries=(organisation.region,))
    return CallLimits(**dict(row))


def _check(limits: CallLimits) -> None:
    errors = []
    for index, country in enumerate(limits.allowed_countries or ()):
        if country not in phonenumbers.SUPPORTED_REGIONS and country != NO_COUNTRY:
            message = "not an ISO 3166 country code such as US"
            errors.append(FieldError(field=f"allowed_countries[{index}]", message=message, received=country))
    for name, least, most in _RANGES:
        value = getattr(limits, name)
        if value is not None and not least <= value <= most:
            errors.append(FieldError(field=name, message=f"must be {least} to {most}", received=value))
    if errors:
        raise InvalidRequest(errors)


_RANGES = (
    ("calls_per_person", 1, 1000),
    ("per_person_hours", 1, 720),
    ("max_call_seconds", 10, 86_400),
)
