"""When the calls of a request may be made: windows of their own, beside the organisation's hours."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from callwright.errors import FieldError, InvalidRequest
from callwright.rules.timetables import ACCOUNT, RECIPIENT
from callwright.rules.zones import zone_names

_CLOCK = r"^([01][0-9]|2[0-3]):[0-5][0-9]$"


class HoursWindow(BaseModel):
    """A daily window."""

    model_config = ConfigDict(extra="forbid", strict=True, populate_by_name=True)

    from_: str = Field(alias="from", pattern=_CLOCK, examples=["09:00"])
    until: str = Field(pattern=_CLOCK, examples=["17:00"])
    weekdays: list[int] | None = Field(
        default=None, min_length=1, max_length=7, description="1 (Monday) to 7; absent: every day."
    )


class CallHours(BaseModel):
    """When calls may be made."""

    model_config = ConfigDict(extra="forbid", strict=True)

    windows: list[HoursWindow] = Field(min_length=1, max_length=50)
    time_zone: str = Field(
        default=RECIPIENT, max_length=60, description="Whose clock: `recipient`, `account`, or an IANA name."
    )


def hours_json(given: CallHours, *, at: str = "hours") -> dict[str, Any]:
    """Return the JSON of ``rules.timetables``. Raises ``InvalidRequest`` for what never opens or does not exist."""
    errors = []
    for index, window in enumerate(given.windows):
        where = f"{at}.windows[{index}]"
        if window.from_ == window.until:
            errors.append(FieldError(field=where, message="is empty: it would never open", received=window.until))
        if window.weekdays is not None and not all(1 <= day <= 7 for day in window.weekdays):
            message = "weekdays are 1 (Monday) to 7 (Sunday)"
            errors.append(FieldError(field=f"{where}.weekdays", message=message, received=window.weekdays))
    if given.time_zone not in {RECIPIENT, ACCOUNT} and given.time_zone not in zone_names():
        message = "must be recipient, account, or an IANA name such as America/Chicago"
        errors.append(FieldError(field=f"{at}.time_zone", message=message, received=given.time_zone))
    if errors:
        raise InvalidRequest(errors)
    windows = [
        {
            "from": window.from_,
            "until": window.until,
            **({} if window.weekdays is None else {"weekdays": sorted(set(window.weekdays))}),
        }
        for window in given.windows
    ]
    return {"windows": windows, "time_zone": given.time_zone}
