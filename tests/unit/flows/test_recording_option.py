"""Flows that record the call: what the person is told, and when a recording must be silent."""

from __future__ import annotations

from typing import Any

import pytest

from callwright.approvals.content import texts_of
from callwright.errors import InvalidRequest
from callwright.flows import events as e
from callwright.flows.language import Flow, parse_flow
from callwright.flows.machine import State
from callwright.flows.requirements import needed_capabilities
from callwright.flows.secrecy import is_secret
from callwright.flows.templates import missing_variables
from support.flows import Telephone, flow, gather, notes, say


def told(**head: Any) -> list[str]:
    """Return what a person hears."""
    call = Telephone(flow(say("Hello."), **head))
    call.answer()
    call.played()
    return call.said


def test_a_person_is_told_unless_the_author_turned_it_off() -> None:
    assert told() == ["Hello."]
    assert told(recording=False) == ["Hello."]
    assert told(recording=True) == ["This call is recorded.", "Hello."]
    assert told(recording={"announcement": True}) == ["This call is recorded.", "Hello."]
    assert told(recording={"announcement": "We record, {to}."}) == ["We record, +12125550100.", "Hello."]
    assert told(recording={"announcement": False}) == ["Hello."]


@pytest.mark.parametrize(
    ("language", "sentence"),
    [
        ("es-MX", "Esta llamada se está grabando."),
        ("pt-BR", "Esta ligação está sendo gravada."),
        ("pt", "Esta chamada está a ser gravada."),
        ("zh", "This call is recorded."),
    ],
)
def test_the_usual_sentence_is_in_the_flow_s_language(language: str, sentence: str) -> None:
    assert told(recording=True, language=language)[0] == sentence


def test_the_timeline_names_the_announcement_and_the_canonical_form_does_not_grow() -> None:
    recorded = flow(say("Hello."), recording=True)
    call = Telephone(recorded)
    call.answer()
    assert [note["type"] for note in notes(call.commands, "step")] == ["say"]
    assert call.state.step == "_recording"
    again = parse_flow(recorded.to_json())
    assert again.to_json() == recorded.to_json()
    assert list(again.steps) == ["s1"]
    assert Flow.model_validate(recorded.to_json()).first == "_recording"


def test_a_call_goes_on_after_a_restart_in_the_announcement() -> None:
    call = Telephone(flow(say("Hello."), recording=True))
    call.answer()
    call.state = State.from_json(call.state.to_json())
    call.send(e.Resumed())
    call.played()
    assert call.said == ["This call is recorded."] * 2 + ["Hello."]


@pytest.mark.parametrize("wrong", ["yes", 1, {"announcement": 5}, {"announcement": ""}, {"notice": True}])
def test_what_makes_no_sense_is_refused_by_name(wrong: Any) -> None:
    with pytest.raises(InvalidRequest) as refused:
        parse_flow({"steps": [say("Hello.")], "recording": wrong}, at="flow")
    assert refused.value.errors[0].field.startswith("flow.recording")


def test_an_engine_must_be_able_to_record() -> None:
    assert needed_capabilities(flow(say("Hello."), recording=True)) == {"record": "recording"}
    assert needed_capabilities(flow(say("Hello."))) == {}


def test_a_recording_is_silent_while_a_secret_is_asked_for() -> None:
    asked = flow(say("Hello."), gather("Your card?", sensitive=True, max_digits=4), say("Thank you."))
    call = Telephone(asked)
    call.answer()
    assert not is_secret(asked, call.state)
    call.played()
    assert is_secret(asked, call.state)
    call.played()
    call.press("123")
    assert is_secret(asked, call.state)
    call.press("4")
    assert not is_secret(asked, call.state)


def test_a_recording_that_could_not_be_made_is_said_and_the_flow_goes_on() -> None:
    call = Telephone(flow({"type": "record", "save_as": "words"}, say("You said {words}.")))
    call.answer()
    call.send(e.Recorded(recording_id="", seconds=0.0, reason="the engine is away"))
    assert notes(call.commands, "record") == [{"result": "failed", "reason": "the engine is away"}]
    assert call.said == ["You said ."]


def test_a_placeholder_of_the_announcement_needs_a_value() -> None:
    told_so = flow(say("Hello."), recording={"announcement": "{SHOP} records this call."})
    assert missing_variables(told_so, ()) == [("recording.announcement", "SHOP")]
    assert missing_variables(told_so, ("shop",)) == []
    assert texts_of(told_so.to_json()) == ["{SHOP} records this call.", "Hello."]
