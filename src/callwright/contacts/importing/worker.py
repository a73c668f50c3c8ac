"""Reads a file in a process of its own: parsing a million telephone numbers must not hold up those who are called.

Started as ``python -m callwright.contacts.importing.worker``. The job comes as one line of JSON on standard input;
batches go to standard output, each as a length, a head in JSON, a length, and rows for COPY in its CSV form. The pipe
holds the reader back, so that no more than two batches are in memory whatever the size of the file.
"""

from __future__ import annotations

import csv
import io
import os
import struct
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any, BinaryIO

import orjson

from callwright.contacts.importing.looking import read_records
from callwright.contacts.importing.plan import Plan
from callwright.contacts.importing.rows import Row, RowReader
from callwright.contacts.models import TEXT_FIELDS
from callwright.errors import FieldError, InvalidRequest
from callwright.ids import new_id

LENGTH = struct.Struct(">I")
#: Columns of the staging table, in the order of the rows.
STAGED = ("line", "contact_id", "key", *TEXT_FIELDS, "tags", "fields", "numbers", "emails")
#: Below everything that concerns calls.
_NICE = 10


class Batch:
    """Records that are taken in together."""

    def __init__(self, plan: Plan) -> None:
        self._plan = plan
        self._by_key: dict[str, Row] = {}
        self._external: dict[str, int] = {}
        self.rows: list[Row] = []
        self.records = 0
        #: Records that stand in this batch already: left out, or part of the earlier one.
        self.skipped = 0
        self.updated = 0
        self.errors: list[tuple[int, str, str, str | None]] = []
        self.failed = 0

    def add(self, line: int, read: Row | list[FieldError]) -> None:
        """Take a record."""
        self.records += 1
        if isinstance(read, list):
            self._refuse(line, read)
            return
        key = read.key(self._plan.match_by) if self._plan.on_duplicate != "create" else None
        earlier = self._by_key.get(key) if key is not None else None
        external = read.texts.get("external_id")
        elsewhere = self._external.get(external) if external is not None else None
        if elsewhere is not None and (earlier is None or elsewhere != earlier.line):
            self._refuse(
                line, [FieldError(field="external_id", message=f"stands in line {elsewhere} too", received=external)]
            )
            return
        if earlier is not None:
            if self._plan.on_duplicate == "skip":
                self.skipped += 1
                return
            self.updated += 1
            earlier.absorb(read)
            read = earlier
        else:
            self.rows.append(read)
            if key is not None:
                self._by_key[key] = read
        if external is not None:
            self._external[external] = read.line

    def _refuse(self, line: int, errors: list[FieldError]) -> None:
        self.failed += 1
        self.errors += [(line, error.field, error.message, error.received) for error in errors]

    def encoded(self) -> bytes:
        """Return the rows for COPY."""
        out = io.StringIO()
        match_by = self._plan.match_by
        writer = csv.writer(out)
        for row in self.rows:
            texts = row.texts
            writer.writerow(
                (
                    row.line,
                    new_id("con"),
                    row.key(match_by),
                    *[texts.get(name) for name in TEXT_FIELDS],
                    _array(row.tags),
                    orjson.dumps(row.fields).decode(),
                    _pairs("e164", row.numbers),
                    _pairs("address", row.emails),
                )
            )
        return out.getvalue().encode()


def batches(file: BinaryIO, job: dict[str, Any], plan: Plan) -> Iterator[Batch]:
    """Yield the batches of a file after the records that are done with already."""
    reader = RowReader(plan, job["columns"])
    batch = Batch(plan)
    records = read_records(file, encoding=job["encoding"], delimiter=job["delimiter"], has_header=job["has_header"])
    skip = job["skip"]
    for index, (line, cells) in enumerate(records):
        if index < skip:
            continue
        batch.add(line, reader.read(line, cells))
        if batch.records >= job["batch"]:
            yield batch
            batch = Batch(plan)
    if batch.records:
        yield batch


def main() -> None:
    """Carry out one job."""
    os.nice(_NICE)
    job = orjson.loads(sys.stdin.buffer.readline())
    out = sys.stdout.buffer
    with Path(job["path"]).open("rb") as file:
        try:
            for batch in batches(file, job, Plan.from_json(job["plan"])):
                head = {
                    "records": batch.records,
                    "skipped": batch.skipped,
                    "updated": batch.updated,
                    "failed": batch.failed,
                    "errors": batch.errors,
                    "bytes_read": file.tell(),
                }
                _send(out, head, batch.encoded())
        except InvalidRequest as error:
            _send(out, {"error": str(error)}, b"")
        _send(out, {"end": True}, b"")


def _send(out: BinaryIO, head: dict[str, Any], rows: bytes) -> None:
    packed = orjson.dumps(head)
    out.write(LENGTH.pack(len(packed)) + packed + LENGTH.pack(len(rows)))
    out.write(rows)
    out.flush()


def _pairs(name: str, values: dict[str, str]) -> str:
    return orjson.dumps([{name: value, "type": kind} for value, kind in values.items()]).decode()


def _array(tags: dict[str, None]) -> str:
    quoted = (tag.replace("\\", "\\\\").replace('"', '\\"') for tag in tags)
    return "{" + ",".join(f'"{tag}"' for tag in quoted) + "}"


if __name__ == "__main__":
    main()
