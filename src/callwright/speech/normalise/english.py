"""English: everything is written out, so that an engine only reads words."""

from __future__ import annotations

from callwright.speech.normalise import (
    abbreviations,
    dates,
    money,
    numbers,
    symbols,
    telephone,
    times,
    units,
    web,
)
from callwright.speech.normalise.characters import squeeze, tidy

#: Where 4/5/2026 is the fifth of April. Everywhere else the day comes first.
_MONTH_FIRST = frozenset({"en", "en-us", "en-ca", "en-ph"})
#: Rules can make something that another rule knows ("1", an accent); it takes two rounds, seldom three.
_MOST_ROUNDS = 6


def expand(text: str, language: str = "en-US") -> str:
    """Return the text in words, without digits. Doing it again changes nothing."""
    tag = language.lower()
    american = tag in _MONTH_FIRST or tag.startswith("en-us-")
    for _ in range(_MOST_ROUNDS):
        before = text
        text = _round(text, day_first=not american, hash_word="pound" if american else "hash")
        if text == before:
            break
    return text


def _round(text: str, *, day_first: bool, hash_word: str) -> str:
    text = tidy(text)
    text = web.expand(text)
    text = abbreviations.expand(text)
    text = telephone.expand(text)
    text = dates.expand(text, day_first=day_first)
    text = times.expand(text)
    text = money.expand(text)
    text = units.expand(text)
    text = numbers.expand(text)
    text = symbols.expand(text, hash_word=hash_word)
    return squeeze(text)
