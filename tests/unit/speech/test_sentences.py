from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from callwright.speech.sentences import split_sentences


@pytest.mark.parametrize(
    ("text", "sentences"),
    [
        ("", []),
        ("...", []),
        ("Hello", ["Hello"]),
        ("Hello. How are you? Fine!", ["Hello.", "How are you?", "Fine!"]),
        ("One\nTwo", ["One", "Two"]),
        ('He said "no." Then he left.', ['He said "no."', "Then he left."]),
        ("Call J. Smith today. Bye.", ["Call J. Smith today.", "Bye."]),
        ("At five P M. Bye.", ["At five P M.", "Bye."]),
        ("It was I. Bye.", ["It was I.", "Bye."]),
        ("Version 1.2 is out.", ["Version 1.2 is out."]),
        ("Herr Dr. Braun ruft an. Danke.", ["Herr Dr. Braun ruft an.", "Danke."]),
        ("今日は。元気ですか。", ["今日は。", "元気ですか。"]),
    ],
)
def test_where_a_text_is_cut(text: str, sentences: list[str]) -> None:
    assert split_sentences(text) == sentences


def test_an_endless_sentence_is_cut_at_commas_else_at_spaces_else_anywhere() -> None:
    with_commas = split_sentences("word, " * 200)
    assert all(len(part) <= 400 and part.endswith(",") for part in with_commas)
    assert all(part.startswith("word") and part.endswith("word") for part in split_sentences("word " * 200))
    assert [len(part) for part in split_sentences("x" * 1000)] == [400, 400, 200]


@pytest.mark.parametrize("mark", [".", "!", "…"])
def test_a_row_of_marks_is_one_end(mark: str) -> None:
    assert split_sentences(f"wait{mark * 3} what") == [f"wait{mark * 3}", "what"]
    assert split_sentences("a" + mark * 300 + "b") == ["a" + mark * 300 + "b"]


@given(st.text(alphabet="ab .!?\n,\"'", max_size=80))
def test_no_word_is_lost(text: str) -> None:
    assert [c for c in "".join(split_sentences(text)) if c.isalpha()] == [c for c in text if c.isalpha()]
