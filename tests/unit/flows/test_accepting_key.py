"""A key of a flow becomes a way to accept, and what follows it stays as it was."""

from __future__ import annotations

from typing import Any

import pytest

from callwright.errors import InvalidRequest
from callwright.flows import commands as c
from callwright.flows import events as e
from callwright.flows.accepting import FILLED, accept_with, can_accept
from callwright.flows.simple import DtmfAction, call_flow
from support.flows import Telephone, flow, gather, say


def test_the_key_accepts_and_then_goes_on_as_before() -> None:
    before = call_flow(
        "Will you come? Press 1.",
        dtmf={"1": DtmfAction(action="say", text="See you."), "2": DtmfAction(action="hangup")},
    )
    assert not can_accept(before)
    after = accept_with(before, "1")
    assert can_accept(after)
    callee = Telephone(after)
    callee.answer()
    assert c.Accept() in callee.press("1")
    callee.played()
    callee.send(e.Accepted(place="taken"))
    assert callee.said[-1] == "See you."


def test_who_gets_no_place_is_told_so() -> None:
    callee = Telephone(accept_with(flow(gather(branches={"1": None})), "1", stand_by="Wait.", filled=None))
    callee.answer()
    callee.press("1")
    callee.played()
    callee.send(e.Accepted(place="filled"))
    assert callee.said[-1] == FILLED
    waiting = Telephone(accept_with(flow(gather(branches={"1": None})), "1", stand_by="Wait."))
    waiting.answer()
    waiting.press("1")
    waiting.played()
    waiting.send(e.Accepted(place="stand_by"))
    assert waiting.said[-1] == "Wait."


@pytest.mark.parametrize(
    ("steps", "answer", "step", "field"),
    [
        ([say("Hello.")], "1", None, "answer"),
        ([gather(branches={"2": None})], "1", None, "answer"),
        ([gather(id="ask", branches={"1": None})], "1", "other", "step"),
        ([gather(branches={"1": "more", "2": None}), gather(id="more", branches={"1": None})], "1", None, "step"),
    ],
)
def test_a_key_that_nobody_knows_is_refused(steps: list[Any], answer: str, step: str | None, field: str) -> None:
    with pytest.raises(InvalidRequest) as refused:
        accept_with(flow(*steps), answer, step=step)
    assert [error.field for error in refused.value.errors] == [field]


def test_ids_that_are_taken_are_not_used_again() -> None:
    asked = flow(gather(id="goal-accept", branches={"1": None}))
    assert set(accept_with(asked, "1").steps) == {"goal-accept", "goal-accept-2", "goal-stand-by", "goal-filled"}
