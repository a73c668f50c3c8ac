"""How an E.164 number is written on a trunk."""

from __future__ import annotations

import re

import phonenumbers
from phonenumbers import PhoneNumberFormat

#: ``e164`` +1212…, ``plain`` 1212…, ``00`` 001212…, ``national`` as it is dialled inside the trunk's region.
FORMATS = ("e164", "plain", "00", "national")
#: What may reach the engine as a number: no letters, hosts, separators of dial strings.
_DIALABLE = re.compile(r"\+?[0-9*#]{1,20}", re.ASCII)
_E164 = re.compile(r"\+[1-9][0-9]{4,14}", re.ASCII)


def is_dialable(text: str) -> bool:
    """Return whether this may reach the engine as a number."""
    return _DIALABLE.fullmatch(text) is not None


def written(e164: str, number_format: str, region: str | None = None) -> str:
    """Return the number as the trunk wants it; a number that cannot be read stays as it is.

    ``national`` needs ``region`` (ISO 3166): its own numbers in their national form, with the leading zero where the
    country has one, others after the international prefix that is dialled there (00, 011, …).
    """
    if number_format == "plain":
        return e164.lstrip("+")
    if number_format == "00":
        return "00" + e164.lstrip("+")
    if number_format == "national" and region is not None:
        return _national(e164, region)
    return e164


def unwritten(text: str, number_format: str, region: str | None = None) -> str | None:
    """Return the E.164 number that the trunk wrote as ``text``, or ``None`` when it is no number of the world.

    The reverse of ``written``, and patient: a ``+`` is believed in every format, and a line of the format ``e164``
    that leaves it out means a number of ``region`` if the trunk has one, else an international one.
    """
    if not is_dialable(text):
        return None
    number = text
    if not text.startswith("+"):
        if region is not None and number_format in ("national", "e164"):
            return _from_region(text, region)
        number = "+" + (text[2:] if text.startswith("00") else text)
    return number if _E164.fullmatch(number) else None


def _from_region(text: str, region: str) -> str | None:
    try:
        number = phonenumbers.parse(text, region)
    except phonenumbers.NumberParseException:
        return None
    return phonenumbers.format_number(number, PhoneNumberFormat.E164)


def _national(e164: str, region: str) -> str:
    try:
        number = phonenumbers.parse(e164)
    except phonenumbers.NumberParseException:
        return e164
    if number.country_code == phonenumbers.country_code_for_region(region):
        text = phonenumbers.format_number(number, PhoneNumberFormat.NATIONAL)
    else:
        text = phonenumbers.format_out_of_country_calling_number(number, region)
    return "".join(character for character in text if character in "0123456789*#+")
