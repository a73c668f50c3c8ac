from __future__ import annotations

from callwright.speech.tts.engine import Utterance
from callwright.speech.tts.pico import PicoEngine

REMINDER = "Hello, you have reached Sarah. I can not take your call right now. Please leave a message."
QUESTION = "Good morning, Northside Dental. This is Paula speaking, and it is a lovely day. How can I help you?"


def test_a_text_sounds_alike_whatever_was_spoken_before() -> None:
    engine = PicoEngine()
    first, *later = (
        engine.synthesize(Utterance(text=text, voice_id="pico-en-US-f"))[0].tobytes()
        for text in (REMINDER, QUESTION, REMINDER, REMINDER)
    )
    assert later[1:] == [first, first]
