"""Recordings of calls without an engine: rows as a dialer writes them, files as Asterisk does."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from callwright.calls.models import Attempt, Settlement
from callwright.clock import Clock
from callwright.ids import new_id
from callwright.recordings.collector import RecordingCollector
from callwright.recordings.ledger import RecordingLedger
from callwright.rules.outcomes import Outcome
from callwright.store.database import Database
from callwright.telephony.port import CALLEE_SIDE, OUR_SIDE, recording_file
from support.line_sounds import tone

RATE = 8000


def sound(pitch: float, seconds: float) -> NDArray[np.int16]:
    """Return a tone as engines record it."""
    return np.frombuffer(tone(pitch, seconds).tobytes(), dtype="<i2")


@dataclass(kw_only=True)
class Recorded:
    """The recordings domain over one database and a folder."""

    database: Database
    clock: Clock
    folder: Path
    node: str = "node1"

    @property
    def ledger(self) -> RecordingLedger:
        return RecordingLedger(self.database, self.clock, node=self.node)

    @property
    def collector(self) -> RecordingCollector:
        return RecordingCollector(self.database, self.clock, node=self.node, folder=self.folder)

    def write(self, attempt: Attempt, name: str, samples: NDArray[np.int16]) -> Path:
        """Leave a file as an engine does."""
        self.folder.mkdir(parents=True, exist_ok=True)
        file = recording_file(self.folder, attempt.id, name)
        samples.astype("<i2").tofile(file)
        return file

    def write_call(self, attempt: Attempt, callee: NDArray[np.int16], ours: NDArray[np.int16]) -> list[Path]:
        """Leave both sides of a call."""
        return [self.write(attempt, CALLEE_SIDE, callee), self.write(attempt, OUR_SIDE, ours)]


def answered(ended_by: str = "callee") -> Settlement:
    """Return the end of a call that was answered."""
    return Settlement(outcome=Outcome.ANSWERED, cause=16, sip_status=None, ended_by=ended_by)


async def insert_recording(database: Database, call_id: str, **fields: Any) -> str:
    """Write the row of a recording that is ready, of an attempt that has ended; returns its id."""
    call = await database.fetchrow("SELECT * FROM calls WHERE id = $1", call_id)
    assert call is not None
    attempt_id, recording_id = new_id("att"), new_id("rec")
    await database.execute(
        "INSERT INTO attempts (id, organisation_id, call_id, ordinal, to_number, from_number, state, outcome, node,"
        " lease_until, claimed_at, ended_at)"
        " VALUES ($1, $2, $3, 1, $4, $5, 'ended', 'answered', 'node1', now(), now(), now())",
        *(attempt_id, call["organisation_id"], call_id, call["to_number"], call["from_number"]),
    )
    await database.execute(
        "INSERT INTO recordings (id, organisation_id, call_id, attempt_id, sandbox, kind, name, step, node, state,"
        " collected, seconds, channels, size_bytes, hash, ready_at, transcript)"
        " VALUES ($1, $2, $3, $4, $5, $7, 's1-1', 's1', 'node1', 'ready', true, 1.5, 1, 4, '\\x00', now(), $6)",
        *(
            recording_id,
            call["organisation_id"],
            call_id,
            attempt_id,
            call["sandbox"],
            fields.get("transcript"),
            fields.get("kind", "answer"),
        ),
    )
    await database.execute(
        "INSERT INTO recording_files (recording_id, ordinal, data) VALUES ($1, 0, $2)", recording_id, b"fLaC"
    )
    return recording_id
