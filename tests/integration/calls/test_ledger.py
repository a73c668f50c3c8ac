"""What happens in the air: statuses, events, opt-outs, webhooks, and exactly one end."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from callwright.calls.bodies import event_body
from callwright.calls.claims import Owner
from callwright.calls.models import Settlement
from callwright.flows import commands
from callwright.rules.outcomes import OUTCOMES, Outcome
from callwright.store.database import Database
from support.calls import OWNER, World, make_world


async def dialled(world: World, number: str = "+12125550101", **fields: object) -> tuple[str, str]:
    (call,) = await world.post(number, **fields)
    (attempt,) = await world.claims.claim(OWNER)
    assert await world.dialing.begin(attempt) is not None
    return call.id, attempt.id


async def test_a_call_goes_through_its_states(database: Database) -> None:
    world = await make_world(database)
    call_id, attempt_id = await dialled(world)

    await world.ledger.ringing(attempt_id)
    await world.ledger.answered(attempt_id, {}, [])
    await world.ledger.settle(
        attempt_id, Settlement(outcome=Outcome.ANSWERED, cause=16, sip_status=None, ended_by="callee")
    )

    assert await world.events(call_id) == [
        "call.queued",
        "call.dialing",
        "call.ringing",
        "call.answered",
        "call.attempt_ended",
        "call.completed",
    ]
    call = await world.queries.get(world.principal.organisation.id, call_id)
    assert (call.status, call.duration_seconds) == ("answered", 0)
    await world.assert_sound()


async def test_what_the_database_says_of_an_answer_is_what_we_say(database: Database) -> None:
    """The answer's event is made where it is stored; it has the body of all events of calls."""
    world = await make_world(database)
    for number, direction, metadata in (
        ("+12125550101", "outbound", {}),
        ("+12125550102", "outbound", {"order": 7}),
        ("+12125550103", "inbound", {"order": [1, None]}),
    ):
        call_id, attempt_id = await dialled(world, number, metadata=metadata)
        await database.execute(
            "UPDATE calls SET direction = $2, amd_result = 'human' WHERE id = $1", call_id, direction
        )
        await world.ledger.answered(attempt_id, {}, [])
        call = await world.queries.get(world.principal.organisation.id, call_id)
        body = await database.fetchval("SELECT body FROM events WHERE subject = $1 AND type = 'call.answered'", call_id)
        at = datetime.strptime(body["timestamp"], "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=UTC)
        assert body == event_body("call.answered", call, at=at, attempt_id=attempt_id)
        assert call.answered_at is not None
        assert at == call.answered_at.replace(microsecond=0)


async def test_every_outcome_ends_with_its_one_terminal_event(database: Database) -> None:
    world = await make_world(database)
    # a call that was skipped or has expired never had an attempt in the air
    in_the_air = [outcome for outcome in OUTCOMES if outcome not in {Outcome.SKIPPED, Outcome.EXPIRED}]
    for index, outcome in enumerate(in_the_air):
        call_id, attempt_id = await dialled(world, f"+121255502{index:02}")
        await world.ledger.settle(attempt_id, Settlement(outcome=outcome, cause=0, sip_status=None, ended_by="callee"))
        assert (await world.events(call_id))[-1] == OUTCOMES[outcome].event
    await world.assert_sound()


async def test_a_second_settlement_changes_nothing(database: Database) -> None:
    world = await make_world(database)
    call_id, attempt_id = await dialled(world)
    await world.ledger.settle(attempt_id, Settlement(outcome=Outcome.BUSY, cause=17, sip_status=486, ended_by="callee"))
    before = await world.events(call_id)
    await world.ledger.settle(
        attempt_id, Settlement(outcome=Outcome.FAILED, cause=38, sip_status=500, ended_by="callee")
    )
    assert await world.events(call_id) == before
    await world.assert_sound()


async def test_an_opt_out_in_a_call_stops_the_next_one(database: Database) -> None:
    world = await make_world(database)
    call_id, attempt_id = await dialled(world)
    await world.ledger.answered(attempt_id, {}, [])
    await world.ledger.progress(attempt_id, {}, [commands.OptOut(scope="organisation", evidence="key 9")])
    await world.ledger.settle(
        attempt_id, Settlement(outcome=Outcome.ANSWERED, cause=16, sip_status=None, ended_by="us")
    )
    assert "contact.optout" in await world.events(call_id)

    (second,) = await world.post("+12125550101")
    (attempt,) = await world.claims.claim(OWNER)
    assert await world.dialing.begin(attempt) is None
    assert (await world.queries.get(second.organisation_id, second.id)).outcome is Outcome.SKIPPED
    await world.assert_sound()


async def test_webhooks_carry_the_guides_five_and_what_was_asked_for(database: Database) -> None:
    world = await make_world(database)
    call_id, attempt_id = await dialled(
        world, webhook_url="https://customer.example/status", webhook_events=["call.queued", "call.ringing"]
    )
    await world.ledger.ringing(attempt_id)
    await world.ledger.answered(attempt_id, {}, [])
    await world.ledger.settle(
        attempt_id, Settlement(outcome=Outcome.ANSWERED, cause=16, sip_status=None, ended_by="callee")
    )
    rows = await database.fetch("SELECT event_type FROM deliveries WHERE subject = $1 ORDER BY ordinal", call_id)
    assert [row["event_type"] for row in rows] == ["call.queued", "call.ringing", "call.completed"]


async def test_a_key_press_is_remembered_and_posted(database: Database) -> None:
    world = await make_world(database)
    call_id, attempt_id = await dialled(world, variables={"NAME": "Sarah"}, metadata={"order": 7})
    await world.ledger.answered(attempt_id, {}, [])
    await world.ledger.progress(
        attempt_id,
        {"step": "s1"},
        [
            commands.Note(kind="gather", step="s1", data={"result": "matched", "digits": "1"}),
            commands.PostWebhook(url="https://customer.example/confirm", digit="1"),
        ],
    )
    call = await world.queries.get(world.principal.organisation.id, call_id)
    assert call.dtmf_response == "1"
    row = await database.fetchrow("SELECT url, body FROM deliveries WHERE subject = $1", call_id)
    assert row is not None
    assert row["url"] == "https://customer.example/confirm"
    assert row["body"] | {"timestamp": ""} == {
        "event": "call.dtmf",
        "call_id": call_id,
        "to": "+12125550101",
        "digit": "1",
        "variables": {"NAME": "Sarah"},
        "metadata": {"order": 7},
        "timestamp": "",
    }


async def test_attempts_of_a_dead_dialer(database: Database) -> None:
    """Claimed ones go back to the queue, dialled ones are taken over as they were, once."""
    world = await make_world(database)
    _, answered = await dialled(world, "+12125550101")
    await world.ledger.answered(answered, {}, [])
    await world.ledger.progress(answered, {"at": "s1"}, [])
    _, ringing = await dialled(world, "+12125550102")
    await world.ledger.ringing(ringing)
    (claimed_call,) = await world.post("+12125550103")
    await world.claims.claim(OWNER)

    orphans = await world.recovery.take_over(Owner(node="node1", epoch=2), held=frozenset())

    assert [(o.attempt.id, o.rang, o.answered, o.flow_state) for o in orphans] == [
        (answered, False, True, {"at": "s1"}),
        (ringing, True, False, None),
    ]
    organisation_id = world.principal.organisation.id
    assert (await world.queries.get(organisation_id, claimed_call.id)).status == "queued"
    await world.assert_sound()
    # nobody takes it from us again while our lease runs
    assert await world.recovery.take_over(Owner(node="node1", epoch=2), held=frozenset()) == []


async def test_an_end_learnt_afterwards_has_its_own_times(database: Database) -> None:
    world = await make_world(database)
    call_id, attempt_id = await dialled(world)
    answered_at = datetime.now(UTC) - timedelta(seconds=30)
    await world.ledger.settle(
        attempt_id,
        Settlement(
            outcome=Outcome.ANSWERED,
            cause=16,
            sip_status=None,
            ended_by="callee",
            answered_at=answered_at,
            ended_at=answered_at + timedelta(seconds=12),
        ),
    )
    call = await world.queries.get(world.principal.organisation.id, call_id)
    assert (call.status, call.duration_seconds, call.answered_at) == ("answered", 12, answered_at)
    assert (await world.events(call_id))[-3:] == ["call.answered", "call.attempt_ended", "call.completed"]


async def test_a_channel_without_a_live_attempt_is_told_from_the_others(database: Database) -> None:
    world = await make_world(database)
    _, ended = await dialled(world, "+12125550101")
    await world.ledger.settle(ended, Settlement(outcome=Outcome.FAILED, cause=38, sip_status=500, ended_by="callee"))
    _, live = await dialled(world, "+12125550102")
    assert await world.recovery.without_attempt(frozenset({ended, live, "att_stranger"})) == {ended, "att_stranger"}
    assert await world.recovery.without_attempt(frozenset()) == frozenset()


async def test_who_answered_is_kept_with_the_attempt_and_told(database: Database) -> None:
    world = await make_world(database)
    call_id, attempt_id = await dialled(world)
    organisation_id = world.principal.organisation.id
    await world.ledger.answered(attempt_id, {}, [])

    async def judged(**data: object) -> None:
        await world.ledger.progress(attempt_id, {}, [commands.Note(kind="verdict", data=dict(data))])

    await judged(verdict="human", confidence=0.97, seconds=1.63, reason="short_greeting")
    await judged(verdict="machine", confidence=0.95, seconds=3.2, reason="beep", revised=True)
    await judged(verdict="fax", confidence=0.98, reason="fax_tone", disbelieved=True)

    call = await world.queries.get(organisation_id, call_id)
    (attempt,) = await world.queries.attempts(organisation_id, call_id)
    assert call.amd_result == "machine"
    assert (attempt.amd_verdict, attempt.amd_confidence, attempt.amd_seconds, attempt.amd_reason) == (
        "machine",
        0.95,
        3.2,
        "beep",
    )
    assert (await world.events(call_id))[-3:] == ["call.machine_detection"] * 3
    await world.ledger.settle(attempt_id, Settlement(outcome=Outcome.MACHINE, cause=16, sip_status=None, ended_by="us"))
    assert (await world.queries.get(organisation_id, call_id)).amd_result == "machine"
    await world.assert_sound()
