"""The recogniser, asked for the words of a long greeting."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from callwright.telephony.answers import AnswerMeans

#: Put before what is said: a recogniser that expects these words hears them better.
_PROMPT: Final = (
    "You have reached the voicemail. Please leave a message after the tone. Good morning, how can I help you?"
)


class GreetingWords:
    """Implements ``Words`` with the recogniser, where one is installed."""

    def __init__(self, means: AnswerMeans) -> None:
        self._means = means

    def language_of(self, voice: str) -> str:
        """Return the language (BCP 47) of a voice."""
        return self._means.language_of(voice)

    def understands(self, language: str) -> bool:
        """Return whether there is a model for a language."""
        return self._means.recogniser.models.understands(language)

    async def words(self, samples: NDArray[np.int16], language: str) -> str:
        """Return what was said, 8 kHz. Raises a ``RecognitionFailed`` when it cannot, or not soon enough."""
        found = await self._means.recogniser.transcribe(samples, language=language, prompt=_PROMPT)
        return found.text
