"""From a file of a stranger to samples: one format, one decoder, one channel, so long and no longer."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, BinaryIO

import av
import numpy as np
from av.audio.resampler import AudioResampler
from av.error import FFmpegError

from callwright.speech.convert.formats import DECODERS, DEMUXERS, HEAD_BYTES, NAMES, mp3_seconds, sniff, wav_seconds
from callwright.speech.levels import Signal

RATE = 16000
#: Less of what a file claims to hold, and it was cut off on its way.
_WHOLE = 0.95
_SLACK_SECONDS = 0.5
_SHORTEST_SECONDS = 0.1
#: Lengths that headers claim when the writer did not know: 2³² bytes, or more than a day.
_UNKNOWN_SECONDS = 86_400.0
#: Formats whose headers we read ourselves.
_HEADERS = {"mp3": mp3_seconds, "wav": wav_seconds}
#: Packets in a row that cannot be decoded, until we look no further.
_MOST_BAD = 500


class Unusable(Exception):
    """The file cannot be used; the message says why, in words for who sent it."""


@dataclass(frozen=True, kw_only=True)
class Decoded:
    """Sound of a file."""

    #: Mono, ``RATE`` samples a second, full scale is 1.
    signal: Signal
    format: str
    codec: str
    #: Of the file.
    sample_rate: int
    channels: int


def decode(file: BinaryIO, *, most_seconds: float) -> Decoded:
    """Return the sound of a file. Raises ``Unusable``."""
    kind = sniff(file.read(HEAD_BYTES))
    file.seek(0)
    if kind is None:
        raise Unusable(f"this is not a sound file: it must be {NAMES}")
    try:
        with av.open(file, format=DEMUXERS[kind], metadata_errors="ignore") as container:
            if not container.streams.audio:
                raise Unusable("there is no sound in the file")
            stream: Any = container.streams.audio[0]
            if stream.codec_context is None:
                raise Unusable(f"the sound is coded in a way that is not known; it must be {NAMES}")
            # in one thread: the process may not make others
            stream.thread_type = "NONE"
            codec = stream.codec_context.codec.name
            if codec not in DECODERS:
                raise Unusable(f"the sound is coded as {codec[:40]}, which is not read; it must be {NAMES}")
            claimed = _claimed(kind, stream, file)
            signal = _samples(container, stream, most_seconds)
            rate, channels = stream.codec_context.sample_rate, stream.codec_context.channels
    except (FFmpegError, IndexError, ValueError, OverflowError) as error:
        reason = getattr(error, "strerror", None) or str(error) or type(error).__name__
        raise Unusable(f"the file cannot be read as {kind}: {reason[:200]}") from None
    seconds = len(signal) / RATE
    if claimed is not None and seconds < claimed * _WHOLE - _SLACK_SECONDS:
        raise Unusable(f"the file is cut off: it says {claimed:.1f} s, and {seconds:.1f} s are there")
    if seconds < _SHORTEST_SECONDS:
        raise Unusable(f"the sound is shorter than {_SHORTEST_SECONDS} s")
    return Decoded(signal=signal, format=kind, codec=codec, sample_rate=rate, channels=channels)


def _claimed(kind: str, stream: Any, file: BinaryIO) -> float | None:
    """Return how long the file says it is, where its header does say so."""
    if kind in _HEADERS:
        position = file.tell()

        def read(offset: int, size: int) -> bytes:
            file.seek(offset)
            return file.read(size)

        seconds = _HEADERS[kind](read)
        file.seek(position)
    elif kind == "ogg" or stream.duration is None:
        # Ogg has no length but that of its last page
        return None
    else:
        seconds = float(stream.duration * stream.time_base)
    return seconds if seconds is not None and seconds < _UNKNOWN_SECONDS else None


def _samples(container: Any, stream: Any, most_seconds: float) -> Signal:
    resampler = AudioResampler(format="s16", layout="mono", rate=RATE)
    parts: list[np.ndarray[Any, np.dtype[np.int16]]] = []
    count = bad = 0
    for packet in container.demux(stream):
        try:
            frames = packet.decode()
            bad = 0
        except FFmpegError as error:
            # a damaged packet is a click; many are no sound file
            bad += 1
            if bad > _MOST_BAD:
                raise Unusable("the file is damaged: its sound cannot be decoded") from error
            continue
        for frame in frames:
            for piece in resampler.resample(frame):
                parts.append(_flat(piece))
                count += len(parts[-1])
        if count > most_seconds * RATE:
            raise Unusable(f"the sound is longer than {most_seconds / 60:g} minutes")
    for piece in resampler.resample(None):
        parts.append(_flat(piece))
    if not parts:
        return np.zeros(0, dtype=np.float32)
    return np.concatenate(parts).astype(np.float32) / np.float32(32768.0)


def _flat(piece: Any) -> np.ndarray[Any, np.dtype[np.int16]]:
    """Return the samples of a frame as one row of our own: the frame's memory is used again."""
    samples: np.ndarray[Any, np.dtype[np.int16]] = piece.to_ndarray().reshape(-1).copy()
    return samples
