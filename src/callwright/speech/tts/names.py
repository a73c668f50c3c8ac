"""Voice names as they are written elsewhere: ``en-US-Neural-F``, ``en-GB-Standard-B``, ``de``, ``female``."""

from __future__ import annotations

import re
from dataclasses import dataclass

from callwright.speech.tts.engine import Gender
from callwright.speech.tts.installed import KOKORO, KOKORO_GENDERS, KOKORO_LANGUAGES, PIPER
from callwright.speech.tts.shipped import ESPEAK, PICO


@dataclass(frozen=True, kw_only=True)
class VoiceName:
    """What a name says; ``None``: nothing about it."""

    #: BCP 47 tag.
    language: str | None
    gender: Gender | None


#: Words of quality in other systems' names; they are understood and not followed: we speak with what there is.
_QUALITIES = frozenset(
    {
        "basic", "casual", "chirp", "chirp3", "enhanced", "generative", "hd", "journey", "long", "form", "neural",
        "neural2", "news", "polyglot", "premium", "standard", "studio", "wavenet",
    }
)  # fmt: skip
_GENDERS: dict[str, Gender] = {
    "f": "female", "female": "female", "woman": "female", "w": "female",
    "m": "male", "male": "male", "man": "male",
}  # fmt: skip
#: Letters of the voices of Google's speech service, which many campaigns name; F and M above mean what they say.
_LETTERS: dict[str, Gender] = {
    "a": "female", "b": "male", "c": "female", "d": "male", "e": "female", "g": "female", "h": "female",
    "i": "male", "j": "male",
}  # fmt: skip
#: In American English that service's A is a man.
_AMERICAN_LETTERS: dict[str, Gender] = {"a": "male"}

_LANGUAGE = re.compile(r"[a-z]{2,3}")
_SCRIPT = re.compile(r"[a-z]{4}")
_REGION = re.compile(r"[a-z]{2}|[0-9]{3}")


def parse_name(name: str) -> VoiceName | None:
    """Return what a name says, or ``None`` when it cannot be read."""
    words = re.split(r"[-_ ]+", name.strip().lower())
    if words[0] in {KOKORO, PIPER, PICO, ESPEAK} and len(words) > 1:
        return _of_engine(words)
    if len(words) == 1 and words[0] in {"female", "male", "woman", "man"}:
        return VoiceName(language=None, gender=_GENDERS[words[0]])
    if not _LANGUAGE.fullmatch(words[0]):
        return None
    language, rest = [words[0]], words[1:]
    if rest and _SCRIPT.fullmatch(rest[0]) and rest[0] not in _QUALITIES | _GENDERS.keys():
        # a script (zh-Hans-CN) does not change how a language sounds
        rest = rest[1:]
    if rest and _REGION.fullmatch(rest[0]) and rest[0] not in _QUALITIES:
        language.append(rest[0].upper())
        rest = rest[1:]
    while rest and rest[0] in _QUALITIES:
        rest = rest[1:]
    tag = "-".join(language)
    if not rest:
        return VoiceName(language=tag, gender=None)
    gender = _gender(rest[0], tag) if len(rest) == 1 else None
    return VoiceName(language=tag, gender=gender) if gender else None


def _of_engine(words: list[str]) -> VoiceName | None:
    """Read the id of a voice that is not installed here: another one of its language and sex will speak."""
    engine, first, *rest = words
    if engine == KOKORO:
        language, gender = KOKORO_LANGUAGES.get(first[:1]), KOKORO_GENDERS.get(first[1:2])
        known = language is not None and gender is not None and len(first) == len("af")
        return VoiceName(language=language[0], gender=gender) if known and language is not None else None
    if engine == PIPER:
        # en_US-joe-medium
        return parse_name("-".join([first, *rest[:1]])) or parse_name(first)
    return parse_name("-".join([first, *rest]))


def _gender(word: str, tag: str) -> Gender | None:
    american = _AMERICAN_LETTERS.get(word) if tag == "en-US" else None
    return american or _GENDERS.get(word) or _LETTERS.get(word)
