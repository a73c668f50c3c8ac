"""espeak-ng (GPL-3), by the library that the package espeakng-loader brings; only ever loaded in a worker process."""

from __future__ import annotations

import ctypes
import math
from collections.abc import Sequence

import numpy as np

from callwright.speech.tts.engine import Samples, Utterance, Voice
from callwright.speech.tts.espeak_library import EspeakError, choose_voice, open_library
from callwright.speech.tts.shipped import ESPEAK, engine_version, espeak_voices

# speak_lib.h
_CHARS_UTF8 = 1
_POSITION_CHARACTER = 1
_PARAMETER_RATE = 1
_PARAMETER_VOLUME = 2
_PARAMETER_PITCH = 3
#: Words a minute at the normal rate.
_WORDS_PER_MINUTE = 175
#: Per cent; louder voices touch full scale.
_VOLUME = 70

_Callback = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.POINTER(ctypes.c_short), ctypes.c_int, ctypes.c_void_p)


class EspeakEngine:
    """About a hundred languages, each as a woman and a man; robotic, but never silent."""

    name = ESPEAK

    def __init__(self) -> None:
        self.version = engine_version(ESPEAK)
        self._native = {entry.voice.id: entry.native for entry in espeak_voices()}
        self._library, self._rate = open_library()
        self._pcm: list[bytes] = []
        # the library keeps only the address: the object must live as long as we do
        self._callback = _Callback(self._take)
        self._library.espeak_SetSynthCallback(self._callback)

    def voices(self) -> Sequence[Voice]:
        """Return a woman's and a man's voice for each language."""
        return tuple(entry.voice for entry in espeak_voices())

    def synthesize(self, utterance: Utterance) -> tuple[Samples, int]:
        """Return samples, and their rate in Hz. Raises ``ValueError`` for another engine's voice, ``EspeakError``."""
        native = self._native.get(utterance.voice_id)
        if native is None:
            raise ValueError(f"{utterance.voice_id} is no voice of {self.name}")
        choose_voice(self._library, native)
        parameter, reached = _pitch(utterance.pitch)
        # the rest of a pitch that its parameter cannot reach comes from reading the samples faster or slower
        rest = utterance.pitch / reached
        self._set(_PARAMETER_RATE, round(_WORDS_PER_MINUTE * utterance.rate / rest))
        self._set(_PARAMETER_PITCH, parameter)
        self._set(_PARAMETER_VOLUME, _VOLUME)
        text = utterance.text.replace("\0", " ").encode()
        self._pcm.clear()
        done = self._library.espeak_Synth(
            text, ctypes.c_size_t(len(text) + 1), 0, _POSITION_CHARACTER, 0, _CHARS_UTF8, None, None
        )
        self._check("speak", done)
        return np.frombuffer(b"".join(self._pcm), dtype=np.int16).copy(), round(self._rate * rest)

    def _take(self, wave: ctypes._Pointer[ctypes.c_short], count: int, _events: int | None) -> int:
        """Keep what the library hands over; 0 means go on."""
        if wave and count > 0:
            self._pcm.append(ctypes.string_at(wave, count * 2))
        return 0

    def _set(self, parameter: int, value: int) -> None:
        self._library.espeak_SetParameter(parameter, value, 0)

    @staticmethod
    def _check(what: str, code: int) -> None:
        if code != 0:
            raise EspeakError(f"espeak-ng could not {what} (code {code})")


#: Octaves from the middle of the pitch parameter (50) to its ends (0, 99), measured.
_OCTAVES_DOWN, _OCTAVES_UP = 0.60, 0.745


def _pitch(pitch: float) -> tuple[int, float]:
    """Return the parameter for a multiple of the voice's pitch, and the multiple that it reaches."""
    span = _OCTAVES_UP if pitch > 1 else _OCTAVES_DOWN
    parameter = max(0, min(99, round(50 + 50 * math.log2(pitch) / span)))
    return parameter, 2 ** ((parameter - 50) / 50 * span)
