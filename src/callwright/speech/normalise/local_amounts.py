"""Money and percentages of other languages, where their words are known."""

from __future__ import annotations

import re
from decimal import Decimal

from callwright.speech.normalise.local_numbers import counted, value, words
from callwright.speech.normalise.local_words import LocalWords

_AMOUNT = r"(?P<amount>[0-9]{1,15}(?:[.,][0-9]{1,15})*)"
_SIGN = r"(?P<sign>R\$|US\$|[$€£])"
_BEFORE = re.compile(rf"(?<!\w){_SIGN}\s?{_AMOUNT}(?!\w)")
_AFTER = re.compile(rf"(?<![\w.,]){_AMOUNT}\s?{_SIGN}(?!\w)")
_PERCENT = re.compile(r"(?<=[0-9])\s?%(?!\w)")


def expand(text: str, language: str, local: LocalWords) -> str:
    """Write out amounts of money and the percent sign."""
    for pattern in (_BEFORE, _AFTER):
        text = pattern.sub(lambda match: _money(match, language, local), text)
    return _PERCENT.sub(f" {local.percent}", text)


def _money(match: re.Match[str], language: str, local: LocalWords) -> str:
    names = local.currencies.get(match["sign"].removeprefix("US"))
    amount = value(match["amount"], language)
    if names is None or amount is None:
        return match.group()
    whole, cents = int(amount), int(amount * 100) % 100
    if amount * 100 != int(amount * 100):
        said = words(amount, language)
        return f"{said} {names[1]}" if said else match.group()
    said = counted(whole, language)
    if said is None:
        return match.group()
    said = f"{said} {names[0] if whole == 1 else names[1]}"
    return f"{said}{local.cents}{words(Decimal(cents), language)}" if cents else said
