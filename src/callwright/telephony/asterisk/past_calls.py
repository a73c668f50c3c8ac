"""How calls ended that nobody watched: from the file that Asterisk itself writes (``dialplan.CEL_MAPPING``).

A line for each answer and each end, in order of time. It is read from its end, back to when the first of the wanted
calls began, so that its length does not matter; a long one is put aside at a start.
"""

from __future__ import annotations

import csv
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import orjson

from callwright.telephony.port import EndedBy, PastCall

#: Below the node's folder.
FILE = Path("log") / "cel-custom" / "attempts.csv"
#: The file's order is that of writing; an event may be written a moment after a later one.
_DISORDER_SECONDS = 5.0
_BLOCK_BYTES = 65_536
_LARGE_BYTES = 50_000_000
#: Q.850 19: how Asterisk ends a ringing that lasted longer than the originate's own limit.
_NO_ANSWER = 19


@dataclass(kw_only=True)
class _Found:
    answered: datetime | None = None
    ended: datetime | None = None
    cause: int = 0
    source: str = ""


class PastCalls:
    """Reads the file of one node."""

    def __init__(self, base: Path) -> None:
        self._file = base / FILE

    def put_aside(self) -> None:
        """Begin a new file when this one has become long; the one before it is still read, older ones are lost."""
        try:
            if self._file.stat().st_size > _LARGE_BYTES:
                # Asterisk opens the file for every line
                self._file.replace(self._older)
        except OSError:
            # there is none yet
            return

    def read(self, attempt_ids: Collection[str], since: datetime) -> dict[str, PastCall]:
        """Return what is known of these attempts' ends; those that have no end here are missing.

        ``since``: before it none of them was dialled.
        """
        wanted = frozenset(attempt_ids)
        found: dict[str, _Found] = {}
        earliest = since.timestamp() - _DISORDER_SECONDS
        for line in self._backwards():
            if not self._take(line, wanted, found, earliest):
                break
        return {key: _past(value, value.ended) for key, value in found.items() if value.ended is not None}

    @property
    def _older(self) -> Path:
        return self._file.with_suffix(".1.csv")

    def _backwards(self) -> Iterator[str]:
        for file in (self._file, self._older):
            if file.exists():
                yield from _lines_backwards(file)

    @staticmethod
    def _take(line: str, wanted: frozenset[str], found: dict[str, _Found], earliest: float) -> bool:
        """Take one line; return whether earlier ones may matter."""
        fields = next(csv.reader([line]), [])
        try:
            attempt_id, event, time, extra = fields
            at = float(time)
        except ValueError:
            # the last line of an Asterisk that was killed
            return True
        if at < earliest:
            return False
        if attempt_id in wanted:
            call = found.setdefault(attempt_id, _Found())
            moment = datetime.fromtimestamp(at, UTC)
            if event == "ANSWER":
                call.answered = moment
            elif event == "HANGUP":
                call.ended = moment
                call.cause, call.source = _extra(extra)
        return True


def _extra(text: str) -> tuple[int, str]:
    try:
        value = orjson.loads(text)
        return int(value.get("hangupcause") or 0), str(value.get("hangupsource") or "")
    except (ValueError, AttributeError):
        return 0, ""


def _past(found: _Found, ended: datetime) -> PastCall:
    if found.source:
        by = EndedBy.CALLEE
    elif found.answered is None and found.cause == _NO_ANSWER:
        by = EndedBy.RING_TIMEOUT
    else:
        by = EndedBy.ENGINE
    return PastCall(answered_at=found.answered, ended_at=ended, cause=found.cause, ended_by=by)


def _lines_backwards(file: Path) -> Iterator[str]:
    with file.open("rb") as opened:
        position = opened.seek(0, 2)
        rest = b""
        while position > 0:
            size = min(_BLOCK_BYTES, position)
            position -= size
            opened.seek(position)
            first, *lines = (opened.read(size) + rest).split(b"\n")
            rest = first
            for line in reversed(lines):
                if line:
                    yield line.decode(errors="replace")
        if rest:
            yield rest.decode(errors="replace")
