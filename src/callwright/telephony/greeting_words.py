"""The recogniser, asked for the words of a greeting."""

from __future__ import annotations

import re
from typing import Final

import numpy as np
from numpy.typing import NDArray

from callwright.speech.recognise.engine import RecogniserBusy
from callwright.telephony.answers import AnswerMeans

#: Put before what is said: a recogniser that expects these words hears them better.
PROMPT: Final = (
    "You have reached the voicemail. Please leave a message after the tone. Good morning, how can I help you?"
)
_SENTENCES: Final = re.compile(r"[^.?!]+")
#: Greetings of all calls that are at the recogniser together: who answers a question of ours comes first, and waits for
#: no more than these.
MOST_AT_ONCE: Final = 2


def understood(text: str) -> str:
    """Return the words of a greeting; ``""`` where they are only what the recogniser was told to expect.

    Of noise it makes that: of 275 people in the learning half of the benchmark one said "Please leave a message after
    the tone".
    """
    expected, found = (
        {sentence for part in _SENTENCES.findall(words) if (sentence := " ".join(part.casefold().split()))}
        for words in (PROMPT, text)
    )
    return "" if found <= expected else text


class GreetingWords:
    """Implements ``Words`` with the recogniser, where one is installed."""

    def __init__(self, means: AnswerMeans) -> None:
        self._means = means
        self._at_once = 0

    def language_of(self, voice: str) -> str:
        """Return the language (BCP 47) of a voice."""
        return self._means.language_of(voice)

    def understands(self, language: str) -> bool:
        """Return whether there is a model for a language."""
        return self._means.recogniser.models.understands(language)

    async def words(self, samples: NDArray[np.int16], language: str) -> str:
        """Return what was said, 8 kHz. Raises a ``RecognitionFailed`` when it cannot, or not soon enough."""
        if self._at_once >= MOST_AT_ONCE:
            raise RecogniserBusy(f"{self._at_once} greetings are looked at already")
        self._at_once += 1
        try:
            found = await self._means.recogniser.transcribe(samples, language=language, prompt=PROMPT)
        finally:
            self._at_once -= 1
        return understood(found.text)
