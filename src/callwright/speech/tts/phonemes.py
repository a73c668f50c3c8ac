"""A text as sounds of the International Phonetic Alphabet, by espeak-ng: what neural voices are trained to read."""

from __future__ import annotations

import ctypes
import re
from dataclasses import dataclass

from callwright.speech.tts.espeak_library import choose_voice, open_library, voice_file

_CHARS_UTF8 = 1
#: Letters of the phonetic alphabet, without ties or separators.
_IPA = 0x02
#: Marks with the space around them; espeak drops them, the voices were trained with them. A mark within a word or a
#: number (3.5, U.S) is espeak's to read.
_MARKS = re.compile(r"\s*([;:,.!?…—])[;:,.!?…—\"“”«»()\[\]]*(?=\s|$)|\s*[\"“”«»()\[\]¡¿]+\s*")
#: What espeak writes where a word is of another language: ``(en)…(es)``.
_SWITCH = re.compile(r"\([a-z-]+\)")


@dataclass(frozen=True, kw_only=True)
class Phrase:
    """What is said between two marks."""

    sounds: str
    #: The mark after it, one of ``;:,.!?…—``; empty when there is none.
    mark: str


class Phonemiser:
    """Not for several threads: the library holds one state for the whole process."""

    def __init__(self) -> None:
        self._library, _ = open_library()
        self._library.espeak_TextToPhonemes.restype = ctypes.c_char_p
        self._library.espeak_TextToPhonemes.argtypes = [ctypes.POINTER(ctypes.c_char_p), ctypes.c_int, ctypes.c_int]
        self._chosen = ""

    def phrases(self, text: str, language: str) -> list[Phrase]:
        """Return the sounds of a text in a language that espeak-ng names so (``en-us``). Raises ``EspeakError``."""
        if language != self._chosen:
            choose_voice(self._library, voice_file(language))
            self._chosen = language
        found: list[Phrase] = []
        start = 0
        for match in _MARKS.finditer(text):
            found.append(Phrase(sounds=self._sounds(text[start : match.start()]), mark=match[1] or ""))
            start = match.end()
        found.append(Phrase(sounds=self._sounds(text[start:]), mark=""))
        return [phrase for phrase in found if phrase.sounds]

    def _sounds(self, text: str) -> str:
        if not text.strip():
            return ""
        rest = ctypes.c_char_p(text.strip().replace("\0", " ").encode())
        said: list[str] = []
        # the library reads a clause at a time and moves the pointer on, to NULL at the end
        while rest.value is not None:
            sounds = self._library.espeak_TextToPhonemes(ctypes.byref(rest), _CHARS_UTF8, _IPA)
            said.append(sounds.decode(errors="replace") if sounds else "")
        return " ".join(_SWITCH.sub("", " ".join(said)).split())
