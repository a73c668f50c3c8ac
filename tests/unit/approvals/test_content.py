"""A text is known again by its hash: the same to people, the same to us; another to people, another to us."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from callwright.approvals.content import text_hash, texts_of


@pytest.mark.parametrize("other", ["Hello  {NAME}", " Hello {NAME}\n", "Hello\n{NAME}", "Hello {NAME}"])
def test_white_space_makes_no_other_text(other: str) -> None:
    assert text_hash(other) == text_hash("Hello {NAME}")


def test_the_form_of_an_accent_makes_no_other_text() -> None:
    assert text_hash("caf\u00e9") == text_hash("cafe\u0301")


@pytest.mark.parametrize("other", ["hello {NAME}", "Hello {name}", "Hello {NAME}!", "Hello {NAME} {NAME}", "Hello"])
def test_any_other_difference_does(other: str) -> None:
    assert text_hash(other) != text_hash("Hello {NAME}")


@given(st.text(), st.text())
def test_equal_hashes_mean_equal_words(one: str, other: str) -> None:
    if text_hash(one) == text_hash(other):
        assert len(one.split()) == len(other.split())


def test_every_text_of_a_flow_is_found_once() -> None:
    flow = {
        "steps": {
            "a": {"type": "say", "text": "Hello", "next": "b"},
            "b": {
                "type": "gather",
                "prompt": [{"type": "say", "text": "Press 1"}, {"type": "say", "text": "Hello"}],
                "invalid_prompt": [{"type": "say", "text": "Again"}],
            },
            "c": {"type": "email", "subject": "News", "text": "Dear {NAME}", "to": "a@example.org"},
            "d": {"type": "webhook", "url": "https://example.org/text"},
        }
    }
    assert texts_of(flow) == ["Hello", "Press 1", "Again", "News", "Dear {NAME}"]
