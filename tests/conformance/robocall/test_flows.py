"""What each step does, as the call's detail and the stored flow show it."""

from __future__ import annotations

from typing import Any

import pytest

from callwright.numbers.trunks import NewTrunk
from support.api import CALLER_ID, client_of
from support.proofs import proves
from support.robocall import Program

pytestmark = pytest.mark.postgres


def play(text: str = "Hello", **fields: Any) -> dict[str, Any]:
    return {"name": "play", "message": {"msg": text, **fields}}


def gather(*branches: dict[str, Any], **fields: Any) -> dict[str, Any]:
    return {"name": "gather", "message": {"msg": "Press a key"}, "branches": list(branches), **fields}


def branch(digit: str | None, *steps: dict[str, Any], **fields: Any) -> dict[str, Any]:
    own = {} if digit is None else {"digit": digit}
    return {**own, "callFlow": {"steps": list(steps)}, **fields}


async def flow_of(program: Program, body: dict[str, Any]) -> dict[str, Any]:
    """Send a request and return its first call's stored flow."""
    await program.sent(body)
    (call_id, *_) = await program.call_ids(body["requestId"])
    flow: dict[str, Any] = await program.api.database.fetchval(
        "SELECT f.body FROM calls c JOIN flows f ON f.id = c.flow_id WHERE c.id = $1", call_id
    )
    return flow


def ran(detail: dict[str, Any]) -> list[tuple[str, str, str]]:
    return [
        (step["stepName"], step["info"]["status"], step["info"]["userPressedDigits"])
        for step in detail["callFlowSteps"]
    ]


@proves("request: message.msg", "request: destinations[].properties", "request: message.msg placeholders")
async def test_each_destination_hears_its_own_text(program: Program) -> None:
    body = program.body([play("Dear {{name}}, {{ due date }}: {amount} #now# {{to}} {{Name}}")])
    body["destinations"] = [
        {"phone": "+6588893901", "properties": {"name": "Alex", "due date": "August", "to": "you", "unused": "x"}},
        {"phone": "+6588893902", "properties": {"name": "Bo", "due date": 5, "to": True}},
    ]
    await program.sent(body)
    said = []
    for call_id in await program.call_ids(body["requestId"]):
        row = await program.api.database.fetchrow(
            "SELECT f.body, c.variables FROM calls c JOIN flows f ON f.id = c.flow_id WHERE c.id = $1", call_id
        )
        assert row is not None
        text = row["body"]["steps"]["s1"]["text"]
        for name, value in row["variables"].items():
            text = text.replace(f"{{{{{name}}}}}", value)
        said.append(text.replace("{{Name}}", row["variables"]["name"]))
    assert said == ["Dear Alex, August: {amount} #now# you Alex", "Dear Bo, 5: {amount} #now# true Bo"]


@proves("request: message.lang", "request: message.language", "request: message.gender")
@pytest.mark.parametrize(
    ("fields", "voice", "language"),
    [
        ({}, None, None),
        ({"lang": "de"}, None, "de"),
        ({"language": "de-DE"}, None, "de-DE"),
        ({"lang": "en", "gender": "male"}, "en-M", "en"),
        ({"gender": "Female"}, "en-US-F", None),
    ],
)
async def test_who_speaks(program: Program, fields: dict[str, str], voice: str | None, language: str | None) -> None:
    said = (await flow_of(program, program.body([play(**fields)])))["steps"]["s1"]
    assert (said["voice"], said["language"]) == (voice, language)


@proves("request: message.pitch", "request: message.rate")
@pytest.mark.parametrize(
    ("given", "factor"), [(0, 0.5), ("0", 0.5), (3, 0.8), (5, 1.0), (None, 1.0), (7, 1.5), ("9", 2.0)]
)
async def test_how_it_is_spoken(program: Program, given: Any, factor: float) -> None:
    said = (await flow_of(program, program.body([play(pitch=given, rate=given)])))["steps"]["s1"]
    assert (said["pitch"], said["rate"]) == (factor, factor)


@proves("request: enableCallRecording")
@pytest.mark.parametrize(
    ("given", "records"), [(True, True), ("true", True), (False, False), ("false", False), (None, False)]
)
async def test_recording(program: Program, given: Any, records: bool) -> None:
    flow = await flow_of(program, program.body([play()], enableCallRecording=given))
    assert (flow["recording"] is not None) is records


@proves("request: callFlow.steps[].branches[].digit", "request: callFlow.steps[].branches[].callFlow")
async def test_a_key_leads_to_its_branch_and_the_call_ends_there(program: Program) -> None:
    steps = [gather(branch("1", play("one")), branch("12", play("twelve")), branch("*", play("star"))), play("after")]
    assert ran(await program.talk(steps, "12")) == [("gather", "sucess_ok", "12"), ("play", "sucess_ok", "")]
    assert ran(await program.talk(steps, "*")) == [("gather", "sucess_ok", "*"), ("play", "sucess_ok", "")]


@proves("request: callFlow.steps[].branches[].default")
async def test_the_default_is_for_whoever_chooses_nothing(program: Program) -> None:
    steps = [gather(branch("1", play("one")), branch("0", play("default"), default="true"), maxRetries=2)]
    assert ran(await program.talk(steps, None, None)) == [("gather", "error_no_input", ""), ("play", "sucess_ok", "")]
    assert ran(await program.talk(steps, "7", "8")) == [
        ("gather", "error_invalid_input", "8"),
        ("play", "sucess_ok", ""),
    ]
    # a branch may have both
    assert ran(await program.talk(steps, "0")) == [("gather", "sucess_ok", "0"), ("play", "sucess_ok", "")]


@proves("request: callFlow.steps[].branches[].default")
async def test_false_is_no_default(program: Program) -> None:
    steps = [gather(branch("1", play("one"), default="false"), maxRetries=1), play("after")]
    # without a default the steps after the question go on
    assert ran(await program.talk(steps, None)) == [("gather", "error_no_input", ""), ("play", "sucess_ok", "")]


@proves("request: callFlow.steps[].maxRetries")
@pytest.mark.parametrize(("given", "prompts"), [(None, 3), (1, 1), ("2", 2)])
async def test_max_retries_is_the_number_of_prompts(program: Program, given: Any, prompts: int) -> None:
    own = {} if given is None else {"maxRetries": given}
    detail = await program.talk([gather(branch("1", play("one")), **own)], *[None] * prompts)
    assert ran(detail) == [("gather", "error_no_input", "")]
    flow = await flow_of(program, program.body([gather(branch("1", play("one")), **own)]))
    assert flow["steps"]["s1"]["attempts"] == prompts


@proves("status: error_hangup")
async def test_who_hangs_up_is_seen_at_the_step(program: Program) -> None:
    detail = await program.talk([play(), gather(branch("1", play("one")))], "hangup")
    assert ran(detail) == [("play", "error_hangup", "")]
    assert detail["status"] == "completed"
    assert ran(await program.talk([gather(branch("1", play()))], None, "hangup"))[0][:2] == ("gather", "error_no_input")


@proves("request: callFlow.steps[].destination", "request: callFlow.steps[].message of a transfer")
@pytest.mark.parametrize(
    ("given", "to"),
    [
        ("Ext:1000", "Ext:1000"),
        ("ext: 1000", "Ext:1000"),
        ("6588893322", "+6588893322"),
        ("+65 8889-3322", "+6588893322"),
    ],
)
async def test_where_a_transfer_goes(program: Program, given: str, to: str) -> None:
    steps = [{"name": "transfer", "destination": given, "message": {"msg": "One moment"}}]
    step = (await flow_of(program, program.body(steps)))["steps"]["s1"]
    assert (step["to"], step["message"][0]["text"]) == (to, "One moment")


@proves("request: callFlow.steps[].destination")
@pytest.mark.parametrize(
    ("given", "to"),
    [("SIP:Agent.7@PBX.example.com", "sip:Agent.7@pbx.example.com"), ("sips:1000@pbx.example.com:5061", None)],
    ids=["sip", "sips with a port"],
)
async def test_a_sip_address_needs_the_operators_leave(program: Program, given: str, to: str | None) -> None:
    """On a live key; a sandbox key's calls stay in the lab, whatever the domain."""
    services, organisation = program.api.services, program.api.organisation
    _, secret = await services.accounts.key_service.create(
        organisation.id, "robo", sandbox=False, dialect="robocall", purpose="emergency"
    )
    steps = [{"name": "transfer", "destination": given}]
    body = program.body(steps, destinations=[{"phone": "+12125550123", "caller": CALLER_ID}])
    async with client_of(program.api.app) as client:
        client.headers["x-credential-api-key"] = secret
        refused = await client.post("/v1/call", json=body)
        assert refused.status_code == 400
        assert refused.json()["message"].startswith("callFlow.steps[0].destination: the operator opened no trunk to")
        await services.numbers.trunks.add(
            organisation.id, NewTrunk(name="pbx", host="192.0.2.7", prefixes=("@pbx.example.com",)), replace=True
        )
        answer = await client.post("/v1/call", json=body)
        assert answer.status_code == (400 if to is None else 200), answer.text
        await services.numbers.trunks.remove(organisation.id, "pbx")
    written = to or "sips:1000@pbx.example.com:5061"
    assert (await flow_of(program, program.body(steps)))["steps"]["s1"]["to"] == written


@proves("status: transfer_status", "status: error_concurrent_call_limit_reached")
@pytest.mark.parametrize(
    ("event", "status", "transfer"),
    [
        ("answered", "sucess_ok", "answered"),
        ("busy", "sucess_ok", "busy"),
        ("no_answer", "sucess_ok", "no_answer"),
        ("failed", "error_internal", "failed"),
        ("congestion", "error_concurrent_call_limit_reached", "failed"),
        ("hangup", "error_hangup", "failed"),
    ],
)
async def test_what_comes_of_a_transfer(program: Program, event: str, status: str, transfer: str) -> None:
    detail = await program.talk([{"name": "transfer", "destination": "Ext:1000"}, play("after")], event)
    info = detail["callFlowSteps"][0]["info"]
    assert (info["status"], info["transfer_status"]) == (status, transfer)
    # whoever was not reached, or hung up first, leads on to the next step
    assert len(detail["callFlowSteps"]) == (1 if event == "hangup" else 2)


@proves("request: callFlow.steps")
async def test_flows_stand_twenty_deep_inside_each_other(program: Program) -> None:
    step = play("deepest")
    for _ in range(20):
        step = gather(branch("1", step))
    detail = await program.talk([step], "1" * 20)
    assert ran(detail) == [("gather", "sucess_ok", "1")] * 20 + [("play", "sucess_ok", "")]
    await program.refused(program.body([gather(branch("1", step))]), "callFlow", "20 deep")


@proves("request: unknown fields")
async def test_unknown_fields_are_ignored_and_listed(program: Program) -> None:
    body = program.body([{**play(), "colour": "red"}], source="crm")
    body["destinations"][0]["nickname"] = "Al"
    await program.sent(body)
    (call_id,) = await program.call_ids(body["requestId"])
    orders = (await program.api.live.get("/api/v1/orders", params={"external_id": body["requestId"]})).json()["orders"]
    assert orders[0]["ignored_fields"] == ["destinations[0].nickname", "callFlow.steps[0].colour", "source"]
    told = await program.api.database.fetchval(
        "SELECT body FROM events WHERE type = 'call.ordered' AND subject = $1", call_id
    )
    assert told["ignored_fields"] == orders[0]["ignored_fields"]
