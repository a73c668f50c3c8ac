"""When a campaign may call: its own hours, the organisation's, and the law's, each by its own clock."""

from __future__ import annotations

import functools
import importlib.resources
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Any

from callwright.rules import schedules
from callwright.rules.presets import preset_of
from callwright.rules.schedules import Schedule
from callwright.rules.windows import ALL_WEEKDAYS, Window

#: The zones of the person who is called decide.
RECIPIENT = "recipient"
#: Hours that never meet are given up after so many openings of the one that were closings of the other.
_MOST_TURNS = 400


@dataclass(frozen=True, kw_only=True)
class Timetable:
    """What a campaign says about its hours. Its start and end are columns of their own."""

    #: None: any hour.
    windows: tuple[Window, ...] = ()
    #: Days of the calendar of ``zone``.
    holidays: frozenset[date] = frozenset()
    #: ``recipient``, or an IANA name.
    zone: str = RECIPIENT
    #: As the request gave it: ``recipient``, ``account`` or an IANA name.
    zone_given: str = RECIPIENT
    #: Whether the calling hours of ``rules.presets`` bind, where one was read for the recipient's country.
    legal_hours: bool = False

    def to_json(self) -> dict[str, Any]:
        """Return what ``campaigns.schedule`` holds."""
        return {
            "windows": [
                {
                    "opens": f"{window.opens:%H:%M}",
                    "closes": f"{window.closes:%H:%M}",
                    "weekdays": sorted(window.weekdays),
                }
                for window in self.windows
            ],
            "holidays": sorted(day.isoformat() for day in self.holidays),
            "zone": self.zone,
            "zone_given": self.zone_given,
            "legal_hours": self.legal_hours,
        }

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Timetable:
        """Return what was stored."""
        return cls(
            windows=tuple(
                Window(
                    opens=time.fromisoformat(window["opens"]),
                    closes=time.fromisoformat(window["closes"]),
                    weekdays=frozenset(window["weekdays"]),
                )
                for window in data.get("windows", ())
            ),
            holidays=frozenset(date.fromisoformat(day) for day in data.get("holidays", ())),
            zone=data.get("zone", RECIPIENT),
            zone_given=data.get("zone_given", RECIPIENT),
            legal_hours=data.get("legal_hours", False),
        )


@dataclass(frozen=True, kw_only=True)
class Hours:
    """All that must be open before somebody of a lane is called."""

    #: Schedules by the clock of the recipient, and the zones in which they may be.
    local: tuple[Schedule, ...]
    zones: frozenset[str]
    #: Schedules by one clock for everybody, and its zone.
    central: tuple[Schedule, ...] = ()
    central_zone: str = "UTC"

    def is_open(self, now: datetime) -> bool:
        """Return whether it is time to call."""
        return schedules.is_open(now, self.local, self.zones) and schedules.is_open(
            now, self.central, (self.central_zone,)
        )

    def next_opening(self, now: datetime) -> datetime | None:
        """Return the earliest time from ``now`` on at which it is time to call, in UTC; ``None``: never."""
        moment = now
        for _ in range(_MOST_TURNS):
            there = schedules.next_opening(moment, self.local, self.zones)
            if there is None:
                return None
            here = schedules.next_opening(there, self.central, (self.central_zone,))
            if here is None or here == there:
                return here
            moment = here
        return None


def hours_of(
    timetable: Timetable,
    zones: Collection[str],
    *,
    starts_at: datetime | None,
    ends_at: datetime | None,
    purpose: str,
    sandbox: bool,
    calling_from: time | None,
    calling_until: time | None,
) -> Hours:
    """Return the hours of a lane.

    ``zones`` are those of its recipients, ``calling_from`` and ``calling_until`` the organisation's. The organisation's
    hours and the law's bind neither emergencies nor the lab.
    """
    local: list[Schedule] = []
    if purpose != "emergency" and not sandbox:
        if calling_from is not None and calling_until is not None:
            local.append(Schedule(windows=(Window(opens=calling_from, closes=calling_until),)))
        if timetable.legal_hours:
            for country in sorted({country for zone in zones for country in countries_of(zone)}):
                preset = preset_of(country)
                if preset is not None and preset.purpose == purpose:
                    local.append(preset.schedule(timetable.holidays))
    own = Schedule(
        holidays=timetable.holidays,
        starts_at=starts_at,
        ends_at=ends_at,
        **({"windows": timetable.windows} if timetable.windows else {}),
    )
    if timetable.zone == RECIPIENT:
        return Hours(local=(*local, own), zones=frozenset(zones))
    return Hours(local=tuple(local), zones=frozenset(zones), central=(own,), central_zone=timetable.zone)


def countries_of(zone: str) -> Sequence[str]:
    """Return the ISO 3166 countries whose clocks a zone shows first, such as ``US`` for ``America/Chicago``."""
    return _countries().get(zone, ())


@functools.cache
def _countries() -> dict[str, tuple[str, ...]]:
    table = importlib.resources.files("tzdata").joinpath("zoneinfo", "zone.tab").read_text(encoding="utf-8")
    found: dict[str, tuple[str, ...]] = {}
    for line in table.splitlines():
        if line and not line.startswith("#"):
            country, _, zone = line.split("\t")[:3]
            found[zone] = (*found.get(zone, ()), country)
    return found


__all__ = ["ALL_WEEKDAYS", "RECIPIENT", "Hours", "Timetable", "countries_of", "hours_of"]
