from __future__ import annotations

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from callwright.flows.templates import fill_marked
from callwright.speech.cutting import cut_text
from callwright.speech.normalise.text import normalise

PERSON = {"NAME": "Maria", "AMOUNT": "12.50", "DAY": "5", "WHEN": "Tuesday, 3:15 PM", "LONG": "Ana. And more"}


def pieces(template: str, language: str = "en-US", *, cut: bool = True) -> list[tuple[str, bool]]:
    text, values = fill_marked(template, PERSON)
    return [(piece.text, piece.personal) for piece in cut_text(text, language, values, pieces=cut)]


@pytest.mark.parametrize(
    ("template", "expected"),
    [
        ("Hello there. Goodbye.", [("Hello there.", False), ("Goodbye.", False)]),
        # a short clause stays whole, what follows its comma is everybody's
        (
            "Hello {NAME}, this is the dentist. Press 1.",
            [("Hello Maria", True), ("this is the dentist.", False), ("Press one.", False)],
        ),
        # a long one is cut at the value
        (
            "We would like to remind you of {WHEN} with us.",
            [
                ("We would like to remind you of", False),
                ("Tuesday", True),
                ("three fifteen P M with us.", True),
            ],
        ),
        # the sign and the sum belong together
        (
            "Your balance at our shop is ${AMOUNT}.",
            [("Your balance at our shop is", False), ("twelve dollars and fifty cents.", True)],
        ),
        # cut, it would be read in another way: so it is not
        ("We will see you again in March {DAY}.", [("We will see you again in March fifth.", True)]),
        # a value that ends a sentence
        ("I am {LONG}. Bye.", [("I am Ana.", True), ("And more.", True), ("Bye.", False)]),
    ],
)
def test_what_is_spoken_at_once(template: str, expected: list[tuple[str, bool]]) -> None:
    assert pieces(template) == expected


def test_whole_sentences_are_told_apart_too() -> None:
    assert pieces("Hello {NAME}, this is the dentist. Press 1.", cut=False) == [
        ("Hello Maria, this is the dentist.", True),
        ("Press one.", False),
    ]


def test_places_are_those_of_the_filled_and_stripped_text() -> None:
    text, values = fill_marked("  {NAME} and #NAME# or {{ NOBODY }} ", PERSON)
    assert text == "Maria and Maria or"
    assert [text[start:end] for start, end in values] == ["Maria", "Maria"]


_BITS = st.sampled_from(
    ["Hello ", "{NAME}", "{AMOUNT}", "{DAY}", "$", ". ", ", ", " March ", "at ", " 3:15 ", "-", "{WHEN}", " us ", "%"]
)  # fmt: skip


@settings(max_examples=300, deadline=None)
@given(st.lists(_BITS, max_size=10).map("".join), st.sampled_from(["en-US", "es-ES", "de-DE", "zh-CN"]))
def test_a_cut_never_changes_the_words(template: str, language: str) -> None:
    text, values = fill_marked(template, PERSON)

    def words(said: str) -> list[str]:
        return re.findall(r"\w+", said)

    whole = words(normalise(text, language))
    for cut in (False, True):
        found = cut_text(text, language, values, pieces=cut)
        assert words(" ".join(piece.text for piece in found)) == whole
        if not values:
            assert not any(piece.personal for piece in found)
