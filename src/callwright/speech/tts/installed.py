"""The neural voices on disk: Kokoro where ``callwright voices install`` put it, Piper there and in folders of the user.

Only names and sizes are looked at; a model is opened in a worker process, when it first speaks.
"""

from __future__ import annotations

import hashlib
import json
import logging
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from callwright.speech.tts.engine import Gender, Voice

log = logging.getLogger(__name__)

KOKORO, PIPER = "kokoro", "piper"
#: A recogniser mistook 0 to 2 % of Kokoro's words over a telephone line with noise, 14 % of Piper's, 73 % of Pico's.
_KOKORO_RANK, _PIPER_RANK = 400, 300
#: Its makers' best voice of each language and sex comes first.
_KOKORO_FIRST = 9
_FIRST = frozenset(
    {"af_heart", "am_michael", "bf_emma", "bm_george", "ef_dora", "em_alex", "ff_siwis", "hf_alpha", "hm_omega",
     "if_sara", "im_nicola", "pf_dora", "pm_alex"}
)  # fmt: skip
#: First letter of a voice's name → BCP 47 tag, and espeak-ng's name of the language. Japanese and Chinese are left
#: out: they were trained with other spellings of sounds than espeak-ng's.
KOKORO_LANGUAGES = {
    "a": ("en-US", "en-us"), "b": ("en-GB", "en-gb"), "e": ("es-ES", "es"), "f": ("fr-FR", "fr-fr"),
    "h": ("hi-IN", "hi"), "i": ("it-IT", "it"), "p": ("pt-BR", "pt-br"),
}  # fmt: skip
KOKORO_GENDERS: dict[str, Gender] = {"f": "female", "m": "male"}
#: Names in the Piper project whose sex their makers tell; another voice's stands as ``gender`` in its ``.onnx.json``.
_PIPER_GENDERS: dict[str, Gender] = {
    "alan": "male", "alba": "female", "amy": "female", "bryce": "male", "cori": "female", "danny": "male",
    "davefx": "male", "eva_k": "female", "faber": "male", "gilles": "male", "hfc_female": "female", "hfc_male": "male",
    "jenny_dioco": "female", "joe": "male", "john": "male", "karlsson": "male", "kathleen": "female",
    "kerstin": "female", "kristin": "female", "kusal": "male", "lessac": "female", "norman": "male", "paola": "female",
    "pavoque": "male", "ramona": "female", "reza_ibrahim": "male", "riccardo": "male", "ryan": "male",
    "siwis": "female", "southern_english_female": "female", "thorsten": "male", "tom": "male",
}  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class VoiceFolders:
    """Where voices are looked for."""

    #: The appliance's own, which ``callwright voices install`` fills.
    own: Path
    #: Further folders with Piper voices (``CALLWRIGHT_VOICES_DIR``).
    more: tuple[Path, ...] = ()

    @classmethod
    def of(cls, data_dir: Path, more: str = "") -> VoiceFolders:
        """Return the folders of a data directory and of a setting like ``/srv/voices:/opt/voices``."""
        given = tuple(Path(part).absolute() for part in more.split(":") if part.strip())
        return cls(own=data_dir.absolute() / "voices", more=given)

    @property
    def kokoro(self) -> Path:
        """Folder of Kokoro's model and voices."""
        return self.own / KOKORO

    @property
    def piper(self) -> tuple[Path, ...]:
        """Folders of Piper voices."""
        return (self.own / PIPER, *self.more)

    def state(self) -> tuple[object, ...]:
        """Return something that changes when voices come or go; costs a few system calls."""
        return tuple(_changed(path) for path in (self.own, self.kokoro / "voices", *self.piper))


@dataclass(frozen=True, kw_only=True)
class NeuralVoice:
    """A voice, its files, and the language its network reads, by espeak-ng's name."""

    voice: Voice
    model: Path
    #: Kokoro: the voice's style; Piper: its configuration.
    detail: Path
    espeak: str


def neural_voices(folders: VoiceFolders) -> tuple[NeuralVoice, ...]:
    """Return all voices of both engines."""
    return (*_kokoro_voices(folders.kokoro), *(voice for folder in folders.piper for voice in _piper_voices(folder)))


class EngineVoices:
    """The voices of one engine, as the folders hold them now."""

    def __init__(self, folders: VoiceFolders, engine: str) -> None:
        self._folders = folders
        self._engine = engine
        self._known: dict[str, NeuralVoice] = {}

    def all(self) -> tuple[Voice, ...]:
        """Look into the folders and return what is there."""
        found = [each for each in neural_voices(self._folders) if each.voice.engine == self._engine]
        self._known = {each.voice.id: each for each in found}
        return tuple(each.voice for each in found)

    def get(self, voice_id: str) -> NeuralVoice:
        """Return a voice, also one that was installed since. Raises ``ValueError``."""
        if voice_id not in self._known:
            self.all()
        if voice_id not in self._known:
            raise ValueError(f"{voice_id} is no voice of {self._engine}")
        return self._known[voice_id]


def _kokoro_voices(folder: Path) -> Iterator[NeuralVoice]:
    model = folder / "model.onnx"
    if not model.is_file():
        return
    for path in sorted((folder / "voices").glob("*.bin")):
        language = KOKORO_LANGUAGES.get(path.stem[:1])
        gender = KOKORO_GENDERS.get(path.stem[1:2])
        if language is None or gender is None:
            continue
        tag, espeak = language
        voice = Voice(
            id=f"{KOKORO}-{path.stem}",
            engine=KOKORO,
            language=tag,
            gender=gender,
            rank=_KOKORO_RANK + (_KOKORO_FIRST if path.stem in _FIRST else 0),
            version=_fingerprint(model, path),
        )
        yield NeuralVoice(voice=voice, model=model, detail=path, espeak=espeak)


def _piper_voices(folder: Path) -> Iterator[NeuralVoice]:
    for model in sorted(folder.glob("*.onnx")):
        detail = model.with_name(f"{model.name}.json")
        try:
            configuration = json.loads(detail.read_bytes())
            espeak = str(configuration["espeak"]["voice"])
            tag = _piper_tag(model.stem, configuration, espeak)
        except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
            log.warning("%s is no usable Piper voice: %s cannot be read (%s)", model, detail.name, error)
            continue
        voice = Voice(
            id=f"{PIPER}-{model.stem}",
            engine=PIPER,
            language=tag,
            gender=_piper_gender(model.stem, configuration),
            rank=_PIPER_RANK,
            version=_fingerprint(model, detail),
        )
        yield NeuralVoice(voice=voice, model=model, detail=detail, espeak=espeak)


def _piper_tag(name: str, configuration: dict[str, Any], espeak: str) -> str:
    """The configuration knows best (``en_US``), then the file's name (``en_US-joe-medium``), then espeak-ng's name."""
    code = (configuration.get("language") or {}).get("code") or name.split("-", 1)[0]
    words = str(code).replace("_", "-").split("-")
    if not (words[0].isalpha() and 2 <= len(words[0]) <= 3):
        words = espeak.split("-")
    return "-".join([words[0].lower(), *(word.upper() for word in words[1:2] if len(word) in {2, 3})])


def _piper_gender(name: str, configuration: dict[str, Any]) -> Gender:
    written = configuration.get("gender")
    if written in KOKORO_GENDERS.values():
        return "female" if written == "female" else "male"
    parts = name.split("-")
    return _PIPER_GENDERS.get(parts[1] if len(parts) > 1 else name, "neutral")


def _fingerprint(*paths: Path) -> str:
    """Return a name of these files as they are now: another file under the same name must not speak from the cache."""
    parts = [(path.name, path.stat().st_size, path.stat().st_mtime_ns) for path in paths]
    return hashlib.sha256(repr(parts).encode()).hexdigest()[:16]


def _changed(path: Path) -> int:
    try:
        return path.stat().st_mtime_ns
    except OSError:
        return 0
