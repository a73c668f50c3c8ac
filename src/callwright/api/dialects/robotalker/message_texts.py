"""RoboTalker's ``#name#`` in our language of placeholders, in which braces and other names between # mean something."""

from __future__ import annotations

import re
from collections.abc import Mapping

from callwright.api.dialects.robotalker.asked import VARIABLES, Entry
from callwright.flows.templates import fill, placeholders

#: What a text may name; everything else is text.
_PLACEHOLDER = re.compile(rf"(#(?:name|{'|'.join(VARIABLES)})#)", re.IGNORECASE)
#: The characters that begin a placeholder of ours, and the variables that bring them where they are meant as they are.
_LITERALS = {"#": "number_sign", "{": "brace"}
_SIGN = re.compile("[#{]")


def translated(text: str) -> tuple[str, Mapping[str, str]]:
    """Return a text in which only RoboTalker's placeholders are such, and the variables that this takes.

    Where ``{today}`` or ``#1 or #2`` could be taken for a placeholder, its signs become values of variables: those are
    not searched for placeholders.
    """
    parts = _PLACEHOLDER.split(text)
    # where a sign that stands for itself is left, names may be cut in another way than theirs
    meant = not any(sign in part for part in parts[0::2] for sign in _LITERALS)
    if meant or not placeholders(text):
        return text, {}
    used: dict[str, str] = {}

    def mark(sign: re.Match[str]) -> str:
        name = _LITERALS[sign.group()]
        used[name] = sign.group()
        return f"#{name}#"

    parts[0::2] = [_SIGN.sub(mark, part) for part in parts[0::2]]
    return "".join(parts), used


def variables_of(entry: Entry) -> Mapping[str, str]:
    """Return the values of a recipient's placeholders; all have one, be it empty."""
    return {"name": entry.name, **{name: entry.variables.get(name, "") for name in VARIABLES}}


def filled(text: str, entry: Entry) -> str:
    """Return what a recipient gets."""
    marked, literals = translated(text)
    return fill(marked, {**variables_of(entry), **literals})
