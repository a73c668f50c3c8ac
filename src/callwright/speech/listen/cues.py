"""What the first words of a long greeting give away: machines ask for a message, businesses offer help.

English only. What neither list knows is left to the rules of timing.
"""

from __future__ import annotations

import re
from enum import StrEnum
from typing import Final, Protocol

import numpy as np
from numpy.typing import NDArray


class Cue(StrEnum):
    """Who the words sound like."""

    MACHINE = "machine"
    PERSON = "person"


class Words(Protocol):
    """Turns sound into words; the recogniser, where one is installed."""

    def language_of(self, voice: str) -> str:
        """Return the language (BCP 47) of a voice, as authors and accounts name it: that of the callee, we suppose."""
        ...

    def understands(self, language: str) -> bool:
        """Return whether there is a model for a language."""
        ...

    async def words(self, samples: NDArray[np.int16], language: str) -> str:
        """Return what was said, 8 kHz. Raises a ``CallwrightError`` when it cannot, or not soon enough."""
        ...


_MACHINE: Final = re.compile(
    r"\b(leave (me |us )?(a|your|the|you) ?(message|name|number)|(voice ?mail|mail ?box|answering machine)\b"
    r"|(not|un|isn't) ?available|(can't|cannot|can not|unable to) (come|take|answer|get to|reach)"
    r"|after the (tone|beep)|at the (tone|beep)|you('ve| have) reached"
    r"|(not|nobody is|no one is) (here|home|in) (right )?now"
    r"|press (one|two|three|zero|pound|star|\d)|(get|call|ring) (you )?back (as soon|when)|is not in service)"
)
_PERSON: Final = re.compile(
    r"\b((can|may) i help|how (can|may) (i|we)|help you|speaking\b|who('s| is) (this|calling)|what can i do)"
)


def cue_of(text: str) -> Cue | None:
    """Return who says so; ``None``: it gives nothing away. What asks for a message is a machine whatever it offers."""
    said = " ".join(text.casefold().replace("\u2019", "'").split())
    if _MACHINE.search(said):
        return Cue.MACHINE
    return Cue.PERSON if _PERSON.search(said) else None
