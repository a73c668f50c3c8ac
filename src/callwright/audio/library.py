"""The services of this package, put together."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from callwright.audio.links import AudioLinks
from callwright.audio.preparing import AudioPreparation, Converts, Fetches, Speaks
from callwright.audio.service import PREPARE, AudioService, Enqueue
from callwright.audio.shelf import AudioShelf, LocalFiles
from callwright.clock import Clock
from callwright.store.database import Database
from callwright.store.secrets import SecretBox

#: Below the data directory: what is being worked on, and this machine's copies (see ``shelf``).
WORK = "audio-work"
COPIES = "audio/files"


class Jobs(Protocol):
    """Where background jobs are registered (``callwright.jobs.Jobs``)."""

    def register(self, name: str, handler: Callable[[bytes], Awaitable[object]]) -> None:
        """Say what runs the jobs of a name."""
        ...

    def every(self, name: str, cron: str, handler: Callable[[], Awaitable[object]]) -> None:
        """Run a handler by the clock."""
        ...


@dataclass(frozen=True, kw_only=True)
class AudioLibrary:
    """Organisations' audio, and what makes, keeps and plays it."""

    items: AudioService
    preparation: AudioPreparation
    shelf: AudioShelf
    links: AudioLinks

    @classmethod
    def on(
        cls,
        database: Database,
        secrets: SecretBox,
        clock: Clock,
        *,
        data_dir: Path,
        enqueue: Enqueue,
        converter: Converts,
        speaker: Speaks,
        client: Fetches,
        local: LocalFiles,
        on_events: Callable[[], None] = lambda: None,
    ) -> AudioLibrary:
        """Return the services on a database; ``local`` are the copies below ``data_dir / COPIES``."""
        work = data_dir / WORK
        return cls(
            items=AudioService(database, enqueue=enqueue),
            preparation=AudioPreparation(
                database,
                folder=work,
                converter=converter,
                speaker=speaker,
                client=client,
                on_events=on_events,
            ),
            shelf=AudioShelf(database, local, folder=work),
            links=AudioLinks(secrets, clock),
        )

    def register(self, jobs: Jobs) -> None:
        """Say what carries out this package's background jobs."""
        jobs.register(PREPARE, self.preparation.run)
        jobs.every("audio.resume", "*/5 * * * *", self.items.resume)
