"""The dialer of a node: what became of calls that nobody watched, and an engine that gives no answer."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Collection, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

from callwright.calls.models import Call
from callwright.calls.queries import SQL
from callwright.dispatch.bell import Bell
from callwright.dispatch.ownership import NodeOwnership
from callwright.flows import commands
from callwright.rules.outcomes import Outcome
from callwright.store.database import Database
from callwright.telephony.asterisk.ari import AnswerLost
from callwright.telephony.caller import EngineCaller
from callwright.telephony.dialer import Dialer
from callwright.telephony.port import DialRequest, EndedBy, Leg, PastCall
from support.calls import OWNER, World, make_world


class Engine:
    """An engine without channels that knows how some calls ended."""

    node = OWNER.node
    connected = True

    def __init__(self) -> None:
        self.known: dict[str, PastCall] = {}
        self.lost_answers = 0

    async def dial(self, request: DialRequest) -> Leg:
        raise AssertionError("nothing is to be dialled")

    async def living(self) -> frozenset[str]:
        if self.lost_answers:
            self.lost_answers -= 1
            raise AnswerLost
        return frozenset()

    async def adopt(self, attempt_id: str) -> Leg | None:
        return None

    def let_go(self, attempt_id: str) -> None:
        """Nothing is held."""

    async def past(self, attempt_ids: Collection[str], since: datetime) -> Mapping[str, PastCall]:
        return {key: value for key, value in self.known.items() if key in attempt_ids}


class Voice:
    """Says nothing."""

    async def render(self, items: Sequence[commands.Speech | commands.Audio], voice: str) -> list[Path]:
        return []


@contextlib.asynccontextmanager
async def _dialer(world: World, url: str, engine: Engine) -> AsyncIterator[asyncio.Task[None]]:
    # the epoch of the owner before us
    await world.database.execute(SQL["take_node"], world.principal.organisation.id, OWNER.node)
    caller = EngineCaller(engine, ledger=world.ledger, voice=Voice(), clock=world.clock)
    dialer = Dialer(
        world.database,
        ownership=NodeOwnership(url, node=OWNER.node, organisation_id=world.principal.organisation.id),
        caller=caller,
        bell=Bell(url, on_cancel=lambda attempt_id: None),
        clock=world.clock,
    )
    task = asyncio.create_task(dialer.run())
    try:
        yield task
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def _dialled(world: World, number: str) -> tuple[str, str]:
    (call,) = await world.post(number)
    (attempt,) = await world.claims.claim(OWNER)
    assert await world.dialing.begin(attempt) is not None
    return call.id, attempt.id


async def _ended(world: World, call_id: str) -> Call:
    async with asyncio.timeout(20):
        while True:
            call = await world.queries.get(world.principal.organisation.id, call_id)
            if call.outcome is not None:
                return call
            await asyncio.sleep(0.05)


async def test_calls_that_ended_unseen_get_the_outcome_that_the_engine_knows(
    database: Database, database_url: str
) -> None:
    world = await make_world(database)
    engine = Engine()
    now = datetime.now(UTC)
    spoke, attempt = await _dialled(world, "+12125550101")
    engine.known[attempt] = PastCall(
        answered_at=now - timedelta(seconds=20), ended_at=now - timedelta(seconds=5), cause=16, ended_by=EndedBy.CALLEE
    )
    busy, attempt = await _dialled(world, "+12125550102")
    engine.known[attempt] = PastCall(answered_at=None, ended_at=now, cause=17, ended_by=EndedBy.CALLEE)
    rang_out, attempt = await _dialled(world, "+12125550103")
    engine.known[attempt] = PastCall(answered_at=None, ended_at=now, cause=19, ended_by=EndedBy.RING_TIMEOUT)
    unknown, _ = await _dialled(world, "+12125550104")

    async with _dialer(world, database_url, engine):
        calls = [await _ended(world, call_id) for call_id in (spoke, busy, rang_out, unknown)]

    assert [call.outcome for call in calls] == [
        Outcome.ANSWERED,
        Outcome.BUSY,
        Outcome.NO_ANSWER,
        Outcome.INTERRUPTED,
    ]
    assert [call.duration_seconds for call in calls] == [15, None, None, None]
    assert (await world.events(spoke))[-3:] == ["call.answered", "call.attempt_ended", "call.completed"]
    await world.assert_sound()


async def test_an_engine_that_gives_no_answer_is_asked_again(database: Database, database_url: str) -> None:
    world = await make_world(database)
    engine = Engine()
    engine.lost_answers = 1
    lost, _ = await _dialled(world, "+12125550101")
    async with _dialer(world, database_url, engine) as working:
        assert (await _ended(world, lost)).outcome is Outcome.INTERRUPTED
        assert not working.done()


async def test_a_call_whose_flow_cannot_be_read_does_not_keep_others_from_their_ends(
    database: Database, database_url: str
) -> None:
    world = await make_world(database)
    engine = Engine()
    unreadable, attempt = await _dialled(world, "+12125550101")
    flow = '{"version": 99}'
    await database.execute(
        "UPDATE flows SET body = $2::text::jsonb FROM attempts a JOIN calls c ON c.id = a.call_id "
        "WHERE a.id = $1 AND flows.id = c.flow_id",
        attempt,
        flow,
    )
    async with _dialer(world, database_url, engine) as working:
        assert (await _ended(world, unreadable)).outcome is Outcome.FAILED
        assert not working.done()
    await world.assert_sound()
