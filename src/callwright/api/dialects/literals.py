"""Texts of services that have other placeholders than we, or none: what looks like one of ours stays as it is written.

Only the braces and marks themselves go into variables of the call, so that an approver still reads the text.
"""

from __future__ import annotations

from callwright.flows.templates import split

_MARKS = {"{": "brace", "#": "hash"}


def as_written(text: str, variables: dict[str, str], *, prefix: str) -> str:
    """Return a template that is filled to ``text``; adds to ``variables`` what it needs under names with ``prefix``."""
    parts = []
    for piece in split(text):
        if piece.placeholder is None:
            parts.append(piece.text)
            continue
        for character in piece.text:
            mark = _MARKS.get(character)
            if mark is None:
                parts.append(character)
            else:
                variables[prefix + mark] = character
                parts.append(f"{{{{{prefix}{mark}}}}}")
    return "".join(parts)
