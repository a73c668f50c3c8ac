"""CMU Flite, an engine for clips that are measured: four voices of a package of Debian's that is never installed."""

from __future__ import annotations

import subprocess
from collections.abc import Sequence
from io import BytesIO
from pathlib import Path

import soundfile

from benchmarks.amd import recordings
from callwright.speech.tts.engine import Samples, Utterance, Voice
from callwright.speech.tts.neural import played_rate, speed_for

_PACKAGES = ("flite", "libflite1")
VOICES = ("kal16", "awb", "rms", "slt")


class FliteEngine:
    """Runs its program, once for each text."""

    name = "flite"

    def __init__(self, folder: Path) -> None:
        """``folder``: where packages are unpacked."""
        self._folder = folder
        self._command: tuple[str, dict[str, str]] | None = None

    def voices(self) -> Sequence[Voice]:
        """Return its voices."""
        return [
            Voice(id=f"{self.name}-{name}", engine=self.name, language="en-US", gender="neutral", rank=0)
            for name in VOICES
        ]

    def synthesize(self, utterance: Utterance) -> tuple[Samples, int]:
        """Return samples and their rate in Hz. Raises ``NoRecordings`` where the packages cannot be had."""
        if self._command is None:
            self._command = self._found()
        program, environment = self._command
        stretch = 1.0 / speed_for(utterance.rate, utterance.pitch)
        voice = utterance.voice_id.partition("-")[2]
        manner = ["--setf", f"duration_stretch={stretch:.3f}"]
        spoken = subprocess.run(
            [program, "-voice", voice, *manner, "-t", utterance.text, "-o", "/dev/stdout"],
            env=environment,
            check=True,
            capture_output=True,
            timeout=60,
        )
        samples, rate = soundfile.read(BytesIO(spoken.stdout), dtype="int16")
        return samples, played_rate(rate, utterance.pitch)

    def _found(self) -> tuple[str, dict[str, str]]:
        roots = [recordings.unpacked(package, self._folder) for package in _PACKAGES]
        libraries = next(path.parent for path in roots[1].rglob("libflite.so*"))
        return str(roots[0] / "usr/bin/flite"), {"LD_LIBRARY_PATH": str(libraries)}
