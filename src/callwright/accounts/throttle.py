"""Slower and slower answers to who guesses passwords: per account and per address, whether the account exists or not.

NIST SP 800-63B-4, section 3.2.2, allows no more than 100 failed tries in a row on an account and names growing delays
as the way. A delay never locks an account for good, so nobody can be shut out for longer than ``LONGEST``.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import timedelta

from callwright.clock import Clock
from callwright.errors import RateLimited
from callwright.store.database import Database
from callwright.store.statements import statements

SQL = statements(__package__, "throttle.sql")

#: After the free tries each next one waits twice as long as the one before: 1 s, 2 s, 4 s, ….
LONGEST = timedelta(minutes=15)
#: No counter is kept for longer than this after its last try.
_KEPT_FOR = timedelta(hours=24)


@dataclass(frozen=True)
class _Kind:
    name: str
    #: Tries without a delay. Many people share an address.
    free: int
    #: Tries are forgotten after this time without another.
    forgotten_after: timedelta


ACCOUNT = _Kind("account", 5, timedelta(hours=24))
ADDRESS = _Kind("address", 50, timedelta(hours=1))


class Throttle:
    """Counts tries in the database, so that several processes count together."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    async def take(self, kind: _Kind, subject: str) -> None:
        """Count a try on an account or from an address; raises ``RateLimited`` while its delay has not passed."""
        now = self._clock.now()
        key = _key(subject)
        counted = await self._database.fetchval(
            SQL["count_try"], kind.name, key, now, kind.free, LONGEST, kind.forgotten_after
        )
        if counted is not None:
            return
        row = await self._database.fetchrow(SQL["tries"], kind.name, key)
        delay = 1.0
        if row is not None:
            seconds = min(LONGEST.total_seconds(), 2.0 ** (row["failures"] - kind.free))
            delay = max(1.0, seconds - (now - row["last_at"]).total_seconds())
        raise RateLimited(delay, f"too many tries to sign in; wait {round(delay)} seconds and try again")

    async def forgive(self, kind: _Kind, subject: str) -> None:
        """Forget the tries on an account, after a good one."""
        await self._database.execute(SQL["forgive"], kind.name, _key(subject))

    async def give_back(self, kind: _Kind, subject: str) -> None:
        """Take a try back that turned out good; the others stay."""
        await self._database.execute(SQL["give_back"], kind.name, _key(subject))

    async def forget_old(self) -> int:
        """Delete what no longer counts; returns how many. A background job runs it."""
        tag = await self._database.execute(SQL["forget_old_tries"], self._clock.now() - _KEPT_FOR)
        return int(tag.rpartition(" ")[2])


def _key(subject: str) -> bytes:
    return hashlib.sha256(subject.casefold().encode("utf-8", "surrogatepass")).digest()
