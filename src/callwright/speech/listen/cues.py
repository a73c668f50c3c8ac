"""What the words of a greeting give away: machines ask for a message or say that nobody is there, people offer help.

English only. What no list knows is left to the rules of timing.
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


_NOW: Final = r"( right now| at the moment| just now| at this time)"
#: What nobody says who has a telephone at the ear. Absence counts in the first person only: "he can not come to the
#: phone" is said by people. So is "would you like to leave a message", and "press one" by our own prompt, whose echo
#: may be heard.
_ANNOUNCED: Final = (
    r"\b("
    r"(?<!like to )(?<!want to )(?<!wish to )leave (me |us )?(a|my|your|the|you) ?(short |brief |detailed )?"
    r"(message|name|number|details)"
    r"|(after|at) the (tone|beep|signal)|after the phone"
    r"|voice ?mail|mail ?box|answering (machine|service)|voice messag(e|ing) (system|service)|record (your|a) message"
    r"|(been|being) forwarded|(sorry )?(i|we)( have|'ve)? missed your call|you know what to do"
    r"|(i|we) (can't|cannot|can not|could not|couldn't) (come|get) (to|from) the (tele)?phone"
    r"|(i|we) (can't|cannot|can not|could not|couldn't) (take|answer) your call"
    r"|(i'm|i am|we're|we are) (not (available|home|at home|here|in)|unavailable)" + _NOW +
    r"|(i'm|i am|we're|we are) (currently )?(away from|out of) (my|the|our) (phone|desk|office)"
    r"|offices? (is|are) (currently |now )?closed"
    r"|the (person|number|party|customer|subscriber)( that| whom)? you( are|'re| have|'ve)? (call|dial|trying to)"
    r"|is not in service|hang up and"
    r")"
)  # fmt: skip
#: People at work say it too, and then offer help.
_REACHED: Final = r"\byou('ve| have)? reached (?!the wrong|a wrong)"
#: A machine's as long as nobody has said anything to it: to us people would say some of it.
_AT_FIRST: Final = (
    r"\b((not|un|isn't) ?available|(can't|cannot|can not|unable to) (come|take|answer|get to|reach)"
    r"|(not|nobody is|no one is) (here|home|in) (right )?now"
    r"|press (one|two|three|zero|pound|star|\d)|(get|call|ring) (you )?back (as soon|when)"
    r")"
)
_MACHINE: Final = re.compile(_ANNOUNCED)
_MACHINE_AT_FIRST: Final = re.compile(f"{_ANNOUNCED}|{_AT_FIRST}")
_MACHINE_OR_WORK: Final = re.compile(_REACHED)
_PERSON: Final = re.compile(
    r"\b((can|may) i help|how (can|may) (i|we)|help you|speaking\b|who('s| is) (this|calling)|what can i do)"
)


def cue_of(text: str, *, answered: bool = False) -> Cue | None:
    """Return who says so; ``None``: it gives nothing away. What asks for a message is a machine whatever it offers.

    ``answered``: we have begun to speak to who seems to be a person, who may have answered us.
    """
    said = " ".join(text.casefold().replace("\u2019", "'").replace(",", "").split())
    if (_MACHINE if answered else _MACHINE_AT_FIRST).search(said):
        return Cue.MACHINE
    if _PERSON.search(said):
        return Cue.PERSON
    return Cue.MACHINE if _MACHINE_OR_WORK.search(said) else None
