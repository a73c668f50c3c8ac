"""Wires the parts that record calls: the runner's means, and the worker that stores what the engine wrote."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from callwright.clock import Clock
from callwright.recordings.collector import RecordingCollector
from callwright.recordings.ledger import RecordingLedger
from callwright.recordings.service import Recordings
from callwright.recordings.transcripts import Transcriber
from callwright.speech.recognise.models import Models
from callwright.speech.recognise.recogniser import Recogniser
from callwright.store.database import Database
from callwright.telephony.beep import write_beep
from callwright.telephony.recorder import RecordMeans

#: Half a minute of speech, on a machine that is busy with calls.
_PIECE_SECONDS = 120.0


@dataclass(frozen=True, kw_only=True)
class Recorders:
    """What a process with an engine needs to record."""

    means: RecordMeans
    collector: RecordingCollector

    @classmethod
    def on(
        cls,
        database: Database,
        clock: Clock,
        *,
        node: str,
        folder: Path,
        sounds: Path,
        on_events: Callable[[], None],
        on_webhooks: Callable[[], None],
        transcribes: bool = False,
    ) -> Recorders:
        """``folder`` is where the engine of ``node`` writes, ``sounds`` a folder that it can read."""
        collector = RecordingCollector(
            database,
            clock,
            node=node,
            folder=folder,
            on_events=on_events,
            on_webhooks=on_webhooks,
            transcribes=transcribes,
        )
        ledger = RecordingLedger(database, clock, node=node, on_events=on_events, on_ended=collector.kick)
        means = RecordMeans(recordings=ledger, beep=write_beep(sounds), on_end=collector.kick)
        return cls(means=means, collector=collector)


def transcriber(
    database: Database, recordings: Recordings, *, models: Models, language_of: Callable[[str], str]
) -> Transcriber:
    """Return what writes recordings down: with a process of its own, so that nobody in a call waits for it."""
    return Transcriber(
        database,
        recordings,
        recogniser=lambda: Recogniser(models, answer_seconds=_PIECE_SECONDS),
        language_of=language_of,
    )


def can_transcribe(models: Models) -> bool:
    """Return whether there is a model for whatever people say; pocketsphinx knows expected words only."""
    return bool(models.whisper)
