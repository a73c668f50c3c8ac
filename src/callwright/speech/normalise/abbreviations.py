"""Titles, streets and other words that are written short."""

from __future__ import annotations

import re

#: Always with a dot: without it they may be words of their own.
_WITH_DOT = {
    "Mr": "Mister", "Mrs": "Missis", "Ms": "Miz", "Prof": "Professor", "Rev": "Reverend", "Hon": "Honorable",
    "Ave": "Avenue", "Blvd": "Boulevard", "Rd": "Road", "Ln": "Lane", "Ct": "Court", "Hwy": "Highway",
    "Apt": "Apartment", "Ste": "Suite", "Dept": "Department", "Jr": "Junior", "Sr": "Senior", "Inc": "Incorporated",
    "Ltd": "Limited", "Corp": "Corporation", "Co": "Company", "approx": "approximately", "appt": "appointment",
    "ext": "extension", "Ext": "Extension", "tel": "telephone", "Tel": "Telephone", "vs": "versus", "etc": "et cetera",
}  # fmt: skip
#: Read right without a dot, too.
_WITHOUT_DOT = {"Mr": "Mister", "Mrs": "Missis", "Ms": "Miz", "Ave": "Avenue", "Blvd": "Boulevard", "Hwy": "Highway"}
_DOTTED = re.compile(rf"\b({'|'.join(sorted(_WITH_DOT, key=len, reverse=True))})\.(?P<next>\s+\S|\s*$)?")
_BARE = re.compile(rf"\b({'|'.join(_WITHOUT_DOT)})(?=\s|$|,)")
_LATIN = ((re.compile(r"\be\.g\.", re.IGNORECASE), "for example"), (re.compile(r"\bi\.e\.", re.IGNORECASE), "that is"))
#: "No. 5", "#5": a number follows.
_NUMBER = re.compile(r"(?:\b(?:No|no|Nr|nr)\.\s?|#\s?)(?=[0-9])")
#: "Acct# 5": the sign belongs to the word before.
_JOINED_NUMBER = re.compile(r"(?<=[A-Za-z])#:?\s?(?=[0-9])")
#: After a telephone number: "555-0100 x204".
_EXTENSION = re.compile(r"(?<=[-.][0-9]{4}),? ?(?:ext\.? ?|x)(?=[0-9]{1,6}(?!\w))", re.IGNORECASE)
#: Doctor or drive, saint or street: a name before and none after makes it a street.
_STREET = re.compile(
    r"(?P<before>\b[A-Z0-9][\w'-]{0,40}\s+)?\b(?P<short>Dr|St)\.(?=(?P<next>\s+\S|\s*$)?)|\b(?P<bare>Dr|St)(?=\s+[A-Z])"
)
_TITLES = {"Dr": "Doctor", "St": "Saint"}
_STREETS = {"Dr": "Drive", "St": "Street"}
#: Words that may stand before a title although they begin with a capital letter.
_OPENERS = frozenset(
    {
        "A", "An", "And", "At", "By", "Call", "Dear", "For", "From", "Hello", "Hi", "I", "If", "In", "Is", "It", "Meet",
        "My", "On", "Or", "Our", "Please", "See", "That", "The", "This", "To", "We", "With", "Your", "You", "Yes",
    }
)  # fmt: skip


def expand(text: str) -> str:
    """Write out titles, streets, Latin phrases and ``No. 5``."""
    for pattern, words in _LATIN:
        text = pattern.sub(words, text)
    text = _EXTENSION.sub(", extension ", text)
    text = _JOINED_NUMBER.sub(" number ", text)
    text = _NUMBER.sub("number ", text)
    text = _STREET.sub(_title_or_street, text)
    text = _DOTTED.sub(_dotted, text)
    return _BARE.sub(lambda match: _WITHOUT_DOT[match[1]], text)


def _dotted(match: re.Match[str]) -> str:
    # at the end of a text or before a new sentence the dot stays; after a title it does not
    word = match[1]
    titled = word in {"Mr", "Mrs", "Ms", "Prof", "Rev", "Hon"}
    return _WITH_DOT[word] + ("." if _ends(match["next"]) and not titled else "") + (match["next"] or "")


def _ends(following: str | None) -> bool:
    """Whether a sentence ends here: the text does, or a capital letter follows."""
    return following is not None and (not following.strip() or following.strip().isupper())


def _title_or_street(match: re.Match[str]) -> str:
    if match["bare"]:
        return _TITLES[match["bare"]]
    before = match["before"] or ""
    after_name = bool(before) and before.strip() not in _OPENERS
    if after_name:
        return before + _STREETS[match["short"]] + ("." if _ends(match["next"]) else "")
    return before + _TITLES[match["short"]]
