"""The other side of a transfer: called, greeted, asked whether it takes the call, connected, and let go.

One ``SecondLeg`` is one try to reach somebody. It reports ``TransferFailed``, or ``TransferAnswered`` and, after
``connect``, ``TransferEnded``; the runner hands these to the flow. Its channel's id is made of the attempt's, so that a
control plane that comes back finds it and goes on, or finds nobody and says so: nobody is called twice.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from callwright.calls.models import Attempt
from callwright.calls.patience import AWAY
from callwright.calls.transfers import TransferPermission, TransferRefused
from callwright.clock import Clock
from callwright.errors import CallwrightError
from callwright.flows.commands import Transfer
from callwright.flows.events import TransferAnswered, TransferEnded, TransferFailed, TransferFailure
from callwright.rules.causes import outcome_of_unanswered
from callwright.rules.outcomes import Outcome
from callwright.telephony import port
from callwright.telephony.second_legs import second_leg_id

if TYPE_CHECKING:
    from callwright.telephony.runner import Voice

log = logging.getLogger(__name__)

#: Q.850, subscriber absent: no telephone is registered for the extension.
_ABSENT = 20
#: The one play that the other side hears.
_WHISPER = 1
#: Between the end of a play and that of its leg, when the other side hung up.
_HANG_UP_SECONDS = 0.5
#: How long the end of a second leg that we hung up is waited for, before its call's own end is written.
_PARTING_SECONDS = 2.0
_FAILURES = {
    Outcome.BUSY: TransferFailure.BUSY,
    Outcome.NO_ANSWER: TransferFailure.NO_ANSWER,
    Outcome.CONGESTION: TransferFailure.CONGESTION,
}

TransferEvent = TransferAnswered | TransferEnded | TransferFailed


class Transfers(Protocol):
    """Where second legs are written, and what allows them; the calls domain implements it."""

    async def begin(
        self, attempt: Attempt, transfer_id: str, command: Transfer
    ) -> TransferPermission | TransferRefused | None:
        """Commit that somebody will be called; ``None``: it was committed before."""
        ...

    async def connected(self, attempt: Attempt, transfer_id: str) -> None:
        """Both hear each other."""
        ...

    async def ended(
        self, attempt: Attempt, transfer_id: str, *, cause: int | None = None, sip_status: int | None = None
    ) -> float | None:
        """The second leg is over; returns for how many seconds both heard each other."""
        ...

    async def ended_with(self, attempt: Attempt, *, at: datetime | None = None) -> None:
        """The call is over, or was ``at`` that time, and with it every second leg."""
        ...


@dataclass(frozen=True, kw_only=True)
class TransferMeans:
    """What second legs need."""

    engine: port.Engine
    transfers: Transfers
    voice: Voice
    clock: Clock
    #: Returns when the engine knows a trunk or extension of this name.
    ensure_trunk: Callable[[str], Awaitable[None]] | None = None


class SecondLeg:
    """One try to reach somebody for a callee."""

    def __init__(
        self,
        attempt: Attempt,
        callee: port.Leg,
        number: int,
        *,
        means: TransferMeans,
        report: Callable[[TransferEvent], None],
    ) -> None:
        self.id = second_leg_id(attempt.id, number)
        self._attempt = attempt
        self._callee = callee
        self._means = means
        self._report = report
        #: How it ended, once it has.
        self.end: TransferEnded | None = None
        self._leg: port.Leg | None = None
        self._rang = False
        self._answered = False
        #: The other side takes the call; nobody pressed the key in time; the two could not be connected.
        self._taken = False
        self._declined = False
        self._unconnected = False
        #: Nobody wants the other side any more.
        self._left = False
        self._over = asyncio.Event()
        self._patience: asyncio.Task[None] | None = None

    async def call(self, command: Transfer) -> None:
        """Call the other side, or find it again, and stay with it to its end."""
        try:
            leg = await self._place(command)
            if leg is not None:
                await self._follow(leg, command)
        finally:
            self._stop_waiting()
            self._over.set()

    async def go_on(self) -> None:
        """Find the other side again that was connected before a restart, and stay with it to its end."""
        try:
            leg = await self._find()
            if leg is None:
                self._report(TransferEnded(seconds=await self._ended()))
                return
            self._taken = True
            await self.connect()
            await self._follow(leg, None)
        finally:
            self._over.set()

    async def connect(self) -> None:
        """Let both hear each other; when that cannot be, the other side is hung up and the transfer has failed."""
        leg = self._leg
        if leg is None or self._over.is_set():
            return
        try:
            await self._callee.connect(leg)
        except CallwrightError as error:
            log.warning("%s: the two sides were not connected: %s", self.id, error)
            self._unconnected = True
            await leg.hang_up()
            return
        with contextlib.suppress(*AWAY):
            await self._means.transfers.connected(self._attempt, self.id)

    async def leave(self) -> None:
        """Hang up on the other side: the callee has gone, or the flow went on without it."""
        if self._over.is_set():
            return
        self._left = True
        if self._leg is not None:
            await self._leg.hang_up()
        waits = [
            asyncio.ensure_future(self._over.wait()),
            asyncio.ensure_future(self._means.clock.sleep(_PARTING_SECONDS)),
        ]
        await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
        for wait in waits:
            wait.cancel()
        await self._callee.disconnect()

    async def _place(self, command: Transfer) -> port.Leg | None:
        """Return the other side's leg; when there will be none, say why."""
        means = self._means
        try:
            allowed = await means.transfers.begin(self._attempt, self.id, command)
        except AWAY as error:
            log.warning("%s: nobody is called: %s", self.id, error)
            self._failed(TransferFailure.FAILED, "the database is away")
            return None
        if isinstance(allowed, TransferRefused):
            self._failed(allowed.reason, allowed.detail)
            return None
        if allowed is None:
            leg = await self._find()
            if leg is None:
                # whether it rang is not known, so it is not called again
                await self._ended()
                self._failed(TransferFailure.FAILED, "it was lost in a restart")
            return leg
        return await self._dial(allowed, command)

    async def _dial(self, allowed: TransferPermission, command: Transfer) -> port.Leg | None:
        means, permission = self._means, allowed.permission
        if allowed.not_before is not None:
            await means.clock.sleep((allowed.not_before - means.clock.now()).total_seconds())
        try:
            if means.ensure_trunk is not None:
                await means.ensure_trunk(permission.trunk)
            leg = self._leg = await means.engine.dial(
                port.DialRequest(
                    attempt_id=self.id,
                    dial_string=permission.dial_string,
                    trunk=permission.trunk,
                    registered=permission.registered,
                    sip_user=permission.sip_user,
                    caller_number=permission.caller_number,
                    withheld=permission.withheld,
                    attestation=permission.attestation,
                    ring_timeout_seconds=command.ring_timeout_seconds,
                )
            )
        except port.NotRegistered as error:
            await self._ended(cause=_ABSENT)
            self._failed(TransferFailure.NO_ANSWER, str(error), cause=_ABSENT)
            return None
        except CallwrightError as error:
            await self._ended()
            self._failed(TransferFailure.FAILED, str(error))
            return None
        if self._left:
            await leg.hang_up()
        return leg

    async def _find(self) -> port.Leg | None:
        self._leg = await self._means.engine.adopt(self.id)
        return self._leg

    async def _follow(self, leg: port.Leg, command: Transfer | None) -> None:
        whisper = asyncio.ensure_future(self._rendered(command)) if command is not None else None
        try:
            async for event in leg.events():
                match event:
                    case port.Ringing():
                        self._rang = True
                    case port.LegAnswered():
                        self._answered = True
                        if command is not None and whisper is not None and not self._taken:
                            await self._greet(leg, command, await whisper)
                    case port.PlayEnded(ok=ok):
                        self._greeted(leg, command, ok=ok)
                    case port.LegDigit(digit=digit):
                        if command is not None and digit == command.accept_key:
                            await self._take(leg)
                    case port.LegEnded():
                        await self._finish(event)
        finally:
            if whisper is not None:
                whisper.cancel()

    async def _rendered(self, command: Transfer) -> list[Path]:
        """Render the whisper while it rings."""
        if not command.whisper:
            return []
        try:
            return await self._means.voice.render(command.whisper, self._attempt.voice)
        except CallwrightError as error:
            log.warning("%s: the whisper cannot be spoken: %s", self.id, error)
            return []

    async def _greet(self, leg: port.Leg, command: Transfer, whisper: list[Path]) -> None:
        if whisper:
            try:
                await leg.play(_WHISPER, whisper)
            except CallwrightError as error:
                log.warning("%s: the whisper was not played: %s", self.id, error)
            else:
                return
        if command.accept_key is None:
            await self._take(leg)
        else:
            self._wait_for_key(leg, command)

    def _greeted(self, leg: port.Leg, command: Transfer | None, *, ok: bool) -> None:
        if command is None or self._taken:
            return
        if command.accept_key is not None:
            self._wait_for_key(leg, command)
        else:
            # a play that broke off may be the first sign of a hang-up, which follows at once
            self._later(0.0 if ok else _HANG_UP_SECONDS, lambda: self._take(leg))

    def _wait_for_key(self, leg: port.Leg, command: Transfer) -> None:
        self._later(command.accept_seconds, lambda: self._decline(leg))

    async def _decline(self, leg: port.Leg) -> None:
        if not self._taken:
            self._declined = True
            await leg.hang_up()

    def _later(self, seconds: float, work: Callable[[], Awaitable[None]]) -> None:
        async def wait() -> None:
            await self._means.clock.sleep(seconds)
            # nobody cancels what has begun
            self._patience = None
            await work()

        self._stop_waiting()
        self._patience = asyncio.get_running_loop().create_task(wait())

    def _stop_waiting(self) -> None:
        if self._patience is not None:
            self._patience.cancel()
            self._patience = None

    async def _take(self, leg: port.Leg) -> None:
        if self._taken or self._declined:
            return
        self._taken = True
        self._stop_waiting()
        await leg.stop_playing(_WHISPER)
        self._report(TransferAnswered())

    async def _finish(self, ended: port.LegEnded) -> None:
        self._stop_waiting()
        if self._taken:
            await self._callee.disconnect()
        seconds = await self._ended(cause=ended.cause, sip_status=ended.sip_status)
        self.end = TransferEnded(cause=ended.cause, seconds=seconds)
        # whoever waits for the end may go on: what follows from it is the flow's
        self._over.set()
        if self._unconnected:
            self._failed(TransferFailure.FAILED, "the two sides could not be connected", cause=ended.cause)
        elif self._taken:
            self._report(self.end)
        elif self._answered:
            detail = "nobody pressed the key" if self._declined else "it hung up before taking the call"
            self._failed(TransferFailure.NO_ANSWER, detail, cause=ended.cause)
        else:
            outcome = outcome_of_unanswered(
                ended.cause,
                ended.sip_status,
                rang=self._rang,
                ring_timeout=ended.ended_by is port.EndedBy.RING_TIMEOUT,
            )
            reason = _FAILURES.get(outcome, TransferFailure.FAILED)
            self._failed(reason, None, cause=ended.cause, sip_status=ended.sip_status)

    async def _ended(self, *, cause: int | None = None, sip_status: int | None = None) -> float | None:
        try:
            return await self._means.transfers.ended(self._attempt, self.id, cause=cause, sip_status=sip_status)
        except AWAY as error:
            # freed with the call's own end
            log.warning("%s: its end is not written: %s", self.id, error)
            return None

    def _failed(
        self, reason: TransferFailure, detail: str | None, *, cause: int | None = None, sip_status: int | None = None
    ) -> None:
        self._report(TransferFailed(reason=reason, detail=detail, cause=cause, sip_status=sip_status))
