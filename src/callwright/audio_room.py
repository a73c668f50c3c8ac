"""Organisations' audio with all that brings and converts it, put together for one process."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from callwright.audio.library import COPIES, WORK, AudioLibrary
from callwright.audio.service import Enqueue
from callwright.calls.audio_uses import calls_that_play
from callwright.clock import Clock
from callwright.events.http_client import GuardedClient
from callwright.numbers.inbound import numbers_that_play
from callwright.recordings.by_phone import PhoneAudio
from callwright.recordings.service import Recordings
from callwright.speech.convert.converter import Converter
from callwright.speech.convert.local import LocalAudio
from callwright.speech.convert.spoken import SpokenFile
from callwright.speech.speaker import Speaker
from callwright.store.database import Database
from callwright.store.secrets import SecretBox


@dataclass(frozen=True, kw_only=True)
class AudioRoom:
    """The library, and what brings recordings made by telephone to it."""

    library: AudioLibrary
    phone: PhoneAudio

    @classmethod
    def on(
        cls,
        database: Database,
        secrets: SecretBox,
        clock: Clock,
        *,
        data_dir: Path,
        speaker: Speaker,
        client: GuardedClient,
        recordings: Recordings,
        enqueue: Enqueue,
        on_events: Callable[[], None] = lambda: None,
    ) -> AudioRoom:
        """Return the services on a database; ``data_dir`` is the appliance's, absolute."""
        converter, local = Converter(), LocalAudio(data_dir / COPIES)
        library = AudioLibrary.on(
            database,
            secrets,
            clock,
            data_dir=data_dir,
            enqueue=enqueue,
            converter=converter,
            speaker=SpokenFile(speaker),
            client=client,
            local=local,
            on_events=on_events,
        )
        phone = PhoneAudio(
            database,
            recordings,
            audio=library.items,
            converter=converter,
            local=local,
            folder=data_dir / WORK,
            enqueue=enqueue,
        )
        library.preparation.add_recordings(phone.bring)
        library.shelf.add_drafts(phone.draft)
        library.items.add_users(calls_that_play)
        library.items.add_users(numbers_that_play)
        return cls(library=library, phone=phone)

    async def tidy(self) -> None:
        """Delete what killed processes left, and copies of what nobody has any more. Before anything plays."""
        self.library.preparation.sweep()
        await self.library.shelf.sweep()
