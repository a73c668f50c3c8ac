"""Numbers of languages other than English, by num2words."""

from __future__ import annotations

import re
from decimal import Decimal, InvalidOperation

from num2words import CONVERTER_CLASSES, num2words

#: Languages that write 3.5 with a dot; the others write 3,5 and group thousands with dots or spaces.
_DECIMAL_DOT = frozenset({"en", "ja", "ko", "th", "he", "zh", "hi", "te", "kn"})
#: Spanish is written with a decimal dot where the United States and Mexico are near.
_DECIMAL_DOT_REGIONS = frozenset(
    {"es-us", "es-mx", "es-419", "es-pr", "es-gt", "es-hn", "es-ni", "es-pa", "es-sv", "es-do"}
)
#: Ordinals in num2words are for numbers that are counted out, not for codes.
_LARGEST_ORDINAL = 9999
_GROUPED = re.compile(r"[0-9]{1,3}(?:[.,][0-9]{3})*|[0-9]+")


def converter(language: str) -> str | None:
    """Return num2words' name for a BCP 47 tag, or ``None`` when the language's numbers are unknown."""
    primary, _, region = language.replace("_", "-").partition("-")
    for name in (f"{primary.lower()}_{region.upper()}", primary.lower(), "no" if primary.lower() == "nb" else ""):
        if name in CONVERTER_CLASSES:
            return str(name)
    return None


def digits(text: str, language: str) -> str:
    """Return digits one by one in words; in a language whose numbers are unknown, as digits with spaces."""
    known = converter(language)
    found = [character for character in text if character in "0123456789"]
    return " ".join((known and _words(Decimal(digit), known)) or digit for digit in found)


def ordinal(text: str, language: str) -> str:
    """Return an ordinal number in words; the text itself where the language's are unknown."""
    known = converter(language)
    if known is None or not text.isdigit() or len(text) > len(str(_LARGEST_ORDINAL)):
        return text
    return _words(Decimal(text), known, to="ordinal") or text


def value(text: str, language: str) -> Decimal | None:
    """Return what ``1.234,5`` is in a language, without a sign; ``None`` when it is no number there."""
    point, group = (",", ".")
    if _decimal_dot(language):
        point, group = group, point
    if text.rfind(point) < text.rfind(group) and point in text:
        # both marks, in the other order: the last one is the decimal mark, whatever is usual
        point, group = group, point
    whole, *rest = text.split(point)
    if len(rest) > 1 or not _GROUPED.fullmatch(whole) or (rest and not rest[0].isdigit()):
        return None
    try:
        return Decimal(whole.replace(group, "") + (f".{rest[0]}" if rest else ""))
    except InvalidOperation:
        return None


def _decimal_dot(language: str) -> bool:
    tag = language.replace("_", "-").lower()
    return tag.split("-", 1)[0] in _DECIMAL_DOT or tag in _DECIMAL_DOT_REGIONS


def words(number: Decimal, language: str) -> str | None:
    """Return a number in words, or ``None`` when the language's numbers are unknown."""
    known = converter(language)
    said = _words(number, known) if known else None
    if said is not None and known == "es" and not _decimal_dot(language):
        # where 3.5 is written 3,5 it is also read so
        said = said.replace(" punto ", " coma ")
    return said


def counted(number: int, language: str) -> str | None:
    """Return a number as it stands before a masculine noun: ``un``, not ``uno``; ``ein``, not ``eins``."""
    said = words(Decimal(number), language)
    primary = language.replace("_", "-").split("-", 1)[0].lower()
    if said is None:
        return None
    if primary == "es" and said.endswith("veintiuno"):
        return said.removesuffix("veintiuno") + "veintiún"
    if primary == "de" and number == 1:
        return "ein"
    if primary == "es" or (primary == "it" and number == 1):
        return re.sub(r"\buno$", "un", said)
    return said


def _words(number: Decimal, known: str, *, to: str = "cardinal") -> str | None:
    plain: int | float = int(number) if number == number.to_integral_value() else float(number)
    try:
        said = num2words(plain, lang=known, to=to)
    except Exception:
        # its languages differ in what they know (ordinals, decimals, large numbers) and in what they raise
        return None
    return said if isinstance(said, str) else None
