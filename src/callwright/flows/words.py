"""Comparing spoken words: what a recogniser wrote against what an author wrote."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache

from callwright.flows.synonyms import AROUND_DIGITS, DIGITS, GROUPS, NEGATIONS

Words = tuple[str, ...]

#: Straight and typographic apostrophes, and accents typed in their place: they vanish, so don't and dont are one word.
_APOSTROPHES = dict.fromkeys(map(ord, "'\u2018\u2019\u201b\u02bc\u02b9\u00b4`\uff07"))
#: Words of an answer in which a misheard keyword is looked for: in a long sentence almost anything is found.
_LONGEST_MISHEARD = 4
#: Words of an answer that may have a one-word synonym anywhere; in a longer one it stands at the beginning.
_LONGEST_PLAIN = 4
#: Letters of a keyword that may be misheard, for each letter that may be wrong: "yes" may not, "appointment" two.
_LETTERS_A_FAULT = 5
_LANGUAGE = "en"


@dataclass(frozen=True, kw_only=True)
class Found:
    """A keyword that was said."""

    #: As the author wrote it.
    phrase: str
    #: Which words it was found by.
    said: Words


def fold(text: str) -> Words:
    """Return the words of ``text`` without case, apostrophes, punctuation and typographic variants (NFKC)."""
    plain = unicodedata.normalize("NFKC", text.translate(_APOSTROPHES)).casefold()
    plain = unicodedata.normalize("NFKC", plain)
    # punctuation, symbols, separators and control characters part words; letters, marks and numbers make them
    return tuple("".join(c if unicodedata.category(c)[0] in "LMN" else " " for c in plain).split())


def find(phrases: Iterable[str], heard: str, language: str | None = None) -> str | None:
    """Return the phrase that was said, as the author wrote it; ``None`` when none, or it is not clear which."""
    found = find_choice([[phrase] for phrase in phrases], heard, language)
    return None if found is None else found.phrase


def find_choice(choices: Sequence[Iterable[str]], heard: str, language: str | None = None) -> Found | None:
    """Return the phrase of one of the choices that was said; phrases of one choice mean the same.

    Phrases are found as whole words, also by what people say instead (``synonyms``, by the primary part of
    ``language``, RFC 5646). What is part of a longer phrase is not found in it ("sure" in "not sure"), nor is what a
    negation stands before. Of several the one with the most words counts; of equally long ones of different choices
    none. A synonym of one word late in a longer sentence does not count. When nothing is found, a short answer may
    differ from a long enough phrase by a letter.
    """
    words = _spelled(fold(heard), language)
    wanted = _wanted(choices, language)
    own = {_spelled(fold(phrase), language) for choice in choices for phrase in choice}
    said = [
        (size, place, found)
        for size, at, key in _spans(words, wanted, language)
        if (entry := wanted.get(key)) is not None
        and not _negated(words, at, key, language)
        and (key in own or not _is_by_the_way(words, at, key))
        for place, phrase in [entry]
        for found in [Found(phrase=phrase, said=key)]
    ]
    if not said:
        return _misheard(words, wanted, language)
    longest = max(size for size, _, _ in said)
    best = [(place, found) for size, place, found in said if size == longest]
    return best[0][1] if len({place for place, _ in best}) == 1 else None


def spoken_digits(heard: str, language: str | None = None) -> str:
    """Return the keys that an answer consists of: "one", "number 2, please"; empty when it has other words."""
    primary = _primary(language)
    around = {word for phrase in AROUND_DIGITS.get(primary, ()) for word in fold(phrase)}
    digits = ""
    for word in fold(heard):
        if word.isascii() and word.isdecimal():
            digits += word
        elif (digit := _digit_words(primary).get(word)) is not None:
            digits += digit
        elif word not in around:
            return ""
    return digits


def expected(choices: Sequence[Iterable[str]], language: str | None = None) -> tuple[str, ...]:
    """Return all that can be said for these choices, synonyms too, for a recogniser that hears nothing else."""
    phrases: dict[Words, str] = {}
    for choice in choices:
        for phrase in choice:
            said = " ".join(_spelled(fold(phrase), language)) if phrase.isdecimal() else phrase
            phrases.setdefault(fold(said), said)
            for group in _groups(_primary(language)):
                if fold(phrase) in group:
                    phrases.update({key: text for key, text in group.items() if key not in phrases})
    return tuple(phrases.values())


def _primary(language: str | None) -> str:
    return (language or _LANGUAGE).partition("-")[0].lower()


@cache
def _groups(language: str) -> tuple[Mapping[Words, str], ...]:
    return tuple({fold(phrase): phrase for phrase in group} for group in GROUPS.get(language, ()))


@cache
def _digit_words(language: str) -> Mapping[str, str]:
    return {
        word: str(digit)
        for digit, names in enumerate(DIGITS.get(language, ()))
        for name in names
        for word in fold(name)
    }


def _spelled(words: Words, language: str | None) -> Words:
    """Return the words with single figures as words: recognisers write "1" for "one"."""
    names = DIGITS.get(_primary(language), ())
    return tuple(
        fold(names[int(word)][0])[0] if names and len(word) == 1 and word in "0123456789" else word for word in words
    )


def _wanted(choices: Sequence[Iterable[str]], language: str | None) -> dict[Words, tuple[int, str]]:
    """Return the words of each phrase with its choice and what the author wrote; his own words before synonyms."""
    wanted: dict[Words, tuple[int, str]] = {}
    own = [(place, phrase) for place, choice in enumerate(choices) for phrase in choice]
    for place, phrase in own:
        wanted.setdefault(_spelled(fold(phrase), language), (place, phrase))
    for place, phrase in own:
        for group in _groups(_primary(language)):
            if fold(phrase) in group:
                for key in group:
                    wanted.setdefault(key, (place, phrase))
    wanted.pop((), None)
    return wanted


def _spans(words: Words, wanted: Iterable[Words], language: str | None) -> Iterator[tuple[int, int, Words]]:
    """Yield length, place and words of the phrases in an answer, longest first; none lies within or across another."""
    known = {*wanted, *(key for group in _groups(_primary(language)) for key in group)}
    taken = [False] * len(words)
    for size in range(min(len(words), max(map(len, known), default=0)), 0, -1):
        for at in range(len(words) - size + 1):
            key = words[at : at + size]
            if key in known and not any(taken[at : at + size]):
                taken[at : at + size] = [True] * size
                yield size, at, key


def _negated(words: Words, at: int, key: Words, language: str | None) -> bool:
    negations = NEGATIONS.get(_primary(language), frozenset())
    # "no, no quiero": a negation before words that say no themselves does not turn them round
    return at > 0 and words[at - 1] in negations and not negations.intersection(key)


def _is_by_the_way(words: Words, at: int, key: Words) -> bool:
    """Return whether one word stands late in a sentence: "the weather is nice, okay?" is no yes."""
    return len(key) == 1 and at > 1 and len(words) > _LONGEST_PLAIN


def _misheard(words: Words, wanted: Mapping[Words, tuple[int, str]], language: str | None) -> Found | None:
    """Return the one choice that a short answer almost says."""
    if not 0 < len(words) <= _LONGEST_MISHEARD:
        return None
    near: dict[int, Found] = {}
    for key, (place, phrase) in wanted.items():
        letters = sum(map(len, key))
        faults = letters // _LETTERS_A_FAULT
        for at in range(len(words) - len(key) + 1):
            said = words[at : at + len(key)]
            if said == key or _negated(words, at, key, language):
                continue
            if _distance(" ".join(said), " ".join(key), faults) <= faults:
                near.setdefault(place, Found(phrase=phrase, said=said))
    return next(iter(near.values())) if len(near) == 1 else None


def _distance(left: str, right: str, most: int) -> int:
    """Return how many letters must be added, left out or changed (Levenshtein); more than ``most`` may be any more."""
    if abs(len(left) - len(right)) > most:
        return most + 1
    row = list(range(len(right) + 1))
    for index, letter in enumerate(left, 1):
        before, row[0] = row[0], index
        for place, other in enumerate(right, 1):
            before, row[place] = row[place], min(row[place] + 1, row[place - 1] + 1, before + (letter != other))
    return row[-1]
