"""Background jobs on PostgreSQL: pgqueuer, kept alive over lost connections.

What it may be trusted with was tried (``docs/decisions/0005-background-jobs.md``): a job of a killed process runs again
after ``HEARTBEAT_SECONDS``, so jobs run at least once and must bear being repeated.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import asyncpg
import orjson
from pgqueuer.adapters.drivers.asyncpg import AsyncpgDriver, AsyncpgPoolDriver
from pgqueuer.adapters.persistence.qb import QueryBuilderEnvironment, QueryQueueBuilder, QuerySchedulerBuilder
from pgqueuer.adapters.persistence.queries import Queries
from pgqueuer.core.applications import PgQueuer
from pgqueuer.core.executors import DatabaseRetryEntrypointExecutor, EntrypointExecutorParameters
from pgqueuer.domain.errors import FailingListenerError
from pgqueuer.domain.models import Job, Schedule
from pgqueuer.domain.types import Channel
from pgqueuer.ports.driver import Driver

from callwright.store.job_schema import job_settings

if TYPE_CHECKING:
    from callwright.store.database import Connection

log = logging.getLogger(__name__)

#: A job whose process shows no sign of life for this long is taken by another.
HEARTBEAT_SECONDS = 30.0
#: A worker that hears no notification looks this often.
POLL_SECONDS = 10.0
_RECONNECT_SECONDS = 1.0
#: How long a stop waits for running jobs before it breaks them off.
_DRAIN_SECONDS = 10.0
#: What was done is kept this long for questions.
_LOG_KEPT = timedelta(days=7)
_SETTINGS = job_settings()

Handler = Callable[[bytes], Awaitable[object]]
PeriodicHandler = Callable[[], Awaitable[object]]


@dataclass(frozen=True, kw_only=True)
class _Kind:
    """A kind of job that is enqueued."""

    handler: Handler
    attempts: int


@dataclass(frozen=True, kw_only=True)
class _Periodic:
    """A job that runs by the clock."""

    cron: str
    handler: PeriodicHandler


class Jobs:
    """Runs jobs of registered kinds, and others by the clock, once for all processes. Register before ``start``."""

    def __init__(
        self, url: str, *, heartbeat_seconds: float = HEARTBEAT_SECONDS, poll_seconds: float = POLL_SECONDS
    ) -> None:
        self._url = url
        self._heartbeat = timedelta(seconds=heartbeat_seconds)
        self._poll = timedelta(seconds=poll_seconds)
        self._kinds: dict[str, _Kind] = {}
        self._periodic: dict[str, _Periodic] = {}
        self._task: asyncio.Task[None] | None = None
        self._running: PgQueuer | None = None
        self._stopping = False
        self.every("jobs.forget", "23 4 * * *", self.forget)

    def register(self, name: str, handler: Handler, *, attempts: int = 5) -> None:
        """Say what runs the jobs of a name; it gets the payload.

        A handler that raises runs again, after 1, 2, 4, … seconds, up to ``attempts`` times; then the job is kept
        with the state ``failed``.
        """
        if name in self._kinds:
            raise ValueError(f"jobs named {name!r} have a handler already")
        self._kinds[name] = _Kind(handler=handler, attempts=attempts)

    def every(self, name: str, cron: str, handler: PeriodicHandler) -> None:
        """Run a handler by the clock, such as ``*/5 * * * *`` (UTC); what was missed while nobody ran is run once."""
        if name in self._periodic:
            raise ValueError(f"there is already a periodic job {name!r}")
        self._periodic[name] = _Periodic(cron=cron, handler=handler)

    async def enqueue(
        self,
        connection: Connection,
        name: str,
        payload: bytes = b"",
        *,
        delay: timedelta = timedelta(0),
        dedupe_key: str | None = None,
    ) -> None:
        """Add a job in the caller's transaction: it exists when that commits.

        While a job with the same ``dedupe_key`` waits **or runs**, another is silently left out: do not use a key
        where something new must be noticed during a run.
        """
        queries = _queries(_CallersConnection(connection))
        await queries.enqueue(name, payload, execute_after=delay, dedupe_key=dedupe_key, on_conflict="skip")

    async def start(self) -> None:
        """Begin to run jobs."""
        self._stopping = False
        self._task = asyncio.create_task(self._run(), name="jobs")

    async def stop(self) -> None:
        """Take no more jobs, wait for those that run, break off what does not end; others run that again."""
        if self._task is None:
            return
        self._stopping = True
        if self._running is not None:
            self._running.shutdown.set()
            await asyncio.wait([self._task], timeout=_DRAIN_SECONDS)
        self._task.cancel()
        await asyncio.gather(self._task, return_exceptions=True)
        self._task = None

    async def _run(self) -> None:
        while not self._stopping:
            try:
                async with asyncpg.create_pool(
                    self._url,
                    min_size=1,
                    max_size=3,
                    server_settings={"application_name": "callwright jobs", "timezone": "UTC"},
                ) as pool:
                    await self._serve(pool)
            except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError, FailingListenerError) as error:
                log.warning("background jobs lost PostgreSQL and begin again: %s", error or type(error).__name__)
            except Exception:
                log.exception("background jobs broke off and begin again")
            if not self._stopping:
                await asyncio.sleep(_RECONNECT_SECONDS)

    async def _serve(self, pool: asyncpg.Pool[asyncpg.Record]) -> None:
        driver = AsyncpgPoolDriver(pool)
        queuer = PgQueuer(driver, channel=Channel(_SETTINGS.channel), queries=_queries(driver))
        for name, kind in self._kinds.items():
            self._bind(queuer, name, kind)
        for name, periodic in self._periodic.items():
            self._bind_periodic(queuer, name, periodic)
        self._running = queuer
        try:
            # without the last argument a lost LISTEN connection goes unnoticed, and every job waits for the poll
            await queuer.run(
                dequeue_timeout=self._poll,
                heartbeat_timeout=self._heartbeat,
                shutdown_on_listener_failure=True,
            )
        finally:
            self._running = None

    @staticmethod
    def _bind(queuer: PgQueuer, name: str, kind: _Kind) -> None:
        def executor(parameters: EntrypointExecutorParameters) -> DatabaseRetryEntrypointExecutor:
            return DatabaseRetryEntrypointExecutor(parameters, max_attempts=kind.attempts - 1)

        async def run(job: Job) -> None:
            await kind.handler(job.payload or b"")

        queuer.entrypoint(name, on_failure="hold", accepts_context=False, executor_factory=executor)(run)

    @staticmethod
    def _bind_periodic(queuer: PgQueuer, name: str, periodic: _Periodic) -> None:
        async def run(_: Schedule) -> None:
            await periodic.handler()

        queuer.schedule(name, periodic.cron, accepts_context=False)(run)

    async def forget(self) -> None:
        """Delete what pgqueuer logged long ago: it writes three lines a job and deletes none."""
        connection = await asyncpg.connect(self._url)
        try:
            names = _SETTINGS.qualified
            for table in (names.queue_table_log, names.statistics_table):
                await connection.execute(f"DELETE FROM {table} WHERE created < now() - $1::interval", _LOG_KEPT)  # noqa: S608
        finally:
            await connection.close()


class _CallersConnection(AsyncpgDriver):
    """pgqueuer hands over JSON as text; our connections write values as JSON themselves."""

    def __init__(self, connection: Any) -> None:
        super().__init__(connection)

    async def fetch(self, query: str, *args: object) -> list[dict[str, object]]:
        """Run the one statement that ``enqueue`` makes: its last argument is the headers."""
        *others, headers = args
        values = [orjson.loads(text) for text in headers] if isinstance(headers, list) else headers
        return await super().fetch(query, *others, values)


def _queries(driver: Driver) -> Queries:
    return Queries(
        driver,
        qbe=QueryBuilderEnvironment(settings=_SETTINGS),
        qbq=QueryQueueBuilder(settings=_SETTINGS),
        qbs=QuerySchedulerBuilder(settings=_SETTINGS),
    )
