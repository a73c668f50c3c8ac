"""Which voice speaks when an author writes ``en-US-Neural-F``, ``de`` or nothing at all."""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass

from callwright.errors import CallwrightError
from callwright.speech.tts.engine import Gender, Voice
from callwright.speech.tts.names import VoiceName, parse_name

#: The language of a message that names none.
DEFAULT_LANGUAGE = "en-US"
_EXAMPLES = ("en-US-Neural-F", "en-GB-Standard-M", "de", "pico-en-US-f")
#: Of regions that fit equally little, the one most people expect: ``en`` is American English.
_USUAL_REGIONS = ("en-US", "es-ES", "fr-FR", "pt-BR", "zh-CN")


class UnknownVoice(CallwrightError):
    """There is no such voice."""

    status = 400
    code = "unknown_voice"


@dataclass(frozen=True, kw_only=True)
class ResolvedVoice:
    """What was asked for and who speaks."""

    #: The name as received; ``None``: none was given.
    asked: str | None
    voice: Voice
    #: BCP 47 tag of the region whose habits the text is read by (4/5/2026): the asked one, even if no voice is of it.
    reading: str
    #: Whether language, region and gender are as asked; the quality that a name promises is not looked at.
    exact: bool


_Question = tuple[str | None, str | None, str | None, frozenset[str] | None]

#: What is asked again and again looks at the disk this often, in seconds.
_LOOK_SECONDS = 1.0


class VoiceCatalogue:
    """Finds voices by name, language and gender."""

    def __init__(self, voices: Sequence[Voice], *, look: Callable[[], Sequence[Voice] | None] | None = None) -> None:
        """``look`` is asked now and then whether the voices are others now; ``None``: they are the same."""
        self._look = look
        self._looked_at = time.monotonic()
        #: Counts how often the voices became others.
        self.generation = 0
        self._take(voices)

    def _take(self, voices: Sequence[Voice]) -> None:
        self._voices = tuple(sorted(voices, key=lambda voice: (-voice.rank, voice.id)))
        self._by_id = {voice.id.lower(): voice for voice in self._voices}
        self._by_language: dict[str, list[Voice]] = {}
        for voice in self._voices:
            self._by_language.setdefault(_primary(voice.language), []).append(voice)
        self._resolved: dict[_Question, ResolvedVoice] = {}

    def refresh(self) -> None:
        """Take in voices that were installed, and let go of those that were removed; looks once a second at most."""
        if self._look is None or time.monotonic() - self._looked_at < _LOOK_SECONDS:
            return
        self._looked_at = time.monotonic()
        voices = self._look()
        if voices is not None:
            self.generation += 1
            self._take(voices)

    def voices(self) -> tuple[Voice, ...]:
        """Return all voices, best first."""
        self.refresh()
        return self._voices

    def find(self, voice_id: str) -> Voice | None:
        """Return the voice of an id, or ``None``."""
        self.refresh()
        return self._by_id.get(voice_id.lower())

    def languages(self) -> tuple[str, ...]:
        """Return the BCP 47 tags that can be spoken, in alphabetical order."""
        self.refresh()
        return tuple(sorted({voice.language for voice in self._voices}))

    def language_of(self, name: str | None) -> str:
        """Return the language (BCP 47) of the voice that a name stands for; English when nobody knows it any more."""
        try:
            return self.resolve(name).voice.language
        except UnknownVoice:
            return "en"

    def resolve(
        self,
        name: str | None,
        *,
        language: str | None = None,
        gender: str | None = None,
        engines: Collection[str] | None = None,
    ) -> ResolvedVoice:
        """Return the best voice for what is asked; ``docs/reference/voices.md`` has the order of fallbacks.

        ``language`` decides over the name when the two are different languages (not merely regions); ``gender``
        (``female``, ``male``) decides over the name's; ``engines``: only voices of these. Raises ``UnknownVoice`` for
        a name that cannot be read or a language that nobody speaks.
        """
        self.refresh()
        among = None if engines is None else frozenset(engines)
        key = (name, language, gender, among)
        found = self._resolved.get(key)
        if found is None:
            found = self._resolve(name, language, gender, among)
            # names come from outside: what is kept of them is bounded
            if len(self._resolved) < 1000:
                self._resolved[key] = found
        return found

    def _resolve(
        self, name: str | None, language: str | None, gender: str | None, among: frozenset[str] | None
    ) -> ResolvedVoice:
        asked = name.strip() if name else None
        own = self._by_id.get(asked.lower()) if asked else None
        if own is not None:
            wanted = VoiceName(language=own.language, gender=own.gender)
        elif asked:
            parsed = parse_name(asked)
            if parsed is None:
                raise UnknownVoice(
                    f"There is no voice '{_short(asked)}'. Examples: {', '.join(_EXAMPLES)}; "
                    "GET /api/v1/voices lists all"
                )
            wanted = parsed
        else:
            wanted = VoiceName(language=None, gender=None)
        tag = _decide(wanted.language, language)
        sex = gender or wanted.gender
        allowed = among is None or (own is not None and own.engine in among)
        if own is not None and allowed and tag == own.language and sex == own.gender:
            return ResolvedVoice(asked=name, voice=own, reading=_reading(own, tag, language), exact=True)
        candidates = [
            voice for voice in self._by_language.get(_primary(tag), ()) if among is None or voice.engine in among
        ]
        if not candidates:
            raise UnknownVoice(
                f"No voice speaks '{_short(tag)}' (asked for: '{_short(asked or tag)}'). "
                f"Examples: {', '.join(_EXAMPLES)}; GET /api/v1/languages lists all languages"
            )
        voice = min(candidates, key=lambda voice: _distance(voice, tag, sex))
        exact = _region_fits(voice, tag) and sex in {None, voice.gender}
        return ResolvedVoice(asked=name, voice=voice, reading=_reading(voice, tag, language), exact=exact)


def _decide(of_name: str | None, of_request: str | None) -> str:
    if of_name is None:
        return of_request or DEFAULT_LANGUAGE
    if of_request is None or _primary(of_request) == _primary(of_name):
        return of_name
    return of_request


def _reading(voice: Voice, tag: str, of_request: str | None) -> str:
    """The text's own language knows best how it was written, then the name's; without a region the voice's."""
    for asked in (of_request, tag):
        if asked is not None and "-" in asked.replace("_", "-") and _primary(asked) == _primary(voice.language):
            return asked.replace("_", "-")
    return voice.language


def _distance(voice: Voice, tag: str, gender: str | None) -> tuple[bool, bool, int, bool, bool, str]:
    """Order candidates, smallest first: gender, region, rank, then what most people expect."""
    preferred: Gender = "female"
    return (
        gender is not None and voice.gender != gender,
        not _region_fits(voice, tag),
        -voice.rank,
        voice.language not in _USUAL_REGIONS,
        voice.gender != preferred,
        voice.id,
    )


def _region_fits(voice: Voice, tag: str) -> bool:
    _, *rest = tag.replace("_", "-").lower().split("-")
    asked = "-".join([_primary(tag), *rest])
    return f"{voice.language.lower()}-".startswith(f"{asked}-")


#: Other subtags for a language we know: ISO 639 macrolanguages and withdrawn codes.
_SAME_LANGUAGE = {"cmn": "zh", "no": "nb", "nn": "nb", "iw": "he", "in": "id", "ji": "yi", "fil": "tl", "mo": "ro"}


def _primary(tag: str) -> str:
    first = tag.replace("_", "-").split("-", 1)[0].lower()
    return _SAME_LANGUAGE.get(first, first)


def _short(text: str) -> str:
    return text if len(text) <= 60 else text[:57] + "..."
