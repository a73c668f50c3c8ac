"""The same clips once more, with the words of a greeting where the product would ask the recogniser for them.

Synthetic English greetings only: the recogniser that comes with the product knows English, and what a recorded prompt
says ("your mailbox is full") is not what the person or the machine says whose part it plays. The others keep the
verdict by sound.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from dataclasses import dataclass
from functools import cache
from typing import Any, Final

from benchmarks.amd.corpus import Clip
from benchmarks.amd.halves import language
from benchmarks.amd.lines import RATE, Samples
from benchmarks.amd.measure import Heard, Outcome, decide
from benchmarks.amd.report import USUAL
from benchmarks.statistics import percentile
from callwright.speech.listen.loudest import loudest
from callwright.speech.listen.score import Forest
from callwright.speech.recognise.engine import Answer
from callwright.speech.recognise.models import ENGLISH, find_models
from callwright.speech.recognise.whisper import WhisperEngine
from callwright.telephony.greeting_words import PROMPT, understood

_PROCESSES: Final = 2
_WAITING: Final = 4


@dataclass(frozen=True, kw_only=True)
class Told:
    """What the recogniser was asked once."""

    #: Seconds since the answer.
    at: float
    text: str
    #: Processor seconds that it took.
    cpu: float


@dataclass(frozen=True, kw_only=True)
class WithWords:
    """What is made of a clip, and what was asked for it."""

    outcome: Outcome
    told: tuple[Told, ...] = ()


def absent() -> str | None:
    """Return why words cannot be had here; ``None``: they can."""
    return None if ENGLISH in find_models().whisper else "no Whisper model for English is installed"


def with_words(
    clips: Iterable[Clip], heard: Sequence[Heard], outcomes: Sequence[Outcome], forests: Sequence[Forest] | None = None
) -> Iterator[WithWords]:
    """Yield what is made of each clip with words, in any order.

    ``clips``: those of ``heard`` once more, with their sound; ``outcomes``: by sound alone; ``forests``: of each clip,
    where it is not the program's.
    """
    waiting: set[Future[WithWords]] = set()
    with ProcessPoolExecutor(_PROCESSES) as pool:
        for number, (clip, one, outcome) in enumerate(zip(clips, heard, outcomes, strict=True)):
            if language(clip.take) != ENGLISH or clip.take.source != "synthetic":
                yield WithWords(outcome=outcome)
                continue
            waiting.add(pool.submit(_decide, one, clip.samples, forests[number] if forests else None))
            if len(waiting) > _WAITING:
                done, waiting = wait(waiting, return_when=FIRST_COMPLETED)
                yield from (each.result() for each in done)
        yield from (each.result() for each in waiting)


def _decide(heard: Heard, samples: Samples, forest: Forest | None) -> WithWords:
    told: list[Told] = []

    def words(at: float) -> str:
        # what loading it takes is not the question's
        engine = _engine()
        began = time.process_time()
        sound = loudest(samples[: round(at * RATE)])
        text = understood(engine.transcribe(Answer(samples=sound, language=ENGLISH, prompt=PROMPT)).text)
        told.append(Told(at=at, text=text, cpu=time.process_time() - began))
        return text

    return WithWords(outcome=decide(heard, forest=forest, words=words), told=tuple(told))


@cache
def _engine() -> WhisperEngine:
    return WhisperEngine(find_models().whisper[ENGLISH])


def effort(clips: Sequence[WithWords]) -> dict[str, Any]:
    """Return how often the recogniser was asked at 12 dB and above, and what that took."""
    usual = [each for each in clips if each.outcome.clip.condition in USUAL]
    english = [
        each
        for each in usual
        if language(each.outcome.clip.take) == ENGLISH and each.outcome.clip.take.source == "synthetic"
    ]
    seconds = [told.cpu for each in clips for told in each.told]
    kinds: dict[str, list[WithWords]] = {}
    for each in english:
        kinds.setdefault(f"{each.outcome.clip.take.who}: {each.outcome.clip.take.kind}", []).append(each)
    return {
        "clips": len(english),
        "questions": sum(len(each.told) for each in english),
        "cpu_per_question": sum(seconds) / len(seconds) if seconds else None,
        "cpu_per_question_p95": percentile(seconds, 95) if seconds else None,
        "kinds": {
            kind: {"clips": len(some), "questions_a_clip": sum(len(each.told) for each in some) / len(some)}
            for kind, some in kinds.items()
        },
    }
