"""The account's request log: requests that were refused, with their reasons, for whoever looks after the account.

Only requests whose sender is known are in it, never their bodies, queries or secrets. It is bounded: an organisation's
refusals beyond ``PER_MINUTE`` are not written, ``forget`` keeps the newest ``KEPT`` of ``KEPT_FOR``.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass
from datetime import datetime, timedelta

import asyncpg

from callwright.accounts.models import Principal
from callwright.clock import Clock
from callwright.logs import redact
from callwright.store.database import Database, Row
from callwright.store.statements import statements

log = logging.getLogger(__name__)

SQL = statements(__package__, "request_log.sql")

NATIVE = "native"
KEPT_FOR = timedelta(days=30)
#: Of one organisation.
KEPT = 10_000
#: Of one organisation and process: a program that is wrong a thousand times a second says nothing new.
PER_MINUTE = 120
_LONGEST_REASON = 1000
_LONGEST_PATH = 300
#: Organisations that are counted; beyond them counting begins anew.
_MOST_COUNTED = 10_000


@dataclass(frozen=True, kw_only=True)
class Refusal:
    """A request that was refused."""

    who: Principal
    #: ``native``, or a dialect.
    interface: str
    method: str
    #: Without the query.
    path: str
    #: That of the error, whatever the interface answers it with.
    status: int
    code: str
    reason: str
    request_id: str | None


@dataclass(frozen=True, kw_only=True)
class RefusedRequest:
    """A refusal, as the log shows it."""

    #: Grows with time; also the cursor of the list.
    number: int
    at: datetime
    interface: str
    method: str
    path: str
    status: int
    code: str
    reason: str
    key_id: str | None
    key_name: str | None
    user_id: str | None
    user_email: str | None
    sandbox: bool
    request_id: str | None
    address: str | None


@dataclass(frozen=True, kw_only=True)
class RequestFilter:
    """What a page of the log is narrowed to."""

    interface: str | None = None
    key_id: str | None = None
    status: int | None = None
    at_after: datetime | None = None
    at_before: datetime | None = None


class RequestLog:
    """The writer and reader of refused requests."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock
        self._minute = 0
        self._counted: dict[str, int] = {}

    async def record(self, refusal: Refusal) -> None:
        """Write a refusal down; one too many, or without a database, is left out: the request is answered anyway."""
        who = refusal.who
        if not self._room(who.organisation.id):
            return
        reason = " ".join(redact(refusal.reason).split())[:_LONGEST_REASON]
        try:
            await self._database.execute(
                SQL["record"],
                who.organisation.id,
                who.key_id,
                who.user_id,
                who.sandbox,
                refusal.interface,
                refusal.method[:20],
                redact(refusal.path).replace("\x00", "")[:_LONGEST_PATH],
                refusal.status,
                refusal.code,
                reason.replace("\x00", ""),
                refusal.request_id,
                who.address,
            )
        except (TimeoutError, asyncpg.PostgresError, asyncpg.InterfaceError, OSError) as error:
            log.warning("a refused request is missing in the request log: %s", error)

    async def page(
        self, who: Principal, narrowed: RequestFilter, *, limit: int, before: int | None = None
    ) -> list[RefusedRequest]:
        """Return up to ``limit`` refusals, newest first, with a ``number`` below ``before``."""
        rows = await self._database.fetch(
            SQL["page"],
            who.organisation.id,
            who.sandbox,
            narrowed.interface,
            narrowed.key_id,
            narrowed.status,
            narrowed.at_after,
            narrowed.at_before,
            before,
            limit,
        )
        return [_refused(row) for row in rows]

    async def forget(self) -> None:
        """Delete what is old, and of each organisation what is beyond the newest."""
        await self._database.execute(SQL["forget"], self._clock.now() - KEPT_FOR, KEPT)

    def _room(self, organisation_id: str) -> bool:
        minute = int(self._clock.monotonic() // 60)
        if minute != self._minute or len(self._counted) > _MOST_COUNTED:
            self._minute, self._counted = minute, {}
        count = self._counted[organisation_id] = self._counted.get(organisation_id, 0) + 1
        return count <= PER_MINUTE


def _refused(row: Row) -> RefusedRequest:
    fields = dict(row)
    del fields["organisation_id"]
    return RefusedRequest(number=fields.pop("id"), **fields)
