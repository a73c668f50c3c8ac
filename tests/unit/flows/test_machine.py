"""A call's way through its flow, step by step."""

from __future__ import annotations

from typing import Any

import pytest

from callwright.flows import commands as c
from callwright.flows import events as e
from callwright.flows.machine import Phase, State, begin
from support.flows import FROM, TO, Telephone, flow, gather, notes, say, without_notes

HANGUP = {"type": "hangup"}
HOOK = {"type": "webhook", "url": "https://example.com/hook"}
MACHINE = e.Judged(verdict=e.Verdict.MACHINE)


def call(*steps: dict[str, Any], variables: dict[str, str] | None = None, **more: Any) -> Telephone:
    return Telephone(flow(*steps, **more), variables)


def answered(*steps: dict[str, Any], variables: dict[str, str] | None = None, **more: Any) -> Telephone:
    telephone = call(*steps, variables=variables, **more)
    telephone.answer()
    return telephone


def test_a_message_is_spoken_and_the_call_ends() -> None:
    it = call(say("Hello {NAME}."), variables={"name": "Ann"})
    assert it.answer() == [
        c.Note(kind="step", step="s1", data={"type": "say"}),
        c.Play(play_id=1, items=(c.Speech(text="Hello Ann."),)),
    ]
    assert it.played() == [c.Hangup()]
    assert it.send(e.HungUp()) == []
    assert it.state.phase is Phase.OVER


def test_voice_and_language_come_from_the_step_else_from_the_flow() -> None:
    it = answered(
        say("A"),
        say("B", voice="de-DE-F", rate=1.5, pitch=2),
        {"type": "play", "audio": "aud_x1"},
        voice="en-US-Neural-F",
        language="en-US",
    )
    it.played()
    it.played()
    plays = [command for command in it.commands if isinstance(command, c.Play)]
    assert plays[0].items == (c.Speech(text="A", voice="en-US-Neural-F", language="en-US"),)
    assert plays[1].items == (c.Speech(text="B", voice="de-DE-F", language=None, rate=1.5, pitch=2.0),)
    assert plays[2].items == (c.Audio(audio_id="aud_x1"),)


def test_what_comes_out_blank_is_not_spoken() -> None:
    it = answered(say("{nothing} "), say("Hello."))
    assert it.said == ["Hello."]


def test_a_play_that_failed_is_noted_and_the_flow_goes_on() -> None:
    it = answered(say("One."), say("Two."))
    it.played(ok=False)
    assert notes(it.commands, "play_failed") == [{}]
    assert it.said == ["One.", "Two."]


def test_plays_that_are_not_the_one_in_the_air_are_ignored() -> None:
    it = answered(say("One."), say("Two."))
    assert it.send(e.Played(play_id=0)) == []
    assert it.send(e.Played(play_id=2)) == []
    assert it.said == ["One."]


def test_the_order_to_hang_up_is_given_again_after_a_restart() -> None:
    it = answered(HANGUP)
    assert it.commands[-1] == c.Hangup()
    assert it.send(e.Digit(digit="1")) == []
    assert it.send(e.Resumed()) == [c.Hangup()]
    it.send(e.HungUp())
    assert it.send(e.Resumed()) == []


class TestMachine:
    @pytest.mark.parametrize("verdict", [e.Verdict.HUMAN, e.Verdict.UNSURE, e.Verdict.SILENCE])
    def test_nothing_is_said_before_the_verdict(self, verdict: e.Verdict) -> None:
        it = call(say("Hello."))
        assert it.answer(detecting=True) == []
        it.send(e.Judged(verdict=verdict, confidence=0.9))
        assert it.said == ["Hello."]
        assert notes(it.commands, "verdict") == [{"verdict": verdict.value, "confidence": 0.9}]

    def test_a_machine_that_is_to_hear_nothing_hears_nothing(self) -> None:
        it = call(say("Hello."), on_machine={})
        it.answer(detecting=True)
        assert without_notes(it.send(MACHINE)) == [c.Hangup()]
        assert not notes(it.commands, "message_left")

    @pytest.mark.parametrize("action", ["same", "hangup"])
    def test_a_fax_hears_nothing_ever(self, action: str) -> None:
        it = call(say("Hello."), on_machine={"action": action})
        it.answer(detecting=True)
        assert without_notes(it.send(e.Judged(verdict=e.Verdict.FAX))) == [c.Hangup()]

    def test_leave_says_its_own_words(self) -> None:
        it = call(say("Hello."), on_machine={"leave": [say("Call us back.")]})
        it.answer(detecting=True)
        it.send(MACHINE)
        assert without_notes(it.played()) == [c.Hangup()]
        assert it.said == ["Call us back."]
        assert notes(it.commands, "message_left") == [{}]

    def test_same_says_the_prompt_of_a_question_once_and_ends(self) -> None:
        it = call(say("Hello."), gather("Press 1.", branches={"1": [HOOK]}), on_machine={"action": "same"})
        it.answer(detecting=True)
        it.send(MACHINE)
        it.press("1")
        it.played()
        assert without_notes(it.played()) == [c.Hangup()]
        assert it.said == ["Hello.", "Press 1."]

    @pytest.mark.parametrize("step", [{"type": "transfer", "to": "Ext:1"}, {"type": "record"}])
    def test_nobody_is_connected_with_a_machine(self, step: dict[str, Any]) -> None:
        it = call(step, on_machine={"action": "same"})
        it.answer(detecting=True)
        assert without_notes(it.send(MACHINE)) == [c.Hangup()]

    def test_a_verdict_after_the_first_words_stops_them(self) -> None:
        it = answered(say("Hello."), on_machine={"leave": [say("Call us back.")]})
        assert without_notes(it.send(MACHINE)) == [c.StopPlaying(play_id=1)]
        assert it.said == ["Hello."]
        it.played()
        assert it.said == ["Hello.", "Call us back."]

    def test_whoever_pressed_a_key_is_a_person(self) -> None:
        it = answered(say("Hello."), gather(branches={"1": [say("Fine.")]}))
        it.press("1")
        assert without_notes(it.send(MACHINE)) == []
        waiting = call(say("Hello."))
        waiting.answer(detecting=True)
        waiting.press("1")
        waiting.send(MACHINE)
        assert waiting.said == ["Hello."]

    def test_a_detector_lost_in_a_restart_is_not_waited_for(self) -> None:
        it = call(say("Hello."))
        it.answer(detecting=True)
        it.send(e.Resumed())
        assert it.said == ["Hello."]


class TestTransfer:
    STEP: dict[str, Any] = {  # noqa: RUF012
        "type": "transfer",
        "to": "+12125550123",
        "caller_id": "callee",
        "ring_timeout_seconds": 20,
        "message": [say("One moment.")],
        "on_failed": [say("Nobody is there.")],
        "on_ended": [say("Thank you.")],
    }
    COMMAND = c.Transfer(to="+12125550123", caller_id="callee", ring_timeout_seconds=20)

    def test_message_then_call_then_the_way_on(self) -> None:
        it = answered(self.STEP)
        assert it.said == ["One moment."]
        assert without_notes(it.played()) == [self.COMMAND, c.RingBack(on=True)]
        assert without_notes(it.send(e.TransferAnswered())) == [c.RingBack(on=False), c.Connect()]
        assert it.state.phase is Phase.CONNECTED
        it.send(e.TransferEnded(cause=16, seconds=3.5))
        assert it.said[-1] == "Thank you."
        assert [note["result"] for note in notes(it.commands, "transfer")] == ["started", "answered", "ended"]
        assert notes(it.commands, "transfer")[-1] == {"result": "ended", "q850_cause": 16, "seconds": 3.5}

    def test_nobody_answers(self) -> None:
        it = answered(self.STEP)
        it.played()
        it.send(e.TransferFailed(reason=e.TransferFailure.CONGESTION))
        assert it.said[-1] == "Nobody is there."
        assert notes(it.commands, "transfer")[-1] == {"result": "failed", "reason": "congestion"}

    def test_a_placeholder_that_brings_no_number_fails_without_calling(self) -> None:
        it = answered({**self.STEP, "to": "{AGENT}", "message": []}, variables={"AGENT": "Local/1@x"})
        assert it.said == ["Nobody is there."]
        assert not any(isinstance(command, c.Transfer) for command in it.commands)

    def test_after_a_restart_the_second_leg_is_not_waited_for_without_end(self) -> None:
        it = answered(self.STEP)
        it.played()
        assert it.send(e.Resumed()) == [self.COMMAND, c.StartTimer(timer_id=1, seconds=90), c.RingBack(on=True)]
        it.elapse()
        assert it.said[-1] == "Nobody is there."

    def test_the_message_goes_on_while_it_rings(self) -> None:
        it = answered({**self.STEP, "during_message": True})
        assert it.said == ["One moment."]
        assert without_notes(it.commands)[0] == self.COMMAND
        # the message ends first: then it is heard that it rings
        assert it.played() == [c.RingBack(on=True)]
        assert without_notes(it.send(e.TransferAnswered())) == [c.RingBack(on=False), c.Connect()]

    def test_an_answer_ends_the_message(self) -> None:
        it = answered({**self.STEP, "during_message": True})
        assert without_notes(it.send(e.TransferAnswered())) == [c.StopPlaying(play_id=1), c.Connect()]
        assert it.played() == []

    def test_what_is_heard_while_it_rings_begins_again(self) -> None:
        it = answered({**self.STEP, "message": [], "hold": [say("Please hold.")]})
        assert it.said == ["Please hold."]
        it.played()
        it.played()
        assert it.said == ["Please hold."] * 3
        it.send(e.TransferFailed(reason=e.TransferFailure.BUSY, cause=17, sip_status=486))
        assert notes(it.commands, "transfer")[-1] == {
            "result": "failed",
            "reason": "busy",
            "q850_cause": 17,
            "sip_status": 486,
        }
        # the way on waits for the end of what was stopped
        it.played()
        assert it.said[-1] == "Nobody is there."

    def test_what_cannot_be_played_gives_way_to_a_tone(self) -> None:
        it = answered({**self.STEP, "message": [], "hold": [{"type": "play", "audio": "aud_1"}]})
        assert it.send(e.Played(play_id=1, ok=False))[-1] == c.RingBack(on=True)

    def test_the_other_side_is_asked_first(self) -> None:
        step = {**self.STEP, "message": [], "whisper": [say("{NAME} calls. Press 1.")], "accept_key": "1"}
        it = answered({**step, "accept_seconds": 5}, variables={"NAME": "Ann"})
        (command,) = [command for command in it.commands if isinstance(command, c.Transfer)]
        assert [item.text for item in command.whisper if isinstance(item, c.Speech)] == ["Ann calls. Press 1."]
        assert (command.accept_key, command.accept_seconds) == ("1", 5)

    @pytest.mark.parametrize(("event", "result"), [(e.TransferAnswered(), "answered"), (e.TransferFailed(), "failed")])
    def test_the_result_is_a_variable(self, event: e.Event, result: str) -> None:
        it = answered({**self.STEP, "message": [], "save_as": "reached"})
        it.send(event)
        assert it.state.variables["reached"] == result

    def test_a_callee_who_leaves_ends_it(self) -> None:
        connected = answered({**self.STEP, "message": []})
        connected.send(e.TransferAnswered())
        connected.send(e.HungUp(second=e.TransferEnded(cause=16, seconds=2.5)))
        assert notes(connected.commands, "transfer")[-1] == {
            "result": "ended",
            "reason": "callee_hung_up",
            "q850_cause": 16,
            "seconds": 2.5,
        }
        ringing = answered({**self.STEP, "message": []})
        ringing.send(e.HungUp())
        assert notes(ringing.commands, "transfer")[-1] == {"result": "failed", "reason": "callee_hung_up"}

    def test_transfers_are_counted(self) -> None:
        it = answered({**self.STEP, "message": [], "on_failed": [{**self.STEP, "message": []}]})
        it.send(e.TransferFailed())
        assert [command.number for command in it.commands if isinstance(command, c.Transfer)] == [1, 2]

    def test_once_it_is_answered_that_timer_is_stale(self) -> None:
        it = answered(self.STEP)
        it.played()
        it.send(e.Resumed())
        it.send(e.TransferAnswered())
        assert it.send(e.Elapsed(timer_id=1)) == []


def test_a_recording_gets_a_name_of_its_own_each_time_and_keeps_it_over_a_restart() -> None:
    step = {"type": "record", "id": "ask", "max_seconds": 60, "silence_seconds": 4, "save_as": "memo", "next": "check"}
    it = answered(step, gather(branches={"2": "ask"}, id="check"))
    first = c.Record(max_seconds=60, silence_seconds=4, terminator="#", beep=True, name="ask-1", step="ask")
    assert it.commands[-1] == first
    assert it.send(e.Resumed()) == [first]
    it.send(e.Recorded(recording_id="rec_9", seconds=3.5))
    assert it.state.variables["memo"] == "rec_9"
    it.press("2")
    assert isinstance(it.commands[-1], c.Record)
    assert it.commands[-1].name == "ask-2"


def test_wait_and_its_timer_after_a_restart() -> None:
    it = answered({"type": "wait", "seconds": 2}, say("Hello."))
    assert it.commands[-1] == c.StartTimer(timer_id=1, seconds=2.0)
    assert it.send(e.Resumed()) == [c.StartTimer(timer_id=2, seconds=2.0)]
    assert it.send(e.Elapsed(timer_id=1)) == []
    it.elapse()
    assert it.said == ["Hello."]


class TestWebhook:
    def test_of_a_key_carries_the_key_and_goes_on_at_once(self) -> None:
        it = answered(gather(branches={"1": [{**HOOK, "body": {"who": "{NAME}", "n": 1}}, say("Done.")]}))
        it.press("1")
        posted = c.PostWebhook(url=HOOK["url"], digit="1", body={"who": "", "n": 1})
        assert posted in it.commands
        it.played()
        assert it.said[-1] == "Done."

    def test_its_answer_becomes_variables(self) -> None:
        it = answered({**HOOK, "wait": True}, say("Hello {reply.name}, {reply.status}."))
        assert without_notes(it.commands) == [
            c.PostWebhook(url=HOOK["url"], wait=True),
            c.StartTimer(timer_id=1, seconds=10.0),
        ]
        it.send(e.Replied(status=200, values=(("name", "Ann"), ("odd key", "x"))))
        assert it.said == ["Hello Ann, 200."]
        assert "reply.odd key" not in it.state.variables

    def test_no_answer_in_time(self) -> None:
        it = answered({**HOOK, "wait": True}, say("Status {reply.status}."))
        it.elapse()
        assert it.said == ["Status ."]
        assert it.send(e.Replied(status=200)) == []


def test_an_opt_out_is_recorded_before_it_is_confirmed_and_ends_the_call() -> None:
    it = answered(gather(branches={"9": [{"type": "optout", "scope": "campaign"}]}))
    it.press("9")
    it.played()
    kinds = [type(command).__name__ for command in it.commands if not isinstance(command, c.Note)]
    assert kinds == ["Play", "StopPlaying", "OptOut", "Play"]
    assert c.OptOut(scope="campaign", evidence="key 9") in it.commands
    assert without_notes(it.played()) == [c.Hangup()]


@pytest.mark.parametrize("confirmation", [None, "Noted."])
def test_an_opt_out_may_be_followed_by_more(confirmation: str | None) -> None:
    way = [{"type": "optout", "confirmation": confirmation}, say("One moment.")]
    it = answered(gather(branches={"9": way}))
    it.press("9")
    it.played()
    if confirmation is not None:
        it.played()
    assert it.said[-1] == "One moment."
    assert without_notes(it.played()) == [c.Hangup()]


def test_branch_takes_the_first_case_that_holds() -> None:
    cases = [
        {"variable": "age", "operator": ">=", "value": 18, "next": [say("Adult.")]},
        {"variable": "age", "operator": "exists", "next": [say("Child.")]},
    ]
    step = {"type": "branch", "cases": cases}
    for age, expected in (("30", "Adult."), ("9", "Child."), (None, "Who?")):
        it = answered(step, say("Who?"), variables={"age": age} if age else {})
        assert it.said == [expected]


def test_set_reads_what_stood_before() -> None:
    it = answered(
        {"type": "set", "variables": {"a": "{b}", "b": "{a}", "c": "{to} {from}"}},
        say("{a}{b} {c}"),
        variables={"a": "1", "b": "2"},
    )
    assert it.said == [f"21 {TO} {FROM}"]


def test_messages_go_to_the_callee_or_to_whom_the_template_says() -> None:
    it = answered(
        {"type": "sms", "text": "Hello {NAME}"},
        {"type": "sms", "to": "{OTHER}", "text": "Hello"},
        {"type": "sms", "to": "{NAME}", "text": "Hello"},
        {"type": "email", "to": "{MAIL}", "subject": "Hi {NAME}", "text": "Hello\n{NAME}", "html": "<p>{NAME}</p>"},
        {"type": "email", "to": "{NAME}", "subject": "Hi", "text": "Hello"},
        variables={"NAME": "Ann\r\nBcc: x@example.com", "OTHER": "+12125550124", "MAIL": "ann@example.com"},
    )
    assert [command for command in it.commands if isinstance(command, c.SendSms)] == [
        c.SendSms(to=TO, text="Hello Ann\r\nBcc: x@example.com"),
        c.SendSms(to="+12125550124", text="Hello"),
    ]
    mails = [command for command in it.commands if isinstance(command, c.SendEmail)]
    assert mails[0] == c.SendEmail(
        to="ann@example.com",
        subject="Hi Ann Bcc: x@example.com",
        text="Hello\nAnn\r\nBcc: x@example.com",
        html="<p>{NAME}</p>",
        values={"NAME": "Ann\r\nBcc: x@example.com"},
    )
    assert [mail.subject for mail in mails] == ["Hi Ann Bcc: x@example.com"]
    assert len(notes(it.commands, "not_sent")) == 2


def test_branches_replace_the_rest_of_a_sequence_unless_nothing_matched() -> None:
    """The rule of sequences: a branch's steps end the call; what follows a gather is for those who chose nothing."""
    steps = (gather(branches={"1": [say("Chosen.")]}, attempts=1), say("Stayed on the line."))
    it = answered(*steps)
    it.press("1")
    it.played()
    assert without_notes(it.played()) == [c.Hangup()]
    it = answered(*steps)
    it.played()
    it.elapse()
    assert it.said[-1] == "Stayed on the line."


def test_values_from_outside_can_be_stored() -> None:
    state = begin({"a": "x\0y\ud800z", "long": "x" * 9000}, to=TO, from_=FROM)
    assert state.variables["a"] == "xyz"
    assert len(state.variables["long"]) == 5000
    assert State.from_json({**state.to_json(), "field_of_a_later_version": 1}) == state
