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


@pytest.mark.parametrize(
    "text",
    [
        "Hi, this is John. I am sorry I missed your call.",
        "I can't come to the phone right now, so leave me a message",
        "We are not at home right now.",
        "Please leave your name and number after the beep.",
        "The person you are calling is not available.",
        "Your call has been forwarded to a voice mail system",
        "Our office is currently closed.",
    ],
)
def test_machines_are_known_while_we_speak(text: str) -> None:
    assert cue_of(text, answered=True) is Cue.MACHINE


@pytest.mark.parametrize(
    "text",
    [
        "She is not available, who is calling?",
        "He can't come to the phone now.",
        "Would you like to leave a message?",
        "I am driving, I will call you back as soon as I can",
        "I am not the person you are looking for.",
        "You have reached the wrong number.",
        "You've reached Northside Dental, this is Paula speaking.",
        "Press one? Which one do I press?",
        "Leave me alone.",
        "Hello? Who is this? I am at home, but not for long",
    ],
)
def test_people_who_answer_us_are_no_machines(text: str) -> None:
    assert cue_of(text, answered=True) is not Cue.MACHINE


@pytest.mark.parametrize("text", ["", "Hello?", "Yes, hello, I was just", "Guten Tag, Praxis Doktor Meier"])
def test_nothing_given_away(text: str) -> None:
    assert cue_of(text) is None
