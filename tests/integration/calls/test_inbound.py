"""Accepting calls that come in: whose number, what they hear, room, and nothing of somebody else's."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Any

import pytest

from callwright.calls.claims import Owner
from callwright.calls.inbound import InboundCalls, Incoming, Refusal
from callwright.calls.models import WITHHELD, Attempt, CallFilter, Settlement
from callwright.errors import InvalidRequest, NotFound
from callwright.flows import commands
from callwright.flows.simple import call_flow
from callwright.numbers.service import NumberService
from callwright.numbers.trunks import NewTrunk
from callwright.rules.outcomes import Outcome
from callwright.store.database import Connection, Database
from callwright.store.secrets import SecretBox
from support.calls import OWNER, World, make_world

OURS, CALLER, OTHER = "+12125550100", "+12125550123", "+12125550124"
_serial = iter(range(1, 100_000))


def numbers_of(world: World) -> NumberService:
    return NumberService(world.database, SecretBox(b"0" * 43 + b"="), world.clock)


async def own(world: World, e164: str = OURS, organisation_id: str | None = None, **inbound: Any) -> None:
    numbers = numbers_of(world)
    organisation_id = organisation_id or world.principal.organisation.id
    await numbers.add_number(organisation_id, e164, verified_by="operator")
    if inbound:
        await numbers.inbound.change(organisation_id, e164, inbound, region="US")


def inbound_of(world: World, *capabilities: str) -> InboundCalls:
    return InboundCalls(world.database, world.clock, capabilities=capabilities)


def incoming(caller: str = CALLER, dialled: str = OURS, *, trunk: str = "provider", attempt: str = "") -> Incoming:
    attempt_id = attempt or f"att_in_{next(_serial)}"
    return Incoming(attempt_id=attempt_id, trunk=trunk, dialled=dialled, caller=caller)


async def accepted(world: World, *arguments: Any, capabilities: tuple[str, ...] = (), **fields: Any) -> Attempt:
    found = await inbound_of(world, *capabilities).accept(incoming(*arguments, **fields), OWNER)
    assert isinstance(found, Attempt), found
    return found


async def refused(world: World, *arguments: Any, **fields: Any) -> Refusal:
    found = await inbound_of(world).accept(incoming(*arguments, **fields), OWNER)
    assert isinstance(found, Refusal), found
    return found


async def dial(world: World, to: str, message: str = "Your visit is on Monday.", **fields: Any) -> None:
    """Call somebody and let them not answer."""
    call, *_ = await world.post(to, **fields)
    body = call_flow(message).to_json()
    await world.database.execute(
        "INSERT INTO flows (id, organisation_id, hash, body) VALUES ($1, $2, $3, $4)",
        f"flw_{call.id}",
        call.organisation_id,
        call.id.encode(),
        body,
    )
    await world.database.execute("UPDATE calls SET flow_id = $2 WHERE id = $1", call.id, f"flw_{call.id}")
    for attempt in await world.claims.claim(OWNER):
        await world.dialing.begin(attempt)
        await world.ledger.settle(
            attempt.id, Settlement(outcome=Outcome.NO_ANSWER, cause=19, sip_status=480, ended_by="callee")
        )


def spoken(attempt: Attempt) -> str:
    """Return all texts of the flow and what fills them."""
    return f"{attempt.flow} {attempt.variables}"


async def end(world: World, attempt: Attempt, outcome: Outcome = Outcome.ANSWERED) -> None:
    await world.ledger.settle(attempt.id, Settlement(outcome=outcome, cause=16, sip_status=None, ended_by="callee"))


async def used(world: World) -> int:
    return int(await world.database.fetchval("SELECT sum(used) FROM limits"))


async def test_a_call_whose_commit_was_not_answered_is_the_same_when_it_is_asked_for_again(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    world = await make_world(database)
    await own(world)
    inbound, call = inbound_of(world), incoming()
    real = database.transaction

    @asynccontextmanager
    async def unanswered() -> AsyncIterator[Connection]:
        async with real() as connection:
            yield connection
        raise ConnectionResetError

    with monkeypatch.context() as patched:
        patched.setattr(database, "transaction", unanswered)
        with pytest.raises(ConnectionResetError):
            await inbound.accept(call, OWNER)

    attempt = await inbound.accept(call, OWNER)
    assert isinstance(attempt, Attempt)
    assert await database.fetch("SELECT call_id FROM attempts WHERE id = $1", attempt.id) == [(attempt.call_id,)]
    # whoever asks later did not write it
    assert await inbound.accept(call, OWNER) is None
    assert await used(world) == 2
    await world.assert_sound()


async def test_a_call_comes_in_is_answered_and_ends(database: Database) -> None:
    world = await make_world(database)
    await own(world)
    attempt = await accepted(world)
    assert (attempt.to_number, attempt.from_number, attempt.person) == (OURS, CALLER, CALLER)
    assert await used(world) == 2
    await world.assert_sound()

    await world.ledger.answered(attempt.id, {"phase": "speaking", "variables": {}}, [])
    call = await world.queries.get(world.principal.organisation.id, attempt.call_id)
    assert (call.direction, call.status, call.to_number, call.from_number) == ("inbound", "in_progress", OURS, CALLER)
    await world.assert_sound()

    await end(world, attempt)
    call = await world.queries.get(world.principal.organisation.id, attempt.call_id)
    assert (call.status, call.outcome, call.attempts) == ("answered", Outcome.ANSWERED, 1)
    assert await world.events(call.id) == [
        "call.received",
        "call.answered",
        "call.attempt_ended",
        "call.completed",
    ]
    assert await used(world) == 0
    await world.assert_sound()


async def test_the_list_tells_directions_apart(database: Database) -> None:
    world = await make_world(database)
    await own(world)
    attempt = await accepted(world)
    (out,) = await world.post(OTHER)
    organisation_id = world.principal.organisation.id

    async def listed(direction: str | None) -> list[str]:
        found = await world.queries.page(organisation_id, CallFilter(direction=direction), limit=10, before=None)
        return [call.id for call in found]

    assert await listed("inbound") == [attempt.call_id]
    assert await listed("outbound") == [out.id]
    assert len(await listed(None)) == 2


async def test_the_same_channel_is_accepted_once(database: Database) -> None:
    world = await make_world(database)
    await own(world)
    first = incoming(attempt="att_in_one")
    assert isinstance(await inbound_of(world).accept(first, OWNER), Attempt)
    assert await inbound_of(world).accept(first, Owner(node="node1", epoch=2)) is None
    assert await used(world) == 2


async def test_who_calls_back_hears_what_was_said_to_that_number_and_nobody_else_does(database: Database) -> None:
    world = await make_world(database)
    await own(world)
    await dial(world, CALLER, "Your visit is on {day}.", variables={"day": "Monday"})
    await dial(world, OTHER, "Your debt is {sum}.", variables={"sum": "900 dollars"})
    attempt = await accepted(world, CALLER)
    assert "Your visit is on {day}." in spoken(attempt)
    assert attempt.variables["day"] == "Monday"
    assert "debt" not in spoken(attempt)
    assert "900" not in spoken(attempt)
    for caller in ("+12125550199", WITHHELD, "", "unavailable"):
        attempt = await accepted(world, caller)
        assert "debt" not in spoken(attempt)
        assert "visit" not in spoken(attempt)
        assert "Clinic" in spoken(attempt)
        await end(world, attempt)


async def test_the_last_message_counts_for_some_days_only(database: Database) -> None:
    world = await make_world(database)
    await own(world)
    await dial(world, CALLER, "The first message.")
    await dial(world, CALLER, "The second message.")
    attempt = await accepted(world)
    assert "The second message." in spoken(attempt)
    assert "today" in attempt.variables["callback.day"]
    await end(world, attempt)
    world.clock.shift = timedelta(days=31)
    assert "message" not in str((await accepted(world)).variables)


async def test_two_people_call_one_number_and_we_call_one_who_is_calling_us(database: Database) -> None:
    world = await make_world(database)
    await own(world)
    await accepted(world, CALLER)
    await accepted(world, OTHER)
    await world.post(CALLER)
    (attempt,) = await world.claims.claim(OWNER)
    assert attempt.to_number == CALLER
    await world.dialing.begin(attempt)
    await world.assert_sound()


@pytest.mark.parametrize("full", ["organisation", "trunk"])
async def test_over_the_limit_it_is_busy_and_the_organisation_learns_it(database: Database, full: str) -> None:
    world = await make_world(
        database, capacity=1 if full == "organisation" else 50, channels=1 if full == "trunk" else 30
    )
    await own(world)
    first = await accepted(world, CALLER)
    assert await refused(world, OTHER) is Refusal.BUSY
    assert await used(world) == 2
    busy, *_ = await world.queries.page(world.principal.organisation.id, CallFilter(), limit=10, before=None)
    assert (busy.outcome, busy.from_number, busy.status) == (Outcome.BUSY, OTHER, "busy")
    assert busy.reason is not None
    assert "in use" in busy.reason
    assert await world.events(busy.id) == ["call.received", "call.no_answer"]
    await world.assert_sound()
    await end(world, first)
    await accepted(world, OTHER)


async def test_the_limit_holds_when_all_call_at_once(database: Database) -> None:
    world = await make_world(database, capacity=5)
    await own(world)
    service = inbound_of(world)
    results = await asyncio.gather(*(service.accept(incoming(f"+1212555{n}"), OWNER) for n in range(1000, 1020)))
    assert sum(isinstance(result, Attempt) for result in results) == 5
    assert results.count(Refusal.BUSY) == 15
    await world.assert_sound()


async def test_whose_number_it_is(database: Database) -> None:
    world = await make_world(database)
    assert await refused(world) is Refusal.NOT_FOUND
    await numbers_of(world).add_number(world.principal.organisation.id, OURS, verified_by=None)
    assert await refused(world) is Refusal.NOT_FOUND, "not verified: anybody could have entered it"
    await own(world, enabled=False)
    assert await refused(world) is Refusal.UNAVAILABLE
    await own(world, enabled=True)
    await accepted(world)
    assert await refused(world, trunk="nobody") is Refusal.NOT_FOUND


async def test_another_organisation_s_number_is_reached_over_a_shared_line_only(database: Database) -> None:
    world = await make_world(database)
    school = await world.accounts.create_organisation("School")
    await own(world, OTHER, school.id)
    assert await refused(world, dialled=OTHER) is Refusal.NOT_FOUND
    await world.trunks.add(world.principal.organisation.id, NewTrunk(name="common", host="127.0.0.1", shared=True))
    attempt = await accepted(world, dialled=OTHER, trunk="common")
    assert attempt.organisation_id == school.id
    await world.assert_sound()


async def test_of_two_with_one_number_the_caller_means_the_one_that_called(database: Database) -> None:
    world = await make_world(database)
    await world.trunks.add(world.principal.organisation.id, NewTrunk(name="common", host="127.0.0.1", shared=True))
    school = await world.accounts.create_organisation("School")
    await own(world, OURS, school.id)
    await own(world, OURS)
    attempt = await accepted(world, trunk="common")
    assert attempt.organisation_id == school.id, "nobody called: the one that had it first"
    await dial(world, CALLER)
    attempt = await accepted(world, trunk="common")
    assert attempt.organisation_id == world.principal.organisation.id
    assert "School" not in spoken(attempt)


async def test_a_sandbox_call_is_not_heard_again_on_a_real_line(database: Database) -> None:
    world = await make_world(database)
    await own(world)
    await world.trunks.add(
        world.principal.organisation.id, NewTrunk(name="lab", kind="lab", host="127.0.0.1", shared=True)
    )
    await dial(world, CALLER, "A live message.")
    attempt = await accepted(world, trunk="lab")
    assert attempt.sandbox
    assert "live message" not in spoken(attempt)


@pytest.mark.parametrize(
    ("number_format", "region", "dialled", "caller", "expected"),
    [
        ("plain", None, "12125550100", "12125550123", CALLER),
        ("00", None, "0012125550100", "0012125550123", CALLER),
        ("national", "US", "2125550100", "2125550123", CALLER),
        ("national", "US", "12125550100", "011442079460000", "+442079460000"),
        ("e164", None, "+12125550100", "+442079460000", "+442079460000"),
        ("e164", "US", "2125550100", "2125550123", CALLER),
    ],
)
async def test_numbers_are_read_as_the_trunk_writes_them(
    database: Database, number_format: str, region: str | None, dialled: str, caller: str, expected: str
) -> None:
    world = await make_world(database)
    await own(world)
    await world.trunks.add(
        world.principal.organisation.id,
        NewTrunk(name="other", host="127.0.0.1", number_format=number_format, region=region),
    )
    attempt = await accepted(world, caller, dialled, trunk="other")
    assert (attempt.to_number, attempt.from_number) == (OURS, expected)


@pytest.mark.parametrize(
    "text", ["+1212555;x=1", 'a"b', "+12125550100\r\nX: y", "<sip:x>", "+1' OR 1=1", "+1212${SHELL(id)}", "1,2", "ä"]
)
async def test_what_is_no_number_is_refused(database: Database, text: str) -> None:
    world = await make_world(database)
    await own(world)
    assert await refused(world, text) is Refusal.FORBIDDEN
    assert await refused(world, CALLER, text) is Refusal.FORBIDDEN


async def test_an_opt_out_on_an_inbound_call_is_the_caller_s(database: Database) -> None:
    world = await make_world(database)
    await own(world, webhook_url="https://example.com/in", webhook_events=("call.received",))
    attempt = await accepted(world)
    await world.ledger.answered(attempt.id, {"phase": "speaking", "variables": {}}, [])
    effect = commands.OptOut(scope="organisation", evidence="key 9")
    await world.ledger.progress(attempt.id, {"phase": "ending", "variables": {}}, [effect])
    assert [row["e164"] for row in await database.fetch("SELECT e164 FROM suppressions")] == [CALLER]
    rows = await database.fetch("SELECT url, event_type, body FROM deliveries ORDER BY ordinal")
    assert [(row["url"], row["event_type"]) for row in rows] == [
        ("https://example.com/in", "call.received"),
        ("https://example.com/in", "contact.optout"),
    ]
    assert {(row["body"]["from"], row["body"]["to"], row["body"]["direction"]) for row in rows} == {
        (CALLER, OURS, "inbound")
    }


async def test_an_opt_out_of_nobody_enters_nobody(database: Database) -> None:
    world = await make_world(database)
    await own(world)
    attempt = await accepted(world, WITHHELD)
    await world.ledger.answered(attempt.id, {"phase": "speaking", "variables": {}}, [])
    await world.ledger.progress(attempt.id, {"phase": "ending", "variables": {}}, [commands.OptOut(evidence="key 9")])
    assert await database.fetchval("SELECT count(*) FROM suppressions") == 0


async def test_a_number_s_own_flow_is_used(database: Database) -> None:
    world = await make_world(database)
    await own(world, flow={"steps": [{"type": "say", "text": "We moved. {from}, you called {to}."}]})
    assert "We moved." in spoken(await accepted(world))


async def test_forwarding_is_offered_where_calls_can_be_transferred(database: Database) -> None:
    world = await make_world(database)
    await own(world, forward_to="(212) 555-0177")
    assert "+12125550177" in spoken(await accepted(world, capabilities=("transfer",)))
    assert "+12125550177" not in spoken(await accepted(world))


async def test_an_attempt_without_its_process_is_taken_over(database: Database) -> None:
    world = await make_world(database)
    await own(world)
    answered, ringing = await accepted(world, CALLER), await accepted(world, OTHER)
    await world.ledger.answered(answered.id, {"phase": "speaking", "variables": {}}, [])
    orphans = await world.recovery.take_over(Owner(node="node1", epoch=2), held=frozenset())
    assert {(orphan.attempt.id, orphan.attempt.inbound, orphan.answered) for orphan in orphans} == {
        (answered.id, True, True),
        (ringing.id, True, False),
    }
    assert {orphan.attempt.person for orphan in orphans} == {CALLER, OTHER}
    await world.assert_sound()


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"flow": {"steps": []}}, "inbound_flow.steps"),
        ({"flow": {"steps": [{"type": "say", "text": "Hello {NAME}"}]}}, "inbound_flow.steps[0].text"),
        ({"forward_to": "12"}, "forward_to"),
        ({"forward_to": "911"}, "forward_to"),
        ({"forward_to": OURS}, "forward_to"),
        ({"forward_to": "Ext:1"}, "forward_to"),
        ({"forward_to": "sip:a@b"}, "forward_to"),
        ({"webhook_events": ("call.eaten",)}, "inbound_webhook_events[0]"),
    ],
)
async def test_settings_that_cannot_be_are_refused_and_change_nothing(
    database: Database, fields: dict[str, Any], field: str
) -> None:
    world = await make_world(database)
    await own(world)
    numbers = numbers_of(world)
    before = await numbers.inbound.find(world.principal.organisation.id, OURS)
    with pytest.raises(InvalidRequest) as raised:
        await numbers.inbound.change(world.principal.organisation.id, OURS, {"enabled": False, **fields}, region="US")
    assert [error.field for error in raised.value.errors] == [field]
    assert await numbers.inbound.find(world.principal.organisation.id, OURS) == before
    with pytest.raises(NotFound):
        await numbers.inbound.change("org_other", OURS, {"enabled": False}, region="US")
