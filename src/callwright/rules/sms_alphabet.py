"""The characters of text messages: GSM 03.38, its extension, the national single shift tables, and UCS-2.

Sources: 3GPP TS 23.038 sections 6.2.1 and 6.2.1.1 (default alphabet and its extension), annex A.2 (shift tables),
section 6.1.2.1 (packing). A *unit* is a septet of a GSM alphabet or a 16-bit code unit of UCS-2; what stands in the
extension or in a shift table takes two septets, and so does a character outside the basic plane of Unicode in UCS-2.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

ESCAPE = 0x1B

#: The default alphabet by code; 0x1B is the escape, no character.
BASIC = (
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞ\x1bÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?"
    "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
_EXTENSION = {
    0x0A: "\f", 0x14: "^", 0x28: "{", 0x29: "}", 0x2F: "\\", 0x3C: "[", 0x3D: "~", 0x3E: "]", 0x40: "|", 0x65: "€",
}  # fmt: skip
_TURKISH = _EXTENSION | {0x47: "Ğ", 0x49: "İ", 0x53: "Ş", 0x63: "ç", 0x67: "ğ", 0x69: "\u0131", 0x73: "ş"}
_SPANISH = _EXTENSION | {
    0x09: "ç", 0x41: "Á", 0x49: "Í", 0x4F: "Ó", 0x55: "Ú", 0x61: "á", 0x69: "í", 0x6F: "ó", 0x75: "ú",
}  # fmt: skip
_PORTUGUESE = _EXTENSION | {
    0x05: "ê", 0x09: "ç", 0x0B: "Ô", 0x0C: "ô", 0x0E: "Á", 0x0F: "á", 0x12: "Φ", 0x13: "Γ", 0x15: "Ω", 0x16: "Π",
    0x17: "Ψ", 0x18: "Σ", 0x19: "Θ", 0x1F: "Ê", 0x41: "À", 0x49: "Í", 0x4F: "Ó", 0x55: "Ú", 0x5B: "Ã", 0x5C: "Õ",
    0x61: "Â", 0x69: "í", 0x6F: "ó", 0x75: "ú", 0x7B: "ã", 0x7C: "õ", 0x7F: "â",
}  # fmt: skip
_BASIC_CODES: Mapping[str, int] = {character: code for code, character in enumerate(BASIC) if code != ESCAPE}


@dataclass(frozen=True, kw_only=True)
class Alphabet:
    """A way to write a message."""

    #: ``gsm7``, ``gsm7-turkish``, ``gsm7-spanish``, ``gsm7-portuguese`` or ``ucs2``.
    name: str
    #: The national language identifier of a single shift table (TS 23.038 table 6.2.1.2.4), 0 for none.
    shift: int = 0
    #: Characters after the escape, by code; empty for UCS-2.
    extension: Mapping[int, str] = field(default_factory=dict)
    #: The septets of each character; empty for UCS-2.
    codes: Mapping[str, bytes] = field(default_factory=dict)

    @property
    def gsm(self) -> bool:
        """Return whether units are septets."""
        return bool(self.codes)

    def units(self, character: str) -> int:
        """Return how many units a character takes; raises ``KeyError`` when the alphabet does not have it."""
        return len(self.codes[character]) if self.codes else 1 + (ord(character) > 0xFFFF)

    def length(self, text: str) -> int:
        """Return how many units a text takes; raises ``KeyError`` for a character that is not in the alphabet."""
        return len(self.encode(text)) // (1 if self.codes else 2)

    def has(self, text: str) -> bool:
        """Return whether all of a text can be written."""
        return not self.codes or self.codes.keys() >= set(text)

    def encode(self, text: str) -> bytes:
        """Return a text as octets, a septet in an octet each (as SMPP carries them) or big-endian UTF-16.

        Raises ``KeyError`` for a character that is not in the alphabet.
        """
        return b"".join(map(self.codes.__getitem__, text)) if self.codes else text.encode("utf-16-be")

    def decode(self, octets: bytes) -> str:
        """Return the text of unpacked octets.

        Never raises: a code that the table after the escape does not have is shown as the one of the default alphabet
        (as TS 23.038 section 6.2.1.1 asks), broken UTF-16 as replacement characters.
        """
        if not self.codes:
            return octets.decode("utf-16-be", "replace")
        text = []
        escaped = False
        for octet in octets:
            code = octet & 0x7F
            if escaped:
                text.append(self.extension.get(code) or (" " if code == ESCAPE else BASIC[code]))
                escaped = False
            elif code == ESCAPE:
                escaped = True
            else:
                text.append(BASIC[code])
        return "".join(text)


def _gsm(name: str, shift: int, extension: Mapping[int, str]) -> Alphabet:
    # what both tables have costs one septet in the default alphabet: that one is written
    codes = {character: bytes((ESCAPE, code)) for code, character in extension.items()}
    codes |= {character: bytes((code,)) for character, code in _BASIC_CODES.items()}
    return Alphabet(name=name, shift=shift, extension=extension, codes=codes)


GSM7 = _gsm("gsm7", 0, _EXTENSION)
TURKISH = _gsm("gsm7-turkish", 1, _TURKISH)
SPANISH = _gsm("gsm7-spanish", 2, _SPANISH)
PORTUGUESE = _gsm("gsm7-portuguese", 3, _PORTUGUESE)
UCS2 = Alphabet(name="ucs2")
SHIFTED = (TURKISH, SPANISH, PORTUGUESE)
ALPHABETS: Mapping[str, Alphabet] = {alphabet.name: alphabet for alphabet in (GSM7, *SHIFTED, UCS2)}


def pack(septets: bytes, *, header: int = 0) -> bytes:
    """Return septets packed into octets, low bits first, starting at a septet's border after ``header`` octets.

    The result does not hold the header. Seven unused bits at the end are filled with a carriage return, because they
    would read as an ``@`` (TS 23.038 section 6.1.2.3.1).
    """
    fill = -header * 8 % 7
    bits = fill + 7 * len(septets)
    value = 0
    for index, septet in enumerate(septets):
        value |= (septet & 0x7F) << (fill + 7 * index)
    if bits and -bits % 8 == 7:
        value |= 0x0D << bits
    return value.to_bytes(-(-bits // 8), "little")


def unpack(octets: bytes, count: int, *, header: int = 0) -> bytes:
    """Return ``count`` septets out of packed octets that follow a header of ``header`` octets; fewer when they end."""
    fill = -header * 8 % 7
    value = int.from_bytes(octets, "little") >> fill
    count = max(0, min(count, (len(octets) * 8 - fill) // 7))
    return bytes((value >> (7 * index)) & 0x7F for index in range(count))
