"""Rate sheets as CSV: read as a whole, refused as a whole, with what is wrong in which line.

Columns, in any order: ``prefix`` and ``price`` are required; ``channel`` (``call``), ``increments`` (``60/60``),
``setup_fee`` (0), ``setup_on`` (``answer``) and ``effective_from`` (now) may be left out. Other columns, such as the
name of a country, are passed over. Commas, semicolons or tabs divide them; a byte order mark is allowed.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal

from callwright.billing.amounts import amount_fault
from callwright.errors import FieldError, InvalidRequest
from callwright.rules.pricing import Channel, Rate, SetupOn, prefix_of

MAX_ROWS = 200_000
MAX_ERRORS = 100
_INCREMENTS = re.compile(r"([0-9]{1,4})\s*/\s*([0-9]{1,4})")
_LONGEST_INCREMENT = 3600
#: What other people's sheets call the columns.
_ALIASES = {
    "destination": "prefix",
    "code": "prefix",
    "dial code": "prefix",
    "rate": "price",
    "price per minute": "price",
    "increment": "increments",
    "connection fee": "setup_fee",
    "setup fee": "setup_fee",
    "effective date": "effective_from",
    "effective from": "effective_from",
}
_COLUMNS = ("channel", "prefix", "price", "increments", "setup_fee", "setup_on", "effective_from")


@dataclass(frozen=True, kw_only=True)
class SheetRate:
    """A line of a sheet."""

    rate: Rate
    #: ``None``: from the import on.
    effective_from: datetime | None


def read_sheet(text: str) -> list[SheetRate]:
    """Return the rates of a CSV text. Raises ``InvalidRequest`` with ``line N: column`` of everything wrong."""
    lines = text.removeprefix("\ufeff")
    reader = csv.DictReader(io.StringIO(lines, newline=""), dialect=_dialect(lines), restval="")
    names = [_name(name) for name in reader.fieldnames or ()]
    for wanted in ("prefix", "price"):
        if names.count(wanted) != 1:
            message = f"the first line must name the columns, with {wanted} once; columns are {', '.join(_COLUMNS)}"
            raise InvalidRequest([FieldError(field="line 1", message=message, received=", ".join(names)[:200])])
    reader.fieldnames = names
    errors: list[FieldError] = []
    rates: list[SheetRate] = []
    seen: dict[tuple[str, str, datetime | None], int] = {}
    for row in _rows(reader):
        line = reader.line_num
        faults: list[FieldError] = []
        read = _read(row, line, faults)
        if read is not None and not faults:
            key = (read.rate.channel.value, read.rate.prefix, read.effective_from)
            if key in seen:
                message = f"stands in line {seen[key]} already, for the same channel and date"
                faults.append(FieldError(field=f"line {line}: prefix", message=message, received=row.get("prefix")))
            seen.setdefault(key, line)
            rates.append(read)
        errors += faults
        if len(errors) >= MAX_ERRORS:
            break
        if len(rates) > MAX_ROWS:
            raise InvalidRequest(
                [FieldError(field=f"line {line}", message=f"more than {MAX_ROWS} lines; split the file")]
            )
    if errors:
        raise InvalidRequest(errors[:MAX_ERRORS])
    if not rates:
        raise InvalidRequest([FieldError(field="line 2", message="the file has no rates")])
    return rates


def _rows(reader: csv.DictReader[str]) -> Iterator[Mapping[str, str]]:
    try:
        for row in reader:
            if any(isinstance(value, str) and value.strip() for value in row.values()):
                yield {name: value.strip() for name, value in row.items() if isinstance(value, str)}
    except csv.Error as error:
        raise InvalidRequest([FieldError(field=f"line {reader.line_num}", message=f"is not CSV: {error}")]) from None


def _dialect(text: str) -> type[csv.Dialect]:
    class Dialect(csv.excel):
        delimiter = max(",;\t", key=text.partition("\n")[0].count)

    return Dialect


def _name(name: str) -> str:
    cleaned = name.strip().lower()
    return _ALIASES.get(cleaned, cleaned.replace(" ", "_"))


def _read(row: Mapping[str, str], line: int, faults: list[FieldError]) -> SheetRate | None:
    def wrong(column: str, message: str) -> None:
        faults.append(FieldError(field=f"line {line}: {column}", message=message, received=row.get(column, "")[:60]))

    channel = row.get("channel", "").lower() or Channel.CALL.value
    if channel not in set(Channel):
        wrong("channel", f"must be one of {', '.join(Channel)}")
    prefix = prefix_of(row["prefix"])
    if prefix is None:
        wrong("prefix", "must be the beginning of an international number such as 49 or +4915, or * for all")
    elif prefix and channel == Channel.EMAIL:
        wrong("prefix", "must be * for email")
    amounts: dict[str, Decimal] = {}
    for column, absent in (("price", ""), ("setup_fee", "0")):
        text = row.get(column, "") or absent
        fault = amount_fault(text)
        if fault is not None:
            wrong(column, fault)
        else:
            amounts[column] = Decimal(text)
    increments = _INCREMENTS.fullmatch(row.get("increments", "") or "60/60")
    seconds = [int(part) for part in increments.groups()] if increments else []
    if not seconds or not all(1 <= part <= _LONGEST_INCREMENT for part in seconds):
        wrong("increments", "must be seconds such as 60/60, 6/6 or 1/1")
    setup_on = row.get("setup_on", "").lower() or SetupOn.ANSWER.value
    if setup_on not in set(SetupOn):
        wrong("setup_on", "must be answer or attempt")
    moment = None
    try:
        moment = _moment(row.get("effective_from", ""))
    except (ValueError, OverflowError):
        wrong("effective_from", "must be a date such as 2026-01-31, or a time with a zone")
    if faults or prefix is None:
        return None
    return SheetRate(
        rate=Rate(
            channel=Channel(channel),
            prefix=prefix,
            price=amounts["price"],
            initial_seconds=seconds[0],
            increment_seconds=seconds[1],
            setup_fee=amounts["setup_fee"],
            setup_on=SetupOn(setup_on),
        ),
        effective_from=moment,
    )


def _moment(text: str) -> datetime | None:
    """Return a time, without a zone in UTC; ``None`` for an empty text. Raises ``ValueError`` or ``OverflowError``."""
    if not text:
        return None
    moment = datetime.fromisoformat(text)
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).astimezone(UTC)
