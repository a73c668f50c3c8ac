"""The step ``accept``: nobody is told anything before it is on record, and a restart asks again."""

from __future__ import annotations

from typing import Any

import pytest

from callwright.flows import commands as c
from callwright.flows import events as e
from callwright.flows.machine import Phase
from support.flows import Telephone, flow, notes, say

STEPS: tuple[dict[str, Any], ...] = (
    {
        "type": "accept",
        "save_as": "place",
        "stand_by": [say("You are the next.")],
        "filled": [say("Sorry.")],
    },
    say("You have a place: {place}."),
)


@pytest.mark.parametrize(
    ("place", "said"),
    [("taken", "You have a place: taken."), ("stand_by", "You are the next."), ("filled", "Sorry.")],
)
def test_the_way_on_is_by_what_is_on_record(place: Any, said: str) -> None:
    callee = Telephone(flow(*STEPS))
    assert c.Accept() in callee.answer()
    assert callee.said == []
    spoken = callee.send(e.Accepted(place=place))
    assert callee.said == [said]
    assert notes(spoken, "accept") == [{"place": place}]


def test_a_restart_asks_again() -> None:
    callee = Telephone(flow(*STEPS))
    callee.answer()
    assert callee.send(e.Resumed()) == [c.Accept()]
    assert callee.state.phase is Phase.ACCEPTING


def test_an_answer_that_nobody_waits_for_changes_nothing() -> None:
    callee = Telephone(flow(*STEPS))
    callee.answer()
    callee.send(e.Accepted(place="filled"))
    assert callee.send(e.Accepted(place="taken")) == []
    callee.send(e.HungUp())
    assert callee.send(e.Accepted(place="taken")) == []


def test_a_machine_accepts_nothing() -> None:
    callee = Telephone(flow(*STEPS, on_machine={"action": "same"}))
    callee.answer(detecting=True)
    callee.send(e.Judged(verdict=e.Verdict.MACHINE))
    assert c.Accept() not in callee.commands


def test_without_a_way_the_call_ends() -> None:
    callee = Telephone(flow({"type": "accept"}))
    callee.answer()
    assert c.Hangup() in callee.send(e.Accepted(place="filled"))
