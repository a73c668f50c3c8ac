"""Waking dialers: an event inside the process, PostgreSQL's NOTIFY between processes, at most one every 20 ms."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from typing import Any

import asyncpg

log = logging.getLogger(__name__)

CHANNEL = "callwright_calls"
MESSAGES = "callwright_messages"
#: NOTIFY takes a database-wide lock at commit: a burst of calls rings once.
_THROTTLE_SECONDS = 0.02
_RECONNECT_SECONDS = 1.0


class Bell:
    """Rung when calls may be due, or a call must be cancelled; listened to by dialers. Another one is for messages."""

    def __init__(
        self,
        url: str,
        *,
        on_cancel: Callable[[str], None] = lambda attempt_id: None,
        on_recording: Callable[[str], None] = lambda attempt_id: None,
        channel: str = CHANNEL,
    ) -> None:
        self._url = url
        self._channel = channel
        #: Called with the id of an attempt that is to be hung up, or whose recording is to pause or go on.
        self._on_cancel = on_cancel
        self._on_recording = on_recording
        self._rung = asyncio.Event()
        #: Whoever waits here, with nothing else to do, and takes what is due.
        self._idle = 0
        self._connection: asyncpg.Connection[Any] | None = None
        self._task: asyncio.Task[None] | None = None
        self._outbox: list[str] = []
        self._sending: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Begin to listen; a lost connection is made again."""
        self._task = asyncio.create_task(self._listen(), name="bell")

    async def stop(self) -> None:
        """Stop listening."""
        for task in (self._task, self._sending):
            if task is not None:
                task.cancel()
                await asyncio.gather(task, return_exceptions=True)
        if self._connection is not None:
            await self._connection.close(timeout=2)

    def ring_here(self) -> None:
        """Wake the dialer of this process."""
        self._rung.set()

    def ring(self) -> None:
        """Wake a dialer: the one of this process when it has nothing to do, else all; the others find what it left."""
        taken = self._idle and not self._rung.is_set()
        self._rung.set()
        if not taken:
            self._send("due")

    def cancel(self, attempt_id: str) -> None:
        """Ask whichever dialer holds the attempt to hang up."""
        self._on_cancel(attempt_id)
        self._send(f"cancel {attempt_id}")

    def recording(self, attempt_id: str) -> None:
        """Ask whichever dialer holds the attempt to look whether its recording is to pause."""
        self._on_recording(attempt_id)
        self._send(f"recording {attempt_id}")

    async def wait(self, seconds: float, *, idle: bool = False) -> None:
        """Return when rung, or after ``seconds``. Who is ``idle`` takes what is due, with all the room there is."""
        self._idle += idle
        try:
            async with asyncio.timeout(seconds):
                await self._rung.wait()
        except TimeoutError:
            pass
        finally:
            self._idle -= idle
        self._rung.clear()

    def _send(self, payload: str) -> None:
        if payload not in self._outbox:
            self._outbox.append(payload)
        if self._sending is None or self._sending.done():
            self._sending = asyncio.get_running_loop().create_task(self._flush())

    async def _flush(self) -> None:
        while self._outbox:
            payloads, self._outbox = self._outbox, []
            if self._connection is None or self._connection.is_closed():
                # the others find due calls by their poll; a cancellation is also a flag on the call's row
                return
            try:
                for payload in payloads:
                    await self._connection.execute("SELECT pg_notify($1, $2)", self._channel, payload)
            except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError, asyncpg.InternalClientError) as error:
                log.warning("the bell was not heard elsewhere: %s", error)
            await asyncio.sleep(_THROTTLE_SECONDS)

    async def _listen(self) -> None:
        while True:
            try:
                connection = await asyncpg.connect(self._url, server_settings={"application_name": "callwright bell"})
                gone = asyncio.Event()
                connection.add_termination_listener(_setter(gone))
                await connection.add_listener(self._channel, self._heard)
                self._connection = connection
                self._rung.set()
                await gone.wait()
            except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError, asyncpg.InternalClientError) as error:
                log.warning("the bell cannot reach PostgreSQL: %s", error)
            self._connection = None
            await asyncio.sleep(_RECONNECT_SECONDS)

    def _heard(self, _connection: object, pid: int, _channel: str, payload: object) -> None:
        if self._connection is not None and pid == self._connection.get_server_pid():
            return
        text = str(payload)
        if text.startswith("cancel "):
            self._on_cancel(text.removeprefix("cancel "))
        elif text.startswith("recording "):
            self._on_recording(text.removeprefix("recording "))
        else:
            self._rung.set()


def _setter(event: asyncio.Event) -> Callable[..., None]:
    return lambda *_: event.set()
