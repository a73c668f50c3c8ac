from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import pytest
import soundfile

from callwright.speech.files import measure


def test_length_and_loudness(tmp_path: Path) -> None:
    time = np.arange(8000) / 8000
    soundfile.write(tmp_path / "tone.wav", 0.1 * np.sqrt(2) * np.sin(2 * np.pi * 400 * time), 8000)
    found = measure(tmp_path / "tone.wav")
    assert found.seconds == 1.0
    assert found.rms_dbfs == pytest.approx(-20, abs=0.1)


def test_silence_has_no_loudness(tmp_path: Path) -> None:
    soundfile.write(tmp_path / "none.wav", np.zeros(800), 8000)
    assert measure(tmp_path / "none.wav").rms_dbfs == -math.inf


def test_what_is_no_audio_is_named(tmp_path: Path) -> None:
    (tmp_path / "text.wav").write_text("hello")
    with pytest.raises(OSError, match=r"text\.wav"):
        measure(tmp_path / "text.wav")
    with pytest.raises(OSError, match=r"absent\.wav"):
        measure(tmp_path / "absent.wav")
