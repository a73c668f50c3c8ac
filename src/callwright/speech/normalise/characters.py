"""Makes one character out of the many that look alike, and takes out those that nobody can speak."""

from __future__ import annotations

import re
import unicodedata

#: Fractions written as one character; Unicode would turn "2½" into "21/2".
_FRACTIONS = {
    "½": "one half", "⅓": "one third", "⅔": "two thirds", "¼": "one quarter", "¾": "three quarters",
    "⅛": "one eighth", "⅜": "three eighths", "⅝": "five eighths", "⅞": "seven eighths",
}  # fmt: skip
_FRACTION = re.compile(rf"(?P<whole>[0-9])?\s?(?P<part>[{''.join(_FRACTIONS)}])")
_CONTROL = re.compile(r"[\x00-\x09\x0b-\x1f\x7f]")
_SPACES = re.compile(r" {2,}")
_LINES = re.compile(r" ?\n[ \n]*")
_POWERS = {"²": " squared", "³": " cubed"}
_POWER = re.compile(r"(?<=[A-Za-z])[²³]")
_LOOKALIKES = str.maketrans(
    {
        "\N{LEFT SINGLE QUOTATION MARK}": "'",
        "\N{RIGHT SINGLE QUOTATION MARK}": "'",
        "\N{MODIFIER LETTER APOSTROPHE}": "'",
        "\N{LEFT DOUBLE QUOTATION MARK}": '"',
        "\N{RIGHT DOUBLE QUOTATION MARK}": '"',
        "\N{DOUBLE LOW-9 QUOTATION MARK}": '"',
        "\N{LEFT-POINTING DOUBLE ANGLE QUOTATION MARK}": '"',
        "\N{RIGHT-POINTING DOUBLE ANGLE QUOTATION MARK}": '"',
        "\N{HYPHEN}": "-",
        "\N{NON-BREAKING HYPHEN}": "-",
        "\N{MINUS SIGN}": "-",
        "\N{FIGURE DASH}": "\N{EN DASH}",
        "\N{EM DASH}": " \N{EN DASH} ",
        "\N{HORIZONTAL BAR}": " \N{EN DASH} ",
        "\N{FRACTION SLASH}": "/",
        "\N{BULLET}": ",",
        "\r": "\n",
        "\N{LINE SEPARATOR}": "\n",
        "\N{PARAGRAPH SEPARATOR}": "\n",
    }
)
#: Categories that are not spoken: controls, private and unassigned characters, pictures.
_SILENT = frozenset({"Cc", "Cf", "Cn", "Co", "Cs", "So", "Sk"})
#: Pictures of Unicode's category So that do have words.
_KEPT = frozenset("\n°")


def tidy(text: str) -> str:
    """Return the text with plain quotes, dashes, spaces and ASCII digits, without pictures and controls."""
    text = _FRACTION.sub(_fraction, text)
    text = _POWER.sub(lambda match: _POWERS[match.group()], text)
    text = unicodedata.normalize("NFKC", text.translate(_LOOKALIKES)).translate(_LOOKALIKES)
    if not text.isascii() or _CONTROL.search(text):
        text = "".join(_plain(character) for character in text)
    # runs of spaces would cost the rules after this one quadratic time
    return _SPACES.sub(" ", _LINES.sub("\n", text))


def squeeze(text: str) -> str:
    """Return the text with single spaces, none before a comma or dot, and no empty lines."""
    text = re.sub(r"[^\S\n]+", " ", text)
    text = re.sub(r" ?\n[ \n]*", "\n", text)
    text = re.sub(r"[,\s]+([,.;:!?](?:\s|$))", r"\1", text)
    return text.strip(" \n,")


def _fraction(match: re.Match[str]) -> str:
    words = _FRACTIONS[match["part"]]
    return f"{match['whole']} and {words} " if match["whole"] else f" {words} "


def _plain(character: str) -> str:
    if character.isascii():
        return character if character >= " " or character == "\n" else " "
    if character.isdigit():
        return str(unicodedata.digit(character))
    if character in _KEPT:
        return character
    category = unicodedata.category(character)
    if category in _SILENT:
        # a joiner within a word must not tear it apart
        return "" if category == "Cf" else " "
    return " " if category.startswith("Z") else character
