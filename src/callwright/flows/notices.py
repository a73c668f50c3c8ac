"""The sentence that tells a person that the call is recorded, in the languages that have one here."""

from __future__ import annotations

from typing import Final

#: Id of the step that speaks it; no author's step can have it, because theirs begin with a letter or digit.
STEP_ID: Final = "_recording"
_ENGLISH: Final = "This call is recorded."
_USUAL: Final = {
    "de": "Dieses Gespräch wird aufgezeichnet.",
    "en": _ENGLISH,
    "es": "Esta llamada se está grabando.",
    "fi": "Tämä puhelu nauhoitetaan.",
    "fr": "Cet appel est enregistré.",
    "hi": "यह कॉल रिकॉर्ड की जा रही है।",
    "it": "Questa chiamata è registrata.",
    "nl": "Dit gesprek wordt opgenomen.",
    "pl": "Ta rozmowa jest nagrywana.",
    "pt": "Esta chamada está a ser gravada.",
    "pt-BR": "Esta ligação está sendo gravada.",
    "ru": "Этот разговор записывается.",
    "sv": "Det här samtalet spelas in.",
    "tr": "Bu görüşme kaydedilmektedir.",
    "uk": "Ця розмова записується.",
}


def usual(language: str | None) -> str:
    """Return the sentence in a language (BCP 47, region and script may follow); English where there is none."""
    if language is None:
        return _ENGLISH
    return _USUAL.get(language) or _USUAL.get(language.partition("-")[0].lower()) or _ENGLISH
