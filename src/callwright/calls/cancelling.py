"""Cancelling calls: one, or all of a request in the transaction of its sender."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from callwright.accounts.models import Principal
from callwright.calls.bodies import event_body
from callwright.calls.models import Call
from callwright.calls.proofs import call_ended
from callwright.calls.queries import SQL, call_of
from callwright.calls.settlement import Announcements
from callwright.errors import Conflict, NotFound
from callwright.events.service import NewEvent
from callwright.rules.outcomes import OUTCOMES, Outcome
from callwright.store.database import Connection

_REASON = "cancelled before it was dialled"


@dataclass(frozen=True, kw_only=True)
class Cancelled:
    """What of the calls was cancelled."""

    #: Those that waited, as they are now.
    ended: Sequence[Call] = ()
    #: Those in the air, which are asked to end.
    asked: Sequence[Call] = ()
    #: The attempts of these: whoever carries them is told after the commit (``CallService.hang_up``).
    attempt_ids: Sequence[str] = field(default_factory=list)

    @property
    def count(self) -> int:
        """How many calls these are."""
        return len(self.ended) + len(self.asked)


async def cancel_calls(
    connection: Connection, principal: Principal, call_ids: Sequence[str], *, strict: bool
) -> Cancelled:
    """Cancel what waits, and ask for the hang-up of what is in the air, in the caller's transaction.

    ``strict``: all, or ``NotFound`` and ``Conflict`` with nothing written. Else what has ended or is another's stays.
    """
    # in one order, so that two requests do not wait for each other
    wanted = sorted(set(call_ids))
    rows = await connection.fetch(SQL["lock_calls"], principal.organisation.id, wanted)
    mine = [
        call_of(row)
        for row in rows
        if (row["sandbox"] or not principal.sandbox) and principal.fence in (None, row["owner_id"])
    ]
    if strict:
        _check(wanted, mine)
    left = [call for call in mine if call.outcome is None]
    if not left:
        return Cancelled()
    waiting = [call.id for call in left if call.status == "queued"]
    asked = [call for call in left if call.status != "queued"]
    await connection.execute(SQL["request_cancels"], [call.id for call in left])
    told = Announcements(connection)
    rows = await connection.fetch(
        SQL["finish_calls"], waiting, OUTCOMES[Outcome.CANCELLED].status, Outcome.CANCELLED, _REASON
    )
    ended = {row["id"]: call_of(row) for row in rows}
    for row in rows:
        if row["not_after"] is not None:
            await call_ended(connection, ended[row["id"]])
    for call in left:
        if call.id in ended:
            await told.add(ended[call.id], OUTCOMES[Outcome.CANCELLED].event, reason=_REASON)
        else:
            told.take(_request(call))
    await told.write()
    live = await connection.fetch(SQL["live_attempts_of_calls"], [call.id for call in asked]) if asked else []
    return Cancelled(ended=list(ended.values()), asked=asked, attempt_ids=[row["id"] for row in live])


def _check(wanted: Sequence[str], mine: Sequence[Call]) -> None:
    found = {call.id: call for call in mine}
    for call_id in wanted:
        if call_id not in found:
            raise NotFound(f"there is no call {call_id!r}")
        if found[call_id].outcome is not None:
            raise Conflict(f"the call has ended already ({found[call_id].status}); there is nothing to cancel")


def _request(call: Call) -> NewEvent:
    body = event_body("call.cancel_requested", call)
    return NewEvent(organisation_id=call.organisation_id, type="call.cancel_requested", subject=call.id, body=body)
