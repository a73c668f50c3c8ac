"""How a text becomes parts of text messages: which alphabet, how many parts, where they are cut.

A part has 140 octets (3GPP TS 23.040 section 9.2.3.24): 160 septets or 70 units of UCS-2. A message of several parts
spends six octets of each on the header that joins them: 153 and 67. A national shift table is announced by another
header: 155 septets alone, 149 of several parts. Neither an escape and its character nor a surrogate pair is cut.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from callwright.rules.sms_alphabet import GSM7, SHIFTED, UCS2, Alphabet

#: Octets of a part, with its header.
PART_OCTETS = 140
#: The header that joins parts (8-bit reference) and the one that names a single shift table, without the length octet.
_JOIN_OCTETS = 5
_SHIFT_OCTETS = 3
#: The header counts parts in one octet.
MOST_PARTS = 255
#: TS 23.040 section 9.1.2.5: eleven characters of the default alphabet.
SENDER_CHARACTERS = 11


_SURROGATE = re.compile("[\ud800-\udfff]")


class TextError(ValueError):
    """A text that cannot be sent; the message says what to change."""


@dataclass(frozen=True, kw_only=True)
class Segments:
    """A text as it will be sent."""

    alphabet: Alphabet
    #: The text of each part; together they are the whole text.
    parts: tuple[str, ...]
    #: Septets or 16-bit units of the whole text.
    units: int
    #: Units that a part of this message can hold.
    capacity: int

    @property
    def count(self) -> int:
        """Return the number of parts, which is what providers bill."""
        return len(self.parts)


def capacity(alphabet: Alphabet, *, joined: bool) -> int:
    """Return how many units of an alphabet fit into a part, alone or one of several."""
    header = _JOIN_OCTETS * joined + _SHIFT_OCTETS * (alphabet.shift != 0)
    octets = PART_OCTETS - header - (header > 0)
    return octets * 8 // 7 if alphabet.gsm else octets // 2


def segment(text: str, *, shifts: Iterable[Alphabet] = SHIFTED, most_parts: int = MOST_PARTS) -> Segments:
    """Return the text in the fewest parts; of equal ones GSM 03.38 comes before UCS-2, then the shift tables.

    A shift table is taken only where it saves a part: not every network and telephone knows them. ``shifts`` are those
    that the route carries. Raises ``TextError`` for an empty text, one with a lone surrogate, and one of more parts
    than ``most_parts`` (at most 255).
    """
    if not text.strip():
        raise TextError("the text is empty")
    plain = GSM7.has(text)
    if not plain and _SURROGATE.search(text):
        raise TextError("the text has half of a character (a lone surrogate); send it as valid Unicode")
    # UCS-2 writes everything, and what GSM 03.38 can write never takes fewer parts in another alphabet
    alphabets = [GSM7] if plain else [UCS2, *(shift for shift in shifts if shift.has(text))]
    best = min((_cut(text, alphabet) for alphabet in alphabets), key=lambda cut: cut.count)
    limit = min(most_parts, MOST_PARTS)
    if best.count > limit:
        raise TextError(f"the text needs {best.count} parts of {best.capacity} characters; at most {limit} are allowed")
    return best


def _cut(text: str, alphabet: Alphabet) -> Segments:
    units = alphabet.length(text)
    room = capacity(alphabet, joined=False)
    if units <= room:
        return Segments(alphabet=alphabet, parts=(text,), units=units, capacity=room)
    room = capacity(alphabet, joined=True)
    parts, start, used = [], 0, 0
    for index, character in enumerate(text):
        size = alphabet.units(character)
        if used + size > room:
            parts.append(text[start:index])
            start, used = index, 0
        used += size
    parts.append(text[start:])
    return Segments(alphabet=alphabet, parts=tuple(parts), units=units, capacity=room)


def user_data_header(*, shift: int = 0, reference: int = 0, total: int = 1, number: int = 1) -> bytes:
    """Return the header of a part with its length octet; empty when it joins nothing and names no shift table."""
    elements = bytes((0x00, 3, reference & 0xFF, total, number)) if total > 1 else b""
    if shift:
        elements += bytes((0x24, 1, shift))
    return bytes((len(elements),)) + elements if elements else b""


def alphanumeric_sender_problem(sender: str) -> str | None:
    """Return what is wrong with a name as the sender of a message, ``None`` for a good one.

    One to eleven characters of GSM 03.38 (an extended one counts twice), a letter among them: digits alone would be
    shown as a number. No space at either end, no line end.
    """
    if not sender:
        return "the sender is empty"
    if strange := next((character for character in sender if not GSM7.has(character)), None):
        return f"'{strange}' is not in the alphabet of senders (GSM 03.38)"
    if sum(GSM7.units(character) for character in sender) > SENDER_CHARACTERS:
        return f"a name as sender has at most {SENDER_CHARACTERS} characters"
    if sender != sender.strip() or any(character in "\r\n\f" for character in sender):
        return "a sender has no line ends and no spaces at its ends"
    if not any(character.isalpha() for character in sender):
        return "a name as sender has at least one letter"
    return None
