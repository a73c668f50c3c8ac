"""Whatever a text holds, it is spoken as it is written."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from callwright.api.dialects.literals import as_written
from callwright.flows.templates import fill

MARKED = st.text(alphabet="{}#ab1_. ", max_size=40)


@given(st.text(max_size=40) | MARKED)
def test_it_is_filled_to_what_was_written(text: str) -> None:
    variables: dict[str, str] = {}
    assert fill(as_written(text, variables, prefix="own_"), {**variables, "a": "wrong", "b": "wrong"}) == text


@pytest.mark.parametrize("text", ["Hello", "press # now", "50 {", "a } b", "{}"])
def test_a_text_without_placeholders_needs_nothing(text: str) -> None:
    variables: dict[str, str] = {}
    assert as_written(text, variables, prefix="own_") == text
    assert variables == {}


def test_an_approver_reads_the_text() -> None:
    variables: dict[str, str] = {}
    template = as_written("Pay {amount} or #lose# it", variables, prefix="own_")
    assert template == "Pay {{own_brace}}amount} or {{own_hash}}lose{{own_hash}} it"
    assert variables == {"own_brace": "{", "own_hash": "#"}
