"""From the sound of a callee to the flow's way on: real speech, a recogniser that knows what was said."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import uuid4

import numpy as np
import pytest

from callwright.calls.models import Attempt, Permission, Settlement
from callwright.flows import commands
from callwright.flows.language import parse_flow
from callwright.speech.recognise.engine import RecogniserBusy, RecognitionFailed, Samples, Transcript
from callwright.speech.recognise.models import Models
from callwright.telephony.answers import AnswerMeans
from callwright.telephony.caller import EngineCaller
from callwright.telephony.simulator import Callee, Press, SimulatedEngine, Sound
from callwright.telephony.virtual_clock import VirtualClock
from support.flows import gather, say
from support.line_sounds import noise
from support.spoken import spoken

TO = "+12125550101"
YES_NO = [{"words": ["Yes"], "next": [say("Good.")]}, {"words": ["No"], "next": [say("A pity.")]}]
#: Seconds that each prompt takes.
PROMPT = 2.0


@dataclass
class Known:
    """Says one thing after the other, or fails as it is told; its first answer takes as long as given."""

    answers: Sequence[str | Exception]
    clock: VirtualClock
    seconds: float = 0.3
    confidence: float | None = 0.9
    models: Models = field(default_factory=lambda: Models(whisper={"en": Path("/nowhere")}))
    asked: list[dict[str, Any]] = field(default_factory=list)

    async def transcribe(
        self, samples: Samples, *, language: str, prompt: str = "", words: Sequence[str] = ()
    ) -> Transcript:
        self.asked.append({"seconds": len(samples) / 8000, "language": language, "prompt": prompt, "words": words})
        await self.clock.sleep(self.seconds)
        answer = self.answers[len(self.asked) - 1]
        if isinstance(answer, Exception):
            raise answer
        return Transcript(text=answer, confidence=self.confidence)

    async def warm(self, language: str) -> None:
        """Always warm."""


class Book:
    """A ledger that remembers what the timeline would show."""

    def __init__(self) -> None:
        self.effects: list[commands.Command] = []
        self.settled: list[Settlement] = []

    async def ringing(self, attempt_id: str) -> None:
        """Nothing to keep."""

    async def answered(self, attempt_id: str, state: Mapping[str, Any], effects: Sequence[commands.Command]) -> None:
        self.effects += effects

    async def progress(self, attempt_id: str, state: Mapping[str, Any], effects: Sequence[commands.Command]) -> None:
        self.effects += effects

    async def settle(self, attempt_id: str, end: Settlement) -> None:
        self.settled.append(end)

    def notes(self, kind: str) -> list[dict[str, Any]]:
        return [one.data for one in self.effects if isinstance(one, commands.Note) and one.kind == kind]


class Voice:
    """Remembers what was said."""

    def __init__(self) -> None:
        self.said: list[str] = []

    async def render(self, items: Sequence[commands.Speech | commands.Audio], voice: str) -> list[Path]:
        return [Path(f"/nowhere/{item.text}") for item in items if isinstance(item, commands.Speech)]


def sound(text: str, after: float) -> Sound:
    return Sound(after=after, samples=spoken(text).astype("<i2").tobytes())


@dataclass
class Call:
    """How one call went."""

    book: Book
    recogniser: Known | None
    played: list[str]

    @property
    def result(self) -> dict[str, Any]:
        (note,) = self.book.notes("gather")
        return note


def talk(
    callee: Callee,
    *answers: str | Exception,
    installed: bool = True,
    recogniser: Callable[[Known], Known] = lambda known: known,
    **more: Any,
) -> Call:
    clock, book, played = VirtualClock(), Book(), []

    def length(files: Sequence[Path]) -> float:
        played.append(files[0].name)
        return PROMPT

    engine = SimulatedEngine(clock, {TO: callee}, play_seconds=length)
    known = recogniser(Known(answers, clock))
    flow = parse_flow({"language": "en-US", "steps": [gather("Will you come?", **{"keywords": YES_NO, **more})]})
    attempt = Attempt(
        id="att_1",
        organisation_id="org_1",
        call_id="cal_1",
        ordinal=1,
        to_number=TO,
        from_number="+12125550100",
        sandbox=False,
        purpose="emergency",
        ring_timeout_seconds=30,
        not_before=datetime(2026, 1, 1, tzinfo=UTC),
        flow_id=f"flw_{uuid4()}",
        flow=flow.to_json(),
        variables={},
        voice="en-US-f",
    )
    permission = Permission(trunk="lab", dial_string=TO, caller_number="+12125550100")
    means = AnswerMeans(recogniser=known, clock=clock, language_of=lambda voice: voice[:5])
    caller = EngineCaller(engine, ledger=book, voice=Voice(), clock=clock, answers=means if installed else None)

    async def run() -> None:
        await caller.call(attempt, permission)

    clock.run(run())
    return Call(book, known, played)


def test_a_word_after_the_prompt_leads_on() -> None:
    call = talk(Callee(says=[sound("Yes.", PROMPT + 1)]), "Yes.")
    assert call.played == ["Will you come?", "Good."]
    assert call.result == {"result": "keyword", "attempt": 1, "keyword": "Yes", "heard": "Yes.", "confidence": 0.9}
    (asked,) = call.recogniser.asked
    assert asked["language"] == "en-US"
    assert asked["prompt"] == "Possible answers: Yes, No."
    assert {"Yes", "No", "yeah"} <= set(asked["words"])
    assert 0.3 < asked["seconds"] < 2


def test_a_word_over_the_prompt_stops_it() -> None:
    call = talk(Callee(says=[sound("No.", 0.5)]), "No.", prompt=[say("One."), say("Two.")])
    assert call.played[-1] == "A pity."
    assert call.result["keyword"] == "No"


def test_who_begins_late_is_heard_to_the_end() -> None:
    # the attempt's time ends while he speaks
    late = Callee(says=[sound("I would say yes, I think so.", PROMPT + 4.5)])
    call = talk(late, "I would say yes, I think so.", attempts=1)
    assert call.result["keyword"] == "Yes"


def test_silence_is_no_input_and_asks_nobody() -> None:
    call = talk(Callee(), attempts=1)
    assert call.result == {"result": "no_input", "attempt": 1}
    assert call.recogniser.asked == []


def test_other_words_are_asked_again() -> None:
    both = [sound("My cat is ill.", PROMPT + 0.5), sound("Yes.", PROMPT * 2 + 5)]
    call = talk(Callee(says=both), "My cat is ill.", "Yes", attempts=2)
    assert [note["result"] for note in call.book.notes("gather")] == ["invalid", "keyword"]
    assert call.played == ["Will you come?", "Will you come?", "Good."]


@pytest.mark.parametrize(("error", "reason"), [(RecogniserBusy(), "busy"), (RecognitionFailed(), "failed")])
def test_what_cannot_be_understood_takes_the_way_of_no_input(error: Exception, reason: str) -> None:
    call = talk(Callee(says=[sound("Yes.", PROMPT + 0.5)]), error, attempts=1, on_no_input=[say("Bye.")])
    assert call.book.notes("not_heard") == [{"reason": reason}]
    assert call.result == {"result": "no_input", "attempt": 1}
    assert call.played[-1] == "Bye."


def test_without_a_recogniser_keys_work_and_the_timeline_says_so() -> None:
    keys = {"branches": {"1": [say("Key.")]}}
    call = talk(Callee(presses=[Press(digits="1", after=PROMPT + 1)]), installed=False, **keys)
    assert call.played[-1] == "Key."
    assert call.book.notes("not_heard") == [{"reason": "absent"}]


def test_a_language_without_a_model_is_absent() -> None:
    call = talk(Callee(), attempts=1, prompt=[say("Kommen Sie?", language="de-DE")])
    assert call.book.notes("not_heard") == [{"reason": "absent"}]


def test_guesses_count_as_no_words_and_noise_is_not_listened_to_for_ever() -> None:
    def unsure(known: Known) -> Known:
        known.confidence = 0.1
        return known

    says = [sound("Blah.", PROMPT + 1 + 3 * n) for n in range(3)]
    call = talk(Callee(says=says), "yes", "yes", "yes", recogniser=unsure, attempts=1)
    assert call.book.notes("not_heard") == [{"reason": "noise"}]
    assert call.result == {"result": "no_input", "attempt": 1}


def test_a_key_while_the_recogniser_works_is_the_answer() -> None:
    callee = Callee(says=[sound("Yes.", PROMPT + 0.5)], presses=[Press(digits="1", after=PROMPT + 2.0)])
    slow = lambda known: Known(known.answers, known.clock, seconds=5)  # noqa: E731
    call = talk(callee, "Yes.", recogniser=slow, branches={"1": [say("Key.")]})
    assert call.played[-1] == "Key."
    assert call.result == {"result": "matched", "attempt": 1, "digits": "1"}


def test_stop_calling_me_is_put_on_record_and_confirmed() -> None:
    call = talk(Callee(says=[sound("Stop calling me.", PROMPT + 0.5)]), "Stop calling me!")
    assert [one for one in call.book.effects if isinstance(one, commands.OptOut)] == [
        commands.OptOut(scope="organisation", evidence='said "Stop calling me!"')
    ]
    assert call.played[-1] == "You will not be called again. Goodbye."


def test_the_echo_of_our_prompt_is_nobodys_answer() -> None:
    prompt = spoken("Will you come? Please say yes or no.")[: round(PROMPT * 8000)]
    echo = prompt.astype(np.float64) * 10 ** (-20 / 20)
    samples = np.rint(echo + noise(len(echo) / 8000, -60)[: len(echo)]).astype("<i2").tobytes()
    call = talk(Callee(says=[Sound(after=0.1, samples=samples)]), "yes", attempts=1)
    assert call.recogniser.asked == []
    assert call.result == {"result": "no_input", "attempt": 1}


def test_speech_stops_the_prompt_where_it_may() -> None:
    call = talk(Callee(says=[sound("Well, no, I can not.", 0.5)]), "Well, no, I cannot.", barge_in_by="speech")
    assert call.result["keyword"] == "No"
    assert call.played == ["Will you come?", "A pity."]
