"""The engine of a trial: its first call is the callee's, the others are colleagues to whom it is transferred."""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Mapping
from datetime import datetime
from pathlib import Path

from callwright.calls.models import Attempt, Permission
from callwright.calls.transfers import TransferPermission
from callwright.clock import Clock
from callwright.flows.commands import Transfer
from callwright.telephony.port import DialRequest, EndedBy, PastCall
from callwright.telephony.trial.leg import TrialLeg
from callwright.telephony.trial.line import TrialLine

#: Q.850: nobody answers.
_NO_ANSWER = 19


class TrialEngine:
    """Implements ``port.Engine`` for one trial."""

    node = "trial"
    connected = True
    recordings = None

    def __init__(self, line: TrialLine, clock: Clock, folder: Path, *, answered_by: str) -> None:
        self._line = line
        self._clock = clock
        self._folder = folder
        self._answered_by = answered_by
        self._callee: TrialLeg | None = None
        self._ringing: set[asyncio.Task[None]] = set()

    async def dial(self, request: DialRequest) -> TrialLeg:
        """Return the callee's leg, which is answered when the page says so, or a colleague's."""
        side = "callee" if self._callee is None else "colleague"
        leg = TrialLeg(
            request.attempt_id,
            self._line,
            self._clock,
            side=side,
            folder=self._folder,
            answered_by=self._answered_by,
        )
        self._callee = self._callee or leg
        self._line.send("ringing", side=side, to=request.dial_string, seconds=request.ring_timeout_seconds)
        leg.ring()
        task = asyncio.get_running_loop().create_task(self._give_up(leg, request.ring_timeout_seconds))
        self._ringing.add(task)
        task.add_done_callback(self._ringing.discard)
        return leg

    def close(self) -> None:
        """Wait for nobody any more; the page has gone."""
        for task in self._ringing:
            task.cancel()

    def page_left(self) -> None:
        """The page has gone: its telephone hangs up."""
        if self._callee is not None:
            self._callee.end(EndedBy.CALLEE)

    async def living(self) -> frozenset[str]:
        """Nothing outlives its page."""
        return frozenset()

    async def adopt(self, attempt_id: str) -> None:
        """Nothing outlives its page."""
        del attempt_id

    def let_go(self, attempt_id: str) -> None:
        """Nothing to forget."""

    async def past(self, attempt_ids: Collection[str], since: datetime) -> Mapping[str, PastCall]:
        """Nothing is written down."""
        del attempt_ids, since
        return {}

    async def _give_up(self, leg: TrialLeg, seconds: float) -> None:
        await self._clock.sleep(seconds)
        if not leg.answered and not leg.ended:
            self._line.send("rang_out", side=leg.side)
            leg.end(EndedBy.RING_TIMEOUT, cause=_NO_ANSWER)


class TrialTransfers:
    """Implements the runner's ``Transfers``: everybody may be called, since nobody is."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._connected_at: float | None = None

    async def begin(self, attempt: Attempt, transfer_id: str, command: Transfer) -> TransferPermission:
        """Allow it."""
        del transfer_id
        shown = attempt.person if command.caller_id == "callee" else attempt.own_number
        return TransferPermission(permission=Permission(trunk="trial", dial_string=command.to, caller_number=shown))

    async def connected(self, attempt: Attempt, transfer_id: str) -> None:
        """Both hear each other."""
        del attempt, transfer_id
        self._connected_at = self._clock.monotonic()

    async def ended(
        self, attempt: Attempt, transfer_id: str, *, cause: int | None = None, sip_status: int | None = None
    ) -> float | None:
        """Return for how many seconds both heard each other."""
        del attempt, transfer_id, cause, sip_status
        since, self._connected_at = self._connected_at, None
        return None if since is None else round(self._clock.monotonic() - since, 1)

    async def ended_with(self, attempt: Attempt, *, at: datetime | None = None) -> None:
        """Nothing to free."""
        del attempt, at
