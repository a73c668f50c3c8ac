"""What is said to somebody who asked, in words, not to be called again."""

from __future__ import annotations

from collections.abc import Mapping

from callwright.flows import commands
from callwright.flows.language import Flow
from callwright.flows.steps import OptOut

#: Of the widest scope: he did not say that he means one campaign.
SCOPE = "organisation"
_DEFAULT = OptOut.model_fields["confirmation"].default
#: Spoken when the flow has no confirmation of its own, by language.
CONFIRMATIONS: Mapping[str, str] = {
    "en": _DEFAULT,
    "es": "No volveremos a llamarle. Adiós.",
    "fr": "Nous ne vous appellerons plus. Au revoir.",
    "de": "Wir rufen Sie nicht mehr an. Auf Wiederhören.",
    "it": "Non la chiameremo più. Arrivederci.",
    "pt": "Não voltaremos a ligar. Adeus.",
    "hi": "आपको दोबारा कॉल नहीं किया जाएगा। नमस्ते।",
    "fi": "Emme soita teille enää. Kuulemiin.",
    "nl": "Wij bellen u niet meer. Tot ziens.",
    "sv": "Vi ringer dig inte igen. Hej då.",
}


def confirmation(flow: Flow, language: str) -> commands.Speech:
    """Return what is said when it is on record; ``language``: what the callee was asked in, blank when unknown."""
    own = next(
        (
            step.confirmation
            for step in flow.steps.values()
            if isinstance(step, OptOut) and step.scope == SCOPE and step.confirmation not in (None, _DEFAULT)
        ),
        None,
    )
    primary = language.partition("-")[0].lower()
    text = own or CONFIRMATIONS.get(primary, _DEFAULT)
    spoken = flow.language.partition("-")[0].lower() if flow.language is not None else primary
    if own is None and primary != spoken:
        # asked in another language than the flow's: its voice cannot say it
        return commands.Speech(text=text, language=language)
    return commands.Speech(text=text, voice=flow.voice, language=flow.language)
