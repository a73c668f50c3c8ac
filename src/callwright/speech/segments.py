"""The parts of a message as they are rendered and cached: a sentence, a part of one, or a silence."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from callwright.speech.cutting import Span, cut_text
from callwright.speech.markup import Break, Run, is_markup, runs
from callwright.speech.tts.engine import FASTEST, SLOWEST

#: What is spoken at once: whole sentences, which sound best, or pieces, of which only those with a person's own words
#: are new work.
Cut = Literal["sentences", "pieces"]


@dataclass(frozen=True, kw_only=True)
class Sentence:
    """Words for the engine: numbers and the like are written out."""

    text: str
    rate: float = 1.0
    pitch: float = 1.0
    #: Another voice than the message's, as its author named it.
    voice: str | None = None
    #: Its language where a tag named it, BCP 47.
    language: str | None = None
    #: Whether it holds what was filled in for one person: such sound is kept for hours, not for months.
    personal: bool = False


@dataclass(frozen=True, kw_only=True)
class Silence:
    """Nothing is said for so long."""

    milliseconds: int


Segment = Sentence | Silence


def plan(
    text: str,
    language: str,
    *,
    rate: float = 1.0,
    pitch: float = 1.0,
    values: Sequence[Span] = (),
    cut: Cut = "sentences",
) -> list[Segment]:
    """Return what is to be rendered, in order. Never raises; rates and pitches are brought within their limits.

    ``values`` are the places in the text that were filled in for one person.
    """
    segments: list[Segment] = []
    marked = is_markup(text)
    for item in runs(text, language) if marked else [Run(text=text)]:
        if isinstance(item, Break):
            if item.milliseconds:
                segments.append(Silence(milliseconds=item.milliseconds))
            continue
        # within markup the places are lost: all of it counts as one person's
        spans = [(0, len(item.text))] if marked and values else values
        segments.extend(
            Sentence(
                text=piece.text,
                rate=_within(rate * item.rate),
                pitch=_within(pitch * item.pitch),
                voice=item.voice,
                language=item.language,
                personal=piece.personal,
            )
            for piece in cut_text(item.text, item.language or language, spans, pieces=cut == "pieces" and not marked)
        )
    return segments


def _within(value: float) -> float:
    # rounded: 0.1 + 0.2 must not make another cache entry than 0.3
    return round(max(SLOWEST, min(FASTEST, value)), 3)
