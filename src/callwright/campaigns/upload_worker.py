"""Reads a file of recipients in a process of its own: a million numbers must not hold up those who are called.

Started as ``python -m callwright.campaigns.upload_worker``. The job comes as one line of JSON on standard input. To
standard output go frames: a length, a head in JSON, a length, rows for COPY in its CSV form, a length, rows of people
who are not called. A head with ``lanes`` asks for the ids of lanes, which come back as one line of JSON. The pipe holds
the reader back, so that memory does not grow with the file, but for one number each: each is called once.
"""

from __future__ import annotations

import csv
import io
import os
import struct
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, BinaryIO

import orjson

from callwright.campaigns.placing import Placer
from callwright.campaigns.upload_plan import UploadPlan
from callwright.contacts.exporting import uncell
from callwright.contacts.importing.looking import read_records
from callwright.errors import FieldError, InvalidRequest
from callwright.mail.addresses import AddressError, in_ascii
from callwright.numbers.addresses import read_email
from callwright.numbers.parsing import read_number

LENGTH = struct.Struct(">I")
#: Columns of the rows, in their order; of those who are not called with what became of them.
COLUMNS = (
    "organisation_id",
    "campaign_id",
    "lane_id",
    "position",
    "to_number",
    "other_numbers",
    "zone_source",
    "variables",
)
DONE_COLUMNS = (*COLUMNS, "state", "outcome", "reason", "ended_at")
#: Below everything that concerns calls, once the first chunk is through.
_NICE = 10
#: Records of the first chunk, so that calls begin at once, and of the others.
_FIRST, _CHUNK = 1000, 10_000
_MOST_VALUE = 2000
_INVALID = "the numbering plan has no such number"

#: Line, field, reason, value.
Fault = tuple[int, str, str, str | None]
#: Lane, position, number, others, zone source, variables, whether it is valid.
Row = tuple[str, int, str, str | None, str, str | None, bool]


class RowReader:
    """Reads the records of one file by its plan."""

    def __init__(self, plan: UploadPlan) -> None:
        self._plan = plan
        self._placer = Placer(
            organisation_zone=plan.organisation_zone, allowed_countries=plan.allowed_countries, sandbox=plan.sandbox
        )
        self._variables = list(plan.variables.items())
        needed = set(plan.needed)
        self._needed = {name for name in plan.variables if name.casefold() in needed}

    def read(self, line: int, position: int, cells: Sequence[str]) -> Row | list[Fault]:
        """Return the row, or what is wrong with the record."""
        plan = self._plan
        faults: list[Fault] = []
        number = self._number(line, plan.number, cells, faults)
        others = [
            other
            for index in plan.others
            if index < len(cells) and cells[index].strip() and (other := self._number(line, index, cells, faults))
        ]
        variables = self._values(line, cells, faults)
        if faults or number is None:
            return faults
        place = self._placer.place(number)
        return (
            place.lane,
            position,
            number,
            "{" + ",".join(others) + "}" if others else None,
            place.zone_source,
            orjson.dumps(variables).decode() if variables else None,
            place.valid,
        )

    def _number(self, line: int, index: int, cells: Sequence[str], faults: list[Fault]) -> str | None:
        text = cells[index].strip() if index < len(cells) else ""
        if text[:1] == "'":
            text = uncell(text)
        field = self._plan.columns[index]
        try:
            number = self._reached(text, field)
        except InvalidRequest as error:
            faults += [(line, field, fault.message, text[:200] or None) for fault in error.errors]
            return None
        reason = self._placer.place(number).fault
        if reason is not None:
            faults.append((line, field, reason, text[:200]))
            return None
        return number

    def _reached(self, text: str, field: str) -> str:
        if not self._plan.emails:
            return read_number(text, field=field, region=self._plan.region, sandbox=self._plan.sandbox)
        address = read_email(text, field=field)
        try:
            in_ascii(address)
        except AddressError as error:
            raise InvalidRequest([FieldError(field=field, message=str(error))]) from None
        return address

    def _values(self, line: int, cells: Sequence[str], faults: list[Fault]) -> dict[str, str]:
        width = len(cells)
        values = {}
        for name, index in self._variables:
            text = cells[index].strip() if index < width else ""
            if text[:1] == "'":
                text = uncell(text)
            if text:
                if len(text) > _MOST_VALUE or "\x00" in text:
                    reason = f"must have at most {_MOST_VALUE} characters, and no zero bytes"
                    faults.append((line, self._plan.columns[index], reason, text[:200]))
                values[name] = text
            elif name in self._needed:
                faults.append((line, self._plan.columns[index], f"the placeholder {{{name}}} has no value", None))
        return values


class Chunk:
    """Records that are taken in together."""

    def __init__(self) -> None:
        self.records = 0
        self.rows: list[Row] = []
        self.duplicates = 0
        self.failed = 0
        self.errors: list[Fault] = []


def chunks(file: BinaryIO, job: dict[str, Any], plan: UploadPlan) -> Iterator[Chunk]:
    """Yield the chunks of a file after the records that are done with already."""
    reader = RowReader(plan)
    # of a number its value, of an address its hash: a million of them are small either way
    seen: set[int] = set()
    skip, first = job["skip"], job["first_position"]
    chunk, size = Chunk(), _FIRST if skip == 0 else _CHUNK
    records = read_records(file, encoding=plan.encoding, delimiter=plan.delimiter, has_header=plan.has_header)
    for index, (line, cells) in enumerate(records):
        read = reader.read(line, first + index, cells)
        chunk.records += 1
        if isinstance(read, list):
            chunk.failed += 1
            chunk.errors += read
        elif (key := hash(read[2]) if plan.emails else int(read[2].removeprefix("+"))) in seen:
            chunk.duplicates += 1
        else:
            seen.add(key)
            chunk.rows.append(read)
        if index < skip:
            # done with already: only what was seen counts
            chunk = Chunk()
        elif chunk.records >= size:
            yield chunk
            chunk, size = Chunk(), _CHUNK
    if chunk.records:
        yield chunk


def main() -> None:
    """Carry out one job."""
    job = orjson.loads(sys.stdin.buffer.readline())
    plan = UploadPlan.from_json(job["plan"])
    out = sys.stdout.buffer
    lanes: dict[str, int] = {}
    owner = (job["organisation_id"], job["campaign_id"])
    with Path(job["path"]).open("rb") as file:
        try:
            for chunk in chunks(file, job, plan):
                unknown = {row[0] for row in chunk.rows} - lanes.keys()
                if unknown:
                    _send(out, {"lanes": sorted(unknown)})
                    lanes |= orjson.loads(sys.stdin.buffer.readline())
                head = {
                    "records": chunk.records,
                    "rows": len(chunk.rows),
                    "duplicates": chunk.duplicates,
                    "failed": chunk.failed,
                    "errors": chunk.errors,
                    "bytes_read": file.tell(),
                }
                _send(out, head, *_encoded(chunk.rows, owner, lanes))
                # the first ones are called at once; the others wait for everything that concerns calls
                os.nice(max(0, _NICE - os.nice(0)))
        except InvalidRequest as error:
            _send(out, {"error": str(error)})
        _send(out, {"end": True})


def _encoded(rows: Sequence[Row], owner: tuple[str, str], lanes: dict[str, int]) -> tuple[bytes, bytes]:
    good, done = io.StringIO(), io.StringIO()
    csv.writer(good).writerows((*owner, lanes[row[0]], *row[1:6]) for row in rows if row[6])
    csv.writer(done).writerows(
        (*owner, lanes[row[0]], *row[1:6], "done", "invalid_number", _INVALID, "now") for row in rows if not row[6]
    )
    return good.getvalue().encode(), done.getvalue().encode()


def _send(out: BinaryIO, head: dict[str, Any], good: bytes = b"", done: bytes = b"") -> None:
    packed = orjson.dumps(head)
    out.write(LENGTH.pack(len(packed)) + packed + LENGTH.pack(len(good)))
    out.write(good)
    out.write(LENGTH.pack(len(done)) + done)
    out.flush()


if __name__ == "__main__":
    main()
