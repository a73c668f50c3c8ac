"""Cuts a text into what is spoken at once, and tells which parts hold what was filled in for one person.

A cut must not change what is read: "on March" and "5" are not "on March fifth". So a sentence is cut only where its
parts, each written out by itself, give the same words as the whole.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from callwright.speech.normalise.text import normalise
from callwright.speech.sentences import sentence_spans, split_sentences

#: Where something begins and ends in a text.
Span = tuple[int, int]

#: A clause with at most so many words beside the person's own stays whole ("Hello Maria,"): a cut in it would be heard.
_SHORT_CLAUSE_WORDS = 3
_CLAUSE_END = re.compile(r"[,;:]\s")
_WORD = re.compile(r"\S*\w\S*")
_SPACES_AND_COMMAS = re.compile(r"[\s,]+")


@dataclass(frozen=True, kw_only=True)
class Piece:
    """Something that is spoken at once, in words."""

    text: str
    personal: bool


def cut_text(text: str, language: str, values: Sequence[Span] = (), *, pieces: bool = False) -> list[Piece]:
    """Return the parts of a plain text, in order; ``pieces``: cut sentences that hold values, too."""
    if not values:
        return [Piece(text=part, personal=False) for part in split_sentences(normalise(text, language))]
    spans = sentence_spans(text)
    if not _reads_alike(text, [text[start:end] for start, end in spans], language):
        return [Piece(text=part, personal=True) for part in split_sentences(normalise(text, language))]
    found: list[Piece] = []
    for span in spans:
        inside = _within(span, values)
        parts = _parts(text, span, inside) if pieces and inside else [span]
        if len(parts) > 1 and not _reads_alike(
            text[span[0] : span[1]], [text[start:end] for start, end in parts], language
        ):
            parts = [span]
        for start, end in parts:
            personal = bool(_within((start, end), values))
            said = split_sentences(normalise(text[start:end], language))
            found.extend(Piece(text=part, personal=personal) for part in said)
    return found


def _parts(text: str, sentence: Span, values: Sequence[Span]) -> list[Span]:
    """Cut a sentence at the commas round its values, and within long clauses at the values themselves."""
    start, end = sentence
    clauses: list[Span] = []
    begin = start
    for match in _CLAUSE_END.finditer(text, start, end):
        clauses.append((begin, match.end()))
        begin = match.end()
    clauses.append((begin, end))
    parts: list[Span] = []
    for clause in clauses:
        inside = _within(clause, values)
        parts.extend(_around(text, clause, inside) if inside else [clause])
    return _joined(parts, values)


def _around(text: str, clause: Span, values: Sequence[Span]) -> list[Span]:
    """Cut a clause before and after each value, at the spaces round it, unless little else is in the clause."""
    words = [match.span() for match in _WORD.finditer(text, *clause)]
    fixed = [word for word in words if not _within(word, values)]
    if len(fixed) <= _SHORT_CLAUSE_WORDS:
        return [clause]
    parts: list[Span] = []
    begin, personal = clause[0], bool(words) and words[0] not in fixed
    for word in words:
        if (word not in fixed) != personal:
            parts.append((begin, word[0]))
            begin, personal = word[0], not personal
    return [*parts, (begin, clause[1])]


def _joined(parts: Sequence[Span], values: Sequence[Span]) -> list[Span]:
    """Join neighbours without values: what is the same for everybody is spoken in one breath."""
    joined: list[Span] = []
    for part in parts:
        if joined and not _within(joined[-1], values) and not _within(part, values):
            joined[-1] = (joined[-1][0], part[1])
        else:
            joined.append(part)
    return joined


def _within(span: Span, values: Sequence[Span]) -> list[Span]:
    return [value for value in values if value[0] < span[1] and value[1] > span[0]]


def _reads_alike(whole: str, parts: Sequence[str], language: str) -> bool:
    """Whether the parts are read as the whole is; pauses do not count."""
    return _folded([normalise(whole, language)]) == _folded([normalise(part, language) for part in parts])


def _folded(texts: Sequence[str]) -> str:
    return _SPACES_AND_COMMAS.sub(" ", " ".join(texts)).strip()
