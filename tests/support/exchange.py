"""Calls of a test's API, carried out without a telephone: real claims, ledger and flow machine, a callee from a script.

What would come from a line is said by the test: ``"1"`` (keys), ``None`` (silence until the timer), ``"hangup"``, and
for a transfer ``"answered"``, ``"busy"``, ``"no_answer"``, ``"congestion"`` or ``"failed"``; words are ``Heard``.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from callwright.calls.claims import CallClaims, Owner
from callwright.calls.dialing import CallDialing
from callwright.calls.ledger import CallLedger
from callwright.calls.models import Attempt, Settlement
from callwright.clock import SystemClock
from callwright.flows import commands
from callwright.flows.events import (
    Answered,
    Digit,
    Elapsed,
    Event,
    Heard,
    HungUp,
    Played,
    Recorded,
    TransferAnswered,
    TransferEnded,
    TransferFailed,
    TransferFailure,
)
from callwright.flows.language import Flow
from callwright.flows.machine import advance, begin
from callwright.flows.state import Phase, State
from callwright.numbers.trunks import NewTrunk
from callwright.rules.outcomes import Outcome
from callwright.store.database import Database
from support.api import ApiUnderTest

OWNER = Owner(node="node1", epoch=1)
_CAUSES = {
    Outcome.BUSY: (17, 486),
    Outcome.NO_ANSWER: (19, 480),
    Outcome.REJECTED: (21, 603),
    Outcome.INVALID_NUMBER: (1, 404),
    Outcome.FAILED: (38, 500),
}
Script = Sequence[str | Event | None]


class Exchange:
    """Carries the calls of a test's database; ``open`` gives it a trunk for live calls and one for the sandbox's."""

    def __init__(self, database: Database, *, on_events: Any = lambda: None) -> None:
        clock = SystemClock()
        self._database = database
        self._claims = CallClaims(database)
        self._dialing = CallDialing(database, clock)
        self.ledger = CallLedger(database, clock, on_events=on_events)
        self._attempts: dict[str, Attempt] = {}

    @classmethod
    async def open(cls, api: ApiUnderTest) -> Exchange:
        """Return an exchange for every organisation of a test."""
        trunks = api.services.numbers.trunks
        for name, kind in (("provider", "sip"), ("lab", "lab")):
            new = NewTrunk(name=name, kind=kind, host="127.0.0.1", shared=True, channels=500, calls_per_second=1000)
            await trunks.add(api.organisation.id, new)
        return cls(api.database)

    async def claim(self, call_id: str) -> Attempt:
        """Claim what is due and return the attempt of one call; the others that were claimed wait for their turn."""
        for attempt in await self._claims.claim(OWNER):
            self._attempts[attempt.call_id] = attempt
        return self._attempts.pop(call_id)

    async def dial(self, call_id: str) -> Attempt:
        """Claim a call and dial it."""
        attempt = await self.claim(call_id)
        permission = await self._dialing.begin(attempt)
        assert permission is not None, await self._database.fetchval("SELECT reason FROM calls WHERE id = $1", call_id)
        return attempt

    async def ends(self, call_id: str, outcome: Outcome) -> None:
        """Let nobody answer."""
        attempt = await self.dial(call_id)
        cause, status = _CAUSES[outcome]
        end = Settlement(outcome=outcome, cause=cause, sip_status=status, ended_by="callee")
        await self.ledger.settle(attempt.id, end)

    async def answers(self, call_id: str, *script: str | Event | None, settle: bool = True) -> None:
        """Let a person answer who does what the script says; what it leaves open goes on to the call's end.

        ``settle=False``: at the end of the script the call goes on, to be looked at.
        """
        attempt = await self.dial(call_id)
        await self.ledger.ringing(attempt.id)
        await self.talk(attempt, *script, settle=settle)

    async def talk(self, attempt: Attempt, *script: str | Event | None, settle: bool = True) -> None:
        """Let the person at an attempt that was dialled answer: as ``answers``."""
        await _Conversation(self.ledger, attempt, list(script), settle=settle).run()


class _Conversation:
    def __init__(self, ledger: CallLedger, attempt: Attempt, script: list[str | Event | None], *, settle: bool) -> None:
        self._ledger = ledger
        self._attempt = attempt
        self._script = script
        self._settle = settle
        self._flow = Flow.model_validate(attempt.flow)
        self._state: State = begin(attempt.variables, to=attempt.to_number, from_=attempt.from_number)

    async def run(self) -> None:
        await self._take(Answered(), first=True)
        while self._state.phase is not Phase.OVER:
            event = self._next()
            if event is None:
                return
            await self._take(event)

    def _next(self) -> Event | None:
        """Return what happens next; ``None``: the script is over and the test wants to look."""
        state = self._state
        if state.phase is Phase.ENDING:
            return HungUp()
        asked = state.phase in (Phase.COLLECTING, Phase.TRANSFERRING, Phase.CONNECTED)
        if self._script and (asked or self._script[0] == "hangup"):
            return self._scripted()
        if asked and not self._settle:
            return None
        return self._by_itself()

    def _by_itself(self) -> Event:
        """Return what happens without anybody's doing."""
        state = self._state
        event: Event
        if state.phase is Phase.CONNECTED:
            event = TransferEnded(cause=16, seconds=12.0)
        elif state.phase is Phase.RECORDING:
            event = Recorded(recording_id="", seconds=0.0)
        elif state.play is not None:
            event = Played(play_id=state.play)
        else:
            assert state.timer is not None, f"nothing can happen in {state}"
            event = Elapsed(timer_id=state.timer)
        return event

    def _scripted(self) -> Event:
        said = self._script.pop(0)
        if said is None:
            assert self._state.timer is not None
            return Elapsed(timer_id=self._state.timer)
        if not isinstance(said, str):
            return said
        if said == "hangup":
            return HungUp()
        if said == "answered":
            return TransferAnswered()
        if said in tuple(TransferFailure):
            return TransferFailed(reason=TransferFailure(said))
        # keys one by one
        if len(said) > 1:
            self._script.insert(0, said[1:])
        return Digit(digit=said[0])

    async def _take(self, event: Event, *, first: bool = False) -> None:
        before = self._state.phase
        self._state, asked = advance(self._flow, self._state, event)
        effects = [one for one in asked if isinstance(one, _EFFECTS)]
        stored = self._state.to_json()
        if first:
            await self._ledger.answered(self._attempt.id, stored, effects)
        elif self._state.phase is not Phase.OVER:
            await self._ledger.progress(self._attempt.id, stored, effects)
        else:
            end = Settlement(
                outcome=Outcome.HUMAN,
                cause=16,
                sip_status=200,
                ended_by="us" if before is Phase.ENDING else "callee",
                effects=effects,
                # one who asked for somebody else heard enough: as the runner has it
                incomplete=before is not Phase.ENDING and not self._state.transfers,
            )
            await self._ledger.settle(self._attempt.id, end)


_EFFECTS = (commands.Note, commands.PostWebhook, commands.OptOut, commands.SendSms, commands.SendEmail)
__all__ = ["Exchange", "Heard"]
