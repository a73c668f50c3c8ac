"""Addresses of the web and of mailboxes, as one says them on the telephone."""

from __future__ import annotations

import re

from callwright.speech.normalise.words import spelled_digits

_EMAIL = re.compile(r"(?<![\w.+-])[A-Za-z0-9._%+-]{1,64}@[A-Za-z0-9-]{1,63}(?:\.[A-Za-z0-9-]{1,63}){1,5}")
_LABEL = r"[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?"
#: A bare name is taken for an address only with an ending that is no English word after a missing space ("ok.so").
_ENDINGS = "com|org|net|edu|gov|mil|info|biz|io|co|us|uk|ca|au|de|fr|es|eu|app|dev|ai|health|clinic|shop|store"
_URL = re.compile(
    rf"(?<![\w@.-])(?:https?://\S+|www\.\S+|(?:{_LABEL}\.){{1,4}}(?:{_ENDINGS})(?![\w-]|\.\w)(?:/[^\s,;]*)?)",
    re.IGNORECASE,
)
_SCHEME = re.compile(r"^https?://", re.IGNORECASE)
_MARKS = {
    ".": "dot", "/": "slash", "-": "dash", "_": "underscore", "@": "at", "+": "plus", "?": "question mark",
    "=": "equals", "&": "and", "%": "percent", ":": "colon", "#": "hash", "~": "tilde",
}  # fmt: skip
_PIECE = re.compile(r"[A-Za-z]+|[0-9]+|[^A-Za-z0-9]")


def expand(text: str) -> str:
    """Write out web and mail addresses: ``dot``, ``at``, ``slash``."""
    text = _EMAIL.sub(lambda match: _say(match.group()), text)
    return _URL.sub(_url, text)


def _url(match: re.Match[str]) -> str:
    address = match.group()
    # the mark that ends the sentence or closes the bracket is not part of the address
    core = address.rstrip(".,;:!?)'\"]>")
    tail = address[len(core) :]
    return _say(_SCHEME.sub("", core).rstrip("/")) + tail


def _say(address: str) -> str:
    words: list[str] = []
    for piece in _PIECE.findall(address):
        if piece.isdigit():
            words.append(spelled_digits(piece))
        elif piece.lower() == "www":
            words.append("w w w")
        else:
            words.append(_MARKS.get(piece, piece if piece.isalpha() else " "))
    return " ".join(words)
