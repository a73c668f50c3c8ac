"""A first look at a file: how it is encoded, what parts its cells, whether its first line names them."""

from __future__ import annotations

import codecs
import csv
import io
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from callwright.contacts.values import wrong

DELIMITERS = (",", ";", "\t", "|")
#: Records that are looked at, and shown.
SAMPLE = 50
SHOWN = 10
MAX_COLUMNS = 300
#: Characters of one cell; a longer one is a quote that was never closed.
MAX_CELL = 100_000
_SAMPLE_BYTES = 1 << 18
_CHUNK = 1 << 20
#: A cell that is a value rather than the name of a column.
_VALUE = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+|[+(]?[\d\s().,/:+-]*\d[\d\s().,/:+-]*")
_BOMS = ((codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))


@dataclass(frozen=True, kw_only=True)
class Look:
    """How a file is to be read, and its first records."""

    #: A name that Python knows: ``utf-8``, ``utf-8-sig``, ``utf-16`` or ``latin-1``.
    encoding: str
    delimiter: str
    has_header: bool
    #: Names of the columns, each once; ``column 1`` and so on where the file has none.
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


def look(path: Path, *, delimiter: str | None = None, has_header: bool | None = None) -> Look:
    """Look at a file; what is given is not guessed. Raises ``InvalidRequest`` when it holds no table."""
    csv.field_size_limit(MAX_CELL)
    encoding = _encoding(path)
    sample = _sample(path, encoding)
    if not sample.strip():
        raise wrong("file", "is empty", None)
    parted = {mark: _records(sample, mark) for mark in ((delimiter,) if delimiter else DELIMITERS)}
    best = max(parted, key=lambda mark: _evenness(parted[mark]))
    records = parted[best]
    if not records:
        raise wrong("file", "its first record does not end: a quote may be missing", None)
    width = max(len(record) for record in records)
    if width > MAX_COLUMNS:
        raise wrong("file", f"has {width} columns; at most {MAX_COLUMNS} are taken", None)
    header = _is_header(records[0]) if has_header is None else has_header
    columns = _names(records[0] if header else (), width)
    return Look(
        encoding=encoding,
        delimiter=best,
        has_header=header,
        columns=columns,
        rows=tuple(records[1 if header else 0 :][:SHOWN]),
    )


def read_records(
    file: BinaryIO, *, encoding: str, delimiter: str, has_header: bool
) -> Iterator[tuple[int, Sequence[str]]]:
    """Yield the records of a file, each with the line on which it begins, from 1; blank lines are passed over.

    Raises ``InvalidRequest`` where the file cannot be read on.
    """
    csv.field_size_limit(MAX_CELL)
    text = io.TextIOWrapper(file, encoding=encoding, newline="")
    reader = csv.reader(text, delimiter=delimiter)
    line, first = 1, has_header
    try:
        for record in reader:
            if any(record) and not first:
                yield line, record
            first = first and not any(record)
            line = reader.line_num + 1
    except csv.Error:
        message = f"line {line} begins a record that does not end: a quote may be missing"
        raise wrong("file", message, None) from None
    except UnicodeDecodeError:
        raise wrong("file", f"line {line} cannot be read as {encoding}", None) from None
    finally:
        # else the wrapper would close the file with itself
        text.detach()


def _encoding(path: Path) -> str:
    """Return the encoding: what a mark says, UTF-8 when the whole file is, else Latin-1, which everything is."""
    decoder = codecs.getincrementaldecoder("utf-8")()
    with path.open("rb") as file:
        head = file.read(_CHUNK)
        for mark, name in _BOMS:
            if head.startswith(mark):
                return name
        if head.startswith(b"PK\x03\x04") or head.startswith(b"\xd0\xcf\x11\xe0"):
            raise wrong("file", "is a workbook; save it as CSV and send that", None)
        try:
            while head:
                if b"\x00" in head:
                    raise wrong("file", "is not text: it holds zero bytes", None)
                decoder.decode(head)
                head = file.read(_CHUNK)
            decoder.decode(b"", final=True)
        except UnicodeDecodeError:
            return "latin-1"
    return "utf-8"


def _sample(path: Path, encoding: str) -> str:
    with path.open("rb") as file:
        raw = file.read(_SAMPLE_BYTES)
    return codecs.getincrementaldecoder(encoding)().decode(raw)


def _records(sample: str, delimiter: str) -> list[tuple[str, ...]]:
    found: list[tuple[str, ...]] = []
    reader = csv.reader(io.StringIO(sample, newline=""), delimiter=delimiter)
    try:
        for record in reader:
            if any(record):
                found.append(tuple(record))
            if len(found) > SAMPLE:
                break
    except csv.Error:
        pass
    return found


def _evenness(records: list[tuple[str, ...]]) -> tuple[float, int]:
    """Return how much it looks as if the delimiter parted the records: alike in width, and wide."""
    if not records or len(records[0]) < 2:
        return (0.0, 0)
    width = len(records[0])
    return (sum(len(record) == width for record in records) / len(records), width)


def _is_header(record: Sequence[str]) -> bool:
    cells = [cell.strip() for cell in record if cell.strip()]
    return bool(cells) and len(set(cells)) == len(cells) and not any(_VALUE.fullmatch(cell) for cell in cells)


def _names(header: Sequence[str], width: int) -> tuple[str, ...]:
    names: list[str] = []
    for index in range(width):
        given = header[index].strip()[:100] if index < len(header) else ""
        name, again = given or f"column {index + 1}", 2
        while name in names:
            name, again = f"{given or 'column'} ({again})", again + 1
        names.append(name)
    return tuple(names)
