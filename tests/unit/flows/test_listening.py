"""What a flow makes of the callee's words beyond a plain keyword."""

from __future__ import annotations

from typing import Any

import pytest

from callwright.flows import commands as c
from callwright.flows import events as e
from callwright.flows.confirmations import CONFIRMATIONS
from callwright.flows.machine import Phase
from callwright.flows.synonyms import GROUPS
from support.flows import Telephone, flow, gather, notes, say, without_notes

YES_NO = [{"words": ["Yes"], "next": [say("Good.")]}, {"words": ["No"], "next": [say("A pity.")]}]


def asked(*after: dict[str, Any], language: str | None = "en-US", **more: Any) -> Telephone:
    call = Telephone(flow(gather("Will you come?", **{"keywords": YES_NO, **more}), *after, language=language))
    call.answer()
    return call


def waiting(*after: dict[str, Any], **more: Any) -> Telephone:
    """The prompt is over."""
    call = asked(*after, **more)
    call.played()
    return call


def heard(text: str, **more: Any) -> e.Heard:
    return e.Heard(text=text, language="en-US", **more)


def results(call: Telephone) -> list[dict[str, Any]]:
    return notes(call.commands, "gather")


class TestWords:
    def test_a_synonym_is_the_keyword_and_both_are_shown(self) -> None:
        call = waiting()
        call.send(heard("Yeah, sure.", confidence=0.8125))
        assert call.said[-1] == "Good."
        assert results(call) == [
            {"result": "keyword", "attempt": 1, "keyword": "Yes", "heard": "Yeah, sure.", "confidence": 0.81}
        ]

    def test_what_was_not_understood_is_asked_again_with_a_reproach(self) -> None:
        call = waiting(invalid_prompt=[say("I did not understand you.")], attempts=2, on_invalid=[say("Goodbye.")])
        call.send(heard("My cat is ill."))
        assert call.said[-2:] == ["I did not understand you.", "Will you come?"]
        call.played()
        call.send(heard("Yes. No."))
        assert call.said[-1] == "Goodbye."
        assert [one["result"] for one in results(call)] == ["invalid", "invalid"]

    def test_a_sensitive_answer_is_not_shown(self) -> None:
        call = waiting(keywords=[{"words": ["Yes"], "next": [{"type": "optout"}]}], sensitive=True)
        call.send(heard("Yes", confidence=0.9))
        assert results(call) == [{"result": "keyword", "attempt": 1}]
        assert c.OptOut(evidence="an answer that is not shown") in call.commands

    def test_the_language_of_the_prompt_is_listened_for(self) -> None:
        call = asked(language="de-DE", keywords=[{"words": ["Ja"], "next": [say("Gut.")]}])
        assert c.Listen(keywords=("Ja",), language="de-DE") in call.commands
        own = Telephone(flow(gather("", prompt=[say("Oui?", voice="fr-FR-f")], keywords=YES_NO), language="de-DE"))
        own.answer()
        assert c.Listen(keywords=("Yes", "No"), voice="fr-FR-f") in own.commands


BRANCHES = {"branches": {"1": [say("One it is.")], "2": [say("Two it is.")]}}


class TestSpokenDigits:
    @pytest.mark.parametrize("text", ["One.", "1", "number one, please"])
    def test_a_key_can_be_said(self, text: str) -> None:
        call = waiting(**BRANCHES)
        call.send(heard(text, confidence=0.5))
        assert call.said[-1] == "One it is."
        assert results(call) == [{"result": "matched", "attempt": 1, "digits": "1", "heard": text, "confidence": 0.5}]
        assert call.state.variables["digits"] == "1"

    def test_a_key_that_is_no_branch_is_not_understood(self) -> None:
        call = waiting(**BRANCHES)
        call.send(heard("three"))
        assert results(call) == [{"result": "invalid", "attempt": 1, "heard": "three"}]

    def test_the_recogniser_knows_what_keys_there_are(self) -> None:
        listen = next(one for one in asked(**BRANCHES).commands if isinstance(one, c.Listen))
        assert listen.digits == ("1", "2")

    def test_without_keywords_nothing_is_listened_for_unless_the_author_wants_it(self) -> None:
        call = waiting(keywords=[], max_digits=4, min_digits=4)
        assert not any(isinstance(one, c.Listen) for one in call.commands)
        listening = waiting(keywords=[], max_digits=4, min_digits=4, listen=True)
        assert any(isinstance(one, c.Listen) for one in listening.commands)
        listening.send(heard("12"))
        assert listening.state.phase is Phase.COLLECTING
        listening.send(heard("one two three four"))
        assert listening.state.variables["digits"] == "1234"

    def test_keys_and_words_together_are_the_keys(self) -> None:
        call = waiting(**BRANCHES)
        call.send(e.SpeechBegan())
        call.press("2")
        assert call.said[-1] == "Two it is."
        assert call.send(heard("yes")) == []


class TestTime:
    def test_nobody_is_cut_off_by_the_timer_while_he_speaks(self) -> None:
        call = waiting()
        call.send(e.SpeechBegan())
        assert call.state.timer is None
        call.send(heard("Yes"))
        assert call.said[-1] == "Good."

    def test_sounds_without_words_begin_the_time_anew(self) -> None:
        call = waiting()
        call.send(e.SpeechBegan())
        assert without_notes(call.send(heard(""))) == [c.StartTimer(timer_id=2, seconds=5.0)]
        call.elapse()
        assert results(call) == [{"result": "no_input", "attempt": 1}]

    def test_who_speaks_over_the_end_of_the_prompt_is_waited_for(self) -> None:
        call = asked()
        call.send(e.SpeechBegan())
        assert call.played() == []
        assert call.state.timer is None
        call.send(heard("Well"))
        assert results(call) == [{"result": "invalid", "attempt": 1, "heard": "Well"}]

    @pytest.mark.parametrize("reason", ["busy", "failed", "noise"])
    def test_what_nobody_could_understand_is_no_input_and_says_why(self, reason: str) -> None:
        call = waiting(attempts=1, on_no_input=[say("Please call us.")])
        call.send(e.SpeechBegan())
        call.send(e.Silence(reason=reason))
        assert notes(call.commands, "not_heard") == [{"reason": reason}]
        assert results(call) == [{"result": "no_input", "attempt": 1}]
        assert call.said[-1] == "Please call us."

    def test_without_a_recogniser_keys_are_still_waited_for(self) -> None:
        call = asked(branches={"1": [say("Key.")]})
        call.send(e.Silence(reason="absent"))
        call.played()
        call.send(e.Silence(reason="absent"))
        assert notes(call.commands, "not_heard") == [{"reason": "absent"}]
        assert call.state.timer is not None
        call.press("1")
        assert call.said[-1] == "Key."


class TestBargeIn:
    def test_a_word_stops_the_prompt_by_default(self) -> None:
        call = asked()
        assert call.send(e.SpeechBegan()) == []
        assert c.StopPlaying(play_id=1) in call.send(heard("Yes"))

    def test_speech_stops_the_prompt_where_the_author_wants_it(self) -> None:
        call = asked(barge_in_by="speech")
        assert call.send(e.SpeechBegan()) == [c.StopPlaying(play_id=1)]
        call.played(ok=False)
        assert call.state.phase is Phase.COLLECTING
        call.send(heard("No"))
        assert call.said[-1] == "A pity."

    def test_without_barge_in_nothing_stops_it(self) -> None:
        call = asked(barge_in=False, barge_in_by="speech")
        assert call.send(e.SpeechBegan()) == []
        assert call.send(heard("Yes")) == []


class TestStopCalling:
    WISH = heard("Please stop calling me.", revokes="stop calling", confidence=0.7)

    @pytest.mark.parametrize("prompting", [True, False])
    def test_is_put_on_record_confirmed_and_the_call_ends(self, prompting: bool) -> None:
        call = asked() if prompting else waiting()
        sent = call.send(self.WISH)
        evidence = 'said "Please stop calling me."'
        assert c.OptOut(scope="organisation", evidence=evidence) in sent
        assert notes(sent, "optout") == [{"scope": "organisation", "evidence": evidence}]
        if prompting:
            call.played(ok=False)
        assert call.said[-1] == "You will not be called again. Goodbye."
        assert call.played()[-1] == c.Hangup()

    def test_also_where_keys_are_asked_for(self) -> None:
        call = waiting(keywords=[], branches={"1": None}, listen=True)
        assert c.OptOut(evidence='said "Please stop calling me."') in call.send(self.WISH)

    def test_is_confirmed_again_after_a_restart(self) -> None:
        call = waiting()
        call.send(self.WISH)
        (play,) = without_notes(call.send(e.Resumed()))[1:]
        assert isinstance(play, c.Play)
        assert call.said[-1] == "You will not be called again. Goodbye."
        assert sum(isinstance(one, c.OptOut) for one in call.commands) == 1

    def test_in_the_language_of_the_call(self) -> None:
        call = asked(language="de-DE")
        call.send(e.Heard(text="Hören Sie auf anzurufen!", language="de-DE", revokes="hören sie auf anzurufen"))
        call.played(ok=False)
        assert call.said[-1] == CONFIRMATIONS["de"]

    def test_with_the_words_of_the_flows_own_opt_out(self) -> None:
        call = asked({"type": "optout", "confirmation": "You are off our list."})
        call.send(self.WISH)
        call.played(ok=False)
        assert call.said[-1] == "You are off our list."

    def test_the_authors_own_way_to_an_opt_out_is_taken(self) -> None:
        way = [say("As you wish."), {"type": "optout", "scope": "campaign"}]
        call = waiting(keywords=[{"words": ["stop calling me"], "next": way}])
        call.send(self.WISH)
        assert call.said[-1] == "As you wish."
        call.played()
        assert c.OptOut(scope="campaign", evidence='said "Please stop calling me."') in call.commands

    def test_no_other_way_is(self) -> None:
        call = waiting(keywords=[{"words": ["stop calling me"], "next": [say("But our offer!")]}])
        call.send(self.WISH)
        assert c.OptOut(evidence='said "Please stop calling me."') in call.commands

    def test_a_bare_word_that_was_asked_for_is_an_answer(self) -> None:
        words = [{"words": ["stop"], "next": [say("The delivery is stopped.")]}]
        stop = heard("Stop.", revokes="stop")
        call = waiting(keywords=words)
        call.send(stop)
        assert call.said[-1] == "The delivery is stopped."
        assert any(isinstance(one, c.OptOut) for one in waiting().send(stop))

    def test_a_sensitive_question_shows_only_the_words_of_the_wish(self) -> None:
        call = waiting(sensitive=True)
        call.send(heard("My code is 4711, stop calling", revokes="stop calling"))
        assert c.OptOut(evidence='said "stop calling"') in call.commands
        assert "4711" not in str(call.commands)

    def test_every_language_with_words_has_a_confirmation(self) -> None:
        assert set(CONFIRMATIONS) == set(GROUPS)
