"""The voice of a call that also plays audio: files of its organisation, which are on this node by then."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Protocol

from callwright.flows.commands import Audio, Speech


class _Voice(Protocol):
    async def render(self, items: Sequence[Speech | Audio], voice: str) -> list[Path]: ...


class AudioSource(Protocol):
    """Audio as files of this node (``audio.shelf.AudioShelf``)."""

    async def place(self, organisation_id: str, audio_ids: Iterable[str]) -> None:
        """Return when all of them are here. Raises ``NotFound`` for one that is gone, else a ``CallwrightError``."""
        ...

    async def file(self, organisation_id: str, audio_id: str) -> Path:
        """Return a path without extension, fetching what is not here. Raises as ``place`` does."""
        ...


class PlayingVoice:
    """Plays audio in its place among what is spoken; a ``Voice`` of the runner's."""

    def __init__(self, voice: _Voice, audio: AudioSource, organisation_id: str) -> None:
        """Take what speaks, and whose audio is played."""
        self._voice = voice
        self._audio = audio
        self._organisation_id = organisation_id

    async def render(self, items: Sequence[Speech | Audio], voice: str) -> list[Path]:
        """Return paths without extension, in order. Raises a ``CallwrightError`` when something cannot be played."""
        files: list[Path] = []
        for item in items:
            if isinstance(item, Audio):
                files.append(await self._audio.file(self._organisation_id, item.audio_id))
            else:
                files += await self._voice.render([item], voice)
        return files
