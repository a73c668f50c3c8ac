"""What the call or the text that brings a code says, by language."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from callwright.flows.language import parse_flow
from callwright.flows.sealed import MARK

#: Before the code, between its two times, and after it; by the first part of a BCP 47 tag.
_TEXTS = {
    "de": ("Guten Tag. Ihr Bestätigungscode lautet:", "Noch einmal:", "Auf Wiederhören."),
    "en": ("Hello. Your verification code is:", "Once more:", "Goodbye."),
    "es": ("Hola. Su código de verificación es:", "Una vez más:", "Adiós."),
    "fi": ("Hei. Vahvistuskoodisi on:", "Vielä kerran:", "Näkemiin."),
    "fr": ("Bonjour. Votre code de vérification est:", "Encore une fois:", "Au revoir."),
    "it": ("Buongiorno. Il suo codice di verifica è:", "Ancora una volta:", "Arrivederci."),
    "nl": ("Hallo. Uw verificatiecode is:", "Nog een keer:", "Tot ziens."),
    "pt": ("Olá. O seu código de verificação é:", "Mais uma vez:", "Adeus."),
    "ru": ("Здравствуйте. Ваш код подтверждения:", "Ещё раз:", "До свидания."),
}
LANGUAGES = tuple(_TEXTS)
#: Of a text, whose end telephones find the code at; each is one part of GSM 03.38, but Russian's.
_WRITTEN = {
    "de": "{name}: Ihr Bestätigungscode ist {code}. Geben Sie ihn an niemanden weiter.",
    "en": "{name}: your verification code is {code}. Do not share it with anybody.",
    "es": "{name}: su clave de seguridad es {code}. No la comparta con nadie.",
    "fi": "{name}: vahvistuskoodisi on {code}. Älä kerro sitä kenellekään.",
    "fr": "{name}: votre code de vérification est {code}. Ne le communiquez à personne.",
    "it": "{name}: il suo codice di verifica è {code}. Non lo comunichi a nessuno.",
    "nl": "{name}: uw verificatiecode is {code}. Deel hem met niemand.",
    "pt": "{name}: o seu PIN de acesso é {code}. Guarde-o para si.",
    "ru": "{name}: ваш код подтверждения {code}. Никому не сообщайте код.",
}
#: Characters of an organisation's name.
_LONGEST_NAME = 40
#: A little slower than a message: it is written down.
_RATE = 0.9


def speaks(language: str) -> bool:
    """Return whether there are words for a BCP 47 tag."""
    return _primary(language) in _TEXTS


def spoken_flow(language: str, voice: str) -> Mapping[str, Any]:
    """Return the flow that says the call's code twice; ``speaks(language)`` must be true."""
    before, again, after = _TEXTS[_primary(language)]
    text = f"{before} {MARK} {again} {MARK} {after}"
    steps = [{"type": "say", "text": text, "voice": voice, "rate": _RATE}]
    return parse_flow({"steps": steps}).to_json()


def written(language: str, name: str) -> str:
    """Return the text that brings a code, with ``MARK`` in its place; in English where there are no words."""
    text = _WRITTEN.get(_primary(language), _WRITTEN["en"])
    return text.replace("{name}", name[:_LONGEST_NAME].strip()).replace("{code}", MARK)


def flash_flow() -> Mapping[str, Any]:
    """Return the flow of a call that is not to be answered: it hangs up."""
    return parse_flow({"steps": [{"type": "hangup"}]}).to_json()


def _primary(language: str) -> str:
    return language.lower().partition("-")[0]
