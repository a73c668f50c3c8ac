"""Listens to who answered a call, and tells its flow: quiet, verdict, the end of a machine's greeting."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Callable, Sequence
from typing import Final

import numpy as np

from callwright.clock import Clock
from callwright.errors import CallwrightError
from callwright.flows import events as flow
from callwright.flows.language import OnMachine
from callwright.speech.listen import events as heard
from callwright.speech.listen.asking import OPEN
from callwright.speech.listen.cues import Words, cue_of
from callwright.speech.listen.detectors import Detectors, DetectorUnavailable, Listening
from callwright.speech.listen.loudest import loudest
from callwright.speech.listen.thresholds import Thresholds
from callwright.telephony.engine_hearing import judge
from callwright.telephony.port import Frame, JudgingLeg, Leg

log = logging.getLogger(__name__)

#: Sound is judged in pieces of this length, in seconds: each is one message to the process that judges.
PIECE_SECONDS: Final = 0.06
#: So long nothing was received: it was silence, and not a frame that is late.
_SILENCE_SECONDS: Final = 0.2
#: A machine with a short greeting sounds like a person until its beep or until it speaks on; so long after the verdict
#: we listen for that.
AFTER_PERSON_SECONDS: Final = Thresholds().second_thoughts
#: Likewise where machines hear nothing, when words have been asked for: those of the first sentences must decide.
WORDS_AFTER_PERSON_SECONDS: Final = 4.0
#: More of a greeting is not kept for who looks at its words, in bytes: 20 s.
_MOST_SOUND: Final = 20 * 16000
#: Likewise after the end of a greeting: the beep may come late, or twice.
BEEP_AFTER_GREETING_SECONDS: Final = 8.0
#: So long after the answer nobody has said anything, or nobody knows who: we listen for a beep no longer.
UNCLEAR_SECONDS: Final = 20.0
#: A greeting that is longer has no beep, or is none.
LONGEST_GREETING_SECONDS: Final = 60.0
#: Why nothing can be said about who answered.
NOT_HEARD: Final = "not_heard"

Report = Callable[[flow.Judged | flow.Quiet | flow.GreetingEnded], None]


class Hearing:
    """Listens to one call from its answer until there is nothing more to find out; then the tap is gone."""

    def __init__(
        self,
        leg: Leg,
        on_machine: OnMachine,
        *,
        detectors: Detectors,
        clock: Clock,
        report: Report,
        words: Words | None = None,
        language: str = "en",
    ) -> None:
        """To be made in the moment of the answer. ``words``: what understands the callee's ``language``."""
        #: What was heard so far, for whoever can tell words; ``None``: nobody is asked any more.
        self._sound: bytearray | None = None
        self._words = words
        self._language = language
        if words is not None and language.startswith("en") and words.understands(language):
            self._sound = bytearray()
        self._asking: asyncio.Task[None] | None = None
        self._ask_again = False
        self._leg = leg
        self._detectors = detectors
        self._clock = clock
        self._report = report
        self._answered_at = clock.monotonic()
        #: Whether a machine is to hear something.
        self._leaves = on_machine.action in {"same", "leave"}
        self._verdict: flow.Verdict | None = None
        self._greeting_ended = False
        #: Seconds since the answer after which we stop.
        self._until = UNCLEAR_SECONDS

    async def run(self) -> None:
        """Listen. Whatever happens, a flow that waits for a verdict or for a greeting's end gets one."""
        try:
            listening = self._detectors.begin()
            try:
                async with self._leg.hear() as frames:
                    await self._listen(frames, listening)
            finally:
                if self._asking is not None:
                    self._asking.cancel()
                listening.close()
        except DetectorUnavailable as error:
            await self._let_engine_judge(error)
        except CallwrightError as error:
            log.warning("attempt %s: who answered is not known: %s", self._leg.id, error)
        self._give_up()

    async def _let_engine_judge(self, error: DetectorUnavailable) -> None:
        """Ask the engine's own detector, unless ours has said something already."""
        if self._verdict is not None or not isinstance(self._leg, JudgingLeg):
            log.warning("attempt %s: who answered is not known: %s", self._leg.id, error)
            return
        log.info("attempt %s: the engine finds out who answered: %s", self._leg.id, error)
        try:
            await judge(
                self._leg, self._clock, self._take_from_engine, answered_at=self._answered_at, leaves=self._leaves
            )
        except CallwrightError as failure:
            log.warning("attempt %s: who answered is not known: %s", self._leg.id, failure)

    def _take_from_engine(self, event: flow.Judged | flow.GreetingEnded) -> None:
        if isinstance(event, flow.Judged):
            self._verdict = event.verdict
        else:
            self._greeting_ended = True
        self._report(event)

    async def _listen(self, frames: AsyncIterator[Frame], listening: Listening) -> None:
        begin = self._clock.monotonic() - self._answered_at
        pieces = _Pieces(frames)
        try:
            before = self._now
            while self._now < self._until and not pieces.over:
                await self._clock.sleep(PIECE_SECONDS)
                now = self._now
                for frame in pieces.take():
                    await self._push(listening, frame.samples, begin + frame.at)
                # a loop that was busy finds what it missed at its next turn: until then nothing counts as silence
                if now - before < 2 * PIECE_SECONDS and now - pieces.last(begin) > _SILENCE_SECONDS:
                    await self._push(listening, b"", now - _SILENCE_SECONDS)
                before = now
        finally:
            pieces.stop()

    async def _push(self, listening: Listening, samples: bytes, at: float) -> None:
        if self._sound is not None:
            self._sound += samples[: max(_MOST_SOUND - len(self._sound), 0)]
        self._take(await listening.push(samples, at), listening)

    def _take(self, events: Sequence[heard.Event], listening: Listening) -> None:
        for event in events:
            match event:
                case heard.WordsWanted() if self._sound is not None:
                    self._want_words(listening)
                case heard.Quiet():
                    self._report(flow.Quiet())
                case heard.Verdict() if self._believes(event):
                    self._judged(event)
                case heard.GreetingEnded() if self._leaves:
                    self._report(flow.GreetingEnded(beep=event.beep))
                    self._greeting_ended = True
                    self._until = self._now + BEEP_AFTER_GREETING_SECONDS

    def _want_words(self, listening: Listening) -> None:
        """Look at the words so far, or once more when those of a moment ago have been looked at."""
        if self._verdict is not None and not self._leaves:
            self._until = self._now + WORDS_AFTER_PERSON_SECONDS
        self._ask_again = True
        if self._asking is None or self._asking.done():
            self._asking = asyncio.get_running_loop().create_task(self._ask(listening))

    async def _ask(self, listening: Listening) -> None:
        """Look at the words; no verdict waits for them."""
        while self._ask_again and self._words is not None and self._sound is not None:
            self._ask_again = False
            sound = loudest(np.frombuffer(bytes(self._sound), dtype="<i2").astype(np.int16))
            try:
                text = await self._words.words(sound, self._language)
                cue = cue_of(text, answered=self._verdict is not None)
                if cue is not None:
                    self._take(await listening.told(cue), listening)
            except CallwrightError as error:
                log.info("attempt %s: the greeting's words are not known: %s", self._leg.id, error)

    def _believes(self, verdict: heard.Verdict) -> bool:
        """Return whether to report it: on who is spoken to we hang up for a machine's words only, and for no beep."""
        return self._verdict is None or self._leaves or verdict.reason is heard.Reason.WORDS

    def _judged(self, verdict: heard.Verdict) -> None:
        if verdict.answerer not in OPEN:
            self._sound = None
        self._verdict = flow.Verdict(verdict.answerer.value)
        machine = self._verdict is flow.Verdict.MACHINE
        self._report(
            flow.Judged(
                verdict=self._verdict,
                confidence=verdict.confidence,
                seconds=round(verdict.at, 2),
                reason=verdict.reason.value,
                revised=verdict.revised,
                greeting=machine and self._leaves,
            )
        )
        if self._verdict is flow.Verdict.FAX or (machine and not self._leaves):
            self._until = 0.0
        elif not self._leaves:
            asked = self._asking is not None and not self._asking.done()
            self._until = self._now + WORDS_AFTER_PERSON_SECONDS if asked else 0.0
        elif machine:
            self._until = LONGEST_GREETING_SECONDS
        elif self._verdict is flow.Verdict.HUMAN:
            self._until = self._now + AFTER_PERSON_SECONDS

    def _give_up(self) -> None:
        if self._verdict is None:
            self._report(flow.Judged(verdict=flow.Verdict.UNSURE, confidence=0.0, reason=NOT_HEARD))
        elif self._verdict is flow.Verdict.MACHINE and self._leaves and not self._greeting_ended:
            self._report(flow.GreetingEnded(beep=False))

    @property
    def _now(self) -> float:
        """Seconds since the answer."""
        return self._clock.monotonic() - self._answered_at


class _Pieces:
    """Collects frames, and returns those that follow each other as one."""

    def __init__(self, frames: AsyncIterator[Frame]) -> None:
        self._waiting: list[Frame] = []
        #: End of the last frame.
        self._last = 0.0
        self.over = False
        self._task = asyncio.get_running_loop().create_task(self._collect(frames))

    async def _collect(self, frames: AsyncIterator[Frame]) -> None:
        async for frame in frames:
            self._waiting.append(frame)
        self.over = True

    def take(self) -> list[Frame]:
        """Return what has come since the last time."""
        frames, self._waiting = self._waiting, []
        joined: list[Frame] = []
        for frame in frames:
            if joined and abs(frame.at - self._last) < _FOLLOWS_SECONDS:
                joined[-1] = Frame(at=joined[-1].at, samples=joined[-1].samples + frame.samples)
            else:
                joined.append(frame)
            self._last = frame.at + len(frame.samples) / _BYTES_PER_SECOND
        return joined

    def last(self, begin: float) -> float:
        """Return when the last frame ended, where the first could be heard at ``begin``."""
        return begin + self._last

    def stop(self) -> None:
        """Collect no more."""
        self._task.cancel()


_BYTES_PER_SECOND: Final = 16000
#: Time stamps are as exact as the milliseconds that some of them are made of.
_FOLLOWS_SECONDS: Final = 0.005
