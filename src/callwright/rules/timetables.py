"""When a campaign may contact people: its own windows, its organisation's hours and the law's, together.

The JSON of ``campaigns.schedule``::

    {"windows": [{"from": "09:00", "until": "17:00", "weekdays": [1, 2, 3, 4, 5]}],
     "holidays": ["2026-12-25"], "time_zone": "recipient", "presets": true}

Each may be left out. ``weekdays`` are ISO (Monday is 1). ``time_zone`` is whose clock the windows and the holidays are
read on: ``recipient`` (the default; all zones in which the person may be), ``account`` (the organisation's) or an IANA
name. ``presets`` (the default is true): a marketing campaign also keeps the legal hours of ``rules.presets``. Start and
end are the campaign's columns ``starts_at`` and ``ends_at``.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Any

from callwright.rules.presets import preset_of
from callwright.rules.schedules import Hours, Schedule
from callwright.rules.windows import ALL_WEEKDAYS, Window

RECIPIENT, ACCOUNT = "recipient", "account"
_EXTENSION = "Ext"


def schedule_of(
    schedule: Mapping[str, Any], *, starts_at: datetime | None = None, ends_at: datetime | None = None
) -> Schedule:
    """Return the campaign's own schedule. Raises ``ValueError`` or ``KeyError`` for what no request may have stored."""
    windows = tuple(
        Window(
            opens=time.fromisoformat(window["from"]),
            closes=time.fromisoformat(window["until"]),
            weekdays=frozenset(window.get("weekdays") or ALL_WEEKDAYS),
        )
        for window in schedule.get("windows") or ()
    )
    holidays = frozenset(date.fromisoformat(day) for day in schedule.get("holidays") or ())
    given = {"windows": windows} if windows else {}
    return Schedule(holidays=holidays, starts_at=starts_at, ends_at=ends_at, **given)


@dataclass(frozen=True, kw_only=True)
class LaneKey:
    """What recipients of one lane have in common; ``str`` gives the column ``lanes.zones``."""

    #: IANA names: it must be time to call in all of them.
    zones: frozenset[str]
    #: ISO 3166 country of the numbers where its legal hours are known; ``None``: they are not.
    country: str | None = None
    #: Telephones of the organisation's own, and emails: no calling hours bind them, the campaign's windows do.
    extension: bool = False

    def __str__(self) -> str:
        marks = [f"@{mark}" for mark in (self.country, _EXTENSION if self.extension else None) if mark]
        return " ".join([*sorted(self.zones), *marks])

    @classmethod
    def read(cls, text: str) -> LaneKey:
        """Return the key that ``str`` wrote."""
        words = text.split(" ")
        marks = [word[1:] for word in words if word.startswith("@")]
        country = next((mark for mark in marks if mark != _EXTENSION), None)
        zones = frozenset(word for word in words if not word.startswith("@"))
        return cls(zones=zones, country=country, extension=_EXTENSION in marks)


def lane_key(zones: frozenset[str], *, country: str | None, extension: bool = False) -> LaneKey:
    """Return the lane of a person; ``country`` is that of the number."""
    known = None if extension or country is None or preset_of(country) is None else country
    return LaneKey(zones=zones, country=known, extension=extension)


@dataclass(frozen=True, kw_only=True)
class CampaignHours:
    """What of a campaign and its organisation says when people may be contacted."""

    #: ``campaigns.schedule``.
    schedule: Mapping[str, Any]
    starts_at: datetime | None
    ends_at: datetime | None
    purpose: str
    sandbox: bool
    organisation_zone: str
    #: The organisation's hours; both ``None`` when an owner turned them off knowingly.
    calling_from: time | None
    calling_until: time | None

    def of(self, key: LaneKey) -> list[Hours]:
        """Return the schedules that bind a lane, each with its zones.

        The campaign's own windows always bind: somebody asked for them. The organisation's hours and the law's bind
        what ``rules.contactability`` binds with them.
        """
        own = schedule_of(self.schedule, starts_at=self.starts_at, ends_at=self.ends_at)
        hours: list[Hours] = [(own, self.zones_of(key))]
        if self.sandbox or key.extension or self.purpose == "emergency":
            return hours
        if self.calling_from is not None and self.calling_until is not None:
            window = Window(opens=self.calling_from, closes=self.calling_until)
            hours.append((Schedule(windows=(window,)), key.zones))
        preset = None if key.country is None else preset_of(key.country)
        if preset is not None and preset.purpose == self.purpose and self.schedule.get("presets", True):
            hours.append((preset.schedule(own.holidays), key.zones))
        return hours

    def zones_of(self, key: LaneKey) -> frozenset[str]:
        """Return the zones on whose clocks the campaign's own windows are read for a lane."""
        zone = self.schedule.get("time_zone") or RECIPIENT
        if zone == RECIPIENT:
            return key.zones
        return frozenset({self.organisation_zone if zone == ACCOUNT else zone})
