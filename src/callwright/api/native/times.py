"""Times as the guide writes them."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated
from zoneinfo import ZoneInfo

from pydantic import Field, PlainSerializer

from callwright.errors import FieldError, InvalidRequest

#: Characters of ``2025-04-15T10:30``.
_SHORTEST = 16


def utc(moment: datetime) -> str:
    """Return ``2025-04-15T10:30:00Z``."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def exact(moment: datetime) -> str:
    """Return ``2025-04-15T10:30:00.250Z``."""
    return f"{moment.astimezone(UTC).replace(tzinfo=None).isoformat(timespec='milliseconds')}Z"


def aware(moment: datetime | None, zone: str) -> datetime | None:
    """Return a time of a request in UTC; one without a zone is in the account's."""
    if moment is None:
        return None
    try:
        return (moment if moment.tzinfo else moment.replace(tzinfo=ZoneInfo(zone))).astimezone(UTC)
    except OverflowError:
        raise InvalidRequest(
            [FieldError(field="time", message="lies outside the years 1 to 9999", received=str(moment))]
        ) from None


def read_time(text: str | None, *, field: str, zone: str) -> datetime | None:
    """Return a time of a request in UTC; without a zone it is in ``zone``. Raises ``InvalidRequest``."""
    if text is None:
        return None
    try:
        # a shorter text is a date of some kind, which says too little
        moment = datetime.fromisoformat(text) if len(text) >= _SHORTEST else None
        if moment is not None:
            return (moment if moment.tzinfo else moment.replace(tzinfo=ZoneInfo(zone))).astimezone(UTC)
    except (ValueError, OverflowError):
        pass
    message = "must be a time such as 2025-04-15T10:30:00Z; without a zone it is in the account's"
    raise InvalidRequest([FieldError(field=field, message=message, received=text)])


def read_future(text: str | None, *, field: str, zone: str, now: datetime) -> datetime | None:
    """Return a time of a request that has not come yet. Raises ``InvalidRequest``."""
    moment = read_time(text, field=field, zone=zone)
    if moment is not None and moment <= now:
        raise InvalidRequest([FieldError(field=field, message="must lie in the future", received=text)])
    return moment


#: A time in an answer.
Utc = Annotated[
    datetime,
    PlainSerializer(utc, return_type=str),
    Field(examples=["2025-04-15T10:30:00Z"]),
]
#: A time in an answer of which the second is not enough.
ExactUtc = Annotated[
    datetime,
    PlainSerializer(exact, return_type=str),
    Field(examples=["2025-04-15T10:30:00.250Z"]),
]
