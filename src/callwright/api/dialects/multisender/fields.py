"""Reading the fields of a body: numbers as texts or numbers, ``null`` as absent, every fault named."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

from callwright.api.native.urls import UrlCheck
from callwright.api.native.validation import shortened
from callwright.errors import FieldError, InvalidRequest

_CLOCK = re.compile(r"([01]?[0-9]|2[0-4]):([0-5][0-9])(?::([0-5][0-9]))?")
_DATE = re.compile(r"(\d{4}-\d{2}-\d{2})[ T:](\d{2}:\d{2}(?::\d{2})?)")
WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
ACTIONS = ("accept", "decline")
#: As Python's and JSON's.
_TRUE, _FALSE = ("1", "true", "y", "yes"), ("0", "false", "n", "no")


class Reader:
    """Takes fields out of a body; ``done`` raises ``InvalidRequest`` that names all that was wrong."""

    def __init__(self, data: Mapping[str, Any]) -> None:
        self._data = data
        self._asked: set[str] = set()
        self.errors: list[FieldError] = []

    def given(self, *names: str) -> Any:
        """Return the value of the first of these names that is there and not ``null``."""
        self._asked.update(names)
        return next((self._data[name] for name in names if self._data.get(name) is not None), None)

    def has(self, name: str) -> bool:
        """Return whether a field is there, be it ``null``."""
        return name in self._data

    def fault(self, field: str, message: str, received: Any = None) -> None:
        """Note what is wrong with a field."""
        self.errors.append(FieldError(field=field, message=message, received=shortened(received)))

    def text(self, name: str, *, required: bool = False, longest: int = 2000, blank: bool = False) -> str | None:
        """Return a text without blanks around it; a number counts as its digits. ``blank``: it may be empty."""
        value = self.given(name)
        if value is None or (isinstance(value, str) and not value.strip() and not blank):
            if required:
                self.fault(name, "is required", value)
            return None
        if isinstance(value, bool) or not isinstance(value, str | int | float):
            self.fault(name, "must be text", value)
            return None
        text = str(value).strip()
        if len(text) > longest:
            self.fault(name, f"must have at most {longest} characters", text)
            return None
        return text

    def integer(self, name: str, *, required: bool = False, least: int, most: int) -> int | None:
        """Return a whole number, which may be written as text."""
        value = self.given(name)
        if value is None or value == "":
            if required:
                self.fault(name, "is required")
            return None
        number = whole(value)
        if number is None or not least <= number <= most:
            self.fault(name, f"must be a whole number from {least} to {most}", value)
            return None
        return number

    def choice(self, name: str, allowed: Sequence[str]) -> str | None:
        """Return one of some words."""
        value = self.given(name)
        if value is None or value == "":
            return None
        if value not in allowed:
            self.fault(name, f"must be {' or '.join(allowed)}", value)
            return None
        return str(value)

    def clock(self, name: str) -> str | None:
        """Return a required time of day, ``HH:MM:SS``; ``24:00:00`` is midnight."""
        value = self.given(name)
        found = _CLOCK.fullmatch(value.strip()) if isinstance(value, str) else None
        if found is None or (found[1] == "24" and (found[2], found[3] or "00") != ("00", "00")):
            self.fault(name, "is required" if value is None else "must be a time of day such as 09:00:00", value)
            return None
        return f"{int(found[1]) % 24:02}:{found[2]}:{found[3] or '00'}"

    def moment(self, name: str, zone: str, *, required: bool = False) -> datetime | None:
        """Return a time, ``YYYY-MM-DD HH:MM:SS`` on the clock of a zone, in UTC."""
        value = self.given(name)
        if value is None or value == "":
            if required:
                self.fault(name, "is required")
            return None
        found = _DATE.fullmatch(value.strip()) if isinstance(value, str) else None
        try:
            if found is not None:
                return datetime.fromisoformat(f"{found[1]} {found[2]}").replace(tzinfo=ZoneInfo(zone)).astimezone(UTC)
        except (ValueError, OverflowError):
            pass
        self.fault(name, "must be a time such as 2026-01-31 09:00:00", value)
        return None

    def url(self, name: str, check: UrlCheck) -> str | None:
        """Return an address for webhooks."""
        value = self.text(name)
        if value is not None and (fault := check.fault(value)) is not None:
            self.fault(name, fault, value)
            return None
        return value

    def weekdays(self, name: str) -> list[int] | None:
        """Return the active ones of a required list of weekday-state pairs, Monday is 1."""
        value = self.given(name)
        if not isinstance(value, list) or not value:
            self.fault(
                name, "is required: a list of weekdays with active" if value is None else "must be a list", value
            )
            return None
        states: dict[int, bool] = {}
        for index, item in enumerate(value):
            day = item.get("weekday") if isinstance(item, Mapping) else None
            active = flag(item.get("active")) if isinstance(item, Mapping) else None
            if not isinstance(day, str) or day.strip().lower() not in WEEKDAYS:
                self.fault(f"{name}[{index}].weekday", f"must be one of {', '.join(WEEKDAYS)}", day)
            elif active is None:
                self.fault(f"{name}[{index}].active", "must be 1 or 0", item.get("active"))
            else:
                states[WEEKDAYS.index(day.strip().lower()) + 1] = active
        days = sorted(day for day, active in states.items() if active)
        if not days and not self.errors:
            self.fault(name, "no day is active: nobody would ever be called")
        return days

    def buttons(self, *names: str) -> dict[str, str] | None:
        """Return what each key of a required list of button-action pairs means."""
        value = self.given(*names)
        name = next((each for each in names if self._data.get(each) is not None), names[0])
        if not isinstance(value, list) or not value:
            self.fault(name, "is required: a list of buttons with action" if value is None else "must be a list", value)
            return None
        meant: dict[str, str] = {}
        for index, item in enumerate(value):
            button = item.get("button") if isinstance(item, Mapping) else None
            action = item.get("action") if isinstance(item, Mapping) else None
            key = str(button).strip() if isinstance(button, str | int) and not isinstance(button, bool) else ""
            if not (len(key) == 1 and key in "0123456789"):
                self.fault(f"{name}[{index}].button", "must be a key from 0 to 9", button)
            elif not isinstance(action, str) or action not in ACTIONS:
                self.fault(f"{name}[{index}].action", f"must be {' or '.join(ACTIONS)}", action)
            elif meant.setdefault(key, action) != action:
                self.fault(f"{name}[{index}].button", "one key cannot mean both", button)
        if not self.errors and "accept" not in meant.values():
            self.fault(name, "nobody could accept: a button with the action accept is needed")
        return meant

    def ignored(self) -> list[str]:
        """Return the names of fields that nobody asked for."""
        return sorted(set(self._data) - self._asked)[:50]

    def done(self) -> None:
        """Raise what was noted."""
        if self.errors:
            raise InvalidRequest(self.errors)


def whole(value: Any) -> int | None:
    """Return a whole number, written as such or as text; ``None`` for anything else."""
    if isinstance(value, bool):
        return None
    if isinstance(value, float):
        return int(value) if value.is_integer() and abs(value) < 2**53 else None
    if isinstance(value, str):
        text = value.strip()
        return int(text) if re.fullmatch(r"-?\d{1,18}", text, re.ASCII) else None
    return value if isinstance(value, int) else None


def flag(value: Any) -> bool | None:
    """Return what a flag says; ``None`` for what is none."""
    text = str(value).strip().lower()
    return True if text in _TRUE else False if text in _FALSE else None


def shown(moment: datetime, zone: str = "UTC") -> str:
    """Return ``YYYY-MM-DD HH:MM:SS`` on the clock of a zone."""
    return moment.astimezone(ZoneInfo(zone)).strftime("%Y-%m-%d %H:%M:%S")


def days_shown(days: Sequence[int]) -> list[dict[str, str]]:
    """Return all weekdays with their states."""
    return [{"weekday": name, "active": "1" if day in days else "0"} for day, name in enumerate(WEEKDAYS, 1)]


def buttons_shown(meant: Mapping[str, str]) -> list[dict[str, str]]:
    """Return the keys and what they mean."""
    return [{"button": button, "action": action} for button, action in meant.items()]
