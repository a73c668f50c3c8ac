"""One connection to a message centre: bound, kept alive, with a window of units that wait for their answers.

A session ends once and is never used again; ``client`` makes the next one. When it ends, every unit that was written
and not answered is ``Lost``: what the centre did with it nobody knows.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import ssl
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Literal, cast

from callwright.channels.sms import pdu, statuses
from callwright.channels.sms.pdu import Answer, Bind, Frames, Pdu, PduError, ShortMessage

log = logging.getLogger(__name__)

Kind = Literal["transceiver", "transmitter", "receiver"]
_COMMANDS: dict[Kind, int] = {
    "transceiver": pdu.BIND_TRANSCEIVER,
    "transmitter": pdu.BIND_TRANSMITTER,
    "receiver": pdu.BIND_RECEIVER,
}
#: Units that wait for the handler; above this the centre is told to send again.
_MOST_DELIVERIES = 5000
#: Deliveries that the handler gets at once.
_BATCH = 500
#: Unanswered units whose late answers are still recognised.
_MOST_OVERDUE = 10_000
_CLOSE_SECONDS = 5.0
#: Octets of answers that a centre may leave unread while it asks on.
_MOST_UNREAD = 4_000_000


class SessionError(Exception):
    """The connection could not be made or bound."""


class BindRefused(SessionError):
    """The centre answered the bind with a status."""

    def __init__(self, status: int) -> None:
        self.status = status
        super().__init__(f"the message centre refused the bind: {statuses.name(status)}")


class Closed(Exception):
    """The session has ended; nothing of this unit was written."""


class Lost(Exception):
    """The unit was written and not answered."""


@dataclass(frozen=True, kw_only=True)
class Endpoint:
    """A message centre and how to talk to it; times in seconds."""

    host: str
    port: int
    bind: Bind
    kind: Kind = "transceiver"
    tls: ssl.SSLContext | None = None
    #: Units that may wait for their answers.
    window: int = 50
    connect_timeout: float = 10.0
    bind_timeout: float = 10.0
    answer_timeout: float = 30.0
    #: Silence after which the connection is asked whether it lives.
    enquire_after: float = 30.0


#: Stores what came; what it raises makes the centre send again.
Deliver = Callable[[Sequence[ShortMessage]], Awaitable[None]]
#: Told of an answer that came after ``Lost`` was raised: the unit's token and the answer.
Late = Callable[[object, Pdu], None]
#: Waits until a unit may be written.
Gate = Callable[[], Awaitable[object]]


@dataclass(slots=True)
class _Pending:
    future: asyncio.Future[Pdu]
    deadline: float
    token: object


class Session(asyncio.Protocol):
    """A bound connection; made by ``connect``."""

    def __init__(self, endpoint: Endpoint, deliver: Deliver, late: Late) -> None:
        self._endpoint = endpoint
        self._deliver = deliver
        self._late = late
        self._loop = asyncio.get_running_loop()
        self._frames = Frames()
        self._transport: asyncio.Transport | None = None
        self._outbox: list[bytes] = []
        self._sequence = 0
        self._pending: dict[int, _Pending] = {}
        self._overdue: OrderedDict[int, object] = OrderedDict()
        self._window = asyncio.Semaphore(endpoint.window)
        self._writable = asyncio.Event()
        self._writable.set()
        self._deliveries: asyncio.Queue[tuple[int, ShortMessage]] = asyncio.Queue()
        self._tasks: list[asyncio.Task[None]] = []
        self._heard = self._loop.time()
        #: Done when the connection is gone; says why.
        self.closed: asyncio.Future[str] = self._loop.create_future()
        self._reason: str | None = None
        #: When it was bound, in the loop's clock.
        self.bound_at = 0.0
        #: What the centre calls itself.
        self.peer = ""
        #: Answers to nothing that we know, such as a second answer to the same unit.
        self.strays = 0

    @property
    def alive(self) -> bool:
        """Return whether units can be written."""
        # a transport that failed is closing before it says that the connection is lost
        return self._transport is not None and self._reason is None and not self._transport.is_closing()

    @property
    def outstanding(self) -> int:
        """Return how many units wait for their answers."""
        return len(self._pending)

    # what asyncio calls

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep the transport."""
        self._transport = cast(asyncio.Transport, transport)

    def pause_writing(self) -> None:
        """Hold units back: the centre does not read."""
        self._writable.clear()

    def resume_writing(self) -> None:
        """Go on writing."""
        self._writable.set()

    def data_received(self, data: bytes) -> None:
        """Read units; one that makes no sense is refused, octets that are no units end the session."""
        self._heard = self._loop.time()
        try:
            for frame in self._frames.feed(data):
                try:
                    unit = pdu.decode(frame)
                except PduError as error:
                    if error.sequence is None:
                        raise
                    self._refuse(frame, error.sequence, error)
                else:
                    self._take(unit)
        except PduError as error:
            self._write(Pdu(pdu.GENERIC_NACK, 0, statuses.INVALID_LENGTH))
            self._end(f"the message centre sent what is no SMPP: {error}")

    def connection_lost(self, exc: Exception | None) -> None:
        """End: what was written and not answered is lost."""
        reason = self._reason or (f"the connection broke: {exc}" if exc else "the message centre closed the connection")
        self._reason = reason
        self._writable.set()
        pending, self._pending = self._pending, {}
        for waiting in pending.values():
            if not waiting.future.done():
                waiting.future.set_exception(Lost(reason))
        for task in self._tasks:
            task.cancel()
        if not self.closed.done():
            self.closed.set_result(reason)

    # units

    def _take(self, unit: Pdu) -> None:
        if unit.response:
            self._answered(unit)
        elif unit.command == pdu.DELIVER_SM and isinstance(unit.body, ShortMessage):
            if self._deliveries.qsize() >= _MOST_DELIVERIES:
                self._write(Pdu(pdu.DELIVER_SM | pdu.RESPONSE, unit.sequence, statuses.TRY_AGAIN, Answer()))
            else:
                self._deliveries.put_nowait((unit.sequence, unit.body))
        elif unit.command == pdu.ENQUIRE_LINK:
            self._write(Pdu(pdu.ENQUIRE_LINK | pdu.RESPONSE, unit.sequence))
        elif unit.command == pdu.UNBIND:
            self._write(Pdu(pdu.UNBIND | pdu.RESPONSE, unit.sequence))
            self._end("the message centre unbound")
        else:
            self._write(Pdu(pdu.GENERIC_NACK, unit.sequence, statuses.INVALID_COMMAND))

    def _answered(self, unit: Pdu) -> None:
        waiting = self._pending.pop(unit.sequence, None)
        if waiting is None:
            if unit.sequence in self._overdue:
                self._late(self._overdue.pop(unit.sequence), unit)
            else:
                self.strays += 1
        elif not waiting.future.done():
            waiting.future.set_result(unit)
        elif waiting.token is not None:
            # whoever waited was cancelled
            self._late(waiting.token, unit)

    def _refuse(self, frame: bytes, sequence: int, error: PduError) -> None:
        log.warning("a message centre sent a unit that cannot be read", extra={"reason": str(error)})
        command = int.from_bytes(frame[4:8], "big")
        if command == pdu.DELIVER_SM:
            self._write(Pdu(pdu.DELIVER_SM | pdu.RESPONSE, sequence, statuses.INVALID_LENGTH, Answer()))
        elif command >= pdu.RESPONSE:
            # an answer whose body we cannot read: the status counts, but a success without an id is none
            status = int.from_bytes(frame[8:12], "big")
            self._answered(Pdu(command, sequence, status, Answer()))
        else:
            self._write(Pdu(pdu.GENERIC_NACK, sequence, statuses.INVALID_LENGTH))

    def _write(self, unit: Pdu) -> None:
        self._queue(pdu.encode(unit))

    def _queue(self, octets: bytes) -> None:
        # what one turn of the loop writes goes out in one call of the system: the call costs more than making the unit
        if not self._outbox:
            self._loop.call_soon(self._flush)
        self._outbox.append(octets)

    def _flush(self) -> None:
        if self._outbox and self._transport is not None and not self._transport.is_closing():
            self._transport.write(b"".join(self._outbox))
            if self._transport.get_write_buffer_size() > _MOST_UNREAD:
                self._reason = self._reason or "the message centre does not read"
                self._transport.abort()
        self._outbox.clear()

    def _end(self, reason: str) -> None:
        self._reason = self._reason or reason
        if self._transport is not None and not self._transport.is_closing():
            self._flush()
            self._transport.close()
            # what is still to be written to a centre that does not read would keep the connection for ever
            self._loop.call_later(_CLOSE_SECONDS, self._transport.abort)

    async def _request(self, command: int, body: pdu.Body, seconds: float, token: object = None) -> Pdu:
        """Write a unit and return its answer; raises ``Closed``, ``Lost`` or, before it is written, ``PduError``."""
        transport = self._transport
        if self._reason is not None or transport is None or transport.is_closing():
            raise Closed(self._reason or "the connection is closed")
        self._sequence = self._sequence % pdu.LAST_SEQUENCE + 1
        sequence = self._sequence
        octets = pdu.encode(Pdu(command, sequence, 0, body))
        future: asyncio.Future[Pdu] = self._loop.create_future()
        self._pending[sequence] = _Pending(future, self._loop.time() + seconds, token)
        self._queue(octets)
        return await future

    async def submit(self, message: ShortMessage, token: object = None, gate: Gate | None = None) -> Pdu:
        """Write a message when the window has room and ``gate`` lets it through, and return its answer.

        ``token`` is given to ``late`` when the answer comes after all. Raises ``Closed`` (nothing written), ``Lost``
        (written, no answer) and ``PduError`` (nothing written: a field does not fit).
        """
        async with self._window:
            while not self._writable.is_set():
                await self._writable.wait()
            if gate is not None:
                await gate()
            return await self._request(pdu.SUBMIT_SM, message, self._endpoint.answer_timeout, token)

    async def _watch(self) -> None:
        """Give up on units without an answer; ask a silent connection whether it lives."""
        endpoint = self._endpoint
        tick = min(1.0, endpoint.answer_timeout / 4, endpoint.enquire_after / 4)
        while True:
            await asyncio.sleep(tick)
            now = self._loop.time()
            # deadlines are nearly in the order of the units: an enquiry is at the end and is looked at by itself
            for sequence, waiting in list(self._pending.items()):
                if waiting.deadline > now:
                    break
                del self._pending[sequence]
                if waiting.token is not None:
                    self._overdue[sequence] = waiting.token
                    while len(self._overdue) > _MOST_OVERDUE:
                        self._overdue.popitem(last=False)
                if not waiting.future.done():
                    waiting.future.set_exception(Lost("no answer came in time"))
            if now - self._heard >= endpoint.enquire_after:
                try:
                    async with asyncio.timeout(endpoint.answer_timeout):
                        await self._request(pdu.ENQUIRE_LINK, None, endpoint.answer_timeout)
                except (TimeoutError, Lost, Closed):
                    self._end("the message centre is silent")
                    if self._transport is not None:
                        self._transport.abort()
                    return

    async def _hand_over(self) -> None:
        """Give deliveries to the handler and answer each after it was stored."""
        while True:
            batch = [await self._deliveries.get()]
            while len(batch) < _BATCH and not self._deliveries.empty():
                batch.append(self._deliveries.get_nowait())
            if await self._stored([message for _, message in batch]):
                stored = [True] * len(batch)
            else:
                stored = [len(batch) > 1 and await self._stored([message]) for _, message in batch]
            for (sequence, _), kept in zip(batch, stored, strict=True):
                status = statuses.OK if kept else statuses.TRY_AGAIN
                self._write(Pdu(pdu.DELIVER_SM | pdu.RESPONSE, sequence, status, Answer()))

    async def _stored(self, messages: Sequence[ShortMessage]) -> bool:
        try:
            await self._deliver(messages)
        except Exception:
            # whatever went wrong, the message is the centre's until we have it
            log.exception("what a message centre delivered could not be stored")
            return False
        return True

    # the life of a session

    async def _bind(self) -> None:
        endpoint = self._endpoint
        try:
            async with asyncio.timeout(endpoint.bind_timeout):
                unit = await self._request(_COMMANDS[endpoint.kind], endpoint.bind, endpoint.bind_timeout)
        except (Closed, Lost) as error:
            raise SessionError(f"not bound: {error}") from None
        except TimeoutError:
            raise SessionError("the message centre does not answer the bind") from None
        if unit.status != statuses.OK:
            raise BindRefused(unit.status)
        self.bound_at = self._loop.time()
        self.peer = unit.body.text if isinstance(unit.body, Answer) else ""
        self._tasks = [self._loop.create_task(self._watch()), self._loop.create_task(self._hand_over())]

    async def close(self, *, drain: float) -> None:
        """Wait at most ``drain`` seconds for answers, unbind, and close."""
        if self._reason is None:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(drain):
                    while waited_for := [each.future for each in self._pending.values() if not each.future.done()]:
                        await asyncio.wait(waited_for)
            with contextlib.suppress(TimeoutError, Closed, Lost):
                async with asyncio.timeout(_CLOSE_SECONDS):
                    await self._request(pdu.UNBIND, None, _CLOSE_SECONDS)
        self._end("closed by us")
        try:
            async with asyncio.timeout(_CLOSE_SECONDS):
                await asyncio.shield(self.closed)
        except TimeoutError:
            if self._transport is not None:
                self._transport.abort()
        await asyncio.gather(*self._tasks, return_exceptions=True)


async def connect(endpoint: Endpoint, deliver: Deliver, late: Late) -> Session:
    """Open a connection and bind it; raises ``SessionError``."""
    loop = asyncio.get_running_loop()
    try:
        async with asyncio.timeout(endpoint.connect_timeout):
            _, session = await loop.create_connection(
                lambda: Session(endpoint, deliver, late),
                endpoint.host,
                endpoint.port,
                ssl=endpoint.tls,
                server_hostname=endpoint.host if endpoint.tls else None,
            )
    except TimeoutError:
        raise SessionError(f"no connection to {endpoint.host}:{endpoint.port} in time") from None
    except (OSError, UnicodeError) as error:
        # a host that is no name is a UnicodeError, a certificate that does not fit is an OSError too
        raise SessionError(f"no connection to {endpoint.host}:{endpoint.port}: {error}") from None
    try:
        await session._bind()
    except BaseException:
        if session._transport is not None:
            session._transport.abort()
        raise
    return session
