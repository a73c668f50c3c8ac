"""The voice of a call that says a code."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Protocol

from callwright.flows.commands import Audio, Speech
from callwright.flows.sealed import with_code


class _Voice(Protocol):
    async def render(self, items: Sequence[Speech | Audio], voice: str) -> list[Path]: ...


class SealedVoice:
    """Says a sealed code where the text has ``flows.sealed.MARK``; a ``Voice`` of the runner's."""

    def __init__(self, voice: _Voice, sealed: str, open_sealed: Callable[[str], str]) -> None:
        """Take what ``open_sealed`` opens; it is opened when it is said, and not kept."""
        self._voice = voice
        self._sealed = sealed
        self._open = open_sealed

    async def render(self, items: Sequence[Speech | Audio], voice: str) -> list[Path]:
        """Return paths without extension, in order. Raises a ``CallwrightError`` when something cannot be spoken."""
        return await self._voice.render(list(with_code(items, self._open(self._sealed))), voice)
