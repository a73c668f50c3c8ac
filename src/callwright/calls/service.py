"""Creating and cancelling calls."""

from __future__ import annotations

import functools
import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any, Protocol

import orjson

from callwright.accounts.models import Principal
from callwright.calls.bodies import event_body, queued_body, timestamp
from callwright.calls.cancelling import Cancelled, cancel_calls
from callwright.calls.holding import REASON, flows_to_hold, keep_audio
from callwright.calls.models import Call, NewCall
from callwright.calls.queries import SQL, call_of
from callwright.errors import Conflict, NotFound
from callwright.events import service as events
from callwright.events import webhooks
from callwright.ids import new_id
from callwright.messages.files import keep_files
from callwright.rules.retries import incomplete_json, retries_json
from callwright.store.database import Connection, Database, Row
from callwright.store.statements import after

_MOST_FLOW_IDS = 10_000
#: Of ``insert_calls``.
_ARGUMENTS = 12


class Beside(Protocol):
    """What else is written when calls are, in the same statement: a round trip less for each."""

    @property
    def sql(self) -> str:
        """The last parts of a ``WITH`` clause; their arguments begin at $1.

        They write nothing where its part ``given`` is empty.
        """
        ...

    @property
    def columns(self) -> str:
        """What each row of the calls has of it in further columns."""
        ...

    def arguments(self, campaign_id: str | None, call_ids: Sequence[str]) -> Sequence[Any]:
        """Return what ``sql`` takes, now that the calls have their ids."""
        ...

    def take(self, row: Row) -> None:
        """Keep what was written: a row with ``columns``."""
        ...


class CallService:
    """The writer of calls on behalf of the API; what happens in the air is written by ``CallLedger``."""

    def __init__(
        self,
        database: Database,
        *,
        on_new: Callable[[], None] = lambda: None,
        on_cancel: Callable[[str], None] = lambda attempt_id: None,
    ) -> None:
        self._database = database
        #: Committed flows by organisation and content; a stored flow stays.
        self._flow_ids: dict[tuple[str, bytes], str] = {}
        self._on_new = on_new
        self._on_cancel = on_cancel

    def wake(self) -> None:
        """Tell the dialer that committed calls are waiting."""
        self._on_new()

    def hang_up(self, attempt_ids: Sequence[str]) -> None:
        """Tell whoever carries these attempts that their calls were asked to end."""
        for attempt_id in attempt_ids:
            self._on_cancel(attempt_id)

    async def create(
        self,
        principal: Principal,
        calls: Sequence[NewCall],
        *,
        campaign_name: str | None = None,
        connection: Connection,
        beside: Beside | None = None,
    ) -> list[Call]:
        """Write calls in the caller's transaction, in one campaign when it has a name; returns them in order.

        ``beside`` is written by the same statement. Call ``wake`` after the commit.
        """
        organisation_id = principal.organisation.id
        calls = await _with_kept_files(connection, organisation_id, calls)
        now = datetime.now(UTC)
        records = []
        flow_ids: dict[bytes, str] = {}
        flows: dict[str, Mapping[str, Any]] = {}
        for ordinal, call in enumerate(calls):
            digest = hashlib.sha256(orjson.dumps(call.flow, option=orjson.OPT_SORT_KEYS)).digest()
            if digest not in flow_ids:
                flow_ids[digest] = await self._flow_id(connection, organisation_id, call.flow, digest)
                if not call.own_text:
                    flows[flow_ids[digest]] = call.flow
            call_id = new_id("cal")
            own = {"ordinal": ordinal, "id": call_id, "flow_id": flow_ids[digest]}
            queued = queued_body(call_id, call, at=now)
            records.append(columns_of(call) | own | {"queued": queued})
        audio = await keep_audio(connection, principal, flows)
        # of calls with topics of their own the campaign has none
        topics = {call.topic for call in calls}
        campaign_id = None if campaign_name is None else new_id("cmp")
        fixed = (
            organisation_id,
            campaign_id,
            principal.key_id,
            principal.sandbox,
            principal.purpose,
            records,
            principal.user_id,
        )
        named = (campaign_name, topics.pop() if len(topics) == 1 else None)
        sql, more = SQL["insert_calls"], tuple[Any, ...]()
        if beside is not None:
            sql = with_parts(sql, beside.sql, beside.columns)
            more = tuple(beside.arguments(campaign_id, [str(record["id"]) for record in records]))
        unseen = bool(flows) and not principal.sandbox
        rows = await connection.fetch(sql, *fixed, [], REASON, unseen, *named, *more)
        if unseen and not rows:
            held = await flows_to_hold(connection, principal, flows, audio)
            rows = await connection.fetch(sql, *fixed, list(held), REASON, False, *named, *more)
        if beside is not None:
            beside.take(rows[0])
        by_id = {row["id"]: call_of(row) for row in rows}
        created = [by_id[str(record["id"])] for record in records]
        for made in created:
            if made.webhook_url is not None and "call.queued" in made.webhook_events:
                await webhooks.enqueue(
                    connection,
                    organisation_id=organisation_id,
                    url=made.webhook_url,
                    subject=made.id,
                    event_type="call.queued",
                    format=made.webhook_format,
                    body=event_body("call.queued", made),
                )
        return created

    async def cancel(self, principal: Principal, call_id: str) -> Call:
        """Cancel a queued call, or ask for the hang-up of a live one. Raises ``NotFound`` or ``Conflict``."""
        async with self._database.transaction() as connection:
            done = await cancel_calls(connection, principal, [call_id], strict=True)
        self.hang_up(done.attempt_ids)
        return [*done.ended, *done.asked][0]

    async def cancel_many(
        self, principal: Principal, call_ids: Sequence[str], *, connection: Connection, strict: bool = False
    ) -> Cancelled:
        """Do what ``cancel`` does to all of these calls in the caller's transaction; ``hang_up`` after its commit.

        What has ended or is not there stays as it is; with ``strict`` it raises ``NotFound`` or ``Conflict``.
        """
        return await cancel_calls(connection, principal, call_ids, strict=strict)

    async def reschedule(
        self, principal: Principal, times: Mapping[str, datetime | None], *, connection: Connection
    ) -> list[Call]:
        """Give calls that wait other times, ``None`` for at once; all of them, or none.

        Call ``wake`` after the commit. Raises ``NotFound``, and ``Conflict`` for one that was dialled already, or that
        may not be made so late.
        """
        changed = []
        # in one order, so that two requests do not wait for each other
        for call_id, due_at in sorted(times.items()):
            row = await connection.fetchrow(SQL["lock_call"], principal.organisation.id, call_id)
            if row is None or (principal.sandbox and not row["sandbox"]):
                raise NotFound(f"there is no call {call_id!r}")
            call = call_of(row)
            if principal.fence is not None and call.owner_id != principal.fence:
                raise NotFound(f"there is no call {call_id!r}")
            if call.status != "queued" or call.attempts:
                raise Conflict(f"the call {call_id!r} was begun already; only a call that waits gets another time")
            if due_at is not None and call.not_after is not None and call.not_after <= due_at:
                raise Conflict(f"the call {call_id!r} ends at {timestamp(call.not_after)} and cannot be made later")
            moved = await connection.fetchrow(SQL["reschedule_call"], principal.organisation.id, call_id, due_at)
            if moved is None:
                raise Conflict(f"the call {call_id!r} was begun already; only a call that waits gets another time")
            call = call_of(moved)
            await events.append(
                connection,
                organisation_id=call.organisation_id,
                type="call.rescheduled",
                subject=call.id,
                body=event_body("call.rescheduled", call, scheduled_at=timestamp(call.due_at)),
            )
            changed.append(call)
        return changed

    async def stored_flow(self, connection: Connection, organisation_id: str, flow: Mapping[str, Any]) -> str:
        """Return the id under which a flow is stored, in the caller's transaction; equal ones are stored once."""
        digest = hashlib.sha256(orjson.dumps(flow, option=orjson.OPT_SORT_KEYS)).digest()
        return await self._flow_id(connection, organisation_id, flow, digest)

    async def _flow_id(
        self, connection: Connection, organisation_id: str, flow: Mapping[str, Any], digest: bytes
    ) -> str:
        known = self._flow_ids.get((organisation_id, digest))
        if known is not None:
            return known
        found = await connection.fetchval(SQL["find_flow"], organisation_id, digest)
        if found is None:
            # not kept: this transaction may still roll back
            inserted: str = await connection.fetchval(SQL["insert_flow"], new_id("flw"), organisation_id, digest, flow)
            return inserted
        if len(self._flow_ids) >= _MOST_FLOW_IDS:
            self._flow_ids.clear()
        flow_id: str = found
        self._flow_ids[organisation_id, digest] = flow_id
        return flow_id


async def _with_kept_files(connection: Connection, organisation_id: str, calls: Sequence[NewCall]) -> Sequence[NewCall]:
    """Return calls whose emails name files that are stored, and hold none."""
    emails = [call.fallback_email for call in calls if call.fallback_email is not None]
    if not emails:
        return calls
    kept = iter(await keep_files(connection, organisation_id, emails))
    return [call if call.fallback_email is None else replace(call, fallback_email=next(kept)) for call in calls]


@functools.cache
def with_parts(statement: str, parts: str, columns: str) -> str:
    """Return ``insert_calls`` with what is written beside it."""
    head, _, _ = statement.rpartition("\nSELECT * FROM made")
    return f"{head},\n{after(_ARGUMENTS, parts)}\nSELECT made.*, {columns} FROM made"


def columns_of(call: NewCall) -> dict[str, Any]:
    """Return what a call to be created says of itself, by column; its id and its flow's are not in it."""
    return {
        "to_number": call.to_number,
        "from_number": call.from_number,
        "variables": call.variables,
        "metadata": call.metadata,
        "webhook_url": call.webhook_url,
        "webhook_events": list(call.webhook_events),
        "webhook_format": call.webhook_format,
        "own_hours": call.own_hours,
        "fallback_sms": call.fallback_sms,
        "fallback_email": call.fallback_email,
        "ring_timeout_seconds": call.ring_timeout_seconds,
        "priority": call.priority,
        "due_at": call.due_at,
        "topic": call.topic,
        "not_after": call.not_after,
        "retry": retries_json(call.retry),
        "retry_incomplete": incomplete_json(call.retry),
        "purpose": call.purpose,
        "sealed": call.sealed,
        "ring_only_seconds": call.ring_only_seconds,
    }
