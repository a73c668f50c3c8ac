"""Comparing spoken words: what a recogniser wrote against what an author wrote."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable

#: Straight and typographic apostrophes, and accents typed in their place: they vanish, so don't and dont are one word.
_APOSTROPHES = dict.fromkeys(map(ord, "'\u2018\u2019\u201b\u02bc\u02b9\u00b4`\uff07"))


def fold(text: str) -> tuple[str, ...]:
    """Return the words of ``text`` without case, apostrophes, punctuation and typographic variants (NFKC)."""
    plain = unicodedata.normalize("NFKC", text.translate(_APOSTROPHES)).casefold()
    plain = unicodedata.normalize("NFKC", plain)
    # punctuation, symbols, separators and control characters part words; letters, marks and numbers make them
    return tuple("".join(c if unicodedata.category(c)[0] in "LMN" else " " for c in plain).split())


def find(phrases: Iterable[str], heard: str) -> str | None:
    """Return the phrase that occurs in ``heard`` as whole words: the longest, among equals the first."""
    words = fold(heard)
    best: str | None = None
    longest = 0
    for phrase in phrases:
        wanted = fold(phrase)
        size = len(wanted)
        if size > longest and any(words[at : at + size] == wanted for at in range(len(words) - size + 1)):
            best, longest = phrase, size
    return best
