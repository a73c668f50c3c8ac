"""The call option ``machine_detection``, as the flow that comes of it."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError

from callwright.errors import InvalidRequest
from callwright.flows import commands as c
from callwright.flows import events as e
from callwright.flows.machine_option import MachineDetection
from callwright.flows.simple import DtmfAction, call_flow
from callwright.flows.templates import missing_variables
from support.flows import Telephone

MACHINE = e.Judged(verdict=e.Verdict.MACHINE, greeting=True)


def telephone(message: str = "Hello.", **option: Any) -> Telephone:
    it = Telephone(call_flow(message, machine_detection=MachineDetection.model_validate(option)))
    it.answer(detecting=it.flow.on_machine.detects)
    return it


def test_without_the_option_nobody_listens() -> None:
    assert call_flow("Hello.").on_machine.action == "off"
    assert telephone(mode="off").said == ["Hello."]


def test_hang_up() -> None:
    it = telephone(mode="hangup")
    it.send(MACHINE)
    assert it.said == []
    assert it.commands[-1] == c.Hangup()


def test_the_same_message() -> None:
    it = telephone(mode="same")
    it.send(MACHINE)
    it.send(e.GreetingEnded(beep=True))
    assert it.said == ["Hello."]


def test_another_message() -> None:
    option = MachineDetection(mode="leave", message="Please call us back.")
    machine, person = [Telephone(call_flow("Hello.", machine_detection=option)) for _ in range(2)]
    machine.answer(detecting=True)
    person.answer(detecting=True)
    machine.send(MACHINE)
    machine.send(e.GreetingEnded(beep=True))
    assert machine.said == ["Please call us back."]
    person.send(e.Judged(verdict=e.Verdict.HUMAN))
    assert person.said == ["Hello."]


def test_for_machines_only_a_person_hears_who_called_and_can_opt_out() -> None:
    option = {"mode": "machine_only", "person_message": "This is the library. Goodbye."}
    machine, person = telephone("Your book is here.", **option), telephone("Your book is here.", **option)
    machine.send(MACHINE)
    machine.send(e.GreetingEnded(beep=False))
    assert machine.said == ["Your book is here."]
    person.send(e.Judged(verdict=e.Verdict.HUMAN))
    person.press("9")
    person.played()
    assert person.said[0] == "This is the library. Goodbye."
    assert "Your book is here." not in person.said
    assert any(isinstance(command, c.OptOut) for command in person.commands)


def test_for_machines_only_with_keys_of_its_own() -> None:
    flow = call_flow(
        "Your book is here.",
        dtmf={"1": DtmfAction(action="say", text="It is a novel.")},
        machine_detection=MachineDetection(mode="machine_only", person_message="This is the library. Press 1."),
    )
    it = Telephone(flow)
    it.answer(detecting=True)
    it.send(e.Judged(verdict=e.Verdict.HUMAN))
    it.press("1")
    it.played()
    assert it.said == ["This is the library. Press 1.", "It is a novel."]


def test_who_is_spoken_to_at_once() -> None:
    assert call_flow(
        "Hello.", machine_detection=MachineDetection(mode="same", speak="at_once")
    ).on_machine.model_dump() == {"action": "same", "start": None, "speak": "at_once"}


@pytest.mark.parametrize(
    ("option", "field"),
    [
        ({"mode": "sing"}, "mode"),
        ({}, "mode"),
        ({"mode": "leave"}, "message"),
        ({"mode": "hangup", "message": "Hello."}, "message"),
        ({"mode": "machine_only"}, "person_message"),
        ({"mode": "same", "person_message": "Hello."}, "person_message"),
        ({"mode": "same", "speak": "never"}, "speak"),
        ({"mode": "same", "beep": True}, "beep"),
        ({"mode": "leave", "message": ""}, "message"),
    ],
)
def test_what_does_not_fit(option: dict[str, Any], field: str) -> None:
    with pytest.raises(ValidationError) as caught:
        MachineDetection.model_validate(option)
    assert [error["loc"][0] for error in caught.value.errors()] == [field]


@pytest.mark.parametrize(
    ("option", "fields"),
    [
        ({"mode": "leave", "message": "Hi {B}."}, [("message", "A"), ("machine_detection.message", "B")]),
        (
            {"mode": "machine_only", "person_message": "Hi {B}."},
            [("machine_detection.person_message", "B"), ("message", "A")],
        ),
    ],
)
def test_what_is_missing_is_named_as_its_author_named_it(option: dict[str, Any], fields: list[tuple[str, str]]) -> None:
    flow = call_flow("Hello {A}.", machine_detection=MachineDetection.model_validate(option))
    assert sorted(missing_variables(flow, ())) == sorted(fields)


def test_a_text_that_is_wrong_is_named_as_its_author_named_it() -> None:
    option = MachineDetection(mode="machine_only", person_message="Hello.")
    with pytest.raises(InvalidRequest) as caught:
        call_flow("\0", machine_detection=option)
    assert [error.field for error in caught.value.errors] == ["message"]
