"""Sound files of every kind that people upload, made by encoders of others (FFmpeg's, through PyAV)."""

from __future__ import annotations

import io
from typing import Any

import av
import numpy as np
from av.audio.frame import AudioFrame
from numpy.typing import NDArray

#: Name → container, encoder, options.
KINDS: dict[str, tuple[str, str, dict[str, Any]]] = {
    "wav": ("wav", "pcm_s16le", {}),
    "wav, µ-law": ("wav", "pcm_mulaw", {}),
    "wav, 24 bits": ("wav", "pcm_s24le", {}),
    "mp3": ("mp3", "libmp3lame", {}),
    "ogg": ("ogg", "vorbis", {}),
    "opus": ("ogg", "libopus", {}),
    "m4a": ("ipod", "aac", {}),
    "m4a, lossless": ("ipod", "alac", {}),
    "flac": ("flac", "flac", {}),
}

Signal = NDArray[np.float32]


def tones(*parts: tuple[float, float], amplitude: float = 0.25, rate: int = 48000) -> Signal:
    """Return tones one after another, each a frequency in Hz and a length in seconds, with soft edges."""
    pieces = []
    for frequency, seconds in parts:
        at = np.arange(round(seconds * rate)) / rate
        fade = np.minimum(1.0, np.minimum(at, at[::-1]) / 0.01)
        pieces.append(amplitude * fade * np.sin(2 * np.pi * frequency * at))
    return np.concatenate(pieces).astype(np.float32)


def speechlike(seconds: float, *, amplitude: float = 0.3, rate: int = 48000, seed: int = 1) -> Signal:
    """Return noise that swells and fades as syllables do, with pauses: loud peaks over a low mean."""
    random = np.random.default_rng(seed)
    count = round(seconds * rate)
    noise = random.standard_normal(count)
    smooth = np.convolve(noise, np.hanning(48) / np.hanning(48).sum(), mode="same")
    at = np.arange(count) / rate
    envelope = np.maximum(0.0, np.sin(2 * np.pi * 2.0 * at)) ** 2 * (np.sin(2 * np.pi * 0.3 * at) > -0.6)
    signal = smooth * envelope
    return (amplitude * signal / np.abs(signal).max()).astype(np.float32)


def encoded(signal: Signal, kind: str = "wav", *, rate: int = 48000, channels: int = 1) -> bytes:
    """Return a file of one of ``KINDS``."""
    container_format, codec, options = KINDS[kind]
    out = io.BytesIO()
    layout = "mono" if channels == 1 else "stereo"
    with av.open(out, "w", format=container_format) as container:
        stream: Any = container.add_stream(codec, rate=rate, layout=layout)
        if codec == "vorbis":
            # FFmpeg's own encoder calls itself experimental, and knows two channels only
            stream.codec_context.options = {"strict": "experimental"}
            layout = stream.layout = "stereo"
        for name, value in options.items():
            setattr(stream, name, value)
        frame_size = 1024
        resampler = av.AudioResampler(format=stream.format, layout=layout, rate=rate, frame_size=None)
        planes = 2 if layout == "stereo" else 1
        for start in range(0, len(signal), frame_size):
            piece = np.tile(signal[start : start + frame_size], (planes, 1)).astype(np.float32)
            frame = AudioFrame.from_ndarray(np.ascontiguousarray(piece), format="fltp", layout=layout)
            frame.sample_rate, frame.pts = rate, start
            for converted in resampler.resample(frame):
                container.mux(stream.encode(converted))
        for converted in resampler.resample(None):
            container.mux(stream.encode(converted))
        container.mux(stream.encode(None))
    return out.getvalue()


def samples_of(content: bytes, rate: int = 16000) -> Signal:
    """Return the sound of a file, mono, as FFmpeg decodes it."""
    parts = []
    with av.open(io.BytesIO(content)) as container:
        resampler = av.AudioResampler(format="flt", layout="mono", rate=rate)
        for frame in container.decode(audio=0):
            parts += [piece.to_ndarray().reshape(-1).copy() for piece in resampler.resample(frame)]
        parts += [piece.to_ndarray().reshape(-1).copy() for piece in resampler.resample(None)]
    return np.concatenate(parts).astype(np.float32)
