"""A route's connections to its message centre: kept bound, shared by messages, slowed down when the centre asks.

Nothing is written twice by this client but what the centre refused because of its load. A part whose answer never came
is ``Unknown``; a late answer is reported to ``Arrivals``.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import random
import secrets
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta, tzinfo

from callwright.channels.sms import parts, pdu, receipts, statuses
from callwright.channels.sms.assembly import read_part
from callwright.channels.sms.pace import Pace
from callwright.channels.sms.parts import Writing
from callwright.channels.sms.pdu import Answer, Pdu, PduError, ShortMessage
from callwright.channels.sms.port import (
    Accepted,
    Arrival,
    Arrivals,
    LateAnswer,
    NotSent,
    Outcome,
    Refused,
    TextMessage,
    Unknown,
)
from callwright.channels.sms.receipts import IdForm
from callwright.channels.sms.session import BindRefused, Closed, Endpoint, Lost, Session, SessionError, connect

log = logging.getLogger(__name__)

#: A wrong password will not be right in a second, and centres lock accounts that try too often.
_REFUSED_SECONDS = 30.0
_STOP_SECONDS = 10.0
#: So long before a connection was lost the centre may not have read our answers, and so long after it what it brought
#: may still be stored; and so long before this process began another one may have stored without answering.
_BEFORE_LOSS, _AFTER_LOSS = timedelta(minutes=1), timedelta(seconds=5)
_BEFORE_START = timedelta(minutes=10)
#: Texts of some batches.
_MOST_UNITS = 2000


@dataclass(frozen=True, kw_only=True)
class Plan:
    """How a route talks to its centre; times in seconds."""

    #: One for each connection; some centres want a transmitter and a receiver.
    endpoints: Sequence[Endpoint]
    writing: Writing = field(default_factory=Writing)
    #: Parts a second over all connections, as the contract has it.
    rate: float | None = None
    #: How long a message waits for a connection that is bound.
    bound_within: float = 10.0
    #: How long a part that the centre refused because of its load is tried again.
    patience: float = 30.0
    reconnect_first: float = 0.5
    reconnect_most: float = 30.0
    #: The zone in which the centre writes the dates of receipts.
    zone: tzinfo = UTC
    #: The form of ids in receipts, where it is not that of answers.
    receipt_ids: IdForm = "same"


@dataclass(frozen=True, kw_only=True)
class ConnectionState:
    """A connection as the console shows it."""

    kind: str
    bound: bool
    #: Why it is not bound, as a sentence.
    problem: str | None
    outstanding: int
    #: Binds since the client was started.
    binds: int


class _Connection:
    """Keeps one session bound until it is stopped."""

    def __init__(self, client: SmppClient, endpoint: Endpoint) -> None:
        self._client = client
        self.endpoint = endpoint
        self.session: Session | None = None
        self.problem: str | None = "not connected yet"
        self.binds = 0
        self.task: asyncio.Task[None] | None = None

    @property
    def sends(self) -> bool:
        return self.endpoint.kind != "receiver" and self.session is not None and self.session.alive

    async def keep(self) -> None:
        plan, client = self._client.plan, self._client
        wait = plan.reconnect_first
        while True:
            try:
                session = await connect(self.endpoint, client.delivered, client.answered_late)
            except (SessionError, PduError) as error:
                self.problem = str(error)
                log.warning("no connection to a message centre", extra={"reason": self.problem})
                least = _REFUSED_SECONDS if isinstance(error, BindRefused) and statuses.permanent(error.status) else 0.0
                pause = max(wait, min(least, plan.reconnect_most))
                wait = min(wait * 2, plan.reconnect_most)
            else:
                self.session, self.problem = session, None
                self.binds += 1
                client.changed()
                try:
                    self.problem = await asyncio.shield(session.closed)
                finally:
                    client.broke()
                    client.changed()
                log.warning("a message centre's connection ended", extra={"reason": self.problem})
                # a centre that binds and closes at once must not be bound again at once
                lived = asyncio.get_running_loop().time() - session.bound_at > plan.reconnect_most
                pause = plan.reconnect_first if lived else wait
                wait = plan.reconnect_first if lived else min(wait * 2, plan.reconnect_most)
            # all connections of all processes broke at the same moment: they must not come back at the same one
            await asyncio.sleep(pause * client.random.uniform(0.5, 1.0))


class SmppClient:
    """A ``TextChannel`` over SMPP 3.4: ``start`` it, ``submit`` messages, ``stop`` it.

    ``arrivals`` gets receipts, inbound texts and late answers.
    """

    def __init__(self, plan: Plan, arrivals: Arrivals, *, generator: random.Random | None = None) -> None:
        self.plan = plan
        self.random = generator or random.Random()
        self._arrivals = arrivals
        self._pace = Pace(plan.rate)
        self._connections = [_Connection(self, endpoint) for endpoint in plan.endpoints]
        self._change = asyncio.Event()
        self._stopping = False
        self._late: set[asyncio.Task[None]] = set()
        #: Texts that came lately and the names of their units: one that could not be stored is tried again as it is.
        self._units: OrderedDict[int, tuple[ShortMessage, str]] = OrderedDict()
        self._name = secrets.token_hex(8)
        self._taken = 0
        started = datetime.now(UTC)
        #: What was stored between these may not have been answered; a process before this one may have stored it.
        self._doubt = (started - _BEFORE_START, started)

    def start(self) -> None:
        """Begin to connect; ``submit`` waits for the first connection that is bound."""
        for connection in self._connections:
            connection.task = asyncio.get_running_loop().create_task(connection.keep())

    async def stop(self, *, drain: float = _STOP_SECONDS) -> None:
        """Take no more messages, wait at most ``drain`` seconds for answers, unbind and close."""
        self._stopping = True
        self.changed()
        for connection in self._connections:
            if connection.task is not None:
                connection.task.cancel()
                with contextlib.suppress(asyncio.CancelledError):
                    await connection.task
        await asyncio.gather(*(each.session.close(drain=drain) for each in self._connections if each.session))
        await asyncio.gather(*self._late)

    def states(self) -> list[ConnectionState]:
        """Return what each connection does now."""
        return [
            ConnectionState(
                kind=each.endpoint.kind,
                bound=each.session is not None and each.session.alive,
                problem=each.problem,
                outstanding=each.session.outstanding if each.session else 0,
                binds=each.binds,
            )
            for each in self._connections
        ]

    @property
    def sending(self) -> int:
        """Return how many connections are bound and send; asked for every message."""
        return sum(each.sends for each in self._connections)

    @property
    def share(self) -> float:
        """Return the share of its rate that the route uses; below 1 after the centre asked for less."""
        return self._pace.share

    def broke(self) -> None:
        """Remember that a connection was lost: answers to what it brought last may be lost with it."""
        now = datetime.now(UTC)
        self._doubt = (now - _BEFORE_LOSS, now + _AFTER_LOSS)

    def changed(self) -> None:
        """Wake those who wait for a connection."""
        self._change.set()
        self._change = asyncio.Event()

    # sending

    def count(self, text: str) -> int:
        """Return the number of parts; raises ``TextError``."""
        return parts.cut(text, self.plan.writing).count

    async def submit(self, message: TextMessage) -> tuple[Outcome, ...]:
        """Send a message; see ``TextChannel.submit``.

        The first part goes alone, the others together when it was accepted: a message that is refused costs one part.
        """
        units = parts.units(message, self.plan.writing)
        numbered = [
            (number, unit) for number, unit in enumerate(units, 1) if not message.only or number in message.only
        ]
        if not numbered:
            raise ValueError(f"the message has {len(units)} parts; none of them was asked for")
        first = await self._part(message.id, *numbered[0])
        if len(numbered) == 1:
            return (first,)
        if not isinstance(first, Accepted):
            return (first, *(NotSent(reason="the first part was not accepted") for _ in numbered[1:]))
        return (first, *await asyncio.gather(*(self._part(message.id, number, unit) for number, unit in numbered[1:])))

    async def _part(self, message_id: str, number: int, unit: ShortMessage) -> Outcome:
        loop = asyncio.get_running_loop()
        give_up = loop.time() + self.plan.patience
        while True:
            session = await self._bound()
            if session is None:
                return NotSent(reason=self._problem())
            try:
                answer = await session.submit(unit, (message_id, number), self._pace.wait)
            except Closed:
                # not an octet was written: another connection may take it
                continue
            except Lost as error:
                return Unknown(reason=str(error))
            except PduError as error:
                raise ValueError(str(error)) from None
            outcome = self._outcome(answer)
            if isinstance(outcome, Refused) and statuses.slow_down(outcome.status):
                self._pace.complain(loop.time())
                if loop.time() < give_up and not self._stopping:
                    continue
            return outcome

    async def _bound(self) -> Session | None:
        """Return the least busy session that sends, when there is one in time."""
        loop = asyncio.get_running_loop()
        deadline = loop.time() + self.plan.bound_within
        while not self._stopping:
            sessions = [each.session for each in self._connections if each.sends and each.session is not None]
            if sessions:
                return sessions[0] if len(sessions) == 1 else min(sessions, key=lambda session: session.outstanding)
            change = self._change
            try:
                async with asyncio.timeout_at(deadline):
                    await change.wait()
            except TimeoutError:
                return None
        return None

    def _problem(self) -> str:
        if self._stopping:
            return "the route is being stopped"
        problems = [each.problem for each in self._connections if each.problem and each.endpoint.kind != "receiver"]
        return problems[0] if problems else "no connection is bound"

    def _outcome(self, answer: Pdu) -> Accepted | Refused:
        if answer.status == statuses.OK and answer.command != pdu.GENERIC_NACK:
            text = answer.body.text if isinstance(answer.body, Answer) else ""
            return Accepted(provider_id=receipts.answer_id(text, self.plan.receipt_ids))
        # a refusal of the unit itself has no better name when the centre gives none
        status = answer.status or statuses.SYSTEM_ERROR
        return Refused(status=status, name=statuses.name(status), permanent=statuses.permanent(status))

    # what comes in

    async def delivered(self, messages: Sequence[ShortMessage]) -> None:
        """Have receipts and texts stored."""
        arrivals: list[Arrival] = []
        for message in messages:
            if not receipts.is_receipt(message):
                arrivals.append(replace(read_part(message), unit=self._unit(message), doubt=self._doubt))
            elif receipt := receipts.read_receipt(message, self.plan.zone, ids=self.plan.receipt_ids):
                arrivals.append(receipt)
            else:
                # sent again it would be no better: it is taken and told
                log.warning("a receipt names no message", extra={"text": message.data[:200].decode("latin-1")})
        if arrivals:
            await self._arrivals.receive(arrivals)

    def _unit(self, message: ShortMessage) -> str:
        """Return the name of the unit that brought a text, the same one when it is tried again."""
        known = self._units.get(id(message))
        if known is not None:
            return known[1]
        self._taken += 1
        unit = f"{self._name}/{self._taken}"
        # held, so that its identity is nobody else's
        self._units[id(message)] = (message, unit)
        if len(self._units) > _MOST_UNITS:
            self._units.popitem(last=False)
        return unit

    def answered_late(self, token: object, answer: Pdu) -> None:
        """Report an answer that came after its part was ``Unknown``."""
        if not isinstance(token, tuple):
            return
        message_id, number = token
        arrival = LateAnswer(message_id=message_id, part=number, outcome=self._outcome(answer))
        task = asyncio.get_running_loop().create_task(self._tell(arrival))
        self._late.add(task)
        task.add_done_callback(self._late.discard)

    async def _tell(self, arrival: LateAnswer) -> None:
        try:
            await self._arrivals.receive([arrival])
        except Exception:
            # the part stays unknown, which is true as well
            log.exception("a late answer could not be stored")
