"""Places the dispatcher's calls on an engine: one runner an attempt."""

from __future__ import annotations

import contextlib
import logging
from collections import deque
from collections.abc import Awaitable, Callable
from dataclasses import replace

from callwright import logs
from callwright.calls.models import Attempt, Permission, Settlement
from callwright.calls.patience import AWAY
from callwright.calls.recovery import Orphan
from callwright.clock import Clock
from callwright.errors import CallwrightError, NotFound
from callwright.flows.sounds import played
from callwright.rules.outcomes import Outcome
from callwright.speech.listen.cues import Words
from callwright.speech.listen.detectors import Detectors
from callwright.telephony.answers import AnswerMeans
from callwright.telephony.playing import AudioSource, PlayingVoice
from callwright.telephony.port import DialRequest, EndedBy, Engine, InboundLeg, Leg, PastCall
from callwright.telephony.preparing import Preparing
from callwright.telephony.recorder import RecordMeans
from callwright.telephony.runner import CallRunner, Ledger, Voice
from callwright.telephony.sealed import SealedVoice
from callwright.telephony.stored_flows import UnreadableFlow, flow_of
from callwright.telephony.transferring import TransferMeans, Transfers

log = logging.getLogger(__name__)

#: How many cancelled attempts are remembered; each is asked after within milliseconds.
_EARLY_CANCELS = 1000


class EngineCaller:
    """Implements the dispatcher's ``Caller``."""

    def __init__(
        self,
        engine: Engine,
        *,
        ledger: Ledger,
        voice: Voice,
        clock: Clock,
        ensure_trunk: Callable[[str], Awaitable[None]] | None = None,
        transfers: Transfers | None = None,
        open_sealed: Callable[[str], str] | None = None,
        audio: AudioSource | None = None,
        signs: bool = False,
        detectors: Detectors | None = None,
        words: Words | None = None,
        recording: RecordMeans | None = None,
        answers: AnswerMeans | None = None,
        preparing: Preparing | None = None,
    ) -> None:
        self.engine = engine
        #: Renders speech ahead; ``None``: it is rendered when it is said.
        self._preparing = preparing
        #: Whether the engine signs calls (STIR/SHAKEN).
        self.signs = signs
        #: Opens what only the callee may hear.
        self._open_sealed = open_sealed
        #: What recordings need.
        self._recording = recording
        #: What listening to words needs; ``None``: no recogniser is installed.
        self._answers = answers
        #: Where the files of flows that play audio come from.
        self._audio = audio
        self._means = (
            None
            if transfers is None
            else TransferMeans(engine=engine, transfers=transfers, voice=voice, clock=clock, ensure_trunk=ensure_trunk)
        )
        #: Who listens to who answered.
        self._detectors = detectors
        self._words = words
        #: Returns when the engine knows a trunk of this name.
        self._ensure_trunk = ensure_trunk
        self._ledger = ledger
        self._voice = voice
        self._clock = clock
        self._runners: dict[str, CallRunner] = {}
        #: Set while the engine is about to be changed: nothing new is placed, calls in the air go on.
        self.paused = False
        #: Cancelled before their runner was there: a claim was committed a moment ago, here or elsewhere.
        self._cancelled: deque[str] = deque(maxlen=_EARLY_CANCELS)

    @property
    def ready(self) -> bool:
        """Whether the engine is connected and stays the one it is."""
        return self.engine.connected and not self.paused

    async def prepare(self, attempt: Attempt, *, decided: bool) -> None:
        """Do what would keep the callee waiting: render the speech. Takes some seconds at most and never raises."""
        with contextlib.suppress(NotFound, UnreadableFlow):
            # the call itself says so, with its outcome
            await self._audio_is_here(attempt)
        if self._preparing is not None and attempt.ring_only_seconds is None:
            await self._preparing.prepare(attempt, decided=decided)

    async def call(self, attempt: Attempt, permission: Permission) -> bool:
        """Dial and drive; returns after the settlement, or false when the engine is away and nothing was sent."""
        with logs.about(call_id=attempt.call_id, attempt_id=attempt.id):
            return await self._call(attempt, permission)

    async def _call(self, attempt: Attempt, permission: Permission) -> bool:
        try:
            runner = await self._runner(attempt)
        except UnreadableFlow as error:
            await self._fail(attempt, error)
            return True
        try:
            try:
                if not await self._audio_is_here(attempt):
                    return False
            except NotFound as error:
                await self._fail(attempt, error)
                return True
            if self._ensure_trunk is not None:
                try:
                    await self._ensure_trunk(permission.trunk)
                except (*AWAY, CallwrightError) as error:
                    log.warning("attempt %s is not dialled now: %s", attempt.id, error or type(error).__name__)
                    return False
            return await runner.run(
                self.engine,
                DialRequest(
                    attempt_id=attempt.id,
                    dial_string=permission.dial_string,
                    trunk=permission.trunk,
                    caller_number=permission.caller_number,
                    withheld=permission.withheld,
                    attestation=permission.attestation,
                    registered=permission.registered,
                    ring_timeout_seconds=attempt.ring_timeout_seconds,
                ),
            )
        finally:
            self._runners.pop(attempt.id, None)

    async def go_on(self, orphan: Orphan, leg: Leg) -> None:
        """Drive a call that an earlier process dialled; returns after the settlement."""
        attempt = orphan.attempt
        try:
            runner = await self._runner(attempt)
        except UnreadableFlow as error:
            await leg.hang_up()
            await self._fail(attempt, error)
            return
        if orphan.cancelled:
            # asked for while nobody drove it, or just before the process that did was gone
            await runner.cancel()
        try:
            with logs.about(call_id=attempt.call_id, attempt_id=attempt.id):
                await runner.resume(leg, orphan.flow_state, answered=orphan.answered)
        finally:
            self._runners.pop(attempt.id, None)

    async def receive(self, attempt: Attempt, leg: InboundLeg) -> None:
        """Answer and drive a call that came in; returns after the settlement."""
        runner = await self._runner(attempt)
        try:
            with logs.about(call_id=attempt.call_id, attempt_id=attempt.id):
                await runner.receive(leg)
        finally:
            self._runners.pop(attempt.id, None)

    async def conclude(self, orphan: Orphan, past: PastCall | None) -> None:
        """Settle a call that an earlier process dialled and whose channel is gone."""
        with logs.about(call_id=orphan.attempt.call_id, attempt_id=orphan.attempt.id):
            try:
                runner = CallRunner(
                    orphan.attempt, ledger=self._ledger, voice=self._voice, clock=self._clock, means=self._means
                )
                await runner.conclude(past, orphan.flow_state, rang=orphan.rang, answered=orphan.answered)
            except Exception as error:
                # left unsettled it would break off every look at what else was left
                log.exception("attempt %s is ended without its flow", orphan.attempt.id)
                await self._fail(orphan.attempt, error, past)

    async def cancel(self, attempt_id: str) -> None:
        """Hang up a call in the air, if it is one of ours."""
        runner = self._runners.get(attempt_id)
        if runner is None:
            self._cancelled.append(attempt_id)
        else:
            await runner.cancel()

    async def recording_changed(self, attempt_id: str) -> None:
        """Look whether somebody wants the recording of a call in the air to pause, if it is one of ours."""
        runner = self._runners.get(attempt_id)
        if runner is not None:
            await runner.recording_changed()

    async def end(self, attempt_id: str, reason: str) -> None:
        """Hang up a call in the air that may not go on, if it is one of ours; it keeps its outcome."""
        runner = self._runners.get(attempt_id)
        if runner is not None:
            await runner.end(reason)

    async def _runner(self, attempt: Attempt) -> CallRunner:
        voice = self._voice
        if attempt.sealed is not None and self._open_sealed is not None:
            voice = SealedVoice(voice, attempt.sealed, self._open_sealed)
        means = self._means
        if self._audio is not None:
            voice = PlayingVoice(voice, self._audio, attempt.organisation_id)
            if means is not None:
                means = replace(means, voice=PlayingVoice(means.voice, self._audio, attempt.organisation_id))
        runner = CallRunner(
            attempt,
            ledger=self._ledger,
            voice=voice,
            clock=self._clock,
            means=means,
            detectors=self._detectors,
            words=self._words,
            recording=self._recording,
            answers=self._answers,
        )
        self._runners[attempt.id] = runner
        if attempt.id in self._cancelled:
            await runner.cancel()
        return runner

    async def _audio_is_here(self, attempt: Attempt) -> bool:
        """Place what the flow plays on this node before anybody is called; returns false when that must wait.

        Raises ``NotFound`` when it is gone.
        """
        wanted = list(dict.fromkeys(audio_id for _, audio_id in played(flow_of(attempt))))
        if self._audio is None or not wanted:
            return True
        try:
            await self._audio.place(attempt.organisation_id, wanted)
        except NotFound:
            raise
        except CallwrightError as error:
            log.warning("attempt %s is not dialled now: %s", attempt.id, error)
            return False
        return True

    async def _fail(self, attempt: Attempt, error: Exception, past: PastCall | None = None) -> None:
        """Settle an attempt whose flow cannot be asked."""
        await self._ledger.settle(
            attempt.id,
            Settlement(
                outcome=Outcome.FAILED,
                cause=0 if past is None else past.cause,
                sip_status=None,
                ended_by=EndedBy.ENGINE,
                reason=str(error) or type(error).__name__,
                answered_at=None if past is None else past.answered_at,
                ended_at=None if past is None else past.ended_at,
            ),
        )
