"""Plain characters for typographic ones: a curly quotation mark makes 70 characters of 160. Asked for, never silent."""

from __future__ import annotations

from callwright.rules.sms_alphabet import GSM7

#: Only signs whose plain form says the same; letters are left alone, because names would be spelled wrongly.
REPLACEMENTS = {
    **dict.fromkeys("\u2018\u2019\u201a\u201b\u2032\u2035\u00b4\u0060\u02bc\u02b9", "'"),
    **dict.fromkeys("\u201c\u201d\u201e\u201f\u2033\u2036\u00ab\u00bb", '"'),
    **dict.fromkeys("\u2039", "<"),
    **dict.fromkeys("\u203a", ">"),
    **dict.fromkeys("\u2010\u2011\u2012\u2013\u2014\u2015\u2212\u00ad", "-"),
    **dict.fromkeys(
        "\u00a0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u202f\u205f\u3000\t", " "
    ),
    **dict.fromkeys("\u200b\u200e\u200f\u2060\ufeff", ""),
    **dict.fromkeys("\u2028\u2029\u0085\u000b", "\n"),
    "\u2026": "...",
    "\u2022": "*",
    "\u00b7": ".",
    "\u2024": ".",
    "\u2044": "/",
    "\u2215": "/",
    "\u00d7": "x",
    "\u00a9": "(c)",
    "\u00ae": "(R)",
    "\u2122": "(TM)",
    "\u2190": "<-",
    "\u2192": "->",
    "\u00bc": "1/4",
    "\u00bd": "1/2",
    "\u00be": "3/4",
}
# a soft hyphen shows only where a line breaks
REPLACEMENTS["\u00ad"] = ""
_TABLE = str.maketrans(REPLACEMENTS)


def simplify(text: str) -> str:
    """Return the text with typographic characters replaced by plain ones; line ends become ``\\n``.

    What remains outside GSM 03.38 afterwards (another script, an emoji) stays as it was: the message then is UCS-2.
    """
    return text.replace("\r\n", "\n").replace("\r", "\n").translate(_TABLE)


def outside_gsm7(text: str) -> tuple[str, ...]:
    """Return the characters, each once and in their order, that keep a text from being written in GSM 03.38."""
    return tuple(dict.fromkeys(character for character in text if not GSM7.has(character)))
