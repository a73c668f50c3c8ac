"""What a gather does with keys, words, silence and impatience."""

from __future__ import annotations

from typing import Any

import pytest

from callwright.flows import commands as c
from callwright.flows import events as e
from callwright.flows.machine import Phase
from support.flows import Telephone, flow, gather, notes, say, without_notes


def menu(**more: Any) -> Telephone:
    """A call in which the prompt of a gather with two branches has just begun."""
    step = gather(branches={"1": [say("One.")], "2": [say("Two.")]}, **more)
    telephone = Telephone(flow(step, say("After.")))
    telephone.answer()
    return telephone


def entry(**more: Any) -> Telephone:
    """A call that asks for a number, and whose prompt has ended."""
    telephone = Telephone(flow(gather(**more), say("You said {digits}.")))
    telephone.answer()
    telephone.played()
    return telephone


def results(telephone: Telephone) -> list[Any]:
    return [note["result"] for note in notes(telephone.commands, "gather")]


def test_a_key_during_the_prompt_stops_it_and_the_answer_waits_for_its_end() -> None:
    call = menu()
    assert without_notes(call.press("1")) == [c.StopPlaying(play_id=1)]
    assert without_notes(call.played(ok=False)) == [c.Play(play_id=2, items=(c.Speech(text="One."),))]
    assert notes(call.commands, "gather") == [{"result": "matched", "attempt": 1, "digits": "1"}]
    assert not notes(call.commands, "play_failed")


def test_a_key_after_the_prompt() -> None:
    call = menu()
    assert without_notes(call.played()) == [c.StartTimer(timer_id=1, seconds=5.0)]
    call.press("2")
    assert call.said == ["Press a key.", "Two."]


def test_without_barge_in_keys_during_the_prompt_are_lost() -> None:
    call = menu(barge_in=False)
    assert without_notes(call.press("1")) == []
    call.played()
    assert call.state.entry == ""
    call.press("1")
    assert call.said[-1] == "One."


def test_attempts_count_prompts_and_then_the_flow_goes_on() -> None:
    call = menu(attempts=3)
    for _ in range(3):
        call.played()
        call.elapse()
    assert call.said == ["Press a key."] * 3 + ["After."]
    assert results(call) == ["no_input"] * 3


def test_default_comes_before_next_and_the_special_ways_before_default() -> None:
    ways = {"default": [say("Default.")], "on_no_input": [say("Nothing.")], "attempts": 1}
    call = menu(**ways)
    call.played()
    call.elapse()
    assert call.said[-1] == "Nothing."
    call = menu(**ways)
    call.press("7")
    call.played()
    assert call.said[-1] == "Default."
    assert results(call) == ["invalid", "default"]


def test_a_wrong_key_is_answered_by_the_invalid_prompt() -> None:
    call = menu(invalid_prompt=[say("No such choice.")], attempts=2, on_invalid=[say("Enough.")])
    call.played()
    call.press("5")
    assert call.said == ["Press a key.", "No such choice.", "Press a key."]
    call.press("6")
    call.played()
    assert call.said[-1] == "Enough."


def test_a_branch_that_begins_another_waits_for_the_next_key() -> None:
    def call() -> Telephone:
        telephone = Telephone(flow(gather(branches={"1": [say("One.")], "12": [say("Twelve.")]})))
        telephone.answer()
        telephone.played()
        telephone.press("1")
        return telephone

    waiting = call()
    assert waiting.commands[-1] == c.StartTimer(timer_id=2, seconds=3.0)
    waiting.elapse()
    assert waiting.said[-1] == "One."
    ended = call()
    ended.press("#")
    assert ended.said[-1] == "One."
    longer = call()
    longer.press("2")
    assert longer.said[-1] == "Twelve."


def test_an_impossible_entry_is_judged_only_when_it_is_complete() -> None:
    """Or its remaining keys would answer the prompt that follows."""
    call = Telephone(flow(gather(branches={"12": None, "34": None})))
    call.answer()
    call.played()
    assert without_notes(call.press("5")) == [c.StartTimer(timer_id=2, seconds=3.0)]
    call.press("1")
    assert results(call) == ["invalid"]


@pytest.mark.parametrize("key", ["#", "*"])
def test_a_key_that_a_branch_needs_is_no_terminator(key: str) -> None:
    call = Telephone(flow(gather(branches={key: [say("Again.")], "1": [say("One.")]}, terminator=key)))
    call.answer()
    call.press(key)
    call.played()
    assert call.said[-1] == "Again."


def test_an_entry_ends_at_max_digits_at_the_terminator_or_when_keys_stay_away() -> None:
    full = entry(max_digits=4, save_as="pin")
    full.press("1234")
    assert full.said[-1] == "You said 1234."
    assert full.state.variables["pin"] == "1234"
    short = entry(max_digits=4)
    short.press("12#")
    assert short.said[-1] == "You said 12."
    late = entry(max_digits=4, min_digits=3)
    late.press("12")
    late.elapse()
    assert results(late) == ["invalid"]


def test_an_old_timer_does_not_end_a_newer_wait() -> None:
    call = entry(max_digits=4)
    call.press("12")
    assert call.send(e.Elapsed(timer_id=1)) == []
    assert call.send(e.Elapsed(timer_id=2)) == []
    assert call.state.entry == "12"


def test_the_habitual_terminator_after_a_full_entry_is_not_for_the_next_question() -> None:
    call = Telephone(flow(gather("Code?", max_digits=2, save_as="code"), gather("Day?", max_digits=2, save_as="day")))
    call.answer()
    call.press("12")
    call.played()
    assert without_notes(call.press("#")) == []
    assert call.state.phase is Phase.PROMPTING
    call.press("#")
    assert results(call) == ["matched", "invalid"]


def test_nothing_but_the_terminator_is_an_entry_only_when_none_is_needed() -> None:
    none = entry(max_digits=4)
    none.press("#")
    assert results(none) == ["invalid"]
    allowed = entry(max_digits=4, min_digits=0)
    allowed.press("#")
    assert results(allowed) == ["matched"]


class TestTypeAhead:
    def test_keys_pressed_during_the_introduction_answer_the_menus_that_follow(self) -> None:
        inner = [gather("Inner?", branches={"2": [say("Done.")]})]
        call = Telephone(flow(say("Welcome."), gather("Outer?", branches={"1": inner})))
        call.answer()
        call.press("12")
        call.played()
        assert call.said == ["Welcome.", "Done."]

    def test_keys_that_are_no_answer_are_forgotten_at_no_cost(self) -> None:
        call = Telephone(flow(say("Welcome."), gather(branches={"1": None}, attempts=1, invalid_prompt=[say("No.")])))
        call.answer()
        call.press("91")
        call.played()
        assert call.said == ["Welcome.", "Press a key."]
        assert call.state.typed == ""

    def test_a_gather_without_barge_in_wants_to_be_heard(self) -> None:
        call = Telephone(flow(say("Welcome."), gather(branches={"1": None}, barge_in=False)))
        call.answer()
        call.press("1")
        call.played()
        assert call.said == ["Welcome.", "Press a key."]

    def test_an_entry_that_was_begun_is_waited_for(self) -> None:
        call = Telephone(flow(say("Welcome."), gather(max_digits=4), say("Thanks.")))
        call.answer()
        call.press("12")
        call.played()
        assert call.said == ["Welcome."]
        call.press("34")
        assert call.said == ["Welcome.", "Thanks."]


class TestKeywords:
    def call(self, **more: Any) -> Telephone:
        keywords = [
            {"words": ["yes", "of course"], "next": [say("Good.")]},
            {"words": ["don\u2019t know"], "next": [say("Hm.")]},
        ]
        telephone = Telephone(flow(gather("Well?", keywords=keywords, **more), language="en-US"))
        telephone.answer()
        return telephone

    def test_listens_from_the_beginning_of_the_prompt_to_the_answer(self) -> None:
        call = self.call()
        listen = c.Listen(keywords=("yes", "of course", "don\u2019t know"), language="en-US")
        assert without_notes(call.commands)[-1] == listen
        call.played()
        assert without_notes(call.send(e.Heard(text="Yes, please!")))[0] == c.StopListening()
        assert call.said[-1] == "Good."
        assert notes(call.commands, "gather") == [
            {"result": "keyword", "attempt": 1, "keyword": "yes", "heard": "Yes, please!"}
        ]

    def test_without_barge_in_listens_after_the_prompt(self) -> None:
        call = self.call(barge_in=False)
        assert not any(isinstance(command, c.Listen) for command in call.commands)
        assert isinstance(without_notes(call.played())[0], c.Listen)

    @pytest.mark.parametrize("text", ["I DON'T KNOW.", "i don\u2019t know", "dont know"])
    def test_folds_what_differs_in_writing_only(self, text: str) -> None:
        call = self.call()
        call.send(e.Heard(text=text))
        call.played()
        assert call.said[-1] == "Hm."

    def test_strange_words_count_after_the_prompt_only(self) -> None:
        call = self.call()
        assert call.send(e.Heard(text="Well?")) == []
        call.played()
        assert [type(command) for command in without_notes(call.send(e.Heard(text="My cat")))] == [
            c.StopListening,
            c.Play,
            c.Listen,
        ]
        assert results(call) == ["invalid"]

    def test_keys_mean_nothing_where_only_words_are_asked_for(self) -> None:
        call = self.call()
        assert without_notes(call.press("1")) == []

    def test_words_and_keys_together(self) -> None:
        call = self.call(branches={"1": [say("Key.")]})
        call.press("1")
        assert without_notes(call.played())[-1] == c.Play(play_id=2, items=(c.Speech(text="Key.", language="en-US"),))
        assert c.StopListening() in call.commands

    def test_a_recogniser_that_gives_up_leaves_the_timer_and_is_started_again(self) -> None:
        call = self.call(attempts=2)
        call.played()
        assert call.send(e.Silence()) == []
        assert [type(command) for command in without_notes(call.elapse())] == [c.Play, c.Listen]

    def test_the_word_goes_where_a_key_would(self) -> None:
        steps = [{"type": "webhook", "url": "https://example.com/"}, {"type": "optout"}]
        call = Telephone(flow(gather(keywords=[{"words": ["stop calling"], "next": steps}], save_as="wish")))
        call.answer()
        call.send(e.Heard(text="Please stop calling me"))
        assert c.PostWebhook(url="https://example.com/", digit="stop calling") in call.commands
        assert c.OptOut(evidence='said "Please stop calling me"') in call.commands
        assert call.state.variables["wish"] == "stop calling"


class TestSensitive:
    def test_keys_are_spoken_and_compared_but_never_sent(self) -> None:
        hook = {"type": "webhook", "url": "https://example.com/", "body": {"pin": "{pin}", "copy": ["{copy}", "{x}"]}}
        choose = {"type": "branch", "cases": [{"variable": "pin", "operator": "==", "value": "{PIN}", "next": "right"}]}
        call = Telephone(
            flow(
                gather(max_digits=4, sensitive=True, save_as="pin"),
                {"type": "set", "variables": {"copy": "<{PIN2}{pin}>", "x": "plain"}},
                choose,
                say("Wrong."),
                {**hook, "id": "right"},
                {"type": "sms", "text": "PIN: {pin}{copy}"},
                {"type": "email", "to": "a@example.com", "subject": "PIN {pin}", "text": "-{COPY}-"},
                say("{pin}"),
                {"type": "optout"},
            ),
            {"PIN": "1234"},
        )
        call.answer()
        call.press("1234")
        assert notes(call.commands, "gather") == [{"result": "matched", "attempt": 1}]
        assert c.PostWebhook(url="https://example.com/", body={"pin": "", "copy": ["", "plain"]}) in call.commands
        assert c.SendSms(to=call.state.to, text="PIN:") in call.commands
        assert c.SendEmail(to="a@example.com", subject="PIN", text="--") in call.commands
        call.played()
        assert call.said[-1] == "1234"
        call.played()
        assert c.OptOut(evidence="an answer that is not shown") in call.commands
        call.send(e.HungUp())
        assert "pin" not in call.state.variables
        assert "digits" not in call.state.variables


class TestAfterARestart:
    def test_the_prompt_is_repeated_without_using_up_an_attempt(self) -> None:
        call = menu(attempts=1)
        call.played()
        assert [type(command) for command in call.send(e.Resumed())] == [c.Play]
        call.played()
        call.press("1")
        assert call.said == ["Press a key.", "Press a key.", "One."]

    def test_a_prompt_in_the_middle_is_stopped_and_begun_anew(self) -> None:
        call = menu()
        assert [type(command) for command in call.send(e.Resumed())] == [c.StopPlaying, c.Play]
        assert call.send(e.Played(play_id=1)) == []
        assert [type(command) for command in call.played()] == [c.StartTimer]

    def test_keys_so_far_are_lost(self) -> None:
        call = entry(max_digits=4)
        call.press("12")
        call.send(e.Resumed())
        call.press("3456")
        call.played()
        assert call.said[-1] == "You said 3456."


def test_each_cause_can_have_a_number_of_its_own() -> None:
    ways = {"on_no_input": [say("Nothing.")], "on_invalid": [say("Wrong.")]}

    def call(**more: Any) -> Telephone:
        telephone = menu(**ways, **more)
        telephone.played()
        return telephone

    impatient = call(no_input_attempts=1, invalid_attempts=3)
    impatient.elapse()
    assert impatient.said[-1] == "Nothing."
    patient = call(no_input_attempts=1, invalid_attempts=3)
    for _ in range(2):
        patient.press("7")
        patient.played()
    assert patient.said[-1] == "Press a key."
    patient.press("7")
    assert patient.said[-1] == "Wrong."


def test_a_cause_without_a_number_counts_prompts() -> None:
    call = menu(no_input_attempts=2, attempts=3, on_invalid=[say("Wrong.")], on_no_input=[say("Nothing.")])
    call.played()
    for _ in range(2):
        call.press("7")
        call.played()
    call.elapse()
    # nothing came for the first time, at the third prompt; a wrong key at the fourth is one too many
    assert call.said[-1] == "Press a key."
    call.played()
    call.press("7")
    assert call.said[-1] == "Wrong."


def test_keys_before_the_prompt_are_no_wrong_answer() -> None:
    call = Telephone(flow(say("Hello."), gather(branches={"1": [say("One.")]}, invalid_attempts=1)))
    call.answer()
    call.press("7")
    call.played()
    assert call.said[-1] == "Press a key."
    call.played()
    call.press("7")
    assert call.said[-1] == "Press a key."
