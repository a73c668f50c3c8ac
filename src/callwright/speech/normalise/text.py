"""The one entry: a text in any language, in words."""

from __future__ import annotations

from callwright.speech.normalise import english, other


def normalise(text: str, language: str) -> str:
    """Return the text as an engine should read it. ``language`` is BCP 47. Never raises."""
    if is_english(language):
        return english.expand(text, language)
    return other.expand(text, language)


def is_english(language: str) -> bool:
    """Whether a BCP 47 tag is English."""
    return language.replace("_", "-").split("-", 1)[0].lower() == "en"
