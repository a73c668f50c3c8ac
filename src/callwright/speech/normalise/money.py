"""Amounts of money."""

from __future__ import annotations

import re
from dataclasses import dataclass

from callwright.speech.normalise.words import number


@dataclass(frozen=True, kw_only=True)
class _Currency:
    one: str
    many: str
    cent: str = "cent"
    cents: str = "cents"


_DOLLAR = _Currency(one="dollar", many="dollars")
_EURO = _Currency(one="euro", many="euros")
_POUND = _Currency(one="pound", many="pounds", cent="penny", cents="pence")
_CURRENCIES = {
    "$": _DOLLAR, "US$": _DOLLAR, "USD": _DOLLAR, "€": _EURO, "EUR": _EURO, "£": _POUND, "GBP": _POUND,
    "CAD": _Currency(one="Canadian dollar", many="Canadian dollars"),
    "AUD": _Currency(one="Australian dollar", many="Australian dollars"),
    "MXN": _Currency(one="Mexican peso", many="Mexican pesos", cent="centavo", cents="centavos"),
    "¥": _Currency(one="yen", many="yen"), "JPY": _Currency(one="yen", many="yen"),
    "₹": _Currency(one="rupee", many="rupees", cent="paisa", cents="paise"),
}  # fmt: skip
_SIGN = "|".join(re.escape(sign) for sign in sorted(_CURRENCIES, key=len, reverse=True))
_AMOUNT = r"(?P<whole>[0-9]{1,3}(?:,[0-9]{3})+|[0-9]{1,15})(?:\.(?P<fraction>[0-9]{1,6}))?(?![0-9])"
_SCALES = {"k": "thousand", "m": "million", "mm": "million", "b": "billion", "bn": "billion"}
_SCALE = r"(?:\s?(?P<scale>(?:thousand|million|billion|trillion|k|mm?|bn?)\b))?"
_BEFORE = re.compile(
    rf"(?P<minus>(?<!\w)-)?(?<![A-Z])(?P<sign>{_SIGN})(?P<below>-)?\s?{_AMOUNT}{_SCALE}", re.IGNORECASE
)
_AFTER = re.compile(rf"(?P<minus>(?<!\w)-)?(?<![\w.,]){_AMOUNT}{_SCALE}\s?(?P<sign>{_SIGN})(?![\w])")
#: "$20-$30", "$20-30": the currency is said once, at the end.
_RANGE = re.compile(
    r"(?P<sign>[$€£])\s?(?P<first>[0-9][0-9,]*(?:\.[0-9]{2})?)\s?[-\u2013]\s?(?P=sign)?"
    r"(?P<second>[0-9][0-9,]*(?:\.[0-9]{2})?)(?![\w-]|[.,][0-9])"
)
_NO_WHOLE = re.compile(r"(?<=[$€£])\s?\.(?=[0-9]{2}(?!\w))")
_TIMES = {"mo": "month", "yr": "year", "wk": "week", "hr": "hour", "min": "minute"}
_PER = re.compile(r"(?<=[0-9])\s?/\s?(?P<unit>month|year|week|day|night|hour|minute|person|mo|yr|wk|hr|min)(?!\w)")
_CENTS = re.compile(r"(?<![\w.,])(?P<amount>[0-9]{1,3})\s?¢")


def expand(text: str) -> str:
    """Write out amounts: ``one thousand two hundred thirty-four dollars and fifty cents``."""
    text = _PER.sub(lambda match: f" per {_TIMES.get(match['unit'], match['unit'])}", text)
    text = _NO_WHOLE.sub("0.", text)
    text = _RANGE.sub(lambda match: f"{match['first']} to {match['sign']}{match['second']}", text)
    text = _BEFORE.sub(_amount, text)
    text = _AFTER.sub(_amount, text)
    return _CENTS.sub(lambda match: f"{number(match['amount'])} {'cent' if match['amount'] == '1' else 'cents'}", text)


def _amount(match: re.Match[str]) -> str:
    currency = _CURRENCIES[match["sign"].upper()]
    whole, fraction = match["whole"].replace(",", "").lstrip("0") or "0", match["fraction"]
    minus = "minus " if match["minus"] or match.groupdict().get("below") else ""
    scale = match["scale"]
    if scale:
        words = number(whole if fraction is None else f"{whole}.{fraction}")
        return f"{minus}{words} {_SCALES.get(scale.lower(), scale.lower())} {currency.many}"
    if fraction is not None and len(fraction) > 2:
        return f"{minus}{number(f'{whole}.{fraction}')} {currency.many}"
    cents = int((fraction or "0").ljust(2, "0"))
    parts: list[str] = []
    if whole != "0" or cents == 0:
        parts.append(f"{number(whole)} {currency.one if whole == '1' else currency.many}")
    if cents:
        parts.append(f"{number(str(cents))} {currency.cent if cents == 1 else currency.cents}")
    return minus + " and ".join(parts)
