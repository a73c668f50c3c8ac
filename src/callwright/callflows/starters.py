"""Flows to begin from: a file for each, with its texts in every language that we have."""

from __future__ import annotations

import functools
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib.resources import files
from typing import Any, Final

#: In the order in which they are offered.
NAMES: Final = ("appointment", "outage", "survey", "invitation", "payment")
#: The first one stands in for those that are missing.
LANGUAGES: Final = ("en", "de")


@dataclass(frozen=True, kw_only=True)
class Starter:
    """A flow to begin from."""

    #: Such as ``appointment``.
    id: str
    #: Two letters.
    language: str
    name: str
    description: str
    flow: Mapping[str, Any]
    layout: Mapping[str, Any]


def starters(language: str | None = None) -> Sequence[Starter]:
    """Return all of them in a language, by BCP 47; in English when there is no other."""
    wanted = (language or "").partition("-")[0].lower()
    return _starters(wanted if wanted in LANGUAGES else LANGUAGES[0])


def starter(name: str, language: str | None = None) -> Starter | None:
    """Return one by its id, ``None`` when there is none."""
    return next((each for each in starters(language) if each.id == name), None)


@functools.cache
def _starters(language: str) -> tuple[Starter, ...]:
    return tuple(_read(name, language) for name in NAMES)


def _read(name: str, language: str) -> Starter:
    text = (files(__package__) / "starters" / f"{name}.{language}.json").read_text(encoding="utf-8")
    data = json.loads(text)
    return Starter(
        id=name,
        language=language,
        name=data["name"],
        description=data["description"],
        flow=data["flow"],
        layout=data.get("layout", {}),
    )
