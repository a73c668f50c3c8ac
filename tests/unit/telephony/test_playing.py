"""Audio among what is spoken, on the simulator."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path

import pytest

from callwright.errors import CallwrightError, NotFound
from callwright.flows.commands import Audio, Speech
from callwright.telephony.playing import PlayingVoice


class Says:
    async def render(self, items: Sequence[Speech | Audio], voice: str) -> list[Path]:
        return [Path(f"/{voice}/{item.text}") for item in items if isinstance(item, Speech)]


class Shelf:
    """Remembers what it was asked for."""

    def __init__(self, error: CallwrightError | None = None) -> None:
        self.error = error
        self.placed: list[tuple[str, list[str]]] = []

    async def place(self, organisation_id: str, audio_ids: Iterable[str]) -> None:
        self.placed.append((organisation_id, list(audio_ids)))
        if self.error is not None:
            raise self.error

    async def file(self, organisation_id: str, audio_id: str) -> Path:
        return Path(f"/{organisation_id}/{audio_id}")


async def test_files_come_in_the_order_of_the_prompt() -> None:
    voice = PlayingVoice(Says(), Shelf(), "org_1")
    items = [Speech(text="one"), Audio(audio_id="aud_1"), Audio(audio_id="aud_2"), Speech(text="two")]
    assert await voice.render(items, "v") == [
        Path("/v/one"),
        Path("/org_1/aud_1"),
        Path("/org_1/aud_2"),
        Path("/v/two"),
    ]


async def test_what_is_gone_is_an_error_of_the_prompt() -> None:
    class Empty(Shelf):
        async def file(self, organisation_id: str, audio_id: str) -> Path:
            raise NotFound(audio_id)

    with pytest.raises(NotFound):
        await PlayingVoice(Says(), Empty(), "org_1").render([Audio(audio_id="aud_1")], "v")
