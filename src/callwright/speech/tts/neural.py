"""What the neural voices share: a network that runs on one thread, and how rate and pitch are reached."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import onnxruntime

from callwright.speech.tts.engine import Samples

#: Speeds at which a neural voice is still understood; beyond, words melt together or fall apart.
_SLOWEST, _FASTEST = 0.5, 2.0


def open_network(path: Path) -> onnxruntime.InferenceSession:
    """Load a network. One thread that does not spin: more of them cost 60 % more processor time for 8 % less wait."""
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    options.log_severity_level = 3
    return onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])


def speed_for(rate: float, pitch: float) -> float:
    """Return the speed to ask of a voice whose samples are then played ``pitch`` times as fast.

    That raises the pitch and shortens the speech, so what is asked for is slower by as much. Extremes of both at once
    are cut off at a speed that is still understood.
    """
    return min(_FASTEST, max(_SLOWEST, rate / pitch))


def played_rate(sample_rate: int, pitch: float) -> int:
    """Return the rate, in Hz, at which the samples must be read so that the voice is ``pitch`` times as high."""
    return round(sample_rate * pitch)


def to_pcm(signal: np.ndarray[tuple[int, ...], np.dtype[np.float32]]) -> Samples:
    """Return 16-bit samples of a signal whose full scale is 1; a louder one is brought below it."""
    peak = float(np.abs(signal).max(initial=0.0))
    samples: Samples = np.rint(signal * (32767.0 / max(1.0, peak))).astype(np.int16)
    return samples
