"""What is answered by itself to STOP, START and HELP, by language.

One confirmation of a STOP is allowed, soon after it, if it markets nothing (47 CFR 64.1200(a)(12)); carriers want it to
say who writes, and HELP to be answered also to those who have stopped (CTIA, Messaging Principles and Best Practices,
5.1.3).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

Kind = Literal["stop", "start", "help"]

_STOP: Mapping[str, str] = {
    "en": "{name}: you are unsubscribed and will get no more messages or calls from us. Reply START to undo this.",
    "es": "{name}: baja confirmada. Ya no le enviaremos mensajes ni le llamaremos. Responda START para volver.",
    "fr": "{name}: c'est noté, vous ne recevrez plus de messages ni d'appels de notre part. START pour revenir.",
    "de": "{name}: Sie sind abgemeldet und erhalten keine Nachrichten und Anrufe mehr von uns. Zurück mit START.",
    "it": "{name}: disiscrizione confermata. Non riceverà più messaggi né chiamate da noi. START per riprendere.",
    "pt": "{name}: cancelamento confirmado. Deixaremos de enviar mensagens e de ligar. Responda START para voltar.",
    "hi": "{name}: अब हम आपको संदेश या कॉल नहीं करेंगे। वापस आने के लिए START लिखें।",
    "fi": "{name}: peruutus on vahvistettu. Emme lähetä viestejä emmekä soita. Takaisin pääset sanalla START.",
    "nl": "{name}: u bent afgemeld en krijgt geen berichten en oproepen meer van ons. Terug met START.",
    "sv": "{name}: du är avregistrerad och får inga fler meddelanden eller samtal från oss. Svara START för att ångra.",
}
_START: Mapping[str, str] = {
    "en": "{name}: you will get our messages again. Reply STOP to end them, HELP for help.",
    "es": "{name}: vuelve a recibir nuestros mensajes. Responda STOP para darse de baja.",
    "fr": "{name}: vous recevrez de nouveau nos messages. Répondez STOP pour ne plus en recevoir.",
    "de": "{name}: Sie erhalten unsere Nachrichten wieder. Abmelden mit STOP.",
    "it": "{name}: riceverà di nuovo i nostri messaggi. Risponda STOP per non riceverli.",
    "pt": "{name}: as nossas mensagens voltam a ser enviadas. Responda STOP para cancelar.",
    "hi": "{name}: आपको हमारे संदेश फिर मिलेंगे। रोकने के लिए STOP लिखें।",
    "fi": "{name}: saat taas viestejämme. Lopeta ne vastaamalla STOP.",
    "nl": "{name}: u krijgt onze berichten weer. Antwoord STOP om u af te melden.",
    "sv": "{name}: du får våra meddelanden igen. Svara STOP för att avsluta.",
}
_HELP: Mapping[str, str] = {
    "en": "{name}: reply STOP to get no more messages. Message and data rates may apply.",
    "es": "{name}: responda STOP para no recibir mensajes. Pueden aplicarse tarifas de su operador.",
    "fr": "{name}: répondez STOP pour ne plus recevoir de messages. Tarif d'un SMS selon votre opérateur.",
    "de": "{name}: mit STOP erhalten Sie keine Nachrichten mehr. Es gelten die Preise Ihres Anbieters.",
    "it": "{name}: risponda STOP per non ricevere altri messaggi. Si applicano le tariffe del suo operatore.",
    "pt": "{name}: responda STOP para deixar de receber mensagens. Valem as tarifas da sua operadora.",
    "hi": "{name}: संदेश रोकने के लिए STOP लिखें। आपके ऑपरेटर की दरें लागू हैं।",
    "fi": "{name}: vastaa STOP, niin et saa enää viestejä. Operaattorisi hinnat ovat voimassa.",
    "nl": "{name}: antwoord STOP om geen berichten meer te krijgen. De tarieven van uw provider gelden.",
    "sv": "{name}: svara STOP för att inte få fler meddelanden. Operatörens taxa gäller.",
}
_TEXTS: Mapping[Kind, Mapping[str, str]] = {"stop": _STOP, "start": _START, "help": _HELP}
LANGUAGES = tuple(_STOP)
#: Characters of an organisation's name. The texts are written so that each is one part of GSM 03.38, but Hindi's.
_LONGEST_NAME = 30


def answer(kind: Kind, *, name: str, language: str | None) -> str:
    """Return the text in the language (RFC 5646), in English where there is none for it."""
    primary = (language or "en").partition("-")[0].lower()
    texts = _TEXTS[kind]
    return texts.get(primary, texts["en"]).replace("{name}", name[:_LONGEST_NAME].strip())
