"""Opens espeak-ng's library and finds its voice files; imported only by engines, which live in worker processes."""

from __future__ import annotations

import ctypes
from functools import cache
from pathlib import Path

import espeakng_loader

# speak_lib.h
_OUTPUT_SYNCHRONOUS = 2
_INITIALIZE_DONT_EXIT = 0x8000


class EspeakError(RuntimeError):
    """The espeak-ng library refused."""


@cache
def open_library() -> tuple[ctypes.CDLL, int]:
    """Return the library, ready, and the rate of its samples in Hz. Raises ``EspeakError``."""
    library = ctypes.CDLL(espeakng_loader.get_library_path())
    rate = int(
        library.espeak_Initialize(
            _OUTPUT_SYNCHRONOUS, 0, espeakng_loader.get_data_path().encode(), _INITIALIZE_DONT_EXIT
        )
    )
    if rate <= 0:
        raise EspeakError("espeak-ng could not read its data")
    return library, rate


@cache
def _files() -> dict[str, str]:
    """Return what each voice file calls its languages, in lower case → its path below ``lang``."""
    root = Path(espeakng_loader.get_data_path()) / "lang"
    found: dict[str, tuple[int, str]] = {}
    for path in sorted(root.rglob("*")):
        if not path.is_file():
            continue
        place = path.relative_to(root).as_posix()
        for line in path.read_text(encoding="utf-8", errors="replace").splitlines():
            words = line.split()
            if len(words) > 1 and words[0] == "language":
                # the lower number is the better claim to a language; 5 when there is none
                claim = int(words[2]) if len(words) > 2 and words[2].isdigit() else 5
                name = words[1].lower()
                if name not in found or claim < found[name][0]:
                    found[name] = (claim, place)
    return {name: place for name, (_, place) in found.items()}


def choose_voice(library: ctypes.CDLL, native: str) -> None:
    """Choose a voice by its file's path below ``lang``: espeak finds few of its names (not ``en-gb``) by themselves."""
    if library.espeak_SetVoiceByName(native.encode()) != 0:
        raise EspeakError(f"espeak-ng has no voice {native}")


def voice_file(language: str) -> str:
    """Return the path of espeak-ng's own name for a language (``en-us``, ``pt-br``). Raises ``EspeakError``."""
    path = _files().get(language.lower())
    if path is None:
        raise EspeakError(f"espeak-ng does not know the language {language}")
    return path
