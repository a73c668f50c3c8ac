"""Marks that have a word, and marks that have none."""

from __future__ import annotations

import re

#: The keys of a telephone, when they stand alone ("press #").
_STAR = re.compile(r"(?<!\S)\*(?=$|[\s.,;!?])")
_HASH = re.compile(r"(?<!\S)#(?=$|[\s.,;!?])")
_WORDS = {"&": " and ", "@": " at ", "+": " plus ", "=": " equals ", "$": " dollar ", "€": " euro ", "£": " pound "}
_MARKS = re.compile("[" + re.escape("".join(_WORDS)) + "]")
_PAUSE = re.compile(r"\s+[-\u2013]+\s+|\u2013|[|•;]|\s*(?<!\.)\.{2,}(?=\s*\w)")
_SILENT = re.compile(r"[*#_~^`<>{}\[\]\\/\"%]+")


def expand(text: str, *, hash_word: str = "pound") -> str:
    """Write out marks; ``hash_word`` is what the ``#`` key is called."""
    text = _STAR.sub("star", text)
    text = _HASH.sub(hash_word, text)
    text = _MARKS.sub(lambda match: _WORDS[match.group()], text)
    text = _PAUSE.sub(", ", text)
    return _SILENT.sub(" ", text)
