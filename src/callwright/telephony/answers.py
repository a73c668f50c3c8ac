"""Listens to what a callee answers, and tells the flow: he speaks, this is what he said, or why nobody knows."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass
from typing import Final, Protocol

import numpy as np

from callwright.clock import Clock
from callwright.errors import CallwrightError
from callwright.flows import events as flow
from callwright.flows.commands import Listen, StopListening
from callwright.flows.words import expected
from callwright.rules.revocation import revocation_of
from callwright.speech.recognise.endpoint import Endpointer, SpeechBegan, SpeechEnded
from callwright.speech.recognise.engine import (
    RecogniserAbsent,
    RecogniserBusy,
    RecognitionFailed,
    Samples,
    Transcript,
    possible_answers,
)
from callwright.speech.recognise.models import SPHINX, Models
from callwright.telephony.port import Frame, Leg

log = logging.getLogger(__name__)

#: How often we look at what was heard, in seconds.
PIECE_SECONDS: Final = 0.06
#: So long nothing was received: it was silence, and not a frame that is late.
_SILENCE_SECONDS: Final = 0.2
#: Sounds without words in one attempt; after them there is no use in listening on.
MOST_NOISES: Final = 3
#: Below this the recogniser guesses: its words count as none. Chosen by looking at transcripts of noise, not measured.
LEAST_CONFIDENCE: Final = 0.25

Report = Callable[[flow.SpeechBegan | flow.Heard | flow.Silence], None]


class Understands(Protocol):
    """The recogniser, as far as a call needs it."""

    @property
    def models(self) -> Models:
        """Which languages it understands."""
        ...

    async def transcribe(
        self, samples: Samples, *, language: str, prompt: str = "", words: Sequence[str] = ()
    ) -> Transcript:
        """Return the words. Raises ``RecognitionFailed`` and what is derived from it."""
        ...

    async def warm(self, language: str) -> None:
        """Be ready soon."""
        ...


@dataclass(frozen=True, kw_only=True)
class AnswerMeans:
    """What every call needs that listens."""

    recogniser: Understands
    clock: Clock
    #: BCP 47 of a voice, as authors and accounts name it.
    language_of: Callable[[str], str]


@dataclass(frozen=True, kw_only=True)
class AnswerReport:
    """What one ``Answers`` says; of no use when the flow has stopped listening since."""

    source: object
    event: flow.SpeechBegan | flow.Heard | flow.Silence


class CallAnswers:
    """Carries out a call's ``Listen`` and ``StopListening``, one at a time."""

    def __init__(
        self,
        means: AnswerMeans | None,
        *,
        account_voice: str,
        prompting: Callable[[], bool],
        report: Callable[[AnswerReport], None],
    ) -> None:
        """``means``: ``None``: nothing is installed; ``prompting``: whether our prompt plays now."""
        self._means = means
        self._account_voice = account_voice
        self._prompting = prompting
        self._report = report
        self._source: object | None = None
        self._task: asyncio.Task[None] | None = None

    def carry_out(self, leg: Leg, wanted: Listen | StopListening) -> None:
        """Listen for this from now on, or no more."""
        self.end()
        if isinstance(wanted, StopListening):
            return
        source = self._source = object()

        def report(event: flow.SpeechBegan | flow.Heard | flow.Silence) -> None:
            self._report(AnswerReport(source=source, event=event))

        if self._means is None:
            report(flow.Silence(reason="absent"))
            return
        answers = Answers(
            leg,
            wanted,
            means=self._means,
            account_voice=self._account_voice,
            prompting=self._prompting,
            report=report,
        )
        self._task = asyncio.get_running_loop().create_task(answers.run())

    def end(self) -> None:
        """Listen no more."""
        self._source = None
        if self._task is not None:
            self._task.cancel()
            self._task = None

    def is_current(self, report: AnswerReport) -> bool:
        """Return whether the flow still listens for what this is about."""
        return report.source is self._source


class Answers:
    """Listens from one ``Listen`` to its ``StopListening``; every ``SpeechBegan`` is followed by what came of it."""

    def __init__(
        self,
        leg: Leg,
        wanted: Listen,
        *,
        means: AnswerMeans,
        account_voice: str,
        prompting: Callable[[], bool],
        report: Report,
    ) -> None:
        self._leg = leg
        self._means = means
        self._prompting = prompting
        self._report = report
        self._language = wanted.language or means.language_of(wanted.voice or account_voice)
        # a figure alone is short: "one" is "when" to a model that does not expect it
        figures = expected([[digit] for digit in wanted.digits], self._language) if wanted.keywords else ()
        self._prompt = possible_answers((*wanted.keywords, *figures))
        self._words = expected([[word] for word in (*wanted.keywords, *wanted.digits)], self._language)
        self._noises = 0

    async def run(self) -> None:
        """Listen. Ends by itself only when listening is of no use, which is reported."""
        recogniser, language = self._means.recogniser, self._language
        model = recogniser.models.model_of(language)
        if model is None:
            self._give_up("absent")
            return
        if model == SPHINX and not self._words:
            # it hears nothing but expected words, and would take any word for one of them
            return
        warming = asyncio.get_running_loop().create_task(recogniser.warm(language))
        try:
            async with self._leg.hear() as frames:
                await self._listen(frames)
            self._give_up("not_heard")
        except _OnlyNoise:
            self._give_up("noise")
        except RecogniserBusy:
            self._give_up("busy")
        except RecogniserAbsent:
            self._give_up("absent")
        except RecognitionFailed as error:
            log.warning("attempt %s: what was said is not understood: %s", self._leg.id, error)
            self._give_up("failed")
        except CallwrightError as error:
            log.warning("attempt %s: the callee is not heard: %s", self._leg.id, error)
            self._give_up("not_heard")
        finally:
            warming.cancel()

    async def _listen(self, frames: AsyncIterator[Frame]) -> None:
        endpointer, clock = Endpointer(), self._means.clock
        collected = _Collected(frames)
        begin = clock.monotonic()
        try:
            before = begin
            while not collected.over:
                await clock.sleep(PIECE_SECONDS)
                now = clock.monotonic()
                for frame in collected.take():
                    await self._push(endpointer, frame)
                # a loop that was busy finds what it missed at its next turn: until then nothing counts as silence
                quiet = now - begin - endpointer.position
                if now - before < 2 * PIECE_SECONDS and quiet > _SILENCE_SECONDS:
                    for event in endpointer.elapse(now - begin - _SILENCE_SECONDS, prompting=self._prompting()):
                        await self._take(event)
                    now = clock.monotonic()
                before = now
        finally:
            collected.stop()

    async def _push(self, endpointer: Endpointer, frame: Frame) -> None:
        samples = np.frombuffer(frame.samples, dtype="<i2").astype(np.int16)
        for event in endpointer.push(samples, frame.at, prompting=self._prompting()):
            await self._take(event)

    async def _take(self, event: SpeechBegan | SpeechEnded) -> None:
        if isinstance(event, SpeechBegan):
            self._report(flow.SpeechBegan())
            return
        found = await self._means.recogniser.transcribe(
            event.samples, language=self._language, prompt=self._prompt, words=self._words
        )
        sure = found.confidence is None or found.confidence >= LEAST_CONFIDENCE
        text = found.text if sure else ""
        if any(character.isalnum() for character in text):
            wish = revocation_of(text, self._language, spoken=True)
            self._report(
                flow.Heard(
                    text=text,
                    language=self._language,
                    confidence=found.confidence,
                    revokes=wish.matched if wish is not None and wish.meaning == "revoke" else None,
                )
            )
            return
        self._noises += 1
        if self._noises >= MOST_NOISES:
            raise _OnlyNoise
        self._report(flow.Heard(text="", language=self._language))

    def _give_up(self, reason: str) -> None:
        self._report(flow.Silence(reason=reason))


class _OnlyNoise(CallwrightError):
    """Sounds, but no words."""


class _Collected:
    """Frames that have come since we looked last."""

    def __init__(self, frames: AsyncIterator[Frame]) -> None:
        self._waiting: list[Frame] = []
        self.over = False
        self._task = asyncio.get_running_loop().create_task(self._collect(frames))

    async def _collect(self, frames: AsyncIterator[Frame]) -> None:
        async for frame in frames:
            self._waiting.append(frame)
        self.over = True

    def take(self) -> list[Frame]:
        """Return them."""
        frames, self._waiting = self._waiting, []
        return frames

    def stop(self) -> None:
        """Collect no more."""
        self._task.cancel()
