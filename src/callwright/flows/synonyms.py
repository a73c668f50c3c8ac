"""What people say instead of yes, no and the like, by language; words are written as they are spoken, in any case."""

from __future__ import annotations

from collections.abc import Mapping


def _phrases(text: str) -> tuple[str, ...]:
    return tuple(phrase.strip() for phrase in text.split(","))


#: Groups of phrases that mean the same: yes, no, don't know, say it again, a person please. A keyword that stands in a
#: group is also found by the others of it; where no keyword asks for a group, its phrases still keep shorter ones from
#: being found in them: "not sure" is not "sure".
GROUPS: Mapping[str, tuple[tuple[str, ...], ...]] = {
    "en": (
        _phrases(
            "yes, yeah, yep, yup, yes please, yes i do, yes i am, yes i will, sure, sure thing, of course, "
            "correct, that's correct, right, that's right, that is right, ok, okay, absolutely, definitely, "
            "certainly, exactly, indeed, affirmative, i do, i will, i would, i agree, agreed, go ahead, please "
            "do, sounds good, no problem, why not, uh huh, mm hmm"
        ),
        _phrases(
            "no, nope, nah, no thanks, no thank you, no way, not really, not at all, of course not, certainly "
            "not, definitely not, absolutely not, not now, not today, not interested, negative, incorrect, not "
            "correct, not right, that's wrong, wrong, i don't, i do not, i don't think so, i do not think so, i "
            "won't, i will not, uh uh, never"
        ),
        _phrases(
            "don't know, do not know, i don't know, i do not know, i don't really know, dunno, i dunno, not sure, "
            "i'm not sure, i am not sure, unsure, no idea, i have no idea, no clue, maybe, perhaps, can't say, "
            "hard to say, undecided, not certain, i'm not certain, it depends"
        ),
        _phrases(
            "repeat, repeat that, again, say that again, say it again, pardon, pardon me, what did you say, come "
            "again, excuse me, one more time, once more"
        ),
        _phrases(
            "agent, operator, representative, human, real person, somebody, speak to someone, talk to someone, "
            "speak to a person, talk to a person, speak to an agent, talk to an agent, customer service"
        ),
    ),
    "es": (
        _phrases(
            "sí, si, sí por favor, claro, claro que sí, por supuesto, correcto, cierto, exacto, vale, de acuerdo, "
            "está bien, bueno, así es, desde luego, cómo no"
        ),
        _phrases(
            "no, no gracias, para nada, en absoluto, claro que no, de ninguna manera, ahora no, hoy no, "
            "incorrecto, negativo, no quiero, no me interesa, no puedo, nunca"
        ),
        _phrases(
            "no sé, no lo sé, no estoy seguro, no estoy segura, ni idea, quizás, quizá, tal vez, a lo mejor, depende"
        ),
        _phrases("repetir, repita, repite, otra vez, de nuevo, cómo, cómo dice, perdón"),
        _phrases("agente, operador, operadora, una persona, hablar con alguien"),
    ),
    "fr": (
        _phrases(
            "oui, ouais, oui merci, bien sûr, d'accord, exact, exactement, c'est ça, c'est exact, tout à fait, "
            "absolument, certainement, correct, volontiers, entendu, ok"
        ),
        _phrases(
            "non, non merci, pas du tout, bien sûr que non, absolument pas, certainement pas, pas maintenant, pas "
            "intéressé, pas intéressée, jamais, je ne veux pas, je refuse"
        ),
        _phrases(
            "je ne sais pas, je sais pas, sais pas, ne sais pas, aucune idée, pas sûr, pas sûre, peut-être, ça dépend"
        ),
        _phrases("répéter, répétez, encore, encore une fois, pardon, comment"),
        _phrases("agent, opérateur, opératrice, conseiller, une personne, parler à quelqu'un"),
    ),
    "de": (
        _phrases(
            "ja, jawohl, jo, ja bitte, ja gerne, gerne, klar, na klar, natürlich, sicher, aber sicher, "
            "selbstverständlich, richtig, genau, stimmt, das stimmt, korrekt, in ordnung, einverstanden, okay, "
            "ok, auf jeden fall, warum nicht"
        ),
        _phrases(
            "nein, nee, nö, ne, nein danke, auf keinen fall, keinesfalls, bestimmt nicht, sicher nicht, natürlich "
            "nicht, gar nicht, jetzt nicht, heute nicht, falsch, das stimmt nicht, stimmt nicht, kein interesse, "
            "niemals, nicht richtig"
        ),
        _phrases(
            "weiß nicht, weiß ich nicht, ich weiß nicht, ich weiß es nicht, keine ahnung, nicht sicher, ich bin "
            "nicht sicher, vielleicht, eventuell, kommt darauf an, mal sehen"
        ),
        _phrases("wiederholen, noch einmal, nochmal, noch mal, wie bitte, was haben sie gesagt"),
        _phrases("mitarbeiter, mitarbeiterin, berater, vermittlung, ein mensch, mit jemandem sprechen"),
    ),
    "it": (
        _phrases(
            "sì, si, sì grazie, certo, certamente, sicuro, sicuramente, va bene, d'accordo, esatto, giusto, "
            "corretto, ovvio, volentieri, okay, ok, assolutamente sì"
        ),
        _phrases(
            "no, no grazie, per niente, assolutamente no, certo che no, non ora, non adesso, non oggi, sbagliato, "
            "non voglio, non mi interessa, non posso, mai"
        ),
        _phrases("non so, non lo so, boh, nessuna idea, non sono sicuro, non sono sicura, forse, dipende, può darsi"),
        _phrases("ripetere, ripeta, ripeti, ancora, di nuovo, un'altra volta, come, prego, scusi"),
        _phrases("operatore, operatrice, una persona, parlare con qualcuno"),
    ),
    "pt": (
        _phrases(
            "sim, sim por favor, claro, claro que sim, com certeza, certo, correto, exato, isso, isso mesmo, está "
            "bem, tá bom, tudo bem, pode ser, concordo, de acordo, ok"
        ),
        _phrases(
            "não, não obrigado, não obrigada, de jeito nenhum, claro que não, agora não, hoje não, errado, "
            "incorreto, negativo, não quero, não posso, não tenho interesse, nunca"
        ),
        _phrases("não sei, não tenho certeza, não faço ideia, sei lá, talvez, quem sabe, depende"),
        _phrases("repetir, repita, repete, de novo, outra vez, mais uma vez, como, desculpe"),
        _phrases("atendente, operador, operadora, uma pessoa, falar com alguém"),
    ),
    "hi": (
        _phrases("हाँ, हां, जी हाँ, जी हां, जी, हा, बिल्कुल, ज़रूर, जरूर, ठीक है, सही, सही है, haan, ha ji, ji haan"),
        _phrases("नहीं, नही, जी नहीं, ना, बिल्कुल नहीं, अभी नहीं, गलत, nahi, nahin, ji nahi"),
        _phrases("पता नहीं, मुझे पता नहीं, मालूम नहीं, शायद, पक्का नहीं, pata nahi, shayad"),
        _phrases("फिर से, दोबारा, एक बार और, phir se, dobara"),
    ),
    "fi": (
        _phrases(
            "kyllä, joo, juu, kyllä kiitos, toki, tottakai, totta kai, tietysti, varmasti, selvä, oikein, aivan, "
            "okei, niin, pitää paikkansa, sopii"
        ),
        _phrases(
            "ei, ei kiitos, en, ei todellakaan, ei tietenkään, ei missään nimessä, ei nyt, väärin, en halua, ei "
            "kiinnosta, en voi"
        ),
        _phrases("en tiedä, en oikein tiedä, ei tietoa, en ole varma, ehkä, ei hajuakaan, riippuu, mahdollisesti"),
        _phrases("toista, uudestaan, uudelleen, anteeksi, mitä, vielä kerran"),
    ),
    "nl": (
        _phrases(
            "ja, jazeker, ja graag, graag, zeker, natuurlijk, inderdaad, klopt, dat klopt, juist, goed, oké, akkoord"
        ),
        _phrases(
            "nee, nee dank u, nee bedankt, nee hoor, absoluut niet, zeker niet, natuurlijk niet, niet nu, klopt "
            "niet, dat klopt niet, geen interesse, nooit"
        ),
        _phrases("weet niet, weet ik niet, ik weet het niet, geen idee, niet zeker, misschien, hangt ervan af"),
        _phrases("herhaal, herhalen, opnieuw, nog een keer, pardon, wat zegt u"),
    ),
    "sv": (
        _phrases(
            "ja, japp, jo, ja tack, gärna, absolut, självklart, visst, javisst, precis, stämmer, det stämmer, "
            "rätt, okej, korrekt"
        ),
        _phrases(
            "nej, nä, nej tack, absolut inte, inte alls, inte nu, stämmer inte, det stämmer inte, fel, inte "
            "intresserad, aldrig"
        ),
        _phrases("vet inte, vet ej, jag vet inte, ingen aning, inte säker, jag är inte säker, kanske, det beror på"),
        _phrases("upprepa, igen, en gång till, förlåt, ursäkta, va"),
    ),
}

#: Spoken digits, from 0 to 9; ``/`` stands between several ways of one.
_DIGITS: Mapping[str, str] = {
    "en": "zero/oh one two three four five six seven eight nine",
    "es": "cero uno/una dos tres cuatro cinco seis siete ocho nueve",
    "fr": "zéro un/une deux trois quatre cinq six sept huit neuf",
    "de": "null eins/eine zwei/zwo drei vier fünf sechs sieben acht neun",
    "it": "zero uno/una due tre quattro cinque sei sette otto nove",
    "pt": "zero um/uma dois/duas três quatro cinco seis/meia sete oito nove",
    "hi": "शून्य/ज़ीरो एक दो तीन चार पाँच/पांच छह/छः सात आठ नौ",
    "fi": "nolla yksi kaksi kolme neljä viisi kuusi seitsemän kahdeksan yhdeksän",
    "nl": "nul een/één twee drie vier vijf zes zeven acht negen",
    "sv": "noll ett/en två tre fyra fem sex sju åtta nio",
}
DIGITS: Mapping[str, tuple[tuple[str, ...], ...]] = {
    language: tuple(tuple(names.split("/")) for names in digits.split()) for language, digits in _DIGITS.items()
}

#: Words around a spoken digit that change nothing: "I press number one, please".
AROUND_DIGITS: Mapping[str, tuple[str, ...]] = {
    "en": _phrases(
        "press, pressing, number, option, key, digit, please, the, i, ill, choose, take, say, um, uh, "
        "er, well, yes, ok, okay"
    ),
    "es": _phrases("número, opción, tecla, por, favor, el, la, marco, elijo"),
    "fr": _phrases("numéro, option, touche, s'il, vous, plaît, le, la, je, choisis"),
    "de": _phrases("nummer, option, taste, bitte, die, ich, wähle, nehme"),
    "it": _phrases("numero, opzione, tasto, per, favore, il, la, scelgo"),
    "pt": _phrases("número, opção, tecla, por, favor, o, a, escolho"),
    "hi": _phrases("नंबर, दबाओ"),
    "fi": _phrases("numero, painan, valitsen"),
    "nl": _phrases("nummer, optie, toets, alstublieft, de, ik, kies"),
    "sv": _phrases("nummer, alternativ, knapp, tack, jag, väljer"),
}

#: Right before a word these turn it round: "not interested" is not "interested".
NEGATIONS: Mapping[str, frozenset[str]] = {
    "en": frozenset(_phrases("not, dont, never, isnt, cant, wont, didnt, doesnt, wasnt, wouldnt, aint, arent")),
    "es": frozenset(_phrases("no, nunca, tampoco")),
    "fr": frozenset(_phrases("jamais, non, pas")),
    "de": frozenset(_phrases("kein, keine, keinen, nicht, nie, niemals")),
    "it": frozenset(_phrases("mai, non")),
    "pt": frozenset(_phrases("nunca, não")),
    "hi": frozenset(_phrases("नहीं, मत")),
    "fi": frozenset(_phrases("ei, eivät, emme, en, et, ette")),
    "nl": frozenset(_phrases("geen, niet, nooit")),
    "sv": frozenset(_phrases("aldrig, ej, ingen, inte")),
}
