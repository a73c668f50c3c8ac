"""Words by which people take their consent back, by text or on the telephone, and START and HELP.

Two kinds of match. A *word* revokes only when it is the whole message (or all of it but courtesies): "stop" does, "stop
by at six" does not. A *phrase* revokes wherever it stands: "please stop calling me". Texts and speech are compared
without case, apostrophes, punctuation and width (NFKC). ``docs/reference/revocation-words.md`` tells the sources.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Literal

Meaning = Literal["revoke", "start", "help"]

#: Words of 47 CFR 64.1200(a)(10): texts with one of these revoke whatever the language, and nobody may ask for others.
FEDERAL = ("stop", "quit", "end", "revoke", "opt out", "cancel", "unsubscribe")
#: What carriers and CTIA's handbook know beside those.
INDUSTRY = ("stopall", "stop all", "optout", "opt-out")
#: Of those, what also revokes when it is all that a caller says: "cancel" and "end" answer other questions there.
SPOKEN = ("stop", "revoke", "opt out", "unsubscribe")
_START = ("start", "unstop", "yes start")
_HELP = ("help", "info")

#: Whole messages, by language.
_WORDS: Mapping[str, tuple[str, ...]] = {
    "en": ("remove", "remove me", "no more", "stop it", "leave me alone"),
    "es": ("alto", "parar", "pare", "baja", "cancelar", "detener", "salir", "no más"),
    "fr": ("arrêt", "arret", "arrêter", "arrêtez", "désabonner", "désinscrire", "annuler"),
    "de": ("stopp", "halt", "abmelden", "abbestellen", "kündigen", "beenden"),
    "it": ("basta", "ferma", "fermare", "annulla", "cancella", "cancellami", "disiscrivi"),
    "pt": ("parar", "pare", "sair", "cancelar", "remover", "descadastrar"),
    "hi": ("रोकें", "रोको", "बंद करो", "बंद करें", "बंद", "band karo", "roko"),
    "fi": ("seis", "lopeta", "peruuta", "poista", "eroa"),
    "nl": ("stoppen", "afmelden", "uitschrijven"),
    "sv": ("stopp", "sluta", "avsluta", "avregistrera"),
}
#: Parts of messages and sentences, by language.
_PHRASES: Mapping[str, tuple[str, ...]] = {
    "en": (
        "stop calling",
        "stop texting",
        "stop messaging",
        "stop contacting",
        "stop emailing",
        "stop sending",
        "quit calling",
        "do not call",
        "don't call",
        "do not text",
        "don't text",
        "do not contact",
        "don't contact",
        "never call",
        "no more calls",
        "no more texts",
        "no more messages",
        "take me off",
        "remove me from",
        "remove my number",
        "take my number off",
        "delete my number",
        "opt me out",
        "i want to opt out",
        "unsubscribe me",
        "i revoke",
        "leave me alone",
        "lose my number",
    ),
    "es": (
        "no me llame",
        "no me llamen",
        "no me llames",
        "no llamen más",
        "no vuelva a llamar",
        "no vuelvan a llamar",
        "deje de llamar",
        "dejen de llamar",
        "deja de llamar",
        "no me escriban",
        "no me manden más",
        "quíteme de la lista",
        "quítenme de la lista",
        "bórreme de la lista",
        "darme de baja",
        "deme de baja",
    ),
    "fr": (
        "ne m'appelez plus",
        "n'appelez plus",
        "ne me contactez plus",
        "ne m'écrivez plus",
        "arrêtez de m'appeler",
        "arrêtez d'appeler",
        "cessez de m'appeler",
        "retirez-moi de la liste",
        "retirez mon numéro",
        "supprimez mon numéro",
        "désabonnez-moi",
        "désinscrivez-moi",
    ),
    "de": (
        "rufen sie mich nicht mehr an",
        "ruf mich nicht mehr an",
        "nicht mehr anrufen",
        "keine anrufe mehr",
        "keine nachrichten mehr",
        "hören sie auf anzurufen",
        "hören sie auf mich anzurufen",
        "streichen sie mich",
        "löschen sie meine nummer",
        "nehmen sie mich von der liste",
        "ich widerrufe",
        "melden sie mich ab",
    ),
    "it": (
        "non chiamatemi più",
        "non mi chiamate più",
        "non mi chiami più",
        "non chiamarmi più",
        "smettete di chiamare",
        "smettetela di chiamare",
        "smetta di chiamare",
        "non contattatemi",
        "cancellatemi dalla lista",
        "toglietemi dalla lista",
        "revoco il consenso",
    ),
    "pt": (
        "não me ligue",
        "não me liguem",
        "não ligue mais",
        "não liguem mais",
        "pare de ligar",
        "parem de ligar",
        "pare de me ligar",
        "parem de me ligar",
        "não me contacte",
        "não me mande mais",
        "tire meu nome da lista",
        "me tire da lista",
        "remova o meu número",
        "remova meu número",
    ),
    "hi": (
        "मुझे कॉल मत करो",
        "मुझे कॉल मत करना",
        "मुझे कॉल न करें",
        "फोन मत करो",
        "फोन न करें",
        "कॉल करना बंद",
        "call mat karo",
        "phone mat karo",
        "call karna band",
    ),
    "fi": (
        "älä soita",
        "älkää soittako",
        "lopettakaa soittaminen",
        "lopeta soittaminen",
        "ei enää puheluita",
        "ei enää viestejä",
        "poistakaa numeroni",
        "poistakaa minut listalta",
        "älkää ottako yhteyttä",
    ),
    "nl": ("bel me niet meer", "bel mij niet meer", "niet meer bellen", "stop met bellen", "haal me van de lijst"),
    "sv": ("ring mig inte", "ring inte mer", "sluta ringa", "ta bort mitt nummer", "ta bort mig från listan"),
}
#: Words around the one that counts: "please stop, thanks" is "stop".
_COURTESIES = frozenset(
    (
        "please",
        "pls",
        "thanks",
        "thank",
        "you",
        "now",
        "just",
        "ok",
        "okay",
        "hi",
        "hello",
        "por",
        "favor",
        "gracias",
        "merci",
        "svp",
        "bitte",
        "danke",
        "grazie",
        "obrigado",
        "obrigada",
        "kiitos",
        "tack",
        "dank",
    )
)
#: Before a phrase these turn it round: "you don't have to stop calling".
_NEGATIONS: Mapping[str, tuple[tuple[str, ...], ...]] = {
    "en": (
        ("dont",),
        ("do", "not"),
        ("never",),
        ("didnt",),
        ("not",),
        ("dont", "have", "to"),
        ("do", "not", "have", "to"),
        ("no", "need", "to"),
    ),
}
_APOSTROPHES = dict.fromkeys(map(ord, "'\u2018\u2019\u201b\u02bc\u00b4`\uff07"))


@dataclass(frozen=True, kw_only=True)
class Revocation:
    """What was found."""

    meaning: Meaning
    #: The word or phrase as it stands in the table.
    matched: str
    #: Language of the table that holds it; ``None``: it counts in every one.
    language: str | None


def revocation_of(text: str, language: str | None = None, *, spoken: bool = False) -> Revocation | None:
    """Return what a message says about being contacted; ``None`` when it says nothing of that.

    ``language`` (RFC 5646) is that of the conversation: its words and phrases are looked at beside those that count
    everywhere and English ones; ``None``: those of every language. ``spoken``: what a recogniser wrote. There phrases
    count and few bare words, for a call asks for words of its own; START and HELP are answers to a text.
    """
    words = _folded(text)
    if not words:
        return None
    known = _languages(language)
    bare = tuple(word for word in words if word not in _COURTESIES) or words
    bare_words: list[tuple[Sequence[str], str | None]] = [(SPOKEN if spoken else FEDERAL + INDUSTRY, None)]
    if not spoken:
        bare_words += [(_WORDS[one], one) for one in known if one in _WORDS]
    for candidates, of in bare_words:
        for candidate in candidates:
            if _key(candidate) in {words, bare}:
                return Revocation(meaning="revoke", matched=candidate, language=of)
    for one in known:
        for phrase in _PHRASES.get(one, ()):
            if _stands_in(_key(phrase), words, one):
                return Revocation(meaning="revoke", matched=phrase, language=one)
    if not spoken:
        meanings: tuple[tuple[Meaning, tuple[str, ...]], ...] = (("start", _START), ("help", _HELP))
        for meaning, answers in meanings:
            for candidate in answers:
                if _key(candidate) in {words, bare}:
                    return Revocation(meaning=meaning, matched=candidate, language=None)
    return None


def table() -> Mapping[str, tuple[tuple[str, ...], tuple[str, ...]]]:
    """Return words and phrases by language, for the reference."""
    return {language: (_WORDS[language], _PHRASES[language]) for language in _WORDS}


def _languages(language: str | None) -> Collection[str]:
    if language is None:
        return tuple(_WORDS)
    primary = language.partition("-")[0].lower()
    return ("en",) if primary == "en" else (primary, "en")


def _stands_in(phrase: tuple[str, ...], words: tuple[str, ...], language: str) -> bool:
    size = len(phrase)
    for at in range(len(words) - size + 1):
        if words[at : at + size] == phrase and not any(
            at >= len(turn) and words[at - len(turn) : at] == turn for turn in _NEGATIONS.get(language, ())
        ):
            return True
    return False


@cache
def _key(candidate: str) -> tuple[str, ...]:
    return _folded(candidate)


def _folded(text: str) -> tuple[str, ...]:
    """Return the words of a text without case, apostrophes, punctuation and variants of type (NFKC)."""
    plain = unicodedata.normalize("NFKC", text.translate(_APOSTROPHES)).casefold()
    plain = unicodedata.normalize("NFKC", plain)
    # letters, marks and numbers make words; everything else parts them
    return tuple("".join(c if unicodedata.category(c)[0] in "LMN" else " " for c in plain).split())
