"""Languages other than English: numbers become words, the rest is left to the engine."""

from __future__ import annotations

import re
from decimal import Decimal, InvalidOperation

from num2words import CONVERTER_CLASSES, num2words

from callwright.speech.normalise.characters import squeeze, tidy

#: A run of this many digits is read digit by digit, as in English.
_CODE_DIGITS = 5
#: Languages that write 3.5 with a dot; the others write 3,5 and group thousands with dots or spaces.
_DECIMAL_DOT = frozenset({"en", "ja", "ko", "th", "he", "zh", "hi", "te", "kn"})
_NUMBER = re.compile(r"(?<![\w.,])-?[0-9]{1,15}(?:[.,][0-9]{1,15})*(?![\w])")
_LONG = re.compile(r"(?<!\w)(?:0[0-9]+|[0-9]{5,})(?!\w|[.,][0-9])")


def expand(text: str, language: str) -> str:
    """Return the text with its numbers in words, as far as the language's numbers are known."""
    text = squeeze(tidy(text))
    converter = _converter(language)
    if converter is None:
        return text
    text = _LONG.sub(lambda match: digits(match.group(), language), text)
    return _NUMBER.sub(lambda match: _number(match.group(), converter) or match.group(), text)


def digits(text: str, language: str) -> str:
    """Return digits one by one in words; in a language whose numbers are unknown, as digits with spaces."""
    converter = _converter(language)
    found = [character for character in text if character in "0123456789"]
    return " ".join((converter and _words(Decimal(digit), converter)) or digit for digit in found)


def ordinal(text: str, language: str) -> str:
    """Return an ordinal number in words; the text itself where the language's are unknown."""
    converter = _converter(language)
    if converter is None or not text.isdigit() or len(text) >= _CODE_DIGITS:
        return text
    return _words(Decimal(text), converter, to="ordinal") or text


def _number(text: str, converter: str) -> str | None:
    point, group = (".", ",") if converter.split("_", maxsplit=1)[0] in _DECIMAL_DOT else (",", ".")
    whole, *rest = text.split(point)
    grouped = re.fullmatch(rf"-?[0-9]{{1,3}}(?:{re.escape(group)}[0-9]{{3}})*|-?[0-9]+", whole)
    if len(rest) > 1 or not grouped or (rest and not rest[0].isdigit()):
        return None
    try:
        value = Decimal(whole.replace(group, "") + (f".{rest[0]}" if rest else ""))
    except InvalidOperation:
        return None
    return _words(value, converter)


def _words(value: Decimal, converter: str, *, to: str = "cardinal") -> str | None:
    number: int | float = int(value) if value == value.to_integral_value() else float(value)
    try:
        words = num2words(number, lang=converter, to=to)
    except Exception:
        # its languages differ in what they know (ordinals, decimals, large numbers) and in what they raise
        return None
    return words if isinstance(words, str) else None


def _converter(language: str) -> str | None:
    """Return num2words' name for a BCP 47 tag, or ``None``."""
    primary, _, region = language.replace("_", "-").partition("-")
    for name in (f"{primary.lower()}_{region.upper()}", primary.lower(), "no" if primary.lower() == "nb" else ""):
        if name in CONVERTER_CLASSES:
            return str(name)
    return None
