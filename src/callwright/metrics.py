"""What an operator watches, in Prometheus's text format 0.0.4.

Gauges come from the database, so they tell of all processes; counters are this process's own. No label ever names an
organisation, a number or a call.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Mapping

import asyncpg
import psutil

from callwright import __version__
from callwright.api.native.observing import RequestCounts
from callwright.clock import Clock
from callwright.store.database import Database
from callwright.store.statements import statements

log = logging.getLogger(__name__)

SQL = statements(__package__, "metrics.sql")
#: The count of finished calls reads the whole table; a scraper asks every few seconds.
FINISHED_SECONDS = 60.0
_LIVE_STATES = ("claimed", "dialing", "ringing", "answered")

Labels = Mapping[str, str]


class Exposition:
    """Collects samples and writes them out."""

    def __init__(self) -> None:
        self._lines: list[str] = []

    def add(self, name: str, kind: str, text: str, samples: Iterable[tuple[Labels, float]]) -> None:
        """Add one family: ``kind`` is ``gauge`` or ``counter``; without samples it is left out."""
        lines = [f"{name}{_labels(labels)} {value:.17g}" for labels, value in samples]
        if lines:
            self._lines += [f"# HELP {name} {text}", f"# TYPE {name} {kind}", *lines]

    def gauge(self, name: str, text: str, value: float) -> None:
        """Add a gauge without labels."""
        self.add(name, "gauge", text, [({}, value)])

    def text(self) -> str:
        """Return all of it."""
        return "\n".join(self._lines) + "\n"


class Metrics:
    """Asks everything that is measured."""

    def __init__(
        self,
        database: Database,
        clock: Clock,
        *,
        counts: RequestCounts,
        ready: Callable[[], Mapping[str, bool]],
        restarts: Callable[[], Mapping[str, int]],
        held: Callable[[], int],
    ) -> None:
        self._database = database
        self._clock = clock
        self._counts = counts
        self._ready = ready
        self._restarts = restarts
        self._held = held
        self._finished: list[tuple[Labels, float]] = []
        self._finished_until = float("-inf")
        self._process = psutil.Process()

    async def text(self) -> str:
        """Return the exposition; without a database, of what is known without it."""
        page = Exposition()
        page.add("callwright_build_info", "gauge", "The release.", [({"version": __version__}, 1)])
        try:
            await self._stored(page)
            reachable = 1
        except (OSError, TimeoutError, asyncpg.PostgresError, asyncpg.InterfaceError) as error:
            log.warning("metrics without the database: %s", error)
            reachable = 0
        page.gauge("callwright_database_up", "Whether the database answers.", reachable)
        self._own(page)
        return page.text()

    async def _stored(self, page: Exposition) -> None:
        if self._clock.monotonic() >= self._finished_until:
            rows = await self._database.fetch(SQL["finished"])
            self._finished = [({"status": row["status"], "outcome": row["outcome"]}, row["calls"]) for row in rows]
            self._finished_until = self._clock.monotonic() + FINISHED_SECONDS
        page.add("callwright_calls_finished", "gauge", "Calls that ended, of all time; a minute old.", self._finished)
        now = await self._database.fetchrow(SQL["now"])
        live = {row["state"]: row["attempts"] for row in await self._database.fetch(SQL["live"])}
        page.add(
            "callwright_attempts_live",
            "gauge",
            "Attempts that are not over, of every process.",
            [({"state": state}, live.get(state, 0)) for state in _LIVE_STATES],
        )
        if now is None:
            return
        for name, text, column in (
            ("callwright_calls_queued", "Calls that wait.", "queued"),
            ("callwright_calls_due", "Calls that wait although their time has come.", "due"),
            ("callwright_deliveries_pending", "Webhook deliveries not yet made.", "deliveries"),
            ("callwright_deliveries_oldest_seconds", "Age of the oldest of them.", "delivery_age"),
            ("callwright_events_unstamped", "Committed events without a sequence.", "unstamped"),
            ("callwright_events_unstamped_seconds", "Age of the oldest of them: the stamper's lag.", "unstamped_age"),
        ):
            page.gauge(name, text, float(now[column]))

    def _own(self, page: Exposition) -> None:
        page.gauge("callwright_calls_held", "Calls that this process drives.", self._held())
        page.add(
            "callwright_part_up",
            "gauge",
            "Whether a part of the appliance can be used.",
            [({"part": part}, int(up)) for part, up in self._ready().items()],
        )
        page.add(
            "callwright_restarts_total",
            "counter",
            "Times a supervised program had to be started again.",
            [({"program": program}, count) for program, count in self._restarts().items()],
        )
        requests = sorted(self._counts.requests.items())
        page.add(
            "callwright_http_requests_total",
            "counter",
            "Requests answered.",
            [(_request(key), count) for key, count in requests],
        )
        page.add(
            "callwright_http_request_seconds_total",
            "counter",
            "Seconds spent on them.",
            [(_request(key), self._counts.seconds[key]) for key, _ in requests],
        )
        times = self._process.cpu_times()
        page.add("process_cpu_seconds_total", "counter", "Processor time.", [({}, times.user + times.system)])
        page.gauge("process_resident_memory_bytes", "Resident memory.", self._process.memory_info().rss)
        page.gauge("process_start_time_seconds", "Start, as Unix time.", self._process.create_time())


def _request(key: tuple[str, str, int]) -> Labels:
    method, route, status = key
    return {"method": method, "route": route, "status": str(status)}


def _labels(labels: Labels) -> str:
    if not labels:
        return ""
    return "{" + ",".join(f'{name}="{_escaped(value)}"' for name, value in labels.items()) + "}"


def _escaped(value: str) -> str:
    return value.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
