"""What a call says and nobody may read: codes, which stand in no text, no variable and no state of the flow."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Protocol

from callwright.flows.commands import Audio, Speech

#: Stands in a flow's text where the code is to be said: of Unicode's private use area, so in no language's words.
MARK = "\ue000"

Item = Speech | Audio


class _Voice(Protocol):
    async def render(self, items: Sequence[Item], voice: str) -> list[Path]: ...


class SealedVoice:
    """Says a sealed code where the text has ``MARK``; a ``Voice`` of the runner's."""

    def __init__(self, voice: _Voice, sealed: str, open_: Callable[[str], str]) -> None:
        """Take what ``open_`` opens; it is opened when it is said, and not kept."""
        self._voice = voice
        self._sealed = sealed
        self._open = open_

    async def render(self, items: Sequence[Item], voice: str) -> list[Path]:
        """Return paths without extension, in order. Raises a ``CallwrightError`` when something cannot be spoken."""
        return await self._voice.render(list(with_code(items, self._open(self._sealed))), voice)


def with_code(items: Sequence[Item], code: str) -> Iterator[Item]:
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
                    yield replace(item, text=f"{character}.")
            if part.strip():
                yield replace(item, text=part.strip())
