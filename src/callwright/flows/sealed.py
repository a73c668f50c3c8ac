"""Codes that a call says and nobody may read: they stand in no text, in no variable and in no state of the machine."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from callwright.flows.commands import Audio, Speech

#: Stands in a flow's text where the code is to be said: of Unicode's private use area, so in no language's words.
MARK = "\ue000"


def with_code(items: Sequence[Speech | Audio], code: str) -> Iterator[Speech | Audio]:
    """Yield the items with each character of ``code`` as one of its own in the place of every ``MARK``.

    One by one they are understood, and what is kept of the sounds are single digits, never a code.
    """
    for item in items:
        if isinstance(item, Audio):
            yield item
            continue
        for index, part in enumerate(item.text.split(MARK)):
            if index:
                for character in code:
                    yield replace(item, text=f"{character}.", values=())
            said = part.strip()
            if said:
                # where the values stood is another place now: all of the part counts as one
                yield replace(item, text=said, values=((0, len(said)),) if item.values else ())
