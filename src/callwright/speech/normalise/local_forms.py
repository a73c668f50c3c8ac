"""What other languages write short, written out: titles, units, keys, codes, ranges, national telephone numbers."""

from __future__ import annotations

import re
from collections.abc import Mapping

from callwright.speech.normalise.local_numbers import counted, digits, value
from callwright.speech.normalise.local_terms import Terms

#: Groups of digits with spaces, dots, hyphens or a bracket between them, seven digits or more.
_GROUPED = re.compile(r"(?<![\w.,+/-])\(?[0-9]{1,5}\)?(?:[ .-][0-9]{2,8}){1,5}(?![\w-]|[.,/:][0-9])")
_DIGITS = re.compile(r"[0-9]+")
#: 1 234 567, as French, Spanish and others group thousands.
_THOUSANDS = re.compile(r"(?<![\w.,+/-])[1-9][0-9]{0,2}(?: [0-9]{3})+(?=\s?(?:[€$£%]|[A-Z]{3}\b)|,[0-9]|(?! ?[0-9]))")
_RANGE = re.compile(r"(?<![\w.,/-])(?P<first>[0-9]{1,4})\s?[-\u2013]\s?(?P<second>[0-9]{1,4})(?![\w-]|[.,/:][0-9])")
_CLOCK_RANGE = re.compile(
    r"(?<![\w.,/-])(?P<first>[0-9]{1,2}(?:[:h][0-9]{2})?h?)\s?[-\u2013]\s?(?=[0-9]{1,2}(?::[0-9]{2}|\s?h(?![a-z])))"
)
#: All day, all week: no date.
_ALL_DAY = re.compile(r"(?<![\w./-])24/7(?![\w./-])")
_CODE = re.compile(r"(?<![\w-])(?=[\w-]*[0-9])(?=[\w-]*[A-Z])[A-Z0-9]+(?:-[A-Z0-9]+)*(?![\w-])")
_RUN = re.compile(r"[0-9]+|[A-Z]+")
_STAR = re.compile(r"(?<!\S)\*(?=$|[\s.,;!?])")
_HASH = re.compile(r"(?<!\S)#(?=$|[\s.,;!?])")
#: Digits of a telephone number, and above which groups of three are rather one than a quantity.
_FEWEST, _MOST, _QUANTITY = 7, 13, 7


def before_tidy(text: str, terms: Terms) -> str:
    """Write out short words whose raised letters would be lost later (``nº``)."""
    text = _words(text, terms.before_number, r"(?=\s?[0-9])", " ")
    return _words(text, terms.short, r"", "")


def clock_ranges(text: str, terms: Terms) -> str:
    """Put a word between the times of ``10:30-12:00`` and ``9-17 h``."""
    text = _ALL_DAY.sub("24 7", text)
    return _CLOCK_RANGE.sub(rf"\g<first> {terms.to} ", text)


def thousands(text: str) -> str:
    """Join thousands that are grouped by spaces."""
    return _THOUSANDS.sub(lambda match: match.group().replace(" ", "") if _quantity(match) else match.group(), text)


def telephones(text: str, language: str) -> str:
    """Read groups of digits that make a telephone number digit by digit, with pauses between groups."""
    return _GROUPED.sub(lambda match: _telephone(match, language), text)


def expand(text: str, language: str, terms: Terms) -> str:
    """Write out units, keys, codes and ranges."""
    tag = language.replace("_", "-").lower()
    text = _units(text, language, terms)
    text = _CODE.sub(lambda match: _code(match, language), text)
    text = _RANGE.sub(lambda match: _range(match, terms), text)
    text = _STAR.sub(terms.star, text)
    return _HASH.sub(terms.hash_regions.get(tag, terms.hash_key), text)


def _words(text: str, words: Mapping[str, str], following: str, space: str) -> str:
    short = "|".join(re.escape(word) for word in sorted(words, key=len, reverse=True))
    # "Hauptstr." is the one that stands at the end of a word
    pattern = re.compile(rf"(?<!\w)(?P<word>{short})(?!\w){following}|(?<=[a-zß])(?P<tail>str\.)(?!\w)")

    def said(match: re.Match[str]) -> str:
        if match["tail"] is not None:
            return words.get("str.", match["tail"])
        word = words[match["word"]] + space
        # the dot of an abbreviation at the end of a text is also the sentence's
        at_end = match["word"].endswith(".") and not match.string[match.end() :].strip()
        return word.rstrip() + "." if at_end else word

    return pattern.sub(said, text)


def _units(text: str, language: str, terms: Terms) -> str:
    units = "|".join(re.escape(unit) for unit in sorted(terms.units, key=len, reverse=True))
    pattern = re.compile(rf"(?<![\w.,:/])(?P<minus>-)?(?P<number>[0-9]+(?:[.,][0-9]+)*)\s?(?P<unit>{units})(?![\w/])")

    def said(match: re.Match[str]) -> str:
        number = value(match["number"], language)
        if number is None:
            return match.group()
        one, many = terms.units[match["unit"]]
        minus = f"{terms.minus} " if match["minus"] else ""
        if number == 1:
            return f"{minus}{counted(1, language)} {one}"
        return f"{minus}{match['number']} {many}"

    return pattern.sub(said, text)


def _telephone(match: re.Match[str], language: str) -> str:
    groups = _DIGITS.findall(match.group())
    count = sum(len(group) for group in groups)
    dated = len(groups) == 3 and "." in match.group() and len(groups[0]) <= 2 and len(groups[1]) <= 2
    if not _FEWEST <= count <= _MOST or dated or (_is_grouped(groups) and count <= _QUANTITY):
        return match.group()
    if "." in match.group() and _is_grouped(groups) and groups[0][0] != "0":
        # 912.345.678 may be a quantity
        return match.group()
    return ", ".join(digits(group, language) for group in groups)


def _is_grouped(groups: list[str]) -> bool:
    return len(groups[0]) <= 3 and groups[0][0] != "0" and all(len(group) == 3 for group in groups[1:])


def _quantity(match: re.Match[str]) -> bool:
    count = sum(character.isdigit() for character in match.group())
    following = match.string[match.end() :].lstrip()[:1]
    return count <= _QUANTITY or following in set("€$£%,")


def _range(match: re.Match[str], terms: Terms) -> str:
    first, second = match["first"], match["second"]
    if first[0] == "0" or second[0] == "0" or int(first) >= int(second):
        return match.group()
    return f"{first} {terms.to} {second}"


def _code(match: re.Match[str], language: str) -> str:
    said: list[str] = []
    for part in match.group().split("-"):
        runs = [digits(run, language) if run.isdigit() else _letters(run) for run in _RUN.findall(part)]
        said.append(" ".join(runs))
    return ", ".join(said)


def _letters(run: str) -> str:
    # a word in capitals ("COVID-19") is a word
    return " ".join(run) if len(run) <= 3 else run
