"""Times as the guide writes them."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated
from zoneinfo import ZoneInfo

from pydantic import Field, PlainSerializer

from callwright.errors import FieldError, InvalidRequest


def utc(moment: datetime) -> str:
    """Return ``2025-04-15T10:30:00Z``."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


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


#: A time in an answer.
Utc = Annotated[
    datetime,
    PlainSerializer(utc, return_type=str),
    Field(examples=["2025-04-15T10:30:00Z"]),
]
