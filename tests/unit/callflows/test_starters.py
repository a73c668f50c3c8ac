from __future__ import annotations

import pytest

from callwright.callflows.starters import LANGUAGES, NAMES, starter, starters
from callwright.flows.language import parse_flow


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("name", NAMES)
def test_each_starter_is_a_flow_that_can_be_published(name: str, language: str) -> None:
    found = starter(name, language)
    assert found is not None
    assert parse_flow(found.flow).language is not None
    assert found.name
    assert found.description


def test_the_languages_say_the_same_steps() -> None:
    for english, german in zip(starters("en"), starters("de-AT"), strict=True):
        assert english.flow["steps"].keys() == german.flow["steps"].keys()
        assert english.name != german.name


def test_another_language_gets_english() -> None:
    assert starters("fi") == starters("en") == starters(None)
    assert starter("nothing") is None
