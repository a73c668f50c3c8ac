"""Reading calls: one, a page, the attempts and the decisions behind them. Always within one organisation."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from callwright.calls.models import Call, CallFilter
from callwright.errors import NotFound
from callwright.rules.outcomes import Outcome
from callwright.rules.retries import policy_of
from callwright.store.database import Database, Row
from callwright.store.statements import statements

SQL = statements(__package__)


@dataclass(frozen=True, kw_only=True)
class AttemptView:
    """One try to reach the callee, as the API shows it."""

    id: str
    ordinal: int
    #: ``claimed``, ``dialing``, ``ringing``, ``answered`` or ``ended``.
    state: str
    outcome: Outcome | None
    trunk_id: str | None
    node: str | None
    q850_cause: int | None
    sip_status: int | None
    #: ``callee``, ``us``, ``ring_timeout`` or ``engine``.
    ended_by: str | None
    #: With what its INVITE was signed (RFC 8588: ``A``, ``B``, ``C``); ``None``: it was not.
    attestation: str | None
    #: The person hung up before the flow's end.
    incomplete: bool
    #: Who answered, by the detector: its verdict, how sure it was (0 to 1), after how many seconds, and by which rule.
    amd_verdict: str | None
    amd_confidence: float | None
    amd_seconds: float | None
    amd_reason: str | None
    claimed_at: datetime
    dialing_at: datetime | None
    ringing_at: datetime | None
    answered_at: datetime | None
    ended_at: datetime | None


def call_of(row: Row | dict[str, Any]) -> Call:
    """Return the value of a row of ``calls``."""
    return Call(
        id=row["id"],
        number=row["number"],
        organisation_id=row["organisation_id"],
        campaign_id=row["campaign_id"],
        owner_id=row["owner_id"],
        sandbox=row["sandbox"],
        purpose=row["purpose"],
        direction=row["direction"],
        to_number=row["to_number"],
        from_number=row["from_number"],
        status=row["status"],
        outcome=Outcome(row["outcome"]) if row["outcome"] else None,
        variables=row["variables"],
        metadata=row["metadata"],
        webhook_url=row["webhook_url"],
        webhook_events=row["webhook_events"],
        ring_timeout_seconds=row["ring_timeout_seconds"],
        priority=row["priority"],
        due_at=row["due_at"],
        reason=row["reason"],
        attempts=row["attempts"],
        amd_result=row["amd_result"],
        dtmf_response=row["dtmf_response"],
        duration_seconds=row["duration_seconds"],
        answered_at=row["answered_at"],
        ended_at=row["ended_at"],
        created_at=row["created_at"],
        not_after=row["not_after"],
        retry=policy_of(row["retry"], row["retry_incomplete"]),
        price=row["price"],
        currency=row["currency"],
        topic=row["topic"],
        webhook_format=row["webhook_format"],
        own_hours=row["own_hours"],
        ring_only_seconds=row["ring_only_seconds"],
    )


class CallQueries:
    """What the API and the console read of calls."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def get(
        self, organisation_id: str, call_id: str, *, sandbox: bool | None = None, fence: str | None = None
    ) -> Call:
        """Return a call; with ``sandbox=True`` only a sandbox call is found, behind a fence only its own.

        Raises ``NotFound``.
        """
        row = await self._database.fetchrow(SQL["get_call"], organisation_id, call_id, bool(sandbox), fence)
        if row is None:
            raise NotFound(f"there is no call {call_id!r}")
        return call_of(row)

    async def by_numbers(
        self, organisation_id: str, numbers: Collection[int], *, sandbox: bool = False, fence: str | None = None
    ) -> dict[int, Call]:
        """Return those calls that there are of these numbers; narrowed as in ``get``."""
        wanted = sorted(number for number in set(numbers) if 0 < number < 2**62)
        rows = await self._database.fetch(SQL["calls_of_numbers"], organisation_id, wanted, sandbox, fence)
        return {row["number"]: call_of(row) for row in rows}

    async def page(
        self,
        organisation_id: str,
        narrowed: CallFilter,
        *,
        limit: int,
        before: int | None,
        sandbox: bool | None = None,
        fence: str | None = None,
    ) -> list[Call]:
        """Return up to ``limit`` calls, newest first, with a ``number`` below ``before``."""
        rows = await self._database.fetch(
            SQL["page_of_calls"],
            organisation_id,
            bool(sandbox),
            narrowed.status,
            narrowed.outcome,
            narrowed.to_number,
            narrowed.campaign_id,
            narrowed.number,
            narrowed.created_after,
            narrowed.created_before,
            before,
            limit,
            fence,
            narrowed.direction,
        )
        return [call_of(row) for row in rows]

    async def attempts(self, organisation_id: str, call_id: str) -> list[AttemptView]:
        """Return the attempts of a call, first to last."""
        rows = await self._database.fetch(SQL["attempts_of_call"], organisation_id, call_id)
        return [attempt_of(row) for row in rows]

    async def last_attempts(self, organisation_id: str, call_ids: Sequence[str]) -> Mapping[str, AttemptView]:
        """Return the last attempt of each of these calls that had one, by the call's id."""
        if not call_ids:
            return {}
        rows = await self._database.fetch(SQL["last_attempts_of_calls"], organisation_id, list(call_ids))
        return {row["call_id"]: attempt_of(row) for row in rows}

    async def decisions(self, organisation_id: str, call_id: str) -> list[Mapping[str, Any]]:
        """Return why the call was or was not made, each time it was asked: verdict, rule, reason, inputs, time."""
        rows = await self._database.fetch(SQL["decisions_of_call"], organisation_id, call_id)
        return [dict(row) for row in rows]


def attempt_of(row: Row) -> AttemptView:
    """Return the value of a row of ``attempts``."""
    return AttemptView(
        id=row["id"],
        ordinal=row["ordinal"],
        state=row["state"],
        outcome=Outcome(row["outcome"]) if row["outcome"] else None,
        trunk_id=row["trunk_id"],
        node=row["node"],
        q850_cause=row["q850_cause"],
        sip_status=row["sip_status"],
        ended_by=row["ended_by"],
        attestation=row["attestation"],
        incomplete=row["incomplete"],
        amd_verdict=row["amd_verdict"],
        # single precision: 0.97 and not 0.9700000286
        amd_confidence=None if row["amd_confidence"] is None else round(row["amd_confidence"], 3),
        amd_seconds=None if row["amd_seconds"] is None else round(row["amd_seconds"], 2),
        amd_reason=row["amd_reason"],
        claimed_at=row["claimed_at"],
        dialing_at=row["dialing_at"],
        ringing_at=row["ringing_at"],
        answered_at=row["answered_at"],
        ended_at=row["ended_at"],
    )
