"""Files of numbers: one a line, a column of a CSV file, or the area code and the number in columns of their own."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator, Iterator, Sequence
from itertools import islice
from pathlib import Path

from callwright.consents.models import RefusedLine
from callwright.contacts.importing.looking import Look, look, read_records
from callwright.contacts.importing.plan import guess
from callwright.errors import InvalidRequest
from callwright.numbers.parsing import read_number

#: Refused lines that are kept.
MAX_ERRORS = 100
#: Lines that are read at once in a thread: others are served meanwhile.
_AT_ONCE = 5_000
#: Countries whose numbers have ten digits after +1 and need no closer look.
_NORTH_AMERICA = frozenset({"US", "CA", "PR"})
_TEN_DIGITS = re.compile(r"[2-9]\d{9}")
#: How the United States' national register is handed out: ``212,5550100``.
_AREA_CODE, _LOCAL = re.compile(r"\d{3}"), re.compile(r"\d{7}")
_SHOWN = 40


class NumberFile:
    """Reads a file of numbers once and counts what it found."""

    def __init__(self, path: Path, *, region: str) -> None:
        self._path = path
        self._region = region
        self.read = 0
        self.refused = 0
        self.errors: list[RefusedLine] = []

    async def records(self) -> AsyncIterator[tuple[str]]:
        """Yield each number in E.164. Raises ``InvalidRequest`` for a file that cannot be read."""
        seen = await asyncio.to_thread(look, self._path)
        with self._path.open("rb") as file:
            rows = read_records(file, encoding=seen.encoding, delimiter=seen.delimiter, has_header=seen.has_header)
            numbers = self._numbers(rows, _columns(seen))
            while part := await asyncio.to_thread(lambda: list(islice(numbers, _AT_ONCE))):
                for number in part:
                    yield (number,)

    def _numbers(self, rows: Iterator[tuple[int, Sequence[str]]], columns: Sequence[int]) -> Iterator[str]:
        for line, row in rows:
            text = "".join(row[column] for column in columns if column < len(row)).strip()
            try:
                number = self._number(text)
            except InvalidRequest as error:
                self._refuse(line, text, error.errors[0].message)
                continue
            self.read += 1
            yield number

    def _number(self, text: str) -> str:
        if self._region in _NORTH_AMERICA and _TEN_DIGITS.fullmatch(text):
            return f"+1{text}"
        return read_number(text, field="number", region=self._region, sandbox=False)

    def _refuse(self, line: int, text: str, reason: str) -> None:
        self.refused += 1
        if len(self.errors) < MAX_ERRORS:
            self.errors.append(RefusedLine(line=line, value=text[:_SHOWN], reason=reason))


def _columns(seen: Look) -> Sequence[int]:
    """Return which columns hold the number: by their name, as an area code and the rest, else by what is in them."""
    if seen.has_header:
        meant = guess(seen.columns, {})
        for at, name in enumerate(seen.columns):
            if (meant.get(name) or "").partition(":")[0] == "number":
                return (at,)
    if len(seen.columns) == 2 and all(
        len(row) == 2 and _AREA_CODE.fullmatch(row[0].strip()) and _LOCAL.fullmatch(row[1].strip()) for row in seen.rows
    ):
        return (0, 1)
    digits = [sum(_digits(row[at]) for row in seen.rows if at < len(row)) for at in range(len(seen.columns))]
    return (digits.index(max(digits)),)


def _digits(cell: str) -> int:
    """Return how many digits a cell has that could be a number, which has 7 to 15."""
    count = sum(character.isdigit() for character in cell)
    return count if 7 <= count <= 15 else 0
