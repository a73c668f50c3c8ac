"""What ``<say-as interpret-as="…">`` asks for."""

from __future__ import annotations

import re

from callwright.speech.normalise import dates, local_numbers, telephone
from callwright.speech.normalise.characters import tidy
from callwright.speech.normalise.text import is_english, normalise
from callwright.speech.normalise.words import cardinal, ordinal, spelled_digits

_RUN = re.compile(r"[0-9]+|[^0-9]+")
#: Marks within a spelled code; they are heard as a pause.
_MARKS = re.compile(r"[^\w]+")


def say_as(kind: str, text: str, language: str, *, form: str = "") -> str:
    """Return the text as ``kind`` says; an unknown kind is read as if nothing was said.

    Kinds: ``digits``, ``characters`` (also ``spell-out``), ``date`` (``form`` is ``mdy``, ``dmy`` or ``ymd``),
    ``telephone``, ``cardinal`` (also ``number``), ``ordinal``.
    """
    text = tidy(text).strip()
    if kind == "digits":
        return _digits(text, language)
    if kind in {"characters", "spell-out"}:
        return _characters(text, language)
    if is_english(language):
        text = _english(kind, text, form)
    elif kind == "telephone":
        text = ", ".join(_digits(group, language) for group in telephone.groups(text)) or text
    elif kind == "ordinal":
        text = local_numbers.ordinal(text, language)
    return normalise(text, language)


def _english(kind: str, text: str, form: str) -> str:
    if kind == "telephone" and any(character in "0123456789" for character in text):
        return telephone.say(text)
    if kind == "ordinal" and text.isdigit():
        return ordinal(int(text[:15]))
    if kind in {"cardinal", "number"} and text.isdigit():
        return cardinal(int(text[:15]))
    if kind == "date":
        return dates.expand(text, day_first=form.lower() == "dmy")
    return text


def _digits(text: str, language: str) -> str:
    said = [_run(run, language) for run in _RUN.findall(text)]
    return " ".join(" ".join(said).split())


def _run(run: str, language: str) -> str:
    if not run.isdigit():
        return normalise(run, language)
    return spelled_digits(run) if is_english(language) else local_numbers.digits(run, language)


def _characters(text: str, language: str) -> str:
    groups = []
    for group in _MARKS.split(text):
        spoken = [
            _run(character, language) if character.isdigit() else character.upper()
            for character in group
            if character.isalnum()
        ]
        if spoken:
            groups.append(" ".join(spoken))
    return ", ".join(groups)
