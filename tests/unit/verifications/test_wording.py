from __future__ import annotations

import pytest

from callwright.flows.events import Answered
from callwright.flows.language import Flow
from callwright.flows.machine import advance, begin
from callwright.flows.sealed import MARK
from callwright.rules.sms_segments import segment
from callwright.verifications.wording import LANGUAGES, flash_flow, speaks, spoken_flow, written


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


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_written_code_is_one_part_and_says_who_writes(language: str) -> None:
    text = written(language, "N" * 60)
    assert text.count(MARK) == 1
    assert text.startswith("N" * 40 + ":")
    cut = segment(text.replace(MARK, "1234567890"), shifts=())
    if language == "ru":
        assert cut.count == 2
    else:
        assert (cut.count, cut.alphabet.name) == (1, "gsm7")


def test_there_are_written_words_for_every_language_and_english_for_the_others() -> None:
    assert len({written(language, "A") for language in LANGUAGES}) == len(LANGUAGES)
    assert written("xx", "A") == written("en-GB", "A")
