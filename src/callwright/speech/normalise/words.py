"""English words for numbers, American style: no "and" within a whole number."""

from __future__ import annotations

DIGITS = ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")
_TEENS = (
    "ten", "eleven", "twelve", "thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen",
)  # fmt: skip
_TENS = ("", "", "twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety")
_SCALES = ((10**12, "trillion"), (10**9, "billion"), (10**6, "million"), (1000, "thousand"))
_ORDINALS = {
    "one": "first", "two": "second", "three": "third", "five": "fifth", "eight": "eighth", "nine": "ninth",
    "twelve": "twelfth",
}  # fmt: skip
#: Larger numbers have no name that a listener knows: they are read digit by digit.
LARGEST = 10**15 - 1


def cardinal(number: int) -> str:
    """Return ``twelve thousand three hundred forty-five``; digits one by one beyond ``LARGEST``."""
    if number < 0:
        return f"minus {cardinal(-number)}"
    if number > LARGEST:
        return spelled_digits(str(number))
    if number == 0:
        return DIGITS[0]
    parts: list[str] = []
    for size, name in _SCALES:
        count, number = divmod(number, size)
        if count:
            parts.append(f"{_below_thousand(count)} {name}")
    if number:
        parts.append(_below_thousand(number))
    return " ".join(parts)


def ordinal(number: int) -> str:
    """Return ``twenty-first``."""
    words = cardinal(number)
    head, last = "", words
    for separator in ("-", " "):
        before, found, after = last.rpartition(separator)
        if found:
            head, last = head + before + found, after
    if last in _ORDINALS:
        return head + _ORDINALS[last]
    return head + (last[:-1] + "ieth" if last.endswith("y") else last + "th")


def year(number: int) -> str:
    """Return ``twenty twenty-six``, ``nineteen oh five``, ``two thousand one``; other numbers as cardinals."""
    century, rest = divmod(number, 100)
    if not 1100 <= number <= 2099 or 2000 <= number < 2010:
        return cardinal(number)
    if rest == 0:
        return f"{cardinal(century)} hundred"
    return f"{cardinal(century)} {'oh ' if rest < 10 else ''}{cardinal(rest)}"


def decade(number: int) -> str:
    """Return ``nineteen nineties`` for 1990 and ``eighties`` for 80."""
    words = year(number)
    return words[:-1] + "ies" if words.endswith("y") else words + "s"


def spelled_digits(digits: str) -> str:
    """Return the digits one by one; what is no digit is left out."""
    return " ".join(DIGITS[int(character)] for character in digits if character in "0123456789")


def number(text: str) -> str:
    """Return the words of ``1,234`` or ``12.50`` or ``.5``, without a sign.

    A leading zero (``007``) is read digit by digit: it is a code, not a quantity.
    """
    whole, point, fraction = text.replace(",", "").partition(".")
    if not whole:
        words = ""
    elif len(whole) > 1 and whole.startswith("0"):
        words = spelled_digits(whole)
    else:
        # int() refuses thousands of digits
        words = cardinal(int(whole)) if len(whole) <= 15 else spelled_digits(whole)
    if point and fraction:
        words = f"{words} point {spelled_digits(fraction)}".strip()
    return words


def _below_thousand(number: int) -> str:
    hundreds, rest = divmod(number, 100)
    parts = [f"{DIGITS[hundreds]} hundred"] if hundreds else []
    if rest:
        parts.append(_below_hundred(rest))
    return " ".join(parts)


def _below_hundred(number: int) -> str:
    if number < 10:
        return DIGITS[number]
    if number < 20:
        return _TEENS[number - 10]
    tens, ones = divmod(number, 10)
    return f"{_TENS[tens]}-{DIGITS[ones]}" if ones else _TENS[tens]
