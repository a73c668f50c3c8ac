"""``Idempotency-Key``: a request that is sent twice is carried out once.

The answer is stored in the transaction of what it answers, so that either both are there or neither.
"""

from __future__ import annotations

import hmac
import re
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, NamedTuple

import orjson

from callwright.clock import Clock
from callwright.errors import Conflict, FieldError, InvalidRequest
from callwright.store.database import Database, Row
from callwright.store.statements import statements

if TYPE_CHECKING:
    from callwright.store.database import Connection

    Action = Callable[[Connection], Awaitable[tuple[int, Any]]]

SQL = statements(__package__)

#: How long an answer is replayed.
KEPT_FOR = timedelta(hours=24)
#: 1 to 255 printable ASCII characters.
_KEY = re.compile(r"[\x20-\x7e]{1,255}")


class Answer(NamedTuple):
    """What is sent back."""

    status: int
    #: JSON value.
    body: Any
    #: True: it was carried out by an earlier request.
    replayed: bool


class Idempotency:
    """Answers by key; of each organisation and of each of its people one set for live and one for sandbox keys."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    async def run(
        self,
        organisation_id: str,
        key: str | None,
        fingerprint: bytes,
        action: Action,
        *,
        sandbox: bool = False,
        owner_id: str | None = None,
    ) -> Answer:
        """Carry out ``action`` in a transaction, or give the answer of the request that did so under this key.

        ``owner_id`` is the person who asks: nobody gets another's answer. ``fingerprint`` is a SHA-256 over method,
        path and body. A second request at the same time waits for the first. Only a 2xx is remembered. ``action`` must
        use no other connection than the one it gets: requests that wait here hold one each. Raises ``InvalidRequest``
        for a malformed key and ``Conflict`` when the key belongs to another request.
        """
        if key is None:
            async with self._database.transaction() as connection:
                status, body = await action(connection)
            return Answer(status, body, False)
        stored_key = _scoped(key, sandbox, owner_id)
        async with self._database.transaction() as connection:
            await connection.execute(SQL["lock_idempotency_key"], organisation_id, stored_key)
            row = await connection.fetchrow(SQL["find_answer"], organisation_id, stored_key, self._kept_since())
            if row is not None:
                return _replay(row, key, fingerprint)
            status, body = await action(connection)
            if 200 <= status < 300:
                # as text, because jsonb would change the order of the fields
                text = orjson.dumps(body).decode()
                await connection.execute(
                    SQL["save_answer"], organisation_id, stored_key, fingerprint, status, text, self._clock.now()
                )
        return Answer(status, body, False)

    async def find(
        self,
        organisation_id: str,
        key: str | None,
        fingerprint: bytes,
        *,
        sandbox: bool = False,
        owner_id: str | None = None,
    ) -> Answer | None:
        """Return the answer that ``run`` would replay, before the request is looked at any closer; raises as ``run``.

        So a repeat is answered the same even when what it names (a caller id, a voice) is gone since.
        """
        if key is None:
            return None
        row = await self._database.fetchrow(
            SQL["find_answer"], organisation_id, _scoped(key, sandbox, owner_id), self._kept_since()
        )
        return None if row is None else _replay(row, key, fingerprint)

    async def delete_old(self) -> int:
        """Delete answers that are no longer replayed; returns how many. A background job runs it."""
        tag = await self._database.execute(SQL["delete_old_answers"], self._kept_since())
        return int(tag.rpartition(" ")[2])

    def _kept_since(self) -> datetime:
        return self._clock.now() - KEPT_FOR


def _scoped(key: str, sandbox: bool, owner_id: str | None) -> str:
    if not _KEY.fullmatch(key):
        raise InvalidRequest(
            [
                FieldError(
                    field="Idempotency-Key",
                    message="must be 1 to 255 printable ASCII characters",
                    received=key[:80],
                )
            ]
        )
    # a person's id has no slash and a key's set begins with its mode, so no two sets meet
    return f"{owner_id + '/' if owner_id else ''}{'test' if sandbox else 'live'}:{key}"


def _replay(row: Row, key: str, fingerprint: bytes) -> Answer:
    if not hmac.compare_digest(row["request_hash"], fingerprint):
        raise Conflict(
            f"the Idempotency-Key {key[:80]!r} was used for another request within 24 hours; "
            "use a new key for a new request"
        )
    return Answer(row["status"], orjson.loads(row["body"]), True)
