"""Words that numbers need around them, in the languages besides English that are called most."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class LocalWords:
    """One language's words for signs, months and clock times."""

    months: tuple[str, ...]
    #: Between day, month and year.
    of: str
    percent: str
    plus: str
    #: Sign → one, many.
    currencies: dict[str, tuple[str, str]]
    #: Between whole and cents: ``doce euros con cincuenta``.
    cents: str
    #: Between hour and minute, and after a full hour; both with their spaces.
    minutes: str
    full_hour: str = ""


_ES_PT_OF = " de "
WORDS = {
    "es": LocalWords(
        months=(
            "enero", "febrero", "marzo", "abril", "mayo", "junio", "julio", "agosto", "septiembre", "octubre",
            "noviembre", "diciembre",
        ),
        of=_ES_PT_OF, percent="por ciento", plus="más", cents=" con ", minutes=" ",
        currencies={"$": ("dólar", "dólares"), "€": ("euro", "euros"), "£": ("libra", "libras")},
    ),
    "pt": LocalWords(
        months=(
            "janeiro", "fevereiro", "março", "abril", "maio", "junho", "julho", "agosto", "setembro", "outubro",
            "novembro", "dezembro",
        ),
        of=_ES_PT_OF, percent="por cento", plus="mais", cents=" e ", minutes=" e ",
        currencies={
            "R$": ("real", "reais"), "$": ("dólar", "dólares"), "€": ("euro", "euros"), "£": ("libra", "libras"),
        },
    ),
    "fr": LocalWords(
        months=(
            "janvier", "février", "mars", "avril", "mai", "juin", "juillet", "août", "septembre", "octobre",
            "novembre", "décembre",
        ),
        of=" ", percent="pour cent", plus="plus", cents=" ", minutes=" heures ", full_hour=" heures",
        currencies={"$": ("dollar", "dollars"), "€": ("euro", "euros"), "£": ("livre", "livres")},
    ),
    "de": LocalWords(
        months=(
            "Januar", "Februar", "März", "April", "Mai", "Juni", "Juli", "August", "September", "Oktober",
            "November", "Dezember",
        ),
        of=" ", percent="Prozent", plus="plus", cents=" ", minutes=" Uhr ", full_hour=" Uhr",
        currencies={"$": ("Dollar", "Dollar"), "€": ("Euro", "Euro"), "£": ("Pfund", "Pfund")},
    ),
    "it": LocalWords(
        months=(
            "gennaio", "febbraio", "marzo", "aprile", "maggio", "giugno", "luglio", "agosto", "settembre", "ottobre",
            "novembre", "dicembre",
        ),
        of=" ", percent="per cento", plus="più", cents=" e ", minutes=" e ",
        currencies={"$": ("dollaro", "dollari"), "€": ("euro", "euro"), "£": ("sterlina", "sterline")},
    ),
}  # fmt: skip


def local_words(language: str) -> LocalWords | None:
    """Return the words of a BCP 47 tag's language, or ``None``."""
    return WORDS.get(language.replace("_", "-").split("-", 1)[0].lower())
