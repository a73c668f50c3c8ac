"""Real voices: the prompts of Debian's Asterisk packages, downloaded and unpacked below ``.cache``, never installed."""

from __future__ import annotations

import subprocess
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import soundfile

from benchmarks.amd.lines import RATE, Signal

PACKAGES = (
    "asterisk-prompt-es-co",
    "asterisk-prompt-fr-armelle",
    "asterisk-prompt-it-menardi-wav",
    "asterisk-core-sounds-en-wav",
    "asterisk-core-sounds-es-wav",
    "asterisk-core-sounds-fr-wav",
    "asterisk-core-sounds-it-wav",
    "asterisk-core-sounds-ru-wav",
)


class NoRecordings(Exception):
    """Debian's packages cannot be fetched here; says why."""


def fetch(folder: Path, packages: Sequence[str] = PACKAGES) -> dict[str, dict[str, Path]]:
    """Return the prompts of each speaker by name. Raises ``NoRecordings``."""
    speakers: dict[str, dict[str, Path]] = {}
    for package in packages:
        root = unpacked(package, folder)
        files = {path.stem: path for path in root.rglob("*") if path.suffix in {".wav", ".gsm"}}
        if files:
            speakers[package.removeprefix("asterisk-").removesuffix("-wav")] = files
    return speakers


def unpacked(package: str, folder: Path) -> Path:
    """Return the folder with what a package of Debian's holds. Raises ``NoRecordings``."""
    if not (folder / package).is_dir():
        _unpack(package, folder)
    return folder / package


def read(path: Path) -> Signal:
    """Return a prompt's samples at 8 kHz, trimmed of silence at its edges."""
    if path.suffix == ".gsm":
        signal, _ = soundfile.read(path, dtype="float32", format="RAW", subtype="GSM610", samplerate=RATE, channels=1)
    else:
        signal, rate = soundfile.read(path, dtype="float32")
        if rate != RATE or signal.ndim != 1:
            return np.zeros(0, dtype=np.float32)
    loud = np.flatnonzero(np.abs(signal) > 0.02)
    spoken: Signal = signal[loud[0] : loud[-1] + 1] if len(loud) else signal[:0]
    return spoken


def _unpack(package: str, folder: Path) -> None:
    new = folder / f".{package}"
    new.mkdir(parents=True, exist_ok=True)
    try:
        download = ["apt-get", "-qq", "-o", "APT::Sandbox::User=root", "download", package]
        subprocess.run(download, cwd=new, check=True, capture_output=True, text=True, timeout=300)
        deb = next(new.glob("*.deb"))
        subprocess.run(["dpkg-deb", "-x", str(deb), str(new)], check=True, capture_output=True, text=True, timeout=120)
        deb.unlink()
    except subprocess.CalledProcessError as error:
        raise NoRecordings(f"{package}: {error.stderr.strip()[-300:]} (apt-get update?)") from error
    except (OSError, StopIteration, subprocess.TimeoutExpired) as error:
        raise NoRecordings(f"{package}: {error}") from error
    new.rename(folder / package)
