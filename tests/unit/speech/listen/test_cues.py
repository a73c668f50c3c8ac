"""What the words of a greeting give away."""

from __future__ import annotations

import pytest

from callwright.speech.listen.cues import Cue, cue_of


@pytest.mark.parametrize(
    "text",
    [
        "Hi, you have reached Sarah.",
        "Hello, you\u2019ve reached the voicemail of",
        "I can't come to the phone right now",
        "Please leave a message after the",
        "Please leave your name and number.",
        "The person you are calling is not available.",
        "Thank you for calling Acme. How can we help? Press one for sales",
        "Nobody is here right now",
    ],
)
def test_machines(text: str) -> None:
    assert cue_of(text) is Cue.MACHINE


@pytest.mark.parametrize(
    "text",
    [
        "Good morning, Northside Dental, this is Paula speaking",
        "Thank you for calling Acme, how can I help you?",
        "Hello? Hello? Who is this?",
        "Smith residence, may I help you?",
    ],
)
def test_people(text: str) -> None:
    assert cue_of(text) is Cue.PERSON


@pytest.mark.parametrize("text", ["", "Hello?", "Yes, hello, I was just", "Guten Tag, Praxis Doktor Meier"])
def test_nothing_given_away(text: str) -> None:
    assert cue_of(text) is None
