"""A record of a file to the values of a person, or to what is wrong with it."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from callwright.contacts.exporting import uncell
from callwright.contacts.filters.types import Kind
from callwright.contacts.importing.plan import Plan, Target
from callwright.contacts.models import MAX_NUMBERS, MAX_TAGS
from callwright.contacts.values import read_address, read_own, read_tag, read_text, wrong
from callwright.errors import FieldError, InvalidRequest
from callwright.numbers.parsing import read_number

_TRUE = frozenset({"true", "yes", "y", "1", "t", "x"})
_FALSE = frozenset({"false", "no", "n", "0", "f"})
_NUMBER = re.compile(r"-?(\d+|\d{1,3}(,\d{3})+)(\.\d+)?")
_DAY = re.compile(r"(\d{1,4})[./-](\d{1,2})[./-](\d{1,4})")


@dataclass(kw_only=True)
class Row:
    """The values of one record, in the form that is stored."""

    line: int
    texts: dict[str, str] = field(default_factory=dict)
    fields: dict[str, Any] = field(default_factory=dict)
    tags: dict[str, None] = field(default_factory=dict)
    #: By number: its type.
    numbers: dict[str, str] = field(default_factory=dict)
    emails: dict[str, str] = field(default_factory=dict)

    def key(self, match_by: str) -> str | None:
        """Return the value by which a person is recognised: the first number or address, or the external id."""
        if match_by == "external_id":
            return self.texts.get("external_id")
        return next(iter(self.numbers if match_by == "number" else self.emails), None)

    def absorb(self, later: Row) -> None:
        """Take over what a later record of the same person says."""
        self.texts.update(later.texts)
        self.fields.update(later.fields)
        self.tags.update(later.tags)
        self.numbers = {**self.numbers, **{n: t for n, t in later.numbers.items() if n not in self.numbers}}
        self.emails = {**self.emails, **{a: t for a, t in later.emails.items() if a not in self.emails}}


class RowReader:
    """Reads the records of one file by its plan."""

    def __init__(self, plan: Plan, columns: Sequence[str]) -> None:
        self._plan = plan
        self._columns = columns
        self._setters: list[tuple[int, str, Callable[[Row, str], None]]] = [
            (index, columns[index], self._setter(target))
            for index, target in enumerate(plan.targets)
            if target is not None
        ]

    def read(self, line: int, cells: Sequence[str]) -> Row | list[FieldError]:
        """Return the row, or everything that is wrong with the record, by column."""
        row = Row(line=line)
        errors: list[FieldError] = []
        width = len(cells)
        for index, column, put in self._setters:
            if index >= width:
                continue
            text = cells[index].strip()
            if not text:
                continue
            if text[0] == "'":
                text = uncell(text)
            try:
                put(row, text)
            except InvalidRequest as error:
                errors += [FieldError(field=column, message=e.message, received=text[:200]) for e in error.errors]
        if width > len(self._columns) and any(cells[len(self._columns) :]):
            message = (
                f"has {width} cells, the file {len(self._columns)} columns; a delimiter inside a cell needs quotes"
            )
            errors.append(FieldError(field="", message=message, received=cells[len(self._columns)][:200]))
        if not errors and not (row.numbers or row.emails or row.texts or row.fields or row.tags):
            errors.append(FieldError(field="", message="has nothing in a column that is mapped"))
        return errors or row

    def _setter(self, target: Target) -> Callable[[Row, str], None]:
        plan = self._plan
        name = target.field
        if name == "number":

            def put_number(row: Row, text: str) -> None:
                if len(row.numbers) >= MAX_NUMBERS:
                    raise wrong(name, f"a person has at most {MAX_NUMBERS} numbers", text)
                e164 = read_number(text, field=name, region=plan.region, sandbox=plan.sandbox)
                row.numbers.setdefault(e164, target.type or "mobile")

            return put_number
        if name == "email":

            def put_email(row: Row, text: str) -> None:
                if len(row.emails) >= MAX_NUMBERS:
                    raise wrong(name, f"a person has at most {MAX_NUMBERS} addresses", text)
                row.emails.setdefault(read_address(text, field=name), target.type or "other")

            return put_email
        if name == "tags":

            def put_tags(row: Row, text: str) -> None:
                for part in re.split(r"[;,|]", text):
                    if part.strip():
                        row.tags[read_tag(part, field=name)] = None
                if len(row.tags) > MAX_TAGS:
                    raise wrong(name, f"a person has at most {MAX_TAGS} tags", text)

            return put_tags
        if name.startswith("fields."):
            own = name.removeprefix("fields.")
            kind = plan.kinds[own]

            def put_own(row: Row, text: str) -> None:
                value = read_own(own, _typed(text, kind, plan.date_order), plan.kinds, field=name)
                if value is not None:
                    row.fields[own] = value

            return put_own

        def put_text(row: Row, text: str) -> None:
            value = read_text(name, text, field=name)
            if value is not None:
                row.texts[name] = value

        return put_text


def _typed(text: str, kind: Kind, order: str) -> Any:
    """Return the text of a cell as a value of a kind; as it is, to be refused, when it is none."""
    if kind is Kind.NUMBER:
        if not _NUMBER.fullmatch(text):
            return text
        plain = text.replace(",", "")
        return float(plain) if "." in plain else int(plain)
    if kind is Kind.BOOLEAN:
        word = text.lower()
        return True if word in _TRUE else False if word in _FALSE else text
    if kind is Kind.DATE and order != "ymd" and (match := _DAY.fullmatch(text)) and len(match[1]) <= 2:
        day, month = (match[1], match[2]) if order == "dmy" else (match[2], match[1])
        return f"{match[3]:0>4}-{month:0>2}-{day:0>2}"
    return text
