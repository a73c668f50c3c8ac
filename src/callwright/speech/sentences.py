"""Cuts a text where a speaker would pause, so that equal sentences of many messages are rendered once."""

from __future__ import annotations

import re

#: Words whose dot does not end a sentence.
_ABBREVIATIONS = frozenset(
    {
        "mr", "mrs", "ms", "dr", "prof", "st", "ave", "blvd", "rd", "apt", "vs", "etc", "jr", "sr", "inc", "ltd",
        "e.g", "i.e", "a.m", "p.m", "u.s", "jan", "feb", "mar", "apr", "jun", "jul", "aug", "sep", "sept", "oct", "nov",
        "dec", "mon", "tue", "wed", "thu", "fri", "bzw", "ca", "nr", "str", "sra", "srta", "mme", "sig",
    }
)  # fmt: skip
#: Marks that end a sentence with what closes it (quotes, brackets), then a space; CJK marks need no space. They are
#: looked at from their first one only: from each of them would take quadratic time on a row of dots.
_END = re.compile(r"(?<![.!?…])[.!?…]+[\"'”’)\]]*(?=\s)|[。！？]+|\n+")  # noqa: RUF001  (the full-width marks are meant)
#: An engine's buffers are finite; nobody speaks that long without a breath.
_MOST_CHARACTERS = 400
_SPOKEN = re.compile(r"\w")


def split_sentences(text: str) -> list[str]:
    """Return the sentences that hold anything to be spoken, without the space around them."""
    found = (part.strip() for start, end in sentence_spans(text) for part in _shorter(text[start:end].strip()))
    return [part for part in found if _SPOKEN.search(part)]


def sentence_spans(text: str) -> list[tuple[int, int]]:
    """Return where each sentence begins and ends; together they are the whole text."""
    spans: list[tuple[int, int]] = []
    start = 0
    for match in _END.finditer(text):
        if match.group().startswith(".") and _is_abbreviation(text[start : match.start()]):
            continue
        spans.append((start, match.end()))
        start = match.end()
    return [*spans, (start, len(text))]


def _is_abbreviation(before: str) -> bool:
    *rest, last = ["", *before.split()]
    last = last.lstrip("\"'([").lower()
    # a single letter is an initial ("J. Smith"), unless letters are being spelled ("five P M.")
    initial = len(last) == 1 and last.isalpha() and last != "i" and len(rest[-1] if rest else "") != 1
    return initial or last in _ABBREVIATIONS


def _shorter(sentence: str) -> list[str]:
    """Cut a sentence that is too long, at a comma if there is one, else at a space, else anywhere."""
    parts: list[str] = []
    while len(sentence) > _MOST_CHARACTERS:
        head = sentence[:_MOST_CHARACTERS]
        cut = max(head.rfind(mark) for mark in (", ", "; ", ": ")) + 1 or head.rfind(" ") + 1 or _MOST_CHARACTERS
        parts.append(sentence[:cut])
        sentence = sentence[cut:]
    return [*parts, sentence]
