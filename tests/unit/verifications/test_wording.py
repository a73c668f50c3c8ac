from __future__ import annotations

import pytest

from callwright.flows.events import Answered
from callwright.flows.language import Flow
from callwright.flows.machine import advance, begin
from callwright.flows.sealed import MARK
from callwright.verifications.wording import LANGUAGES, flash_flow, speaks, spoken_flow


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_code_is_said_twice_in_every_language(language: str) -> None:
    flow = Flow.model_validate(spoken_flow(f"{language}-XX", "anna"))
    _, wanted = advance(flow, begin({}, to="+12125550101", from_="+12125550100"), Answered())
    assert str(wanted).count(repr(MARK).strip("'")) == 2


def test_languages_without_words() -> None:
    assert speaks("en-GB")
    assert not speaks("zh-CN")


def test_a_flash_call_that_is_answered_only_hangs_up() -> None:
    flow = Flow.model_validate(flash_flow())
    _, wanted = advance(flow, begin({}, to="+12125550101", from_="+12125550100"), Answered())
    assert "Hangup()" in str(wanted)
    assert "Play(" not in str(wanted)
