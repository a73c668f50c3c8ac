"""A process that converts one file of a stranger: ``python -m callwright.speech.convert.worker``.

It gets the file as standard input and two files to write as descriptors; before it looks at the file it gives away what
it could do harm with: root, new files and connections, children, memory, processor time. What it has to say goes to
standard output as one JSON object: the facts of the sound, or ``error``.
"""

from __future__ import annotations

import hashlib
import io
import math
import os
import resource
import sys
import wave
from collections.abc import Mapping
from typing import Any, BinaryIO

import av
import numpy as np
import orjson
from av.audio.frame import AudioFrame

from callwright.speech.convert.decoding import RATE, Unusable, decode
from callwright.speech.convert.loudness import loudness, normalise
from callwright.speech.levels import to_samples

#: Bytes of address space, seconds of processor time, bytes of a file that is written.
MEMORY = 1536 * 1024 * 1024
CPU_SECONDS = 120
FILE_BYTES = 128 * 1024 * 1024
#: Below everything that concerns calls.
_NICE = 15
_MP3_BIT_RATE = 48_000
_FRAME = 1152


def convert(source: BinaryIO, flac: BinaryIO, mp3: BinaryIO, *, most_seconds: float) -> dict[str, Any]:
    """Write the sound of ``source`` as FLAC and MP3, mono, 16 kHz, and return its facts. Raises ``Unusable``."""
    decoded = decode(source, most_seconds=most_seconds)
    signal = decoded.signal - np.float32(decoded.signal.mean())
    before = loudness(signal, RATE)
    if before == -math.inf:
        raise Unusable("nothing is to be heard in the file")
    signal = normalise(signal, RATE)
    samples = to_samples(signal)
    _write(flac, "flac", "flac", samples, {})
    _write(mp3, "mp3", "libmp3lame", samples, {"bit_rate": _MP3_BIT_RATE})
    return {
        "hash": hashlib.sha256(samples.astype("<i2").tobytes()).hexdigest(),
        "format": decoded.format,
        "codec": decoded.codec,
        "sample_rate": decoded.sample_rate,
        "channels": decoded.channels,
        "seconds": round(len(samples) / RATE, 3),
        "original_loudness_dbfs": round(before, 1),
        "loudness_dbfs": round(loudness(signal, RATE), 1),
        "peak_dbfs": round(20 * math.log10(float(np.abs(signal).max())), 1),
    }


def _write(file: BinaryIO, form: str, codec: str, samples: Any, options: Mapping[str, Any]) -> None:
    with av.open(file, "w", format=form) as container:
        stream: Any = container.add_stream(codec, rate=RATE, layout="mono")
        stream.thread_type = "NONE"
        for name, value in options.items():
            setattr(stream, name, value)
        # FLAC takes 16-bit samples in one plane, LAME in planes: for one channel both are the same bytes
        layout = "s16" if codec == "flac" else "s16p"
        stream.format = layout
        for start in range(0, len(samples), _FRAME):
            frame = AudioFrame.from_ndarray(
                samples[start : start + _FRAME].reshape(1, -1), format=layout, layout="mono"
            )
            frame.sample_rate = RATE
            frame.pts = start
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))


def confine(uid: int | None, gid: int | None) -> None:
    """Give up root and everything else that is not needed to turn one open file into two others."""
    os.nice(_NICE)
    if uid is not None and gid is not None:
        os.setgroups([])
        os.setgid(gid)
        os.setuid(uid)
    for kind, value in (
        (resource.RLIMIT_CORE, 0),
        (resource.RLIMIT_FSIZE, FILE_BYTES),
        (resource.RLIMIT_CPU, CPU_SECONDS),
        (resource.RLIMIT_AS, MEMORY),
        (resource.RLIMIT_NPROC, 0),
        # what is open stays so; nothing else can be opened, neither files nor sockets
        (resource.RLIMIT_NOFILE, 0),
    ):
        resource.setrlimit(kind, (value, value))


def warm_up() -> None:
    """Convert a tenth of a second: libraries open more of themselves when they are first used."""
    source = io.BytesIO()
    with wave.open(source, "wb") as tone:
        tone.setparams((1, 2, RATE, 0, "NONE", ""))
        tone.writeframes((np.sin(np.arange(RATE // 4)) * 8000).astype("<i2").tobytes())
    source.seek(0)
    convert(source, io.BytesIO(), io.BytesIO(), most_seconds=1)


def main() -> None:
    """Convert standard input. Arguments: descriptors of the FLAC and the MP3, most seconds, user and group or -."""
    flac, mp3 = (os.fdopen(int(text), "w+b") for text in sys.argv[1:3])
    most_seconds = float(sys.argv[3])
    uid, gid = (None if text == "-" else int(text) for text in sys.argv[4:6])
    answers = os.fdopen(os.dup(1), "wb")
    # libraries that print must not print into the answer
    os.dup2(2, 1)
    warm_up()
    confine(uid, gid)
    try:
        answer = convert(sys.stdin.buffer, flac, mp3, most_seconds=most_seconds)
    except Unusable as error:
        answer = {"error": str(error)}
    except MemoryError:
        answer = {"error": "the file needs too much memory to be decoded"}
    except Exception as error:
        # of a thousand ways in which a file can be wrong libraries know some
        answer = {"error": f"the file is damaged: its sound cannot be decoded ({type(error).__name__})"}
    flac.flush()
    mp3.flush()
    answers.write(orjson.dumps(answer))
    answers.flush()


if __name__ == "__main__":
    main()
