"""The part of SSML 1.1 (W3C) that we understand: break, say-as, prosody (rate, pitch), sub, voice, lang, p, s.

Other tags are read as if they were not there. A text is markup when it begins with ``<speak``.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from xml.etree import ElementTree

from callwright.speech.normalise.say_as import say_as
from callwright.speech.tts.names import parse_name

#: Nothing is silent for longer in a telephone call; the callee would hang up.
LONGEST_BREAK_MS = 10_000
_STRENGTHS = {"none": 0, "x-weak": 100, "weak": 250, "medium": 500, "strong": 750, "x-strong": 1000}
_RATES = {"x-slow": 0.5, "slow": 0.75, "medium": 1.0, "default": 1.0, "fast": 1.25, "x-fast": 1.6}
_PITCHES = {"x-low": 0.6, "low": 0.8, "medium": 1.0, "default": 1.0, "high": 1.2, "x-high": 1.5}
_PARAGRAPH_MS = 400
#: Tags within tags. People write five; hundreds are an accident, and would exhaust Python's stack.
_DEEPEST = 50
_TIME = re.compile(r"\+?(?P<number>[0-9]{1,6}(?:\.[0-9]{1,3})?|\.[0-9]{1,3})(?P<unit>ms|s)")
_FACTOR = re.compile(r"(?P<sign>[+-])?(?P<number>[0-9]{1,4}(?:\.[0-9]{1,3})?)(?P<unit>%|st)?")
_LANGUAGE = re.compile(r"[A-Za-z]{2,3}([-_][A-Za-z0-9]{2,8})*")
_TAG = re.compile(r"<[^<>]*>")
_ENTITIES = (("&lt;", "<"), ("&gt;", ">"), ("&quot;", '"'), ("&apos;", "'"), ("&amp;", "&"))


@dataclass(frozen=True, kw_only=True)
class Run:
    """Text between two tags."""

    text: str
    rate: float = 1.0
    pitch: float = 1.0
    #: Another voice than the message's, by name, and the language of the text, where a tag names them.
    voice: str | None = None
    language: str | None = None


@dataclass(frozen=True, kw_only=True)
class Break:
    """A pause."""

    milliseconds: int


def is_markup(text: str) -> bool:
    """Whether a text is meant as SSML."""
    return text.lstrip()[:6].lower() == "<speak"


def markup_fault(text: str) -> str | None:
    """Return what is wrong with a text that is meant as SSML, for its author; ``None`` when it can be read."""
    found = _parse(text)
    return found if isinstance(found, str) else None


def runs(text: str, language: str) -> list[Run | Break]:
    """Return what is to be said.

    Markup that cannot be read is spoken without its tags: a name with an ``&``, filled in at the last moment, must
    not silence a call. Authors learn of faults from ``markup_fault``.
    """
    root = _parse(text)
    if isinstance(root, str):
        return [Run(text=_without_tags(text))]
    return _joined(_walk(root, Run(text=""), language))


def _parse(text: str) -> ElementTree.Element | str:
    if "<!" in text:
        # entities could make a short text fill the memory
        return "declarations and comments (<!…>) are not allowed in SSML"
    try:
        root = ElementTree.fromstring(text.strip())  # noqa: S314  (without a declaration there are no entities)
    except (ElementTree.ParseError, ValueError) as error:
        return f"the SSML cannot be read ({error}); write & as &amp; and < as &lt;"
    if _too_deep(root):
        return f"the SSML has more than {_DEEPEST} tags within each other"
    return root


def _too_deep(root: ElementTree.Element) -> bool:
    level = [root]
    for _ in range(_DEEPEST):
        level = [child for element in level for child in element]
        if not level:
            return False
    return True


def _walk(element: ElementTree.Element, style: Run, language: str) -> Iterator[Run | Break]:
    name = _name(element)
    if name == "break":
        yield Break(milliseconds=_break(element))
        return
    if name == "sub":
        yield _styled(element.get("alias") or _content(element), style)
        return
    if name == "say-as":
        kind, form = element.get("interpret-as", ""), element.get("format", "")
        said = say_as(kind.lower(), _content(element), style.language or language, form=form)
        yield _styled(said, style)
        return
    if name == "prosody":
        style = replace(
            style,
            rate=style.rate * _factor(element.get("rate"), _RATES),
            pitch=style.pitch * _factor(element.get("pitch"), _PITCHES),
        )
    if name in {"voice", "lang"}:
        style = _spoken_by(element, style)
    block = name in {"p", "s"}
    yield _styled(("\n" if block else "") + (element.text or ""), style)
    for child in element:
        yield from _walk(child, style, language)
        yield _styled(child.tail or "", style)
    if block:
        yield _styled("\n", style)
    if name == "p":
        yield Break(milliseconds=_PARAGRAPH_MS)


def _joined(found: Iterator[Run | Break]) -> list[Run | Break]:
    """Join neighbours of one style: a sentence with a ``sub`` in it stays one sentence."""
    joined: list[Run | Break] = []
    for item in found:
        last = joined[-1] if joined else None
        if isinstance(item, Run) and isinstance(last, Run) and replace(item, text="") == replace(last, text=""):
            joined[-1] = _styled(last.text + item.text, last)
        else:
            joined.append(item)
    return [item for item in joined if isinstance(item, Break) or item.text.strip()]


def _styled(text: str, style: Run) -> Run:
    return replace(style, text=text)


def _spoken_by(element: ElementTree.Element, style: Run) -> Run:
    """Follow ``<voice name= gender= xml:lang=>`` and ``<lang xml:lang=>``. A name that nobody has changes nothing."""
    tag = element.get("{http://www.w3.org/XML/1998/namespace}lang") or element.get("lang") or element.get("languages")
    language = tag.strip().replace("_", "-") if tag and _LANGUAGE.fullmatch(tag.strip()) else None
    named = parse_name(element.get("name", "")) if _name(element) == "voice" else None
    gender = element.get("gender", "").strip().lower()
    voice = element.get("name") if named is not None else style.voice
    language = language or (named.language if named is not None else None) or style.language
    if named is None and gender in {"female", "male"} and _name(element) == "voice":
        voice = gender
    return replace(style, voice=voice, language=language)


def _name(element: ElementTree.Element) -> str:
    return str(element.tag).rpartition("}")[2].lower()


def _content(element: ElementTree.Element) -> str:
    return "".join(element.itertext())


def _break(element: ElementTree.Element) -> int:
    match = _TIME.fullmatch(element.get("time", "").strip())
    if match is None:
        return _STRENGTHS.get(element.get("strength", "medium"), _STRENGTHS["medium"])
    number = float(match["number"]) * (1000 if match["unit"] == "s" else 1)
    return min(LONGEST_BREAK_MS, round(number))


def _factor(value: str | None, names: dict[str, float]) -> float:
    """Return a multiple for ``slow``, ``80%``, ``+10%``, ``1.2`` or ``+2st`` (semitones); 1 for anything else."""
    if value is None:
        return 1.0
    value = value.strip().lower()
    match = _FACTOR.fullmatch(value)
    if match is None:
        return names.get(value, 1.0)
    number = float(match["number"])
    signed = -number if match["sign"] == "-" else number
    if match["unit"] == "st":
        return float(2 ** (max(-12.0, min(12.0, signed)) / 12))
    if match["unit"] == "%":
        number, signed = number / 100, signed / 100
    return max(0.1, 1 + signed if match["sign"] else number)


def _without_tags(text: str) -> str:
    text = _TAG.sub(" ", text)
    for entity, character in _ENTITIES:
        text = text.replace(entity, character)
    return text
