"""The recogniser, asked for the words of greetings: people who answer a question come first."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

import numpy as np
import pytest

from callwright.speech.recognise.engine import RecogniserBusy, Samples, Transcript
from callwright.speech.recognise.models import Models
from callwright.telephony.answers import AnswerMeans
from callwright.telephony.greeting_words import MOST_AT_ONCE, GreetingWords, understood
from callwright.telephony.virtual_clock import VirtualClock

SOUND = np.zeros(8000, dtype=np.int16)


class Slow:
    """Answers when it is allowed to."""

    models = Models()

    def __init__(self) -> None:
        self.may_answer = asyncio.Event()
        self.asked = 0

    async def transcribe(
        self, samples: Samples, *, language: str, prompt: str = "", words: Sequence[str] = ()
    ) -> Transcript:
        self.asked += 1
        await self.may_answer.wait()
        return Transcript(text="Leave a message.")

    async def warm(self, language: str) -> None:
        """Nothing to do."""


async def test_a_few_greetings_at_once_and_no_more() -> None:
    slow = Slow()
    words = GreetingWords(AnswerMeans(recogniser=slow, clock=VirtualClock(), language_of=lambda voice: "en"))
    async with asyncio.TaskGroup() as group:
        first = [group.create_task(words.words(SOUND, "en")) for _ in range(MOST_AT_ONCE)]
        await asyncio.sleep(0)
        with pytest.raises(RecogniserBusy):
            await words.words(SOUND, "en")
        slow.may_answer.set()
    assert [task.result() for task in first] == ["Leave a message."] * MOST_AT_ONCE
    assert await words.words(SOUND, "en") == "Leave a message."
    assert slow.asked == MOST_AT_ONCE + 1


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("Please leave a message after the tone.", ""),
        ("Please leave a message after the tone. You have reached the voicemail!", ""),
        ("", ""),
        ("Leave a message.", "Leave a message."),
        ("Hi, this is John. Please leave a message after the tone.",) * 2,
    ],
)
def test_what_the_recogniser_was_told_to_expect_is_not_what_was_said(text: str, words: str) -> None:
    assert understood(text) == words
