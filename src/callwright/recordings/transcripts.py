"""What recordings say, written down in the background where a recogniser is installed."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Protocol

import numpy as np
import soundfile
from numpy.typing import NDArray

from callwright.errors import CallwrightError, NotFound
from callwright.recordings import sound
from callwright.recordings.ledger import SQL
from callwright.recordings.service import Recordings
from callwright.store.database import Database, Row

log = logging.getLogger(__name__)

Samples = NDArray[np.int16]
#: A recogniser looks at half a minute at once; a piece ends at a pause before.
LONGEST_SECONDS: Final = 25.0
#: A pause of so long ends a piece; what is shorter than a sound of a word is none.
PAUSE_SECONDS: Final = 0.7
_SHORTEST_SECONDS: Final = 0.2
#: Added on both ends, so that no consonant is lost.
_MARGIN_SECONDS: Final = 0.2
#: Louder than the noise of a line: -45 dB below full scale.
_SPEECH_RMS: Final = 184.0
_FRAME: Final = sound.RATE // 50
#: Longer recordings are not written down: an hour takes some ten minutes of a processor.
MOST_SECONDS: Final = 3600.0


class Heard(Protocol):
    """What a recogniser understood."""

    @property
    def text(self) -> str:
        """The words."""
        ...


class Understands(Protocol):
    """A recogniser (``speech.recognise.recogniser.Recogniser``) that nobody on the telephone waits for."""

    async def transcribe(self, samples: Samples, *, language: str = "en", prompt: str = "") -> Heard:
        """Return the words. Raises a ``CallwrightError``."""
        ...

    async def close(self) -> None:
        """End its processes."""
        ...


@dataclass(frozen=True, kw_only=True)
class Piece:
    """A stretch of speech: its first sample and the one after its last."""

    begin: int
    end: int


def pieces(samples: Samples) -> Iterator[Piece]:
    """Yield stretches of speech, cut at pauses and after ``LONGEST_SECONDS`` at the latest."""
    frames = len(samples) // _FRAME
    energy = np.sqrt(np.mean(samples[: frames * _FRAME].reshape(frames, _FRAME).astype(np.float64) ** 2, axis=1))
    loud = np.flatnonzero(energy > _SPEECH_RMS)
    pause, longest = round(PAUSE_SECONDS * 50), round(LONGEST_SECONDS * 50)
    begin = last = -1
    for frame in (int(one) for one in loud):
        if begin >= 0 and (frame - last > pause or frame - begin > longest):
            yield from _piece(begin, last, len(samples))
            begin = -1
        begin, last = (frame if begin < 0 else begin), frame
    if begin >= 0:
        yield from _piece(begin, last, len(samples))


def _piece(first: int, last: int, length: int) -> Iterator[Piece]:
    if (last - first + 1) / 50 >= _SHORTEST_SECONDS:
        margin = round(_MARGIN_SECONDS * sound.RATE)
        yield Piece(begin=max(first * _FRAME - margin, 0), end=min((last + 1) * _FRAME + margin, length))


class Transcriber:
    """Writes down what stored recordings say, one after the other."""

    def __init__(
        self,
        database: Database,
        recordings: Recordings,
        *,
        recogniser: Callable[[], Understands],
        language_of: Callable[[str], str],
    ) -> None:
        """``recogniser`` makes one, whose processes live while there is work; ``language_of`` that of a voice."""
        self._database = database
        self._recordings = recordings
        self._recogniser = recogniser
        self._language_of = language_of
        self._turn = asyncio.Lock()

    async def run(self) -> None:
        """Write down what waits; a periodic job, which does nothing while it is still busy."""
        if self._turn.locked():
            return
        async with self._turn:
            recogniser: Understands | None = None
            try:
                while (row := await self._database.fetchrow(SQL["next_transcript"])) is not None:
                    recogniser = recogniser or self._recogniser()
                    await self._write(row, recogniser)
            finally:
                if recogniser is not None:
                    await recogniser.close()

    async def _write(self, row: Row, recogniser: Understands) -> None:
        language = row["language"] or self._language_of(row["voice"])
        transcript: dict[str, Any] | None = None
        state = "failed"
        try:
            if row["seconds"] > MOST_SECONDS:
                log.info("recording %s is too long to be written down", row["id"])
            else:
                said = await self._said(row, recogniser, language)
                text = "\n".join(one["text"] for one in said)
                transcript, state = {"language": language, "text": text, "pieces": said}, "ready"
        except NotFound:
            log.info("recording %s was deleted before it was written down", row["id"])
        except CallwrightError as error:
            log.warning("recording %s is not written down: %s", row["id"], error)
        await self._database.execute(SQL["set_transcript"], row["organisation_id"], row["id"], transcript, state)

    async def _said(self, row: Row, recogniser: Understands, language: str) -> list[dict[str, Any]]:
        with sound.scratch() as file:
            await self._recordings.write(row["organisation_id"], row["id"], "flac", file)
            channels, _ = await asyncio.to_thread(soundfile.read, Path(file.name), dtype="int16", always_2d=True)
        said = []
        for index, side in enumerate(("callee", "ours")[: channels.shape[1]]):
            samples = np.ascontiguousarray(channels[:, index])
            for piece in pieces(samples):
                heard = await recogniser.transcribe(samples[piece.begin : piece.end], language=language)
                if text := " ".join(heard.text.split()):
                    said.append({"at": round(piece.begin / sound.RATE, 2), "side": side, "text": text})
        return sorted(said, key=lambda one: float(one["at"]))
