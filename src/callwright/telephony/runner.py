"""Drives a flow over a leg: what the leg reports becomes events of the machine, its commands become acts.

Durable effects (opt-out, webhook, timeline, the machine's state) are committed before the callee hears what follows
from them, so that a kill between the two loses nothing and repeats nothing.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any, Literal, Protocol

from callwright.calls.models import Attempt, Settlement
from callwright.calls.patience import AWAY
from callwright.clock import Clock
from callwright.errors import CallwrightError
from callwright.flows import commands, events
from callwright.flows.machine import Phase, State, advance, begin
from callwright.flows.secrecy import is_secret
from callwright.rules.causes import outcome_of_unanswered
from callwright.rules.outcomes import Outcome
from callwright.speech.listen.cues import Words
from callwright.speech.listen.detectors import Detectors
from callwright.telephony import port
from callwright.telephony.answers import AnswerMeans, AnswerReport, CallAnswers
from callwright.telephony.ends import FirstWords, was_trunk_fault
from callwright.telephony.hearing import Hearing
from callwright.telephony.recorder import Recorder, RecordMeans
from callwright.telephony.stored_flows import flow_of
from callwright.telephony.transferring import SecondLeg, TransferEvent, TransferMeans

log = logging.getLogger(__name__)


class Ledger(Protocol):
    """Where a call's progress is written; the calls domain implements it."""

    async def ringing(self, attempt_id: str) -> None:
        """The callee's telephone is alerting."""
        ...

    async def answered(
        self, attempt_id: str, flow_state: Mapping[str, Any], effects: Sequence[commands.Command]
    ) -> None:
        """The callee picked up, and this is what the flow makes of it: one commit."""
        ...

    async def progress(
        self, attempt_id: str, flow_state: Mapping[str, Any], effects: Sequence[commands.Command]
    ) -> None:
        """Commit the machine's state together with its durable effects, all or none."""
        ...

    async def accept(self, attempt_id: str) -> Literal["taken", "stand_by", "filled"]:
        """Commit that the person accepts, once; return what they get."""
        ...

    async def settle(self, attempt_id: str, end: Settlement) -> None:
        """The attempt is over."""
        ...


class Voice(Protocol):
    """Turns what is to be said into files that the engine can play."""

    async def render(self, items: Sequence[commands.Speech | commands.Audio], voice: str) -> list[Path]:
        """Return paths without extension. Raises a ``CallwrightError`` when something cannot be spoken."""
        ...


#: Commands that leave a trace in the database; the others act on the leg.
DURABLE = (commands.Note, commands.PostWebhook, commands.OptOut, commands.SendSms, commands.SendEmail)

#: Q.850: nobody is registered there.
_ABSENT = 20
#: Reason of an attempt that was dialled and of whose end nothing is known.
UNKNOWN_END = "the engine lost the call while nobody watched it; whether it rang is not known"

_AMD_OUTCOMES: Mapping[str, Outcome] = {
    events.Verdict.HUMAN: Outcome.HUMAN,
    events.Verdict.MACHINE: Outcome.MACHINE,
    events.Verdict.FAX: Outcome.FAX,
}


@dataclass(frozen=True, kw_only=True)
class _PlayFailed:
    """What we tell ourselves when a play could not be started: no ``PlayEnded`` will come from the leg."""

    play_id: int


@dataclass(frozen=True, kw_only=True)
class _RangEnough:
    """What we tell ourselves when a telephone that is only to ring has rung."""


_Detected = events.Judged | events.Quiet | events.GreetingEnded
_Answer = events.Elapsed | events.Accepted | events.Recorded
_Own = _Detected | _Answer | TransferEvent | _PlayFailed | _RangEnough
_Input = port.LegEvent | _Own | AnswerReport
#: Reason of a call that was only to ring.
RANG_ENOUGH = "hung up when it had rung, as was asked"
#: Phases in which there is a second leg.
_TRANSFERRED = frozenset({Phase.TRANSFERRING, Phase.CONNECTED})
#: Phases in which the callee has heard all there is.
_NOTHING_LEFT = frozenset({Phase.ENDING, Phase.OVER})


class CallRunner:
    """One attempt from its INVITE to its settlement."""

    def __init__(
        self,
        attempt: Attempt,
        *,
        ledger: Ledger,
        voice: Voice,
        clock: Clock,
        means: TransferMeans | None = None,
        detectors: Detectors | None = None,
        words: Words | None = None,
        recording: RecordMeans | None = None,
        answers: AnswerMeans | None = None,
    ) -> None:
        self.attempt = attempt
        self._ledger = ledger
        self._voice = voice
        self._clock = clock
        self._flow = flow_of(attempt)
        # the flow speaks with the person, whoever called; to and from are those of the call, unless it brings others
        ends = {"to": attempt.to_number, "from": attempt.from_number}
        self._state: State = begin({**ends, **attempt.variables}, to=attempt.person, from_=attempt.own_number)
        self._inbox: asyncio.Queue[_Input] = asyncio.Queue()
        self._helpers: set[asyncio.Task[None]] = set()
        self._leg: port.Leg | None = None
        self._rang = False
        self._answered = False
        self._cancelled = False
        #: Why we ended it, when it was not the flow's end.
        self._reason: str | None = None
        #: The last thing that was played was not heard to its end: a leg reports that before its own end.
        self._cut_off = False
        #: Who listens to who answered; ``None``: nobody can.
        self._detectors = detectors
        self._words = words
        #: What transfers need, and the other side of the current one.
        self._means = means
        self._second: SecondLeg | None = None
        #: Hung up because it was only to ring.
        self._rang_enough = False
        #: Plays that were stopped before the engine had them.
        self._stopped: set[int] = set()
        self._first_words = FirstWords(clock)
        self._recorder = Recorder(attempt, recording, self._inbox.put_nowait)
        self._answers = CallAnswers(
            answers,
            account_voice=attempt.voice,
            prompting=lambda: self._state.play is not None,
            report=self._inbox.put_nowait,
        )

    async def cancel(self) -> None:
        """End the call because its owner asked to; it settles as ``cancelled``."""
        self._cancelled = True
        if self._leg is not None:
            await self._leg.hang_up()

    async def end(self, reason: str) -> None:
        """End the call because it may not go on; what came of it stays, with this reason."""
        self._reason = reason
        if self._leg is not None:
            await self._leg.hang_up()

    async def recording_changed(self) -> None:
        """Look whether somebody wants the recording of the call to pause."""
        if self._leg is not None:
            await self._recorder.pause_changed(self._leg)

    async def run(self, engine: port.Engine, request: port.DialRequest) -> bool:
        """Dial and drive the call to its end, and settle the attempt, whatever happens; then it returns true.

        False: the engine is away, nothing was sent, and nothing is settled.
        """
        if self._cancelled:
            await self._ledger.settle(
                self.attempt.id,
                Settlement(
                    outcome=Outcome.CANCELLED,
                    cause=0,
                    sip_status=None,
                    ended_by=port.EndedBy.US,
                    reason="cancelled before it was dialled",
                ),
            )
            return True
        try:
            self._start(self._warm())
            self._start(self._prepare_to_hear())
            self._leg = await engine.dial(request)
        except port.AlreadyDialled:
            # a channel with this id is alive: somebody dialled it, and whoever owns it settles it
            log.warning("attempt %s is already in the air", self.attempt.id)
            self._stop_helpers()
            return True
        except port.EngineUnavailable:
            self._stop_helpers()
            return False
        except port.NotRegistered as error:
            self._stop_helpers()
            # Q.850 20, subscriber absent: the telephone is off, as a mobile one may be
            absent = outcome_of_unanswered(_ABSENT, None, rang=False, ring_timeout=False)
            await self._ledger.settle(
                self.attempt.id,
                Settlement(
                    outcome=absent, cause=_ABSENT, sip_status=None, ended_by=port.EndedBy.ENGINE, reason=str(error)
                ),
            )
            return True
        except CallwrightError as error:
            self._stop_helpers()
            await self._ledger.settle(
                self.attempt.id,
                Settlement(
                    outcome=Outcome.FAILED,
                    cause=0,
                    sip_status=None,
                    ended_by=port.EndedBy.ENGINE,
                    reason=str(error),
                    trunk_fault=isinstance(error, port.TrunkUnreachable),
                ),
            )
            return True
        if self._cancelled:
            await self._leg.hang_up()
        await self._drive(self._leg)
        return True

    async def receive(self, leg: port.InboundLeg) -> None:
        """Answer a call that came in and drive it to its end; always settles the attempt, whatever happens."""
        self._leg = leg
        if self._cancelled:
            await leg.hang_up()
            await self._drive(leg)
            return
        await leg.ring()
        # nobody should be answered into silence: the first words are rendered while it rings
        await self._warm()
        await leg.answer()
        await self._drive(leg)

    async def resume(self, leg: port.Leg, flow_state: Mapping[str, Any] | None, *, answered: bool) -> None:
        """Go on with a call that an earlier process dialled, or accepted."""
        if self.attempt.inbound and not answered and isinstance(leg, port.InboundLeg):
            await self.receive(leg)
            return
        self._leg = leg
        if flow_state is not None:
            self._state = State.from_json(flow_state)
        self._answered = answered
        if self._cancelled:
            await leg.hang_up()
        elif answered:
            await self._record_call(leg)
            await self._advance(leg, events.Resumed() if flow_state is not None else events.Answered())
        else:
            # when it began to ring is not known: it may ring a little longer, but not for ever
            self._let_ring()
        await self._drive(leg)

    async def conclude(
        self, past: port.PastCall | None, flow_state: Mapping[str, Any] | None, *, rang: bool, answered: bool
    ) -> None:
        """Settle a call that ended while nobody watched it; ``past`` is what the engine wrote down, if anything."""
        if flow_state is not None:
            self._state = State.from_json(flow_state)
        # Q.850 19 is a user who was alerted
        self._rang = rang or (past is not None and past.ended_by is port.EndedBy.RING_TIMEOUT)
        self._answered = answered or (past is not None and past.answered_at is not None)
        cause = 0 if past is None else past.cause
        if past is not None:
            await self._part(past.ended_at)
        incomplete = past is not None and self._left_early(past.ended_by)
        _, durable = self._move(events.HungUp(cause=cause))
        if past is None:
            end = Settlement(
                outcome=Outcome.INTERRUPTED, cause=0, sip_status=None, ended_by="engine", reason=UNKNOWN_END
            )
        else:
            ended = port.LegEnded(cause=cause, sip_status=None, ended_by=past.ended_by)
            end = Settlement(
                outcome=self._outcome(ended),
                cause=cause,
                sip_status=None,
                ended_by=self._who(past.ended_by),
                incomplete=incomplete,
                answered_at=past.answered_at,
                ended_at=past.ended_at,
            )
        await self._ledger.settle(self.attempt.id, replace(end, effects=durable))

    async def _drive(self, leg: port.Leg) -> None:
        self._start(self._pump(leg.events()))
        try:
            while True:
                received = await self._inbox.get()
                if isinstance(received, port.LegEnded):
                    await self._ended(received)
                    return
                if not isinstance(received, AnswerReport):
                    await self._take(leg, received)
                elif self._answers.is_current(received):
                    await self._advance(leg, received.event)
        finally:
            self._stop_helpers()

    async def _take(self, leg: port.Leg, received: port.LegEvent | _Own) -> None:
        match received:
            case port.Ringing():
                self._rang = True
                self._let_ring()
                await self._ledger.ringing(self.attempt.id)
            case _RangEnough():
                if not self._answered:
                    self._rang_enough, self._reason = True, RANG_ENOUGH
                    await leg.hang_up()
            case port.LegAnswered():
                if not self._answered:
                    self._answered = True
                    self._first_words.answered()
                    hears = self._find_out(leg)
                    waits = hears and self._flow.on_machine.speak == "after_greeting"
                    wanted, durable = self._move(events.Answered(detecting=waits, judging=hears))
                    await self._ledger.answered(self.attempt.id, self._state.to_json(), durable)
                    await self._record_call(leg)
                    await self._act_on(leg, wanted)
            case port.LegDigit(digit=digit):
                await self._advance(leg, events.Digit(digit=digit))
            case events.Judged() | events.Quiet() | events.GreetingEnded():
                await self._advance(leg, received)
            case port.PlayEnded(play_id=play_id, ok=ok):
                self._cut_off = not ok
                await self._advance(leg, events.Played(play_id=play_id, ok=ok))
            case _PlayFailed(play_id=play_id):
                await self._advance(leg, events.Played(play_id=play_id, ok=False))
            case port.RecordEnded():
                await self._advance(leg, await self._recorder.ended(received))
            case events.Elapsed() | events.Accepted() | events.Recorded():
                await self._advance(leg, received)
            case events.TransferAnswered() | events.TransferEnded() | events.TransferFailed():
                await self._advance(leg, received)

    async def _advance(self, leg: port.Leg, event: events.Event) -> None:
        before = self._state
        if isinstance(event, events.Judged):
            self._first_words.greeted()
        wanted, durable = self._move(event)
        if durable or (self._state != before and not _only_hangs_up(wanted)):
            await self._ledger.progress(self.attempt.id, self._state.to_json(), durable)
        await self._recorder.keep_secret(leg, secret=is_secret(self._flow, self._state))
        await self._act_on(leg, wanted)
        if self._second is not None and self._state.phase not in _TRANSFERRED:
            self._let_go_of_second()

    async def _record_call(self, leg: port.Leg) -> None:
        """Begin to record the call, or go on with it, if it is to be; what is secret is silent from the start."""
        if self._flow.recording is not None:
            await self._recorder.keep_secret(leg, secret=is_secret(self._flow, self._state))
            self._start(self._recorder.record_call(leg))

    def _move(self, event: events.Event) -> tuple[Sequence[commands.Command], list[commands.Command]]:
        """Advance the machine; return all that it wants, and of that what must be committed first."""
        self._state, wanted = advance(self._flow, self._state, event)
        return wanted, [command for command in wanted if isinstance(command, DURABLE)]

    async def _act_on(self, leg: port.Leg, wanted: Sequence[commands.Command]) -> None:
        for command in wanted:
            if isinstance(command, commands.Accept):
                self._inbox.put_nowait(events.Accepted(place=await self._ledger.accept(self.attempt.id)))
            elif isinstance(command, commands.Listen | commands.StopListening):
                self._answers.carry_out(leg, command)
            elif not isinstance(command, DURABLE):
                await self._act(leg, command)

    async def _act(self, leg: port.Leg, command: commands.Command) -> None:
        match command:
            case commands.Play():
                self._start(self._play(leg, command))
            case commands.StopPlaying(play_id=play_id):
                self._stopped.add(play_id)
                await leg.stop_playing(play_id)
            case commands.StartTimer():
                self._start(self._tick(command))
            case commands.Hangup():
                await leg.hang_up()
            case commands.Transfer():
                self._let_go_of_second()
                if (second := self._make_second(leg, command.number)) is None:
                    self._inbox.put_nowait(events.TransferFailed(detail="transfers are not available here"))
                else:
                    self._start(second.call(command))
            case commands.Connect():
                await self._connect(leg)
            case commands.RingBack(on=on):
                await leg.ring_back(on=on)
            case commands.Record():
                self._start(self._recorder.record(leg, command))
            case _:
                # a flow that needs more than the engine can do is refused when the call is created
                log.error("attempt %s: no leg can do %s", self.attempt.id, type(command).__name__)

    async def _connect(self, leg: port.Leg) -> None:
        self._first_words.heard()
        if self._second is not None:
            await self._second.connect()
        elif (second := self._make_second(leg, self._state.transfers)) is not None:
            # it was connected by the process before us
            self._start(second.go_on())

    def _make_second(self, leg: port.Leg, number: int) -> SecondLeg | None:
        if self._means is None:
            return None
        self._second = SecondLeg(self.attempt, leg, number, means=self._means, report=self._inbox.put_nowait)
        return self._second

    def _let_go_of_second(self) -> None:
        second, self._second = self._second, None
        if second is not None:
            self._start(second.leave())

    async def _part(self, at: datetime | None = None) -> events.TransferEnded | None:
        """Hang up on the other side of a transfer and free what it held, before the call's own end is written.

        ``at``: when the call ended, if not now.
        """
        if self._second is not None:
            await self._second.leave()
        if self._state.transfers and self._means is not None:
            try:
                await self._means.transfers.ended_with(self.attempt, at=at)
            except AWAY as error:
                log.warning("attempt %s: its transfers are freed later: %s", self.attempt.id, error)
        return self._second.end if self._second is not None else None

    async def _play(self, leg: port.Leg, command: commands.Play) -> None:
        try:
            files = await self._voice.render(command.items, self.attempt.voice)
            if command.play_id in self._stopped:
                self._inbox.put_nowait(_PlayFailed(play_id=command.play_id))
                return
            await leg.play(command.play_id, files)
            self._first_words.heard()
            if command.play_id in self._stopped:
                # the stop came while the engine was being asked to play
                await leg.stop_playing(command.play_id)
        except CallwrightError as error:
            log.warning("attempt %s: a prompt could not be played: %s", self.attempt.id, error)
            self._inbox.put_nowait(_PlayFailed(play_id=command.play_id))

    async def _tick(self, command: commands.StartTimer) -> None:
        await self._clock.sleep(command.seconds)
        self._inbox.put_nowait(events.Elapsed(timer_id=command.timer_id))

    @property
    def _detects(self) -> bool:
        """Whether somebody is to find out who answers; who calls us is a person."""
        return self._detectors is not None and self._flow.on_machine.detects and not self.attempt.inbound

    async def _prepare_to_hear(self) -> None:
        if self._detects and self._detectors is not None:
            try:
                await self._detectors.prepare()
            except CallwrightError as error:
                log.warning("attempt %s: who answers will not be known: %s", self.attempt.id, error)

    def _find_out(self, leg: port.Leg) -> bool:
        """Begin to listen to who answered, if that is wanted."""
        if not self._detects or self._detectors is None:
            return False
        hearing = Hearing(
            leg,
            self._flow.on_machine,
            detectors=self._detectors,
            clock=self._clock,
            report=self._inbox.put_nowait,
            words=self._words,
            language=self._flow.language or (self._words.language_of(self.attempt.voice) if self._words else "en"),
        )
        self._start(hearing.run())
        return True

    def _let_ring(self) -> None:
        """Hang up after a while, if the call is only to ring."""
        if self.attempt.ring_only_seconds is not None:
            self._start(self._ring(self.attempt.ring_only_seconds))

    async def _ring(self, seconds: float) -> None:
        await self._clock.sleep(seconds)
        self._inbox.put_nowait(_RangEnough())

    async def _pump(self, reported: AsyncIterator[port.LegEvent]) -> None:
        async for event in reported:
            self._inbox.put_nowait(event)

    async def _warm(self) -> None:
        """Render the first words while the telephone rings: nobody should answer into silence.

        The machine is pure, so what it would say first is asked of a copy of it.
        """
        _, first = advance(self._flow, self._state, events.Answered())
        if self._detects and self._flow.on_machine.action == "leave":
            waiting, _ = advance(self._flow, self._state, events.Answered(detecting=True))
            _, left = advance(self._flow, waiting, events.Judged(verdict=events.Verdict.MACHINE))
            first = (*first, *left)
        for command in first:
            if isinstance(command, commands.Play):
                try:
                    await self._voice.render(command.items, self.attempt.voice)
                except CallwrightError as error:
                    log.warning("attempt %s: the first prompt cannot be rendered: %s", self.attempt.id, error)

    async def _ended(self, ended: port.LegEnded) -> None:
        second = await self._part()
        incomplete = self._left_early(ended.ended_by)
        _, durable = self._move(events.HungUp(cause=ended.cause, second=second))
        await self._ledger.settle(
            self.attempt.id,
            Settlement(
                outcome=self._outcome(ended),
                cause=ended.cause,
                sip_status=ended.sip_status,
                ended_by=self._who(ended.ended_by),
                reason=self._reason,
                effects=durable,
                incomplete=incomplete,
                trunk_fault=not self._cancelled and was_trunk_fault(ended, rang=self._rang, answered=self._answered),
                waited_seconds=None if self._state.machine else self._first_words.waited,
            ),
        )
        self._recorder.over()

    def _left_early(self, ended_by: port.EndedBy) -> bool:
        """Return whether a person hung up before the flow's end; one who asked for somebody else heard enough."""
        return (
            self._answered
            and ended_by is port.EndedBy.CALLEE
            and not self._state.machine
            and not self._state.transfers
            and (self._cut_off or self._state.phase not in _NOTHING_LEFT)
        )

    def _who(self, ended_by: port.EndedBy) -> str:
        """Return who ended the call; the far end of one that came in is no callee."""
        return "caller" if self.attempt.inbound and ended_by is port.EndedBy.CALLEE else ended_by

    def _outcome(self, ended: port.LegEnded) -> Outcome:
        if self._cancelled:
            return Outcome.CANCELLED
        if self._answered:
            if self._state.left:
                return Outcome.VOICEMAIL_LEFT
            return _AMD_OUTCOMES.get(self._state.verdict or "", Outcome.ANSWERED)
        if ended.ended_by is port.EndedBy.ENGINE and ended.sip_status is None:
            return Outcome.INTERRUPTED
        if self.attempt.inbound:
            # the caller did not wait
            return Outcome.NO_ANSWER
        return outcome_of_unanswered(
            ended.cause,
            ended.sip_status,
            rang=self._rang,
            ring_timeout=self._rang_enough or ended.ended_by is port.EndedBy.RING_TIMEOUT,
        )

    def _start(self, work: Any) -> None:
        task = asyncio.get_running_loop().create_task(work)
        self._helpers.add(task)
        task.add_done_callback(self._helpers.discard)

    def _stop_helpers(self) -> None:
        self._answers.end()
        for task in list(self._helpers):
            task.cancel()


def _only_hangs_up(wanted: Sequence[commands.Command]) -> bool:
    """Return whether the flow is over: who takes the call over from the state before comes to the same end."""
    return len(wanted) == 1 and isinstance(wanted[0], commands.Hangup)
