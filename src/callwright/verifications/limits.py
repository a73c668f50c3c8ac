"""How many codes may be sent, against fraud: calls to numbers whose owner is paid for them, and guessing."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from callwright.accounts.models import Principal
from callwright.errors import RateLimited
from callwright.store.database import Database
from callwright.store.statements import statements
from callwright.verifications.models import NewVerification, VerificationLimits

if TYPE_CHECKING:
    from callwright.store.database import Connection

SQL = statements(__package__)

_HOUR, _DAY = timedelta(hours=1), timedelta(days=1)
#: Proofs of caller ids.
CODES_PER_NUMBER_HOUR = 3
CODES_PER_ORGANISATION_DAY = 20


#: How many in which time, to whom, by whom, in words.
_Rule = tuple[int, timedelta, str | None, str | None, str]


async def limits_of(database: Database | Connection, organisation_id: str) -> VerificationLimits:
    """Return an organisation's limits of codes to people."""
    row = await database.fetchrow(SQL["limits"], organisation_id)
    return VerificationLimits() if row is None else VerificationLimits(**dict(row))


async def check(connection: Connection, who: Principal, wanted: NewVerification, now: datetime) -> None:
    """Raise ``RateLimited`` when one more would be too many; the caller holds the organisation's lock of sending."""
    to_number, maker = wanted.to_number, who.key_id or who.user_id
    if wanted.number_id is not None:
        rules: list[_Rule] = [
            (CODES_PER_NUMBER_HOUR, _HOUR, to_number, None, "codes an hour for one number"),
            (CODES_PER_ORGANISATION_DAY, _DAY, None, None, "codes a day for an organisation's numbers"),
        ]
    else:
        allowed = await limits_of(connection, who.organisation.id)
        rules = [
            (allowed.per_destination_hour, _HOUR, to_number, None, "codes an hour to one number"),
            (allowed.per_key_hour, _HOUR, None, maker, "codes an hour of one key"),
            (allowed.per_organisation_day, _DAY, None, None, "codes a day of one organisation"),
        ]
    for most, period, to, made_by, words in rules:
        row = await connection.fetchrow(
            SQL["sent"],
            who.organisation.id,
            who.sandbox,
            now - period,
            to,
            made_by,
            most,
            wanted.number_id is not None,
        )
        if row is not None and row["n"] >= most:
            wait = (row["nth"] + period - now).total_seconds()
            raise RateLimited(max(1.0, wait), f"at most {most} {words}; wait and try again")
