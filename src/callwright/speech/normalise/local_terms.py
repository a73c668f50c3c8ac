"""Words that are written short in the languages besides English that are called most: titles, units, keys, money."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True, kw_only=True)
class Terms:
    """One language's."""

    #: As written, with its dot if it has one → words. Before a number only: those in ``before_number``.
    short: dict[str, str]
    before_number: dict[str, str]
    #: Written after a number → one, many.
    units: dict[str, tuple[str, str]]
    #: Between two numbers of a range, and what stands for the minus sign.
    to: str
    minus: str
    #: The keys of a telephone; by region where people call them differently.
    star: str
    hash_key: str
    hash_regions: dict[str, str] = field(default_factory=dict)
    #: After a number of money ("5 millones"): one word or another → what stands before the currency.
    scales: dict[str, str]
    #: Sign of a currency → one cent, many.
    cents: dict[str, tuple[str, str]]
    #: Code of a currency → one, many; signs are in ``local_words``.
    codes: dict[str, tuple[str, str]]
    #: Regions whose ``$`` is a peso.
    peso_regions: frozenset[str] = frozenset()


_SPANISH_METRES = {
    "km/h": ("kilómetro por hora", "kilómetros por hora"), "km": ("kilómetro", "kilómetros"),
    "cm": ("centímetro", "centímetros"), "mm": ("milímetro", "milímetros"), "m": ("metro", "metros"),
    "kg": ("kilo", "kilos"), "g": ("gramo", "gramos"), "°C": ("grado", "grados"), "min": ("minuto", "minutos"),
    "GB": ("giga", "gigas"),
}  # fmt: skip
TERMS = {
    "es": Terms(
        short={
            "Sr.": "señor", "Sra.": "señora", "Srta.": "señorita", "Dr.": "doctor", "Dra.": "doctora",
            "Ud.": "usted", "Uds.": "ustedes", "Prof.": "profesor", "Av.": "avenida", "Avda.": "avenida",
            "etc.": "etcétera", "p. ej.": "por ejemplo", "aprox.": "aproximadamente", "tel.": "teléfono",
            "Tel.": "teléfono", "C/": "calle ", "D.": "don", "Dña.": "doña",
        },
        before_number={
            "nº": "número", "n.º": "número", "Nº": "número", "núm.": "número", "pág.": "página", "No.": "número",
            "ext.": "extensión",
        },
        units=_SPANISH_METRES, to="a", minus="menos", star="asterisco", hash_key="numeral",
        hash_regions={"es-es": "almohadilla"},
        scales={"millón": "millón de", "millones": "millones de", "mil": "mil"},
        cents={"€": ("céntimo", "céntimos"), "$": ("centavo", "centavos"), "£": ("penique", "peniques")},
        codes={
            "EUR": ("euro", "euros"), "USD": ("dólar", "dólares"), "US$": ("dólar", "dólares"),
            "GBP": ("libra", "libras"), "MXN": ("peso", "pesos"), "ARS": ("peso", "pesos"), "COP": ("peso", "pesos"),
            "CLP": ("peso", "pesos"),
        },
        peso_regions=frozenset({"es-mx", "es-ar", "es-co", "es-cl", "es-uy", "es-do", "es-cu"}),
    ),
    "fr": Terms(
        short={
            "M.": "monsieur", "MM.": "messieurs", "Mme": "madame", "Mmes": "mesdames", "Mlle": "mademoiselle",
            "Dr": "docteur", "Dr.": "docteur", "Pr": "professeur", "av.": "avenue", "bd": "boulevard",
            "bd.": "boulevard", "etc.": "et cetera", "p. ex.": "par exemple", "env.": "environ", "tél.": "téléphone",
            "Tél.": "téléphone", "St": "Saint", "Ste": "Sainte",
        },
        before_number={"n°": "numéro", "N°": "numéro", "no": "numéro", "nº": "numéro", "p.": "page"},
        units={
            "km/h": ("kilomètre heure", "kilomètres heure"), "km": ("kilomètre", "kilomètres"),
            "cm": ("centimètre", "centimètres"), "mm": ("millimètre", "millimètres"), "m": ("mètre", "mètres"),
            "kg": ("kilo", "kilos"), "g": ("gramme", "grammes"), "°C": ("degré", "degrés"),
            "min": ("minute", "minutes"), "Go": ("giga-octet", "giga-octets"),
        },
        to="à", minus="moins", star="étoile", hash_key="dièse",
        scales={"million": "million d'", "millions": "millions de", "milliard": "milliard de",
                "milliards": "milliards de"},
        cents={"€": ("centime", "centimes"), "$": ("cent", "cents"), "£": ("penny", "pence")},
        codes={"EUR": ("euro", "euros"), "USD": ("dollar", "dollars"), "US$": ("dollar", "dollars"),
               "CAD": ("dollar", "dollars"), "CHF": ("franc", "francs"), "GBP": ("livre", "livres")},
    ),
    "de": Terms(
        short={
            "Hr.": "Herr", "Fr.": "Frau", "Dr.": "Doktor", "Prof.": "Professor", "Str.": "Straße",
            "str.": "straße", "z.B.": "zum Beispiel", "z. B.": "zum Beispiel", "d.h.": "das heißt",
            "d. h.": "das heißt", "u.a.": "unter anderem", "u. a.": "unter anderem", "ca.": "circa",
            "bzw.": "beziehungsweise", "usw.": "und so weiter", "Tel.": "Telefon", "inkl.": "inklusive",
            "zzgl.": "zuzüglich", "evtl.": "eventuell", "Std.": "Stunden", "Min.": "Minuten", "St.": "Sankt",
        },
        before_number={"Nr.": "Nummer", "S.": "Seite"},
        units={
            "km/h": ("Stundenkilometer", "Stundenkilometer"), "km": ("Kilometer", "Kilometer"),
            "cm": ("Zentimeter", "Zentimeter"), "mm": ("Millimeter", "Millimeter"), "m": ("Meter", "Meter"),
            "kg": ("Kilogramm", "Kilogramm"), "g": ("Gramm", "Gramm"), "°C": ("Grad", "Grad"),
            "min": ("Minute", "Minuten"), "GB": ("Gigabyte", "Gigabyte"),
        },
        to="bis", minus="minus", star="Stern", hash_key="Raute",
        scales={"Million": "Million", "Millionen": "Millionen", "Mio.": "Millionen", "Mrd.": "Milliarden",
                "Milliarden": "Milliarden"},
        cents={"€": ("Cent", "Cent"), "$": ("Cent", "Cent"), "£": ("Penny", "Pence")},
        codes={"EUR": ("Euro", "Euro"), "USD": ("Dollar", "Dollar"), "US$": ("Dollar", "Dollar"),
               "CHF": ("Franken", "Franken"), "GBP": ("Pfund", "Pfund")},
    ),
    "it": Terms(
        short={
            "Sig.": "signor", "Sig.ra": "signora", "Sig.na": "signorina", "Sigg.": "signori", "Dott.": "dottor",
            "Dott.ssa": "dottoressa", "Prof.": "professor", "Prof.ssa": "professoressa", "Ing.": "ingegner",
            "Avv.": "avvocato", "ecc.": "eccetera", "p.es.": "per esempio", "tel.": "telefono", "Tel.": "telefono",
            "P.zza": "piazza", "V.le": "viale", "ca.": "circa",
        },
        before_number={"n.": "numero", "N.": "numero", "nº": "numero", "n°": "numero", "pag.": "pagina"},
        units={
            "km/h": ("chilometro orario", "chilometri orari"), "km": ("chilometro", "chilometri"),
            "cm": ("centimetro", "centimetri"), "mm": ("millimetro", "millimetri"), "m": ("metro", "metri"),
            "kg": ("chilo", "chili"), "g": ("grammo", "grammi"), "°C": ("grado", "gradi"), "min": ("minuto", "minuti"),
            "GB": ("giga", "giga"),
        },
        to="a", minus="meno", star="asterisco", hash_key="cancelletto",
        scales={"milione": "milione di", "milioni": "milioni di", "miliardi": "miliardi di", "mila": "mila"},
        cents={"€": ("centesimo", "centesimi"), "$": ("centesimo", "centesimi"), "£": ("penny", "penny")},
        codes={"EUR": ("euro", "euro"), "USD": ("dollaro", "dollari"), "US$": ("dollaro", "dollari"),
               "CHF": ("franco", "franchi"), "GBP": ("sterlina", "sterline")},
    ),
    "pt": Terms(
        short={
            "Sr.": "senhor", "Sra.": "senhora", "Srta.": "senhorita", "Dr.": "doutor", "Dra.": "doutora",
            "Prof.": "professor", "Profa.": "professora", "Av.": "avenida", "etc.": "etcétera",
            "p. ex.": "por exemplo", "aprox.": "aproximadamente", "tel.": "telefone", "Tel.": "telefone",
            "R.": "rua", "V. Sa.": "vossa senhoria",
        },
        before_number={"nº": "número", "Nº": "número", "n.º": "número", "pág.": "página", "apto.": "apartamento",
                       "ramal": "ramal"},
        units={
            "km/h": ("quilômetro por hora", "quilômetros por hora"), "km": ("quilômetro", "quilômetros"),
            "cm": ("centímetro", "centímetros"), "mm": ("milímetro", "milímetros"), "m": ("metro", "metros"),
            "kg": ("quilo", "quilos"), "g": ("grama", "gramas"), "°C": ("grau", "graus"), "min": ("minuto", "minutos"),
            "GB": ("giga", "gigas"),
        },
        to="a", minus="menos", star="asterisco", hash_key="jogo da velha", hash_regions={"pt-pt": "cardinal"},
        scales={"milhão": "milhão de", "milhões": "milhões de", "bilhões": "bilhões de", "mil": "mil"},
        cents={"R$": ("centavo", "centavos"), "$": ("centavo", "centavos"), "€": ("cêntimo", "cêntimos"),
               "£": ("péni", "pence")},
        codes={"BRL": ("real", "reais"), "EUR": ("euro", "euros"), "USD": ("dólar", "dólares"),
               "US$": ("dólar", "dólares"), "GBP": ("libra", "libras")},
    ),
}  # fmt: skip


def terms_of(language: str) -> Terms | None:
    """Return the terms of a BCP 47 tag's language, or ``None``."""
    return TERMS.get(language.replace("_", "-").split("-", 1)[0].lower())
