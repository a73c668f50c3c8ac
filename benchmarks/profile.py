"""Where the product's time goes: samples of its Python stacks and PostgreSQL's own times of each statement."""

from __future__ import annotations

import re
import signal
import time
from collections import Counter, defaultdict
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from benchmarks.product import Product

_TOP = 40
#: Packages whose functions are shown together with what they call.
_TELLING = ("callwright/", "asyncpg/", "websockets/", "phonenumbers/", "pydantic/", "limits/", "uvicorn/", "fastapi/")
_OUTERMOST = (
    "callwright/cli",
    "callwright/__main__",
    "fastapi/middleware",
    "fastapi/telemetry",
    "fastapi/applications",
)
_DURATION = re.compile(r"LOG:\s+duration: ([0-9.]+) ms\s+(?:(parse|bind|execute) [^:]*|statement): (.*)", re.DOTALL)
_SPACE = re.compile(r"\s+")
_SITE = re.compile(r"^.*/(?:site-packages|src|lib/python3\.\d+)/")
#: Until a profile that was asked for has been written.
_WRITE_SECONDS = 5.0


class Watch:
    """Switches the sampling of ``serve`` and marks PostgreSQL's log."""

    def __init__(self, product: Product) -> None:
        self._product = product
        self._log = product.data_dir / "postgres" / "server.log"
        self._marks: list[int] = []

    def toggle(self) -> None:
        """Begin, or end."""
        self._product.serve.send_signal(signal.SIGUSR1)
        self._marks.append(self._log.stat().st_size)

    def result(self, stacks: Path, calls: int) -> dict[str, Any]:
        """Return the most expensive functions and all statements, per call."""
        deadline = time.monotonic() + _WRITE_SECONDS
        while not stacks.exists() and time.monotonic() < deadline:
            time.sleep(0.05)
        begin, end = self._marks
        with self._log.open("rb") as log:
            log.seek(begin)
            text = log.read(end - begin).decode(errors="replace")
        return {**functions(stacks.read_text().splitlines()), "statements": statements(text, calls)}


def functions(stacks: Iterable[str]) -> dict[str, Any]:
    """Return the shares of functions from folded stacks (``file:function;… count``): alone, and with callees."""
    packages: Counter[str] = Counter()
    own: Counter[str] = Counter()
    within: Counter[str] = Counter()
    total = 0
    for line in stacks:
        frames, _, count = line.rpartition(" ")
        names = [_SITE.sub("", frame) for frame in frames.split(";")]
        samples = int(count)
        total += samples
        packages[names[-1].partition("/")[0].partition(".py:")[0]] += samples
        own[names[-1]] += samples
        for name in set(names):
            # what calls everything says nothing: the command line, the event loop, the web framework's layers
            if name.startswith(_TELLING) and not name.startswith(_OUTERMOST):
                within[name] += samples
    return {
        "samples": total,
        "packages": _shares(packages, total),
        "own": _shares(own, total),
        "with_callees": _shares(within, total),
    }


def _shares(counted: Counter[str], total: int) -> list[dict[str, Any]]:
    return [{"function": name, "percent": n * 100 / total} for name, n in counted.most_common(_TOP)]


def statements(log: str, calls: int) -> list[dict[str, Any]]:
    """Return each statement of PostgreSQL's log: how often a call runs it, and its server time (all steps).

    The times are of ``log_min_duration_statement``: elapsed, so a commit's contains the wait for the disk.
    """
    times: defaultdict[str, float] = defaultdict(float)
    runs: Counter[str] = Counter()
    for entry in re.split(r"\n(?=\S)", log):
        found = _DURATION.search(entry)
        if found is None:
            continue
        sql = _SPACE.sub(" ", found[3]).strip()[:110]
        times[sql] += float(found[1])
        if found[2] in (None, "execute"):
            runs[sql] += 1
    return [
        {
            "sql": sql,
            "per_call": runs[sql] / calls,
            "ms_each": spent / max(runs[sql], 1),
            "ms_per_call": spent / calls,
        }
        for sql, spent in sorted(times.items(), key=lambda item: -item[1])
    ]
