"""People who call us: whose number it is, what they will hear, and room for the call, in one transaction."""

from __future__ import annotations

import hashlib
import logging
import re
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from typing import Any
from zoneinfo import ZoneInfo

import orjson

from callwright.audio.uses import still_there
from callwright.calls import charging
from callwright.calls.claims import LEASE, Owner
from callwright.calls.models import INBOUND, WITHHELD, Attempt, Call
from callwright.calls.queries import SQL as CALL_SQL
from callwright.calls.queries import call_of
from callwright.calls.settlement import announce, finish_call
from callwright.clock import Clock
from callwright.errors import InvalidRequest
from callwright.flows.callback import Earlier, callback_flow
from callwright.flows.language import Flow
from callwright.flows.sounds import played
from callwright.ids import new_id
from callwright.numbers.formats import is_dialable, unwritten
from callwright.numbers.inbound import inbound_flow
from callwright.rules.outcomes import Outcome
from callwright.store.database import Connection, Database, Row
from callwright.store.statements import statements

log = logging.getLogger(__name__)

SQL = statements(__package__, "inbound.sql")

#: A user's name instead of a number (``anonymous``, ``unavailable``, ``alice``): harmless, and nobody we can know.
_NAME = re.compile(r"[A-Za-z0-9._-]{0,64}", re.ASCII)


@dataclass(frozen=True, kw_only=True)
class Incoming:
    """A call that waits on the engine, as its network describes it."""

    #: Also tells the engine's channel; the same channel is never accepted twice.
    attempt_id: str
    #: Name of the trunk that the engine recognised.
    trunk: str
    #: What was dialled and who calls, in whatever form the trunk writes numbers.
    dialled: str
    caller: str


class Refusal(StrEnum):
    """Why a call is not answered."""

    #: The number is nobody's, or of nobody who may use that line.
    NOT_FOUND = "not_found"
    #: The number takes no calls.
    UNAVAILABLE = "unavailable"
    #: The organisation or the line has no room.
    BUSY = "busy"
    #: What is no number was given as one.
    FORBIDDEN = "forbidden"


@dataclass(frozen=True, kw_only=True)
class _Found:
    """Whose number was called (with its organisation's columns), over which line, by whom."""

    number: Row
    trunk: Row
    caller: str
    #: Over the handset lab.
    sandbox: bool


class InboundCalls:
    """The writer of calls that come in; what happens on them afterwards is written by ``CallLedger``."""

    def __init__(
        self,
        database: Database,
        clock: Clock,
        *,
        capabilities: Collection[str] = (),
        on_events: Callable[[], None] = lambda: None,
        on_webhooks: Callable[[], None] = lambda: None,
    ) -> None:
        self._database = database
        self._clock = clock
        #: What the call-back flow may use: ``transfer``, ``audio``.
        self._capabilities = capabilities
        self._on_events = on_events
        self._on_webhooks = on_webhooks
        #: Written by us; whether they are there is known when the commit was answered.
        self._sent: dict[str, Attempt] = {}

    async def accept(self, incoming: Incoming, owner: Owner) -> Attempt | Refusal | None:
        """Commit the call and return its attempt, to be answered and driven; ``None``: it was accepted before.

        Asked again because the answer to the commit was lost, it returns the attempt that was committed: its caller
        would else hear the ringing tone until the lease has lapsed.

        A call for which there is no room is written too, with the outcome busy: its owner learns who was turned away.
        """
        async with self._database.transaction() as connection:
            accepted = await self._accept(connection, incoming, owner)
            if isinstance(accepted, Attempt):
                self._sent[incoming.attempt_id] = accepted
        sent = self._sent.pop(incoming.attempt_id, None)
        if accepted is None:
            accepted = sent
        if isinstance(accepted, Refusal):
            log.warning(
                "a call from %r to %r over %s is refused: %s",
                incoming.caller[:80],
                incoming.dialled[:80],
                incoming.trunk[:80],
                accepted.value,
            )
        self._on_events()
        self._on_webhooks()
        return accepted

    async def _accept(self, connection: Connection, incoming: Incoming, owner: Owner) -> Attempt | Refusal | None:
        if await connection.fetchval(SQL["is_there"], incoming.attempt_id):
            return None
        found = await _identified(connection, incoming)
        return found if isinstance(found, Refusal) else await self._enter(connection, incoming, owner, found)

    async def _enter(
        self, connection: Connection, incoming: Incoming, owner: Owner, found: _Found
    ) -> Attempt | Refusal:
        number, trunk, caller, sandbox = found.number, found.trunk, found.caller, found.sandbox
        flow, variables = await self._flow(connection, number, caller, sandbox=sandbox)
        # organisation first, then trunk, as everywhere: whoever takes both never waits in a circle
        reason = await _take(connection, number["organisation_id"], trunk["id"])
        if reason is None and number["rate_plan_id"] is not None and not sandbox:
            reason = await _pay(connection, incoming.attempt_id, number, trunk["id"])
        flow_id = await _flow_id(connection, number["organisation_id"], flow.to_json())
        row = await connection.fetchrow(
            SQL["insert_inbound_call"],
            new_id("cal"),
            number["organisation_id"],
            number["owner_id"],
            sandbox,
            number["e164"],
            caller,
            flow_id,
            variables,
            number["inbound_webhook_url"],
            number["inbound_webhook_events"],
            0 if reason else 1,
        )
        call = _written(row)
        if reason is not None:
            await announce(connection, call, "call.received")
            await finish_call(connection, call, Outcome.BUSY, reason=reason)
            return Refusal.BUSY
        await connection.execute(
            SQL["insert_inbound_attempt"],
            incoming.attempt_id,
            call.organisation_id,
            call.id,
            call.to_number,
            call.from_number,
            trunk["id"],
            owner.node,
            owner.epoch,
            LEASE,
        )
        await announce(connection, call, "call.received", attempt_id=incoming.attempt_id)
        return Attempt(
            id=incoming.attempt_id,
            organisation_id=call.organisation_id,
            call_id=call.id,
            ordinal=1,
            to_number=call.to_number,
            from_number=call.from_number,
            sandbox=sandbox,
            purpose=call.purpose,
            ring_timeout_seconds=call.ring_timeout_seconds,
            not_before=self._clock.now(),
            flow_id=flow_id,
            flow=flow.to_json(),
            variables=variables,
            voice=number["voice"],
            direction=INBOUND,
        )

    async def _flow(
        self, connection: Connection, number: Row, caller: str, *, sandbox: bool
    ) -> tuple[Flow, Mapping[str, str]]:
        if number["inbound_flow"] is not None:
            try:
                return inbound_flow(number["inbound_flow"]), {}
            except InvalidRequest as error:
                # an older version took it; the caller shall hear who we are all the same
                log.error("the flow of %s is not used: %s", number["e164"], error)
        made = callback_flow(
            name=number["spoken_name"],
            earlier=await self._earlier(connection, number, caller, sandbox=sandbox),
            forward_to=number["forward_to"],
            known=caller != WITHHELD,
            capabilities=self._capabilities,
        )
        return made.flow, made.variables

    async def _earlier(self, connection: Connection, number: Row, caller: str, *, sandbox: bool) -> Earlier | None:
        """Return our last call to exactly this caller; nobody hears a message that was for another number."""
        if caller == WITHHELD:
            return None
        now = self._clock.now()
        since = now - timedelta(days=number["callback_days"])
        row = await connection.fetchrow(SQL["last_call_to"], number["organisation_id"], caller, sandbox, since)
        if row is None:
            return None
        zone = ZoneInfo(number["time_zone"])
        flow = Flow.model_validate(row["flow"])
        return Earlier(
            flow=flow,
            playable=await still_there(connection, number["organisation_id"], [audio for _, audio in played(flow)]),
            variables=row["variables"],
            to=row["to_number"],
            from_=row["from_number"],
            day=row["dialing_at"].astimezone(zone).date(),
            today=now.astimezone(zone).date(),
            left_on_machine=row["outcome"] == Outcome.VOICEMAIL_LEFT,
        )


async def _identified(connection: Connection, incoming: Incoming) -> _Found | Refusal:
    """Return whose number was called, over which line, by whom."""
    trunk = await connection.fetchrow(SQL["trunk_named"], incoming.trunk)
    if trunk is None:
        return Refusal.NOT_FOUND
    caller = _caller(incoming.caller, trunk)
    if caller is None or not is_dialable(incoming.dialled):
        return Refusal.FORBIDDEN
    called = unwritten(incoming.dialled, trunk["number_format"], trunk["region"])
    sandbox = trunk["kind"] == "lab"
    number = await connection.fetchrow(
        SQL["number_called"], called, trunk["organisation_id"], trunk["shared"], caller, sandbox
    )
    if number is None:
        return Refusal.NOT_FOUND
    if not number["inbound_enabled"]:
        return Refusal.UNAVAILABLE
    return _Found(number=number, trunk=trunk, caller=caller, sandbox=sandbox)


def _caller(text: str, trunk: Row) -> str | None:
    """Return the caller's E.164 number, ``WITHHELD``, or ``None`` for what is neither a number nor a name."""
    number = unwritten(text, trunk["number_format"], trunk["region"])
    if number is not None:
        return number
    return WITHHELD if is_dialable(text) or _NAME.fullmatch(text) else None


async def _take(connection: Connection, organisation_id: str, trunk_id: str) -> str | None:
    """Take one of the organisation's and one of the line's calls; return why there is no room."""
    if await connection.fetchval(SQL["take_one"], "organisation", organisation_id) is None:
        return "all calls that the organisation may have at once were in use"
    if await connection.fetchval(SQL["take_one"], "trunk", trunk_id) is None:
        await connection.execute(SQL["give_back_one"], "organisation", organisation_id)
        return "all channels of the line were in use"
    return None


async def _pay(connection: Connection, attempt_id: str, number: Row, trunk_id: str) -> str | None:
    """Hold the first money of a call that its owner pays for; return what is short, with the room given back."""
    short = await charging.hold_inbound(connection, attempt_id, number["organisation_id"], number["e164"])
    if short is None:
        return None
    await connection.execute(SQL["give_back_one"], "organisation", number["organisation_id"])
    await connection.execute(SQL["give_back_one"], "trunk", trunk_id)
    return short.words


async def _flow_id(connection: Connection, organisation_id: str, body: Mapping[str, Any]) -> str:
    digest = hashlib.sha256(orjson.dumps(body, option=orjson.OPT_SORT_KEYS)).digest()
    found = await connection.fetchval(CALL_SQL["find_flow"], organisation_id, digest)
    flow_id: str = found or await connection.fetchval(
        CALL_SQL["insert_flow"], new_id("flw"), organisation_id, digest, body
    )
    return flow_id


def _written(row: Row | None) -> Call:
    if row is None:
        raise RuntimeError("a call that was inserted is not there")
    return call_of(row)
