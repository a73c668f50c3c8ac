"""What a flow makes of the detector's verdicts, of a greeting's end and of a beep that comes late."""

from __future__ import annotations

from typing import Any

import pytest

from callwright.flows import commands as c
from callwright.flows import events as e
from callwright.flows.state import Phase
from support.flows import Telephone, flow, gather, notes, say, without_notes

MACHINE = e.Judged(verdict=e.Verdict.MACHINE, confidence=0.8, seconds=4.2, reason="long_greeting", greeting=True)
HUMAN = e.Judged(verdict=e.Verdict.HUMAN, confidence=0.9)
BEEP, PAUSE = e.GreetingEnded(beep=True), e.GreetingEnded(beep=False)
LEAVE: dict[str, Any] = {"leave": [say("Call us back.")]}


def call(*steps: dict[str, Any], on_machine: dict[str, Any]) -> Telephone:
    return Telephone(flow(*steps, on_machine=on_machine))


def detecting(*steps: dict[str, Any], on_machine: dict[str, Any]) -> Telephone:
    it = call(*steps, on_machine=on_machine)
    it.answer(detecting=True)
    return it


@pytest.mark.parametrize("end", [BEEP, PAUSE])
def test_a_machine_hears_its_message_when_its_greeting_is_over(end: e.GreetingEnded) -> None:
    it = detecting(say("Hello."), on_machine=LEAVE)
    assert without_notes(it.send(MACHINE)) == []
    assert it.state.phase is Phase.GREETING
    it.send(end)
    assert it.said == ["Call us back."]
    assert notes(it.commands, "greeting_ended") == [{"beep": end.beep}]
    assert without_notes(it.played()) == [c.Hangup()]
    assert (it.state.verdict, it.state.left) == ("machine", True)


def test_what_is_known_of_the_verdict_stands_in_the_timeline() -> None:
    it = detecting(say("Hello."), on_machine=LEAVE)
    it.send(MACHINE)
    assert notes(it.commands, "verdict") == [
        {"verdict": "machine", "confidence": 0.8, "seconds": 4.2, "reason": "long_greeting"}
    ]


def test_a_beep_that_comes_later_lets_the_message_begin_again() -> None:
    it = detecting(say("Hello."), on_machine=LEAVE)
    for event in (MACHINE, PAUSE, BEEP):
        it.send(event)
    assert it.commands[-1] == c.StopPlaying(play_id=1)
    it.played()
    assert it.said == ["Call us back.", "Call us back."]
    # one that beeps all the time does not let us begin for ever
    it.send(BEEP)
    it.played()
    assert it.said == ["Call us back."] * 3
    assert it.send(BEEP) == []


def test_a_pause_in_the_middle_of_our_message_changes_nothing() -> None:
    it = detecting(say("Hello."), on_machine=LEAVE)
    for event in (MACHINE, BEEP, PAUSE):
        it.send(event)
    assert c.StopPlaying(play_id=1) not in it.commands


def test_silence_after_the_answer_is_ours_to_fill() -> None:
    it = detecting(say("Hello."), say("More."), on_machine=LEAVE)
    assert it.send(e.Quiet())
    assert it.said == ["Hello."]
    assert it.send(e.Quiet()) == []
    # and whoever it was turns out to be a machine
    assert without_notes(it.send(MACHINE)) == [c.StopPlaying(play_id=1)]
    it.played()
    assert it.said == ["Hello."]
    it.send(BEEP)
    assert it.said == ["Hello.", "Call us back."]


def test_at_once_the_same_message_begins_again_after_the_beep() -> None:
    it = call(say("Hello."), say("More."), on_machine={"action": "same", "speak": "at_once"})
    it.answer(detecting=False)
    assert it.said == ["Hello."]
    it.send(MACHINE)
    it.played()
    it.send(BEEP)
    it.played()
    it.played()
    assert it.said == ["Hello.", "Hello.", "More."]
    assert it.state.left


def test_who_heard_all_before_anybody_knew_who_it_is_is_told_from_a_machine() -> None:
    def at_once() -> Telephone:
        it = call(say("Hello."), on_machine={"action": "same", "speak": "at_once"})
        it.send(e.Answered(judging=True))
        assert without_notes(it.played()) == []
        assert it.state.phase is Phase.UNDECIDED
        return it

    person, machine, deaf = at_once(), at_once(), at_once()
    assert without_notes(person.send(HUMAN)) == [c.Hangup()]
    assert deaf.send(e.Resumed()) == [c.Hangup()]
    machine.send(MACHINE)
    machine.send(BEEP)
    assert machine.said == ["Hello.", "Hello."]
    assert without_notes(machine.played()) == [c.Hangup()]
    assert machine.state.left


def test_what_was_done_before_the_first_words_is_not_done_again() -> None:
    text = {"type": "sms", "text": "We called."}
    it = call(text, say("Hello."), on_machine={"action": "same"})
    it.answer(detecting=False)
    it.send(MACHINE)
    it.played()
    it.send(BEEP)
    assert it.said == ["Hello.", "Hello."]
    assert sum(isinstance(command, c.SendSms) for command in it.commands) == 1


def test_a_person_who_was_one_stays_one_but_for_a_beep() -> None:
    it = detecting(say("Hello."), on_machine=LEAVE)
    it.send(HUMAN)
    assert without_notes(it.send(MACHINE)) == []
    assert it.state.verdict == "human"
    beeped = e.Judged(verdict=e.Verdict.MACHINE, reason="beep", revised=True, greeting=True)
    assert without_notes(it.send(beeped)) == [c.StopPlaying(play_id=1)]
    assert it.state.verdict == "machine"


def test_whoever_pressed_a_key_is_not_taken_for_a_machine_by_a_beep() -> None:
    it = detecting(gather("Press 1.", branches={"1": [say("Fine.")]}), on_machine=LEAVE)
    it.send(HUMAN)
    it.press("1")
    beeped = e.Judged(verdict=e.Verdict.MACHINE, reason="beep", revised=True, greeting=True)
    assert without_notes(it.send(beeped)) == []
    assert it.state.verdict == "human"


def test_a_machine_that_hung_up_in_the_middle_got_no_message() -> None:
    it = detecting(say("Hello."), on_machine=LEAVE)
    it.send(MACHINE)
    it.send(BEEP)
    it.send(e.Played(play_id=1, ok=False))
    assert not it.state.left
    assert not notes(it.commands, "message_left")


def test_without_the_detector_a_machine_hears_its_message_at_once() -> None:
    it = detecting(say("Hello."), on_machine=LEAVE)
    it.send(MACHINE)
    it.send(e.Resumed())
    assert it.said == ["Call us back."]


def test_hang_up_on_a_machine_waits_for_nothing() -> None:
    it = detecting(say("Hello."), on_machine={"action": "hangup"})
    assert without_notes(it.send(MACHINE)) == [c.Hangup()]
    assert (it.state.verdict, it.state.left) == ("machine", False)
