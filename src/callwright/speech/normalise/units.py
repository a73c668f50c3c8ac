"""Units of measure after a number; the number itself is left for the next step."""

from __future__ import annotations

import re

#: Written → (one, many). Case matters: "M" is no metre, and "in" is a word.
_UNITS = {
    "km/h": ("kilometer per hour", "kilometers per hour"), "mph": ("mile per hour", "miles per hour"),
    "km": ("kilometer", "kilometers"), "cm": ("centimeter", "centimeters"), "mm": ("millimeter", "millimeters"),
    "m": ("meter", "meters"), "mi": ("mile", "miles"), "ft": ("foot", "feet"), "yd": ("yard", "yards"),
    "kg": ("kilogram", "kilograms"), "mg": ("milligram", "milligrams"), "g": ("gram", "grams"),
    "lbs": ("pound", "pounds"), "lb": ("pound", "pounds"), "oz": ("ounce", "ounces"),
    "ml": ("milliliter", "milliliters"), "mL": ("milliliter", "milliliters"), "L": ("liter", "liters"),
    "l": ("liter", "liters"), "kWh": ("kilowatt hour", "kilowatt hours"), "kW": ("kilowatt", "kilowatts"),
    "W": ("watt", "watts"), "V": ("volt", "volts"), "Hz": ("hertz", "hertz"), "KB": ("kilobyte", "kilobytes"),
    "MB": ("megabyte", "megabytes"), "GB": ("gigabyte", "gigabytes"), "TB": ("terabyte", "terabytes"),
    "hrs": ("hour", "hours"), "hr": ("hour", "hours"), "mins": ("minute", "minutes"), "min": ("minute", "minutes"),
    "secs": ("second", "seconds"), "sec": ("second", "seconds"), "ms": ("millisecond", "milliseconds"),
    "yrs": ("year", "years"), "yr": ("year", "years"), "wks": ("week", "weeks"), "wk": ("week", "weeks"),
}  # fmt: skip
_NUMBER = r"(?<![\w.,])(?P<number>[0-9]{1,15}(?:,[0-9]{3})*(?:\.[0-9]+)?)"
_UNIT = re.compile(rf"{_NUMBER}\s?(?P<unit>{'|'.join(sorted(_UNITS, key=len, reverse=True))})(?![\w'/])")
_DEGREES = re.compile(r"(?P<number>(?<![\w.,])[0-9]+(?:\.[0-9]+)?)?\s?°\s?(?P<scale>[CFK]\b)?")
_SCALES = {"C": " Celsius", "F": " Fahrenheit", "K": " Kelvin"}
_PERCENT = re.compile(r"\s?%")


def expand(text: str) -> str:
    """Write out units, degrees and percent signs."""
    text = _UNIT.sub(_unit, text)
    text = _DEGREES.sub(_degrees, text)
    return _PERCENT.sub(" percent ", text)


def _unit(match: re.Match[str]) -> str:
    one, many = _UNITS[match["unit"]]
    return f"{match['number']} {one if match['number'] == '1' else many}"


def _degrees(match: re.Match[str]) -> str:
    number = match["number"] or ""
    return f"{number} {'degree' if number == '1' else 'degrees'}{_SCALES.get(match['scale'] or '', ' ')}"
