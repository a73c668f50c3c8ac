"""Fields of a foreign request: read as tolerantly as programs are written, and refused in words that name them."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from callwright.api.native.validation import path, shortened
from callwright.errors import FieldError, InvalidRequest

#: Unknown fields beyond these are not listed one by one.
MOST_IGNORED = 100
_TRUE = frozenset({"1", "true", "yes", "on", "y"})
_FALSE = frozenset({"0", "false", "no", "off", "n", ""})


@dataclass(kw_only=True)
class Findings:
    """What was found wrong in a request, and what of it nobody knows."""

    errors: list[FieldError] = field(default_factory=list)
    ignored: list[str] = field(default_factory=list)

    def wrong(self, where: str, message: str, received: Any = None) -> None:
        """Note a fault."""
        self.errors.append(FieldError(field=where, message=message, received=shortened(received)))

    def check(self) -> None:
        """Raise ``InvalidRequest`` with everything that is wrong."""
        if self.errors:
            raise InvalidRequest(self.errors)


class Fields:
    """The fields of an object of a request. ``null`` and an absent field are the same."""

    def __init__(self, data: Mapping[str, Any], findings: Findings, at: str = "") -> None:
        self.data = data
        self.findings = findings
        self.at = at
        self._read: set[str] = set()

    def where(self, name: str | int) -> str:
        """Return the path of a field, such as ``destinations[2].phone``."""
        return path([self.at, name]) if self.at else str(name)

    def wrong(self, name: str, message: str) -> None:
        """Note that a field is wrong."""
        self.findings.wrong(self.where(name), message, self.data.get(name))

    def raw(self, name: str, *, required: bool = False) -> Any:
        """Return a value as it came, ``None`` when it is absent."""
        self._read.add(name)
        value = self.data.get(name)
        if value is None and required:
            self.findings.wrong(self.where(name), "is required")
        return value

    def text(self, name: str, *, most: int, least: int = 0, required: bool = False) -> str | None:
        """Return text; a number counts as what it is written as. Blanks around it do not count."""
        value = self.raw(name, required=required)
        if value is None:
            return None
        if isinstance(value, bool) or not isinstance(value, str | int | float):
            self.wrong(name, "must be text")
            return None
        text = str(value).strip()
        if len(text) > most:
            self.wrong(name, f"must have at most {most} characters")
        elif required and not text:
            self.wrong(name, "must not be empty")
        elif len(text) < least:
            self.wrong(name, f"must have at least {least} characters")
        else:
            return text
        return None

    def integer(self, name: str, lowest: int, highest: int, *, required: bool = False) -> int | None:
        """Return a whole number from ``lowest`` to ``highest``; text that is one counts, empty text is absent."""
        value = self.raw(name, required=required)
        if isinstance(value, str):
            value = value.strip()
            if not value:
                if required:
                    self.wrong(name, "is required")
                return None
            digits = value.removeprefix("-").removeprefix("+")
            value = int(value) if digits.isascii() and digits.isdigit() and len(digits) < 19 else value
        if value is None:
            return None
        if isinstance(value, float) and value.is_integer():
            value = int(value)
        if isinstance(value, bool) or not isinstance(value, int) or not lowest <= value <= highest:
            self.wrong(name, f"must be a whole number from {lowest} to {highest}")
            return None
        return value

    def flag(self, name: str) -> bool | None:
        """Return true or false, which may be written as 1 and 0, or in words."""
        value = self.raw(name)
        if value is None or isinstance(value, bool):
            return value
        word = str(value).strip().lower() if isinstance(value, str | int | float) else "?"
        if word in _TRUE:
            return True
        if word not in _FALSE:
            self.wrong(name, "must be true or false (or 1 or 0)")
        return False

    def one_of(self, name: str, allowed: Collection[str]) -> str | None:
        """Return one of the words, whatever its case."""
        text = self.text(name, most=100)
        if not text:
            return None
        if text.lower() not in allowed:
            self.wrong(name, f"must be one of {', '.join(sorted(allowed))}")
            return None
        return text.lower()

    def inner(self, name: str, *, required: bool = False) -> Fields | None:
        """Return an object's fields."""
        value = self.raw(name, required=required)
        if value is None:
            return None
        if not isinstance(value, Mapping):
            self.wrong(name, "must be an object")
            return None
        return Fields(value, self.findings, self.where(name))

    def each(self, name: str, *, most: int, required: bool = False) -> Sequence[Fields]:
        """Return the objects of a list; ``required``: at least one."""
        values = self.items(name, most=most, required=required)
        found = []
        for index, value in enumerate(values):
            where = path([self.where(name), index])
            if isinstance(value, Mapping):
                found.append(Fields(value, self.findings, where))
            else:
                self.findings.wrong(where, "must be an object", value)
        return found

    def items(self, name: str, *, most: int, required: bool = False) -> Sequence[Any]:
        """Return the items of a list; ``required``: at least one."""
        value = self.raw(name, required=required)
        if value is None:
            return ()
        if not isinstance(value, list):
            self.wrong(name, "must be a list")
        elif required and not value:
            self.wrong(name, "must not be empty")
        elif len(value) > most:
            self.findings.wrong(self.where(name), f"must have at most {most} items", f"{len(value)} items")
        else:
            return value
        return ()

    def unknown(self) -> Iterator[str]:
        """Yield the names that nobody asked for."""
        yield from (name for name in self.data if name not in self._read)

    def done(self) -> None:
        """List the names that nobody asked for as ignored."""
        for name in self.unknown():
            self.pass_over(name)

    def pass_over(self, name: str) -> None:
        """List a name as ignored: nobody asked for it, or another field of the request takes its place."""
        if len(self.findings.ignored) < MOST_IGNORED:
            self.findings.ignored.append(self.where(name)[:200])
