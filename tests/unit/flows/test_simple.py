from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError

from callwright.errors import InvalidRequest
from callwright.flows import commands as c
from callwright.flows import events as e
from callwright.flows.requirements import needed_capabilities
from callwright.flows.simple import DtmfAction, call_flow
from callwright.flows.templates import missing_variables
from support.flows import Telephone, without_notes

ACTIONS: dict[str, dict[str, Any]] = {
    "1": {"action": "webhook", "url": "https://example.com/confirm"},
    "2": {"action": "webhook", "url": "https://example.com/move", "message": "We will write to you."},
    "3": {"action": "say", "text": "We open at nine."},
    "4": {"action": "sms", "text": "Our address: {ADDRESS}"},
    "5": {"action": "repeat"},
    "6": {"action": "hangup"},
    "7": {"action": "transfer", "to": "+12125550123", "message": "One moment."},
    "9": {"action": "optout"},
}


def actions(**chosen: dict[str, Any]) -> dict[str, DtmfAction]:
    return {key: DtmfAction.model_validate(action) for key, action in (chosen or ACTIONS).items()}


def pressed(key: str) -> Telephone:
    telephone = Telephone(call_flow("Hello {NAME}.", dtmf=actions()), {"NAME": "Ann", "ADDRESS": "Elm Street 1"})
    telephone.answer()
    telephone.press(key)
    telephone.played()
    return telephone


def test_without_keys_the_message_is_spoken_and_the_call_ends() -> None:
    telephone = Telephone(call_flow("Hello.", voice="en-US-Neural-F", language="en-US", rate=0.9, pitch=1.1))
    telephone.answer()
    speech = c.Speech(text="Hello.", voice="en-US-Neural-F", language="en-US", rate=0.9, pitch=1.1)
    assert telephone.commands[-1] == c.Play(play_id=1, items=(speech,))
    assert telephone.played() == [c.Hangup()]


def test_with_keys_the_message_is_repeated_once() -> None:
    telephone = Telephone(call_flow("Hello.", dtmf=actions()))
    telephone.answer()
    telephone.played()
    telephone.elapse()
    telephone.played()
    assert without_notes(telephone.elapse()) == [c.Hangup()]
    assert telephone.said == ["Hello.", "Hello."]


@pytest.mark.parametrize(
    ("key", "said", "command"),
    [
        ("1", [], c.PostWebhook(url="https://example.com/confirm", digit="1")),
        ("2", ["We will write to you."], c.PostWebhook(url="https://example.com/move", digit="2")),
        ("3", ["We open at nine."], None),
        ("4", [], c.SendSms(to="+12125550100", text="Our address: Elm Street 1")),
        ("5", ["Hello Ann."], None),
        ("6", [], c.Hangup()),
        ("7", ["One moment."], None),
        ("9", ["You will not be called again. Goodbye."], c.OptOut(evidence="key 9")),
    ],
)
def test_what_keys_do(key: str, said: list[str], command: c.Command | None) -> None:
    telephone = pressed(key)
    assert telephone.said == ["Hello Ann.", *said]
    assert command is None or command in telephone.commands


def test_a_transfer_follows_its_message() -> None:
    telephone = pressed("7")
    assert without_notes(telephone.played()) == [c.Transfer(to="+12125550123"), c.RingBack(on=True)]


def test_paths_are_those_of_the_call() -> None:
    flow = call_flow("Hello {NAME}.", dtmf=actions())
    assert missing_variables(flow, {}) == [("message", "NAME"), ("dtmf.4.text", "ADDRESS")]
    assert needed_capabilities(flow) == {"sms": "dtmf.4", "transfer": "dtmf.7"}
    spoken = call_flow("A", dtmf=actions(**{"1": {"action": "webhook", "url": "https://a/", "message": "{X}"}}))
    assert missing_variables(spoken, {}) == [("dtmf.1.message", "X")]
    assert missing_variables(call_flow("Hello {NAME}."), {}) == [("message", "NAME")]


@pytest.mark.parametrize(
    ("arguments", "fields"),
    [
        ({"message": ""}, ["message"]),
        ({"message": "", "dtmf": ACTIONS}, ["message"]),
        ({"message": "A", "rate": 3, "dtmf": ACTIONS}, ["rate"]),
        ({"message": "A", "pitch": 0.1, "voice": " ", "language": "x"}, ["pitch", "voice", "language"]),
        ({"message": "A", "dtmf": {"x": {"action": "hangup"}}}, ["dtmf.x"]),
    ],
)
def test_faults_name_the_argument(arguments: dict[str, Any], fields: list[str]) -> None:
    if "dtmf" in arguments:
        arguments = {**arguments, "dtmf": actions(**arguments["dtmf"])}
    with pytest.raises(InvalidRequest) as raised:
        call_flow(**arguments)
    assert [fault.field for fault in raised.value.errors] == fields


@pytest.mark.parametrize(
    ("action", "field"),
    [
        ({}, "action"),
        ({"action": "sing"}, "action"),
        ({"action": "webhook"}, "url"),
        ({"action": "webhook", "url": "javascript:x"}, "url"),
        ({"action": "transfer"}, "to"),
        ({"action": "say"}, "text"),
        ({"action": "sms", "text": "x" * 1601}, "text"),
        ({"action": "hangup", "url": "https://example.com/"}, "url"),
        ({"action": "repeat", "message": "A"}, "message"),
        ({"action": "optout", "scope": "all"}, "scope"),
    ],
)
def test_actions_take_their_own_fields_only(action: dict[str, Any], field: str) -> None:
    with pytest.raises(ValidationError) as raised:
        DtmfAction.model_validate(action)
    assert [error["loc"] for error in raised.value.errors()] == [(field,)]


class TestWords:
    def test_words_do_what_keys_do(self) -> None:
        call = Telephone(
            call_flow(
                "Will you come?",
                dtmf={"1": DtmfAction(action="say", text="Good.")},
                keywords={
                    "Yes|of course": DtmfAction(action="say", text="Good."),
                    "No": DtmfAction(action="optout", message="Goodbye then."),
                },
            )
        )
        call.answer()
        assert c.Listen(keywords=("Yes", "of course", "No"), digits=("1",)) in call.commands
        call.send(e.Heard(text="Certainly."))
        call.played(ok=False)
        assert call.said[-1] == "Good."

    def test_they_need_no_keys(self) -> None:
        call = Telephone(call_flow("Well?", keywords={"again": DtmfAction(action="repeat")}))
        call.answer()
        call.send(e.Heard(text="Say that again, please"))
        call.played(ok=False)
        assert call.said == ["Well?", "Well?"]

    @pytest.mark.parametrize(
        ("keywords", "field"),
        [
            ({"yes|Yes!": DtmfAction(action="hangup")}, "keywords"),
            ({"yes| ": DtmfAction(action="hangup")}, "keywords.yes| "),
            ({"no": DtmfAction(action="say", text="{1bad"), "?!": DtmfAction(action="hangup")}, "keywords.?!"),
        ],
    )
    def test_faults_name_the_words(self, keywords: dict[str, DtmfAction], field: str) -> None:
        with pytest.raises(InvalidRequest) as refused:
            call_flow("Well?", keywords=keywords)
        assert [fault.field for fault in refused.value.errors] == [field]

    def test_a_missing_capability_is_named_by_the_word(self) -> None:
        flow = call_flow("Well?", keywords={"a person": DtmfAction(action="transfer", to="+12125550123")})
        assert needed_capabilities(flow) == {"keywords": "keywords", "transfer": "keywords.a person"}
