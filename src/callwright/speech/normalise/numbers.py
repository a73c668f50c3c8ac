"""Numbers that are nothing more special, and codes of letters and digits."""

from __future__ import annotations

import re

from callwright.speech.normalise.words import decade, number, ordinal, spelled_digits, year

#: A run of this many digits without commas is a code (an account, a ticket), not a quantity.
_CODE_DIGITS = 5
_AMOUNT = r"[0-9]{1,3}(?:,[0-9]{3})+(?:\.[0-9]+)?|[0-9]+(?:\.[0-9]+)?"
_RANGE = re.compile(
    r"(?<![\w.,-])(?P<first>[1-9][0-9]{0,3})\s?[-\u2013]\s?(?P<second>[1-9][0-9]{0,3})(?![\w-]|[.,][0-9])"
)
_DECADE = re.compile(r"(?<!\w)'?(?P<decade>(?:1[0-9]|20)?[0-9]0)'?s(?!\w)")
_ORDINAL = re.compile(r"(?<![\w.,])(?P<number>[0-9]{1,3}(?:,[0-9]{3})+|[0-9]{1,12})(?:st|nd|rd|th)\b", re.IGNORECASE)
#: "10k run", "a 4K screen"; but 401k is a name.
_THOUSANDS = re.compile(r"(?<![\w.,-])(?P<number>[1-9]|[1-9][0-9]{0,2}0|[1-9][0-9]?\.[0-9])[kK](?![\w-])")
_VERSION = re.compile(r"(?<![\w.,])[0-9]+(?:\.[0-9]+){2,}(?![\w])")
#: What is left of a date or time that does not exist: "13/13", "25:99".
_BETWEEN = re.compile(r"(?<=[0-9])[:/](?=[0-9])")
#: Digits in groups: accounts, cards, social security numbers.
_GROUPED = re.compile(r"(?<![\w.,-])[0-9]+(?:-[0-9]+)+(?![\w-])|(?<![\w.,-])[0-9]{3,4}(?: [0-9]{3,4}){2,}(?![\w,-])")
_TOKEN = re.compile(r"[^\W_]+(?:-[^\W_]+)*")
_RUN = re.compile(r"[0-9]+|[^0-9]+")
_MINUS = re.compile(r"(?<![\w).-])-(?=\.?[0-9])")
_NUMBER = re.compile(rf"(?<!\w)(?:{_AMOUNT}|\.[0-9]+)(?!\w)")
_DIGITS = re.compile(r"[0-9]+")


def expand(text: str) -> str:
    """Write out every number that is left; no digit remains."""
    text = _DECADE.sub(lambda match: decade(int(match["decade"])), text)
    text = _ORDINAL.sub(lambda match: ordinal(int(match["number"].replace(",", ""))), text)
    text = _THOUSANDS.sub(lambda match: f"{number(match['number'])} K", text)
    text = _RANGE.sub(lambda match: f"{match['first']} to {match['second']}", text)
    text = _GROUPED.sub(_grouped, text)
    text = _MINUS.sub("minus ", text)
    text = _VERSION.sub(lambda match: " point ".join(number(part) for part in match.group().split(".")), text)
    text = _BETWEEN.sub(" ", text)
    # codes before amounts: "4-AB" is one token; digits alone are left to the amounts
    text = _TOKEN.sub(_token, text)
    text = _NUMBER.sub(lambda match: amount(match.group()), text)
    return _DIGITS.sub(lambda match: f" {amount(match.group())} ", text)


def amount(text: str) -> str:
    """Return the words of a number: a year, a quantity, or its digits when it looks like a code."""
    if text.isdigit():
        if len(text) >= _CODE_DIGITS:
            return spelled_digits(text)
        if len(text) == 4 and 1900 <= int(text) <= 2099:
            return year(int(text))
    return number(text)


def _grouped(match: re.Match[str]) -> str:
    return ", ".join(spelled_digits(group) for group in _DIGITS.findall(match.group()))


def _token(match: re.Match[str]) -> str:
    token = match.group()
    if not (any(character.isdigit() for character in token) and any(character.isalpha() for character in token)):
        return token
    parts = token.split("-")
    coded = any(_is_code(part) for part in parts)
    said = [_part(part, coded=coded) for part in parts]
    return (", " if coded else " ").join(said)


def _is_code(part: str) -> bool:
    """Whether a part is read character by character: letters with digits, or a few capitals."""
    letters = [run for run in _RUN.findall(part) if not run.isdigit()]
    if not letters:
        return False
    return all(not _is_word(run) for run in letters)


def _is_word(letters: str) -> bool:
    return len(letters) > 3 or (len(letters) == 3 and not letters.isupper())


def _part(part: str, *, coded: bool) -> str:
    words: list[str] = []
    for run in _RUN.findall(part):
        if run.isdigit():
            words.append(spelled_digits(run) if coded else amount(run))
        elif _is_word(run):
            words.append(run)
        else:
            words.append(" ".join(run.upper()))
    return " ".join(words)
