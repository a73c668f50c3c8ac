"""Lines of a mail's head: encoded, folded, and without a way to begin another one (RFC 5322, RFC 2047)."""

from __future__ import annotations

import base64
import re

#: What a header's value may not hold: a line break would begin a header of somebody else's choice.
CONTROLS = re.compile(r"[\x00-\x08\x0a-\x1f\x7f\x85\u2028\u2029]")
#: Octets of a line, without its end, that are recommended at most; 998 are allowed.
_LINE = 77
#: Characters of an atom (RFC 5322, section 3.2.3) and spaces: a name of these needs no quotes.
_ATOMS = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~ -]*")
#: Octets of text in one encoded word, which fits into a line after ``Subject:``.
_WORD = 42


class HeaderError(ValueError):
    """A header that cannot be written; the message says why."""


def text_header(name: str, value: str) -> bytes:
    """Return a header with free text, such as a subject; what is not ASCII is encoded (RFC 2047).

    Raises ``HeaderError`` for a value with a line break or another control character.
    """
    _check(name, value)
    # an empty first line after folding would end the head for some readers
    value = " ".join(value.split())
    return _folded(name, _words(value))


def mailbox_header(name: str, address: str, shown: str | None = None) -> bytes:
    """Return a header with one address and perhaps a name before it."""
    _check(name, address)
    if not shown:
        return _folded(name, address)
    _check(name, shown)
    shown = " ".join(shown.split())
    if not shown.isascii() or "=?" in shown:
        shown = _words(shown)
    elif not _ATOMS.fullmatch(shown):
        escaped = shown.replace("\\", "\\\\").replace('"', '\\"')
        shown = f'"{escaped}"'
    return _folded(name, f"{shown} <{address}>")


def raw_header(name: str, value: str) -> bytes:
    """Return a header whose value is written by us, in ASCII, and must not be folded (``List-Unsubscribe``)."""
    _check(name, value)
    return f"{name}: {value}\r\n".encode("ascii")


def parameter(name: str, value: str) -> str:
    """Return a parameter of a MIME header, such as ``filename="a.pdf"``; what is not ASCII by RFC 2231."""
    _check(name, value)
    if value.isascii():
        escaped = value.replace("\\", "\\\\").replace('"', '\\"')
        return f'{name}="{escaped}"'
    octets = "".join(chr(o) if chr(o).isalnum() and o < 128 else f"%{o:02X}" for o in value.encode())
    return f"{name}*=utf-8''{octets}"


def _check(name: str, value: str) -> None:
    if CONTROLS.search(value):
        raise HeaderError(f"{name} must not hold line breaks or other control characters")


def _words(value: str) -> str:
    """Return text as it is, or as encoded words; none cuts a character."""
    if value.isascii() and "=?" not in value:
        return value
    words, piece = [], b""
    for character in value:
        octets = character.encode()
        if len(piece) + len(octets) > _WORD:
            words.append(piece)
            piece = b""
        piece += octets
    words.append(piece)
    return " ".join(f"=?utf-8?b?{base64.b64encode(word).decode()}?=" for word in words)


def _folded(name: str, value: str) -> bytes:
    """Return the header in lines that break at spaces; a word that is longer than a line stands alone."""
    line, lines = f"{name}:", []
    for word in value.split(" "):
        if len(line) + 1 + len(word) > _LINE and line != f"{name}:":
            lines.append(line)
            line = ""
        line += f" {word}"
    lines.append(line)
    return "\r\n".join(lines).encode("ascii") + b"\r\n"
