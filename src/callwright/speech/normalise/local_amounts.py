"""Money and percentages of other languages, where their words are known."""

from __future__ import annotations

import re
from decimal import Decimal

from callwright.speech.normalise.local_numbers import counted, value, words
from callwright.speech.normalise.local_terms import Terms
from callwright.speech.normalise.local_words import LocalWords

_AMOUNT = r"(?P<amount>[0-9]{1,15}(?:[.,][0-9]{1,15})*)"
_MINUS = r"(?P<minus>(?<!\w)-\s?)?"
_PERCENT = re.compile(r"(?<=[0-9])\s?%(?!\w)")


def expand(text: str, language: str, local: LocalWords, terms: Terms) -> str:
    """Write out amounts of money and the percent sign."""
    names = _names(language, local, terms)
    sign = "|".join(re.escape(one) for one in sorted(names, key=len, reverse=True))
    scales = "|".join(re.escape(scale) for scale in sorted(terms.scales, key=len, reverse=True))
    scale = rf"(?:\s(?P<scale>{scales})(?!\w))?"
    before = re.compile(rf"{_MINUS}(?<!\w)(?P<sign>{sign})(?P<below>-)?\s?{_AMOUNT}{scale}(?!\w)")
    after = re.compile(rf"{_MINUS}(?<![\w.,]){_AMOUNT}{scale}\s?(?P<sign>{sign})(?!\w)")
    for pattern in (before, after):
        text = pattern.sub(lambda match: _money(match, language, local, terms, names), text)
    return _PERCENT.sub(f" {local.percent}", text)


def _names(language: str, local: LocalWords, terms: Terms) -> dict[str, tuple[str, str]]:
    names = {**local.currencies, **terms.codes}
    if language.replace("_", "-").lower() in terms.peso_regions:
        names["$"] = ("peso", "pesos")
    return names


def _money(
    match: re.Match[str], language: str, local: LocalWords, terms: Terms, names: dict[str, tuple[str, str]]
) -> str:
    one, many = names[match["sign"]]
    amount = value(match["amount"], language)
    if amount is None:
        return match.group()
    minus = f"{terms.minus} " if match["minus"] or match.groupdict().get("below") else ""
    scale = match["scale"]
    if scale is not None:
        link = terms.scales[scale]
        return f"{minus}{words(amount, language)} {link}{'' if link.endswith(chr(39)) else ' '}{many}"
    whole, cents = int(amount), int(amount * 100) % 100
    if amount * 100 != int(amount * 100):
        said = words(amount, language)
        return f"{minus}{said} {many}" if said else match.group()
    if whole == 0 and cents:
        names_of_cents = _cents(match["sign"], terms)
        if names_of_cents is not None:
            return f"{minus}{counted(cents, language)} {names_of_cents[0] if cents == 1 else names_of_cents[1]}"
    said = counted(whole, language)
    if said is None:
        return match.group()
    millions = whole >= 1_000_000 and whole % 1_000_000 == 0
    # un millón de euros, un million d'euros
    link = " de " if millions and language[:2].lower() in {"es", "pt", "fr"} else " "
    said = f"{minus}{said}{link}{one if whole == 1 else many}"
    return f"{said}{local.cents}{words(Decimal(cents), language)}" if cents else said


def _cents(sign: str, terms: Terms) -> tuple[str, str] | None:
    same = {"EUR": "€", "USD": "$", "US$": "$", "GBP": "£", "BRL": "R$", "MXN": "$"}
    return terms.cents.get(same.get(sign, sign))
