"""Takes what a node's engine has recorded: both sides become one file, which is stored where every process reads it.

Nothing is lost when the process is killed between any two of its acts: what has not been stored lies in the engine's
folder and has a row that says so; what has been stored is deleted there, if not now then at the next start.
"""

from __future__ import annotations

import asyncio
import hashlib
import logging
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import IO, Any, Final

from callwright.calls.patience import AWAY
from callwright.clock import Clock
from callwright.recordings import sound
from callwright.recordings.ledger import SQL, tell
from callwright.store.database import Database, Row

log = logging.getLogger(__name__)

#: Engines close a file some milliseconds after they said that the call is over.
CLOSED_SECONDS: Final = 1.0
PIECE_BYTES: Final = 256 * 1024
_POLL_SECONDS: Final = 5.0
_SOON_SECONDS: Final = 0.5
#: A file that no row knows is somebody's words: it does not stay.
_STRAY_SECONDS: Final = 24 * 3600.0
#: Whole calls: the callee is left, we are right.
SIDES: Final = ("callee", "ours")


class RecordingCollector:
    """The worker of one node; ``folder`` is where its engine writes."""

    def __init__(
        self,
        database: Database,
        clock: Clock,
        *,
        node: str,
        folder: Path,
        on_events: Callable[[], None] = lambda: None,
        on_webhooks: Callable[[], None] = lambda: None,
        transcribes: bool = False,
    ) -> None:
        """``transcribes``: something writes down what stored recordings say."""
        self._database = database
        self._clock = clock
        self._node = node
        self._folder = folder
        self._on_events = on_events
        self._on_webhooks = on_webhooks
        self._transcribes = transcribes
        self._kicked = asyncio.Event()
        self._task: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Begin."""
        self._task = asyncio.create_task(self._run(), name="recordings")

    async def stop(self) -> None:
        """End; what is left is taken at the next start."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)
            self._task = None

    def kick(self) -> None:
        """Say that there may be something."""
        self._kicked.set()

    async def collect(self) -> int:
        """Store all that is complete; returns how many are over but may still be written."""
        waiting = 0
        for row in await self._database.fetch(SQL["uncollected"], self._node):
            files = self._files(row)
            if row["state"] != "deleted" and not self._complete(row, files):
                waiting += 1
                continue
            try:
                await self._store(row, files)
            except OSError as error:
                log.error("recording %s cannot be read and is tried again: %s", row["id"], error)
                continue
            for file in files:
                file.unlink(missing_ok=True)
        return waiting

    async def sweep(self) -> None:
        """Delete files that were stored or that nobody knows."""
        kept = {row["attempt_id"] for row in await self._database.fetch(SQL["uncollected_attempts"], self._node)}
        now = self._clock.now().timestamp()
        for file in self._folder.glob("*.sln"):
            attempt_id = file.name.partition(".")[0]
            if attempt_id not in kept and now - file.stat().st_mtime > _STRAY_SECONDS:
                log.warning("the stray recording %s is deleted", file.name)
                file.unlink(missing_ok=True)

    async def _run(self) -> None:
        await self._patiently(self.sweep())
        while True:
            waiting = await self._patiently(self.collect())
            try:
                async with asyncio.timeout(_SOON_SECONDS if waiting else _POLL_SECONDS):
                    await self._kicked.wait()
                self._kicked.clear()
            except TimeoutError:
                pass

    async def _patiently(self, work: Coroutine[Any, Any, int | None]) -> int | None:
        try:
            return await work
        except AWAY as error:
            log.warning("recordings wait for PostgreSQL: %s", error or type(error).__name__)
        except Exception:
            log.exception("recordings could not be stored and are tried again")
        return None

    def _files(self, row: Row) -> list[Path]:
        names = SIDES if row["kind"] == "call" else (row["name"],)
        return [self._folder / f"{row['attempt_id']}.{name}.sln" for name in names]

    def _complete(self, row: Row, files: list[Path]) -> bool:
        if row["state"] == "processing":
            return True
        now = self._clock.now().timestamp()
        ended: float = row["ended_at"].timestamp()
        written = [file.stat().st_mtime for file in files if file.exists()]
        return now - max([ended, *written]) > CLOSED_SECONDS

    async def _store(self, row: Row, files: list[Path]) -> None:
        if row["state"] == "deleted" or not all(file.exists() and not sound.silent(file) for file in files):
            await self._give_up(row, "nothing was recorded")
            return
        with sound.scratch() as flac:
            made = await asyncio.to_thread(sound.compress, files, flac, max_seconds=row["max_seconds"])
            size, digest = await asyncio.to_thread(_measured, flac)
            async with self._database.transaction() as connection:
                state = await connection.fetchval(SQL["lock_uncollected"], row["id"])
                if state is None:
                    return
                if state == "deleted":
                    await connection.execute(SQL["give_up_recording"], row["id"], None)
                    return
                flac.seek(0)
                for ordinal, piece in enumerate(sound.pieces(flac, PIECE_BYTES)):
                    await connection.execute(SQL["add_piece"], row["id"], ordinal, piece)
                await connection.execute(
                    SQL["store_recording"], row["id"], made.seconds, made.channels, size, digest, self._clock.now(),
                    "waiting" if self._transcribes else None,
                )  # fmt: skip
                await tell(
                    connection, row["organisation_id"], row["call_id"], "call.recording_ready",
                    recording_id=row["id"], kind=row["kind"], step=row["step"], seconds=made.seconds,
                    channels=made.channels, size_bytes=size, sha256=digest.hex(),
                )  # fmt: skip
        self._on_events()
        self._on_webhooks()

    async def _give_up(self, row: Row, reason: str) -> None:
        async with self._database.transaction() as connection:
            if await connection.fetchval(SQL["lock_uncollected"], row["id"]) is None:
                return
            state = await connection.fetchval(SQL["give_up_recording"], row["id"], reason)
            if state == "failed":
                await tell(
                    connection, row["organisation_id"], row["call_id"], "call.recording_failed",
                    recording_id=row["id"], kind=row["kind"], step=row["step"], reason=reason,
                )  # fmt: skip
        self._on_events()
        self._on_webhooks()


def _measured(file: IO[bytes]) -> tuple[int, bytes]:
    """Return a file's size and SHA-256."""
    file.seek(0)
    digest, size = hashlib.sha256(), 0
    for piece in sound.pieces(file, PIECE_BYTES):
        digest.update(piece)
        size += len(piece)
    return size, digest.digest()
