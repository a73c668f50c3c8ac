"""The voices of the engines that we ship, read from their packages' files: no native library is loaded for it."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path

from callwright.speech.tts.engine import Gender, Voice

PICO, ESPEAK = "pico", "espeak"
#: The Python packages that bring the engines.
_DISTRIBUTIONS = {PICO: "py-nanotts", ESPEAK: "espeakng-loader"}
#: Engines that cost ten times as much as these two: what they speak is rendered before a call, where it can be.
LIGHT = frozenset({PICO, ESPEAK})
#: Word error rate of a recogniser over a telephone line: Pico 2 %, espeak 26 %. Hence the order.
_PICO_RANK, _ESPEAK_RANK = 200, 100
#: Dialects (``en-GB-x-rp``) come after the language's usual form.
_DIALECT_RANK = 90

_PICO_LANGUAGES = ("en-US", "en-GB", "de-DE", "es-ES", "fr-FR", "it-IT")

#: espeak's constructed languages are art; only those that people speak with each other are offered.
_SPOKEN_ART = frozenset({"eo", "ia"})
#: Voice files left out: readers of one script, dialects whose name means something else in BCP 47 (``ca-ba`` is
#: not Bosnian), and Faroese and Karakalpak, which are silent because the package lacks their dictionaries.
_LEFT_OUT = frozenset(
    {"ca-ba", "ca-nw", "ca-va", "cmn-Latn-pinyin", "en-Shaw", "fa-Latn", "fo", "kaa", "ru-cl", "yue-Latn-jyutping"}
)
#: espeak's name → BCP 47, where its file names only a language although it speaks one region's form of it,
#: or where the common tag is another.
_TAGS = {
    "bg": "bg-BG", "chr-us-qaaa-x-west": "chr-US", "cmn": "zh-CN", "cs": "cs-CZ", "da": "da-DK",
    "de": "de-DE", "el": "el-GR", "en-gb-scotland": "en-GB-x-scotland", "en-us-nyc": "en-US-x-nyc", "es": "es-ES",
    "et": "et-EE", "fi": "fi-FI", "he": "he-IL", "hi": "hi-IN", "hr": "hr-HR", "hu": "hu-HU", "id": "id-ID",
    "is": "is-IS", "it": "it-IT", "ja": "ja-JP", "ko": "ko-KR", "lt": "lt-LT", "lv": "lv-LV", "ms": "ms-MY",
    "nb": "nb-NO", "nl": "nl-NL", "pl": "pl-PL", "pt": "pt-PT", "ro": "ro-RO", "ru": "ru-RU", "sk": "sk-SK",
    "sl": "sl-SI", "sv": "sv-SE", "th": "th-TH", "tr": "tr-TR", "uk": "uk-UA", "vi": "vi-VN", "yue": "yue-HK",
}  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class EspeakVoice:
    """A voice and what espeak-ng calls it."""

    voice: Voice
    #: Of the language, in English.
    name: str
    #: Path of the voice file below ``lang``, with the variant: ``gmw/en-US+f2``.
    native: str


def engine_version(engine: str) -> str:
    """Return the version of the engine's package."""
    return version(_DISTRIBUTIONS[engine])


@cache
def shipped_voices() -> tuple[Voice, ...]:
    """Return all voices, best first."""
    return pico_voices() + tuple(entry.voice for entry in espeak_voices())


@cache
def pico_voices() -> tuple[Voice, ...]:
    """Return Pico's six voices; all of them are women's. None when its package is not installed."""
    if find_spec("py_nanotts") is None:
        return ()
    return tuple(
        Voice(id=f"{PICO}-{tag}-f", engine=PICO, language=tag, gender="female", rank=_PICO_RANK)
        for tag in _PICO_LANGUAGES
    )


@cache
def espeak_voices() -> tuple[EspeakVoice, ...]:
    """Return espeak-ng's languages, each with a woman's and a man's voice. None when its package is not installed."""
    spec = find_spec("espeakng_loader")
    if spec is None or spec.origin is None:
        return ()
    root = Path(spec.origin).parent / "espeak-ng-data" / "lang"
    found: list[EspeakVoice] = []
    for path in sorted(root.rglob("*")):
        if path.is_file():
            name = _language_of(path).lower()
            art = path.parent.name == "art" and name not in _SPOKEN_ART
            if name and path.name not in _LEFT_OUT and not art:
                found.extend(_both(name, path.relative_to(root).as_posix(), _line(path, "name")))
    return tuple(sorted(found, key=lambda entry: (-entry.voice.rank, entry.voice.id)))


@cache
def language_names() -> dict[str, str]:
    """Return the English names of the languages that espeak-ng knows, by BCP 47 tag."""
    return {entry.voice.language: entry.name for entry in espeak_voices() if entry.name}


def _both(name: str, path: str, title: str) -> list[EspeakVoice]:
    tag = _TAGS.get(name) or _cased(name)
    rank = _DIALECT_RANK if "-x-" in tag else _ESPEAK_RANK
    variants: tuple[tuple[Gender, str], ...] = (("female", "+f2"), ("male", ""))
    return [
        EspeakVoice(
            voice=Voice(id=f"{ESPEAK}-{tag}-{gender[0]}", engine=ESPEAK, language=tag, gender=gender, rank=rank),
            name=title,
            native=path + variant,
        )
        for gender, variant in variants
    ]


def _language_of(path: Path) -> str:
    """Return the first ``language`` line of an espeak voice file; its number, a priority, is left out."""
    words = _line(path, "language").split()
    return words[0] if words else ""


def _line(path: Path, word: str) -> str:
    """Return what stands after a word in the first line that begins with it."""
    for line in path.read_text(encoding="utf-8", errors="replace").splitlines():
        words = line.split(maxsplit=1)
        if len(words) > 1 and words[0] == word:
            # one file has a comment behind it
            return words[1].partition("//")[0].strip()
    return ""


def _cased(name: str) -> str:
    """Write a tag as BCP 47 recommends: ``pt-br`` → ``pt-BR``."""
    first, *rest = name.split("-")
    private = False
    parts = [first]
    for part in rest:
        private = private or part == "x"
        parts.append(part.upper() if len(part) == 2 and not private else part)
    return "-".join(parts)
