"""Ordinal numbers of other languages, as they are written with figures: ``1º``, ``2e``, ``3.`` before a noun."""

from __future__ import annotations

import re

from callwright.speech.normalise.local_numbers import ordinal

#: Before Unicode's look-alikes are made one: a raised o is an ordinal only where it is raised.
_RAISED = re.compile(r"(?<![\w.,])(?P<number>[0-9]{1,4})\s?\.?(?P<mark>[ºª°])(?!\s?[CF]\b)(?P<next>\s+\w)?")
_SPANISH_LETTERS = re.compile(r"(?<![\w.,])(?P<number>[0-9]{1,4})(?P<mark>er|ro|do|to|mo|vo|no|ra|da|ta|ma|va|na)\b")
_FRENCH = re.compile(r"(?<![\w.,])(?P<number>[0-9]{1,4})(?P<mark>ères?|ers?|res?|nde?|[eè]mes?|es?)(?!\w)")
#: In German a figure with a dot is one where an article or a preposition stands before it.
_GERMAN = re.compile(
    r"\b(?P<before>der|die|das|dem|den|des|am|im|zum|zur|vom|beim|bis|einem|einer|ihrem|ihrer|ihr|ihre|jeden|jeder)"
    r"(?P<space>\s+)(?P<number>[0-9]{1,4})\.(?=\s+[^\W\d_])",
    re.IGNORECASE,
)
_STRONG = frozenset({"der", "die", "das", "ihre", "jeder"})


def expand(text: str, language: str) -> str:
    """Write out ordinals; text that is not known to be one stays."""
    primary = language.replace("_", "-").split("-", 1)[0].lower()
    if primary in {"es", "it", "pt"}:
        text = _RAISED.sub(lambda match: _raised(match, language, primary), text)
    if primary == "es":
        text = _SPANISH_LETTERS.sub(lambda match: _spanish(match, language), text)
    if primary == "fr":
        text = _FRENCH.sub(lambda match: _french(match, language), text)
    if primary == "de":
        text = _GERMAN.sub(lambda match: _german(match, language), text)
    return text


def _raised(match: re.Match[str], language: str, primary: str) -> str:
    said = ordinal(match["number"], language)
    if said == match["number"]:
        return match.group()
    following = match["next"] or ""
    if match["mark"] == "ª":
        said = _feminine(said)
    elif primary == "es" and following and not following.strip().isdigit():
        said = _shortened(said)
    return said + following


def _spanish(match: re.Match[str], language: str) -> str:
    said = ordinal(match["number"], language)
    if match["mark"] == "er":
        said = _shortened(said)
    return _feminine(said) if match["mark"].endswith("a") else said


def _shortened(said: str) -> str:
    """``primero`` → ``primer``, as before a masculine noun."""
    return said[:-1] if said.endswith(("primero", "tercero")) else said


def _feminine(said: str) -> str:
    return " ".join(f"{word[:-1]}a" if word.endswith("o") else word for word in said.split())


def _french(match: re.Match[str], language: str) -> str:
    number, mark = match["number"], match["mark"]
    # "5e" is one, "5 es" is not; "2nd" is the other word for the second
    if mark.startswith("nd"):
        return ("seconde" if mark == "nde" else "second") if number == "2" else match.group()
    if mark.startswith(("er", "re", "èr")) and number != "1":
        return match.group()
    said = ordinal(number, language)
    feminine = number == "1" and mark.startswith(("re", "èr"))
    return "première" if feminine else said


def _german(match: re.Match[str], language: str) -> str:
    said = ordinal(match["number"], language)
    ending = "" if match["before"].lower() in _STRONG else "r" if match["before"].lower() == "ihr" else "n"
    return f"{match['before']}{match['space']}{said}{ending}"
