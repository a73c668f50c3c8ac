"""When a person, a machine or nobody is spoken to, by what they say: runner, flow and detector in virtual time."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from callwright.flows import commands
from callwright.flows.simple import DtmfAction
from callwright.rules.outcomes import Outcome
from callwright.speech.listen.cues import Cue, Words
from callwright.speech.listen.detectors import DetectorUnavailable, Listening, LocalDetectors
from callwright.speech.listen.events import Event
from callwright.telephony.caller import EngineCaller
from callwright.telephony.simulator import Callee, Press, SimulatedEngine
from callwright.telephony.virtual_clock import VirtualClock
from support.heard_calls import GREETING, TO, KeptLedger, new_call, says, seconds, spoken
from support.line_sounds import Samples, noise, silence, tone

PLAY_SECONDS = 5.0


class Voice:
    """Every text is a file of its own."""

    async def render(self, items: Sequence[commands.Speech | commands.Audio], voice: str) -> list[Path]:
        return [Path("/nowhere") / item.text for item in items if isinstance(item, commands.Speech)]


class Call:
    """One call from its answer to its settlement."""

    def __init__(
        self,
        callee: Callee,
        *,
        detectors: Any = None,
        words: Words | None = None,
        dtmf: Mapping[str, DtmfAction] | None = None,
        **option: Any,
    ) -> None:
        self.clock = VirtualClock()
        self.ledger = KeptLedger(self.clock)
        #: What was said to the callee, and when it began, in seconds since the answer.
        self.said: list[tuple[str, float]] = []
        self.engine = SimulatedEngine(self.clock, {TO: callee}, play_seconds=self._play)
        caller = EngineCaller(
            self.engine,
            ledger=self.ledger,
            voice=Voice(),
            clock=self.clock,
            detectors=detectors or LocalDetectors(),
            words=words,
        )
        attempt, permission = new_call(option, dtmf=dtmf)
        self.clock.run(caller.call(attempt, permission))
        (self.end,) = self.ledger.settled

    def _play(self, files: Sequence[Path]) -> float:
        self.said.append((files[0].name, self.clock.monotonic() - self.ledger.answered_at))
        return PLAY_SECONDS

    @property
    def texts(self) -> list[str]:
        return [text for text, _ in self.said]

    @property
    def verdicts(self) -> list[str]:
        return [data["verdict"] for _, data in self.ledger.noted("verdict")]


def machine(*, beep: float | None = 0.5, more: Sequence[Samples] = ()) -> Callee:
    """A voicemail with a greeting, and so many seconds after it a beep."""
    after = () if beep is None else (silence(beep), tone(1000, 0.4))
    return Callee(says=says(spoken(GREETING), *after, *more))


#: Where the greeting of ``machine`` ends, in seconds since the answer.
GREETED = 0.3 + seconds(spoken(GREETING))
LEAVE = {"mode": "leave", "message": "Call us back."}


def test_a_person_hears_the_message_within_two_seconds_after_the_greeting() -> None:
    call = Call(Callee(says=says(spoken("Hello?"))), mode="hangup")
    ((text, begin),) = call.said
    assert text == "Our message."
    assert 0.5 < begin - (0.3 + seconds(spoken("Hello?"))) < 2.0
    assert (call.end.outcome, call.verdicts) == (Outcome.HUMAN, ["human"])


@pytest.mark.parametrize("callee", [Callee(), Callee(says=says(noise(20, dbfs=-50)))], ids=["nothing", "noise"])
def test_who_says_nothing_hears_the_message_after_a_second_and_a_half(callee: Callee) -> None:
    call = Call(callee, **LEAVE)
    ((text, begin),) = call.said
    assert text == "Our message."
    assert begin == pytest.approx(1.6, abs=0.2)
    assert (call.end.outcome, call.verdicts) == (Outcome.ANSWERED, ["silence"])


def test_a_machine_is_hung_up_on() -> None:
    call = Call(machine(), mode="hangup")
    assert call.said == []
    assert (call.end.outcome, call.verdicts) == (Outcome.MACHINE, ["machine"])


@pytest.mark.parametrize(("option", "text"), [({"mode": "same"}, "Our message."), (LEAVE, "Call us back.")])
def test_a_machine_gets_its_message_after_the_beep(option: dict[str, Any], text: str) -> None:
    call = Call(machine(), **option)
    ((said, begin),) = call.said
    assert said == text
    assert 0 < begin - (GREETED + 0.9) < 0.3
    assert call.end.outcome is Outcome.VOICEMAIL_LEFT
    assert [data for _, data in call.ledger.noted("greeting_ended")] == [{"beep": True}]


def test_without_a_beep_it_is_left_after_a_long_pause() -> None:
    call = Call(machine(beep=None), **LEAVE)
    ((text, begin),) = call.said
    assert text == "Call us back."
    assert 1.5 < begin - GREETED < 3.0
    assert call.end.outcome is Outcome.VOICEMAIL_LEFT
    assert [data for _, data in call.ledger.noted("greeting_ended")] == [{"beep": False}]


def test_a_beep_that_comes_late_lets_it_begin_again() -> None:
    call = Call(machine(beep=5.0), **LEAVE)
    (_, early), (_, late) = call.said
    assert early < GREETED + 3.5
    assert 0 < late - (GREETED + 5.4) < 0.3
    assert call.end.outcome is Outcome.VOICEMAIL_LEFT


def test_a_short_greeting_that_beeps_is_a_machine_s() -> None:
    call = Call(Callee(says=says(spoken("Leave a message."), silence(2.0), tone(850, 0.4))), **LEAVE)
    assert call.texts == ["Our message.", "Call us back."]
    assert (call.end.outcome, call.verdicts) == (Outcome.VOICEMAIL_LEFT, ["human", "machine"])


def test_at_once_a_person_is_not_kept_waiting() -> None:
    call = Call(Callee(says=says(spoken("Hello?"))), mode="same", speak="at_once")
    assert call.said == [("Our message.", pytest.approx(0.0, abs=0.05))]
    assert call.end.outcome is Outcome.HUMAN


def test_at_once_a_machine_stops_us_and_hears_it_again() -> None:
    call = Call(machine(), mode="same", speak="at_once")
    assert call.texts == ["Our message.", "Our message."]
    assert 0 < call.said[1][1] - (GREETED + 0.9) < 0.3
    assert call.end.outcome is Outcome.VOICEMAIL_LEFT


def test_a_machine_that_hangs_up_in_the_middle_got_no_message() -> None:
    callee = machine()
    call = Call(replace(callee, hangs_up_after=GREETED + 3), **LEAVE)
    assert call.texts == ["Call us back."]
    assert call.end.outcome is Outcome.MACHINE


def test_a_fax_is_hung_up_on() -> None:
    call = Call(Callee(says=says(tone(2100, 3.0))), mode="same")
    assert call.said == []
    assert call.end.outcome is Outcome.FAX


def test_for_machines_only_a_person_hears_who_called() -> None:
    option = {"mode": "machine_only", "person_message": "This is the library."}
    person, voicemail = Call(Callee(says=says(spoken("Hello?"))), **option), Call(machine(), **option)
    assert person.texts == ["This is the library."]
    assert person.end.outcome is Outcome.HUMAN
    assert voicemail.texts == ["Our message."]
    assert voicemail.end.outcome is Outcome.VOICEMAIL_LEFT


def test_whoever_presses_a_key_stays_a_person_though_something_beeps() -> None:
    callee = Callee(
        says=says(spoken("Hello?"), silence(2.5), tone(440, 0.4)), presses=[Press(digits="1", in_play=1, after=0.2)]
    )
    call = Call(callee, dtmf={"1": DtmfAction(action="say", text="Fine.")}, **LEAVE)
    assert call.texts == ["Our message.", "Fine."]
    assert call.end.outcome is Outcome.HUMAN


def test_without_the_option_nobody_listens() -> None:
    call = Call(machine(), mode="off")
    assert call.said == [("Our message.", pytest.approx(0.0, abs=0.05))]
    assert (call.end.outcome, call.verdicts) == (Outcome.ANSWERED, [])


BUSINESS = "Good morning, Northside Dental. This is Paula speaking, and it is a lovely day. How can I help you?"


class Understood:
    """Understands everybody as if they had said this."""

    def __init__(self, text: str) -> None:
        self._text = text

    def language_of(self, voice: str) -> str:
        return voice.rpartition("-")[0]

    def understands(self, language: str) -> bool:
        return language == "en-US"

    async def words(self, samples: np.ndarray[tuple[int, ...], np.dtype[np.int16]], language: str) -> str:
        assert len(samples) > 0.9 * 8000
        return self._text


def test_a_business_that_greets_at_length_is_told_from_a_machine_by_its_words() -> None:
    callee = Callee(says=says(spoken(BUSINESS)))
    assert seconds(spoken(BUSINESS)) > 4.5
    by_time, by_words = Call(callee, mode="hangup"), Call(callee, words=Understood(BUSINESS), mode="hangup")
    assert by_time.end.outcome is Outcome.MACHINE
    assert by_words.end.outcome is Outcome.HUMAN
    assert by_words.texts == ["Our message."]


def test_a_machine_is_known_earlier_by_its_words() -> None:
    by_time, by_words = Call(machine(), mode="hangup"), Call(machine(), words=Understood(GREETING), mode="hangup")
    (before,), (after,) = (call.ledger.noted("verdict") for call in (by_time, by_words))
    assert (by_words.end.outcome, after[1]["reason"]) == (Outcome.MACHINE, "words")
    assert after[0] < before[0] - 1


NAMED = "Hello, this is John Miller."
ANNOUNCED = "I am sorry that I missed your call. Please leave me a message."


class Follows(Understood):
    """Understands what was said until then: a name first, and more when more was said."""

    def __init__(self) -> None:
        super().__init__("")
        self.asked = 0

    async def words(self, samples: np.ndarray[tuple[int, ...], np.dtype[np.int16]], language: str) -> str:
        self.asked += 1
        return NAMED if len(samples) < (0.3 + seconds(spoken(NAMED)) + 2.0) * 8000 else f"{NAMED} {ANNOUNCED}"


def pausing_machine() -> Callee:
    """A voicemail that pauses after its name for so long that we begin to speak, and that does not beep."""
    return Callee(says=says(spoken(NAMED), silence(2.2), spoken(ANNOUNCED), silence(20)))


@pytest.mark.parametrize(
    ("option", "texts", "outcome"),
    [
        pytest.param(LEAVE, ["Our message.", "Call us back."], Outcome.VOICEMAIL_LEFT, id="leave"),
        pytest.param({"mode": "hangup"}, ["Our message."], Outcome.MACHINE, id="hangup"),
    ],
)
def test_a_machine_that_speaks_on_is_known_by_its_words(
    option: dict[str, Any], texts: list[str], outcome: Outcome
) -> None:
    by_sound = Call(pausing_machine(), **option)
    assert (by_sound.texts, by_sound.verdicts) == (["Our message."], ["human"])
    words = Follows()
    call = Call(pausing_machine(), words=words, **option)
    assert (call.texts, call.verdicts, call.end.outcome) == (texts, ["human", "machine"], outcome)
    assert call.ledger.noted("verdict")[-1][1]["reason"] == "words"
    assert words.asked <= 4


def test_where_machines_are_hung_up_on_a_beep_after_the_verdict_is_not_believed() -> None:
    callee = Callee(says=says(spoken(NAMED), silence(2.5), tone(850, 0.4), silence(10)))
    call = Call(callee, words=Follows(), mode="hangup")
    assert (call.texts, call.verdicts, call.end.outcome) == (["Our message."], ["human"], Outcome.HUMAN)


class Deaf(LocalDetectors):
    """A detector that is broken from its first call, or breaks after some seconds of sound."""

    def __init__(self, until: float) -> None:
        self._until = until

    def begin(self) -> Listening:
        return DeafListening(super().begin(), self._until)


class DeafListening:
    def __init__(self, inner: Listening, until: float) -> None:
        self._inner = inner
        self._until = until

    async def push(self, samples: bytes, at: float) -> Sequence[Event]:
        if at >= self._until:
            raise DetectorUnavailable
        return await self._inner.push(samples, at)

    async def told(self, cue: Cue) -> Sequence[Event]:
        return await self._inner.told(cue)

    def close(self) -> None:
        self._inner.close()


def test_when_nobody_can_listen_the_message_is_spoken_at_once() -> None:
    call = Call(machine(), detectors=Deaf(0.0), **LEAVE)
    ((text, begin),) = call.said
    assert text == "Our message."
    assert begin < 0.5
    assert (call.end.outcome, call.verdicts) == (Outcome.ANSWERED, ["unsure"])


def test_a_detector_that_breaks_in_the_greeting_does_not_keep_the_message_back() -> None:
    call = Call(machine(more=[silence(20)]), detectors=Deaf(6.2), **LEAVE)
    assert call.texts == ["Call us back."]
    assert call.end.outcome is Outcome.VOICEMAIL_LEFT
