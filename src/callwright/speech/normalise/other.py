"""Languages other than English: numbers become words, and in some dates, times and money; the engine has the rest."""

from __future__ import annotations

import re

from callwright.speech.normalise import local_amounts, local_dates, local_forms, local_ordinals, telephone
from callwright.speech.normalise.characters import squeeze, tidy
from callwright.speech.normalise.local_numbers import converter, digits, value, words
from callwright.speech.normalise.local_terms import terms_of
from callwright.speech.normalise.local_words import LocalWords, local_words

#: A number that stands alone. What is tied to others by a colon, slash or hyphen (a time, a date, a range) is left
#: to the engine, which may know it.
_NUMBER = re.compile(r"(?<![\w.,:/+-])(?P<minus>-)?(?P<number>[0-9]{1,15}(?:[.,][0-9]{1,15})*)(?!\w|[:/-][0-9])")
#: A run of this many digits, or one that starts with zero, is read digit by digit, as in English.
_LONG = re.compile(r"(?<![\w.,])(?:0[0-9]+|[0-9]{5,})(?!\w|[.,:/][0-9])")


def expand(text: str, language: str) -> str:
    """Return the text with its numbers in words, as far as the language's numbers are known."""
    local, terms = local_words(language), terms_of(language)
    if terms is not None and converter(language) is not None:
        text = local_ordinals.expand(local_forms.before_tidy(text, terms), language)
    text = squeeze(tidy(text))
    if converter(language) is None:
        return text
    text = telephone.replace(text, lambda number: _telephone(number, language, local))
    if local is not None and terms is not None:
        text = local_forms.clock_ranges(text, terms)
        text = local_dates.expand(text, language, local)
        text = local_forms.thousands(text)
        text = local_amounts.expand(text, language, local, terms)
        text = local_forms.telephones(text, language)
        text = local_forms.expand(text, language, terms)
    text = _LONG.sub(lambda match: digits(match.group(), language), text)
    return squeeze(_NUMBER.sub(lambda match: _number(match, language), text))


def _telephone(number: str, language: str, local: LocalWords | None) -> str:
    said = ", ".join(digits(group, language) for group in telephone.groups(number))
    return f"{local.plus} {said}" if local is not None and number.startswith("+") else said


def _number(match: re.Match[str], language: str) -> str:
    number = value(match["number"], language)
    if number is None:
        return match.group()
    return words(-number if match["minus"] else number, language) or match.group()
