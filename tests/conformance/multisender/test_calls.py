"""``/calls``: operations, receivers, times, prices, and the same campaign through the native API."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from callwright.numbers.trunks import NewTrunk
from support.money import meter
from support.multisender import Program, conforms, examples
from support.proofs import proves

pytestmark = pytest.mark.postgres

ZONE = ZoneInfo("America/New_York")


def on_clock(when: timedelta) -> str:
    """Return a time so long from now as the account's clock shows it."""
    return (datetime.now(UTC) + when).astimezone(ZONE).strftime("%Y-%m-%d %H:%M:%S")


def call(operations: Any, *receivers: dict[str, Any], when: timedelta | None = None) -> dict[str, Any]:
    """Return a body with every field of the document's."""
    body = {
        "operations": operations if isinstance(operations, str) else json.dumps(operations),
        "actionTime": None if when is None else on_clock(when),
        "receivers": list(receivers) or [{"accountId": None, "groupId": None, "phone": "+623882772"}],
    }
    assert set(body) == set(examples()["POST /calls body"])
    return body


async def native(program: Program, call_id: str) -> dict[str, Any]:
    """Return the campaign behind a call, as the native API shows it."""
    orders = (await program.api.sandbox.get("/api/v1/orders", params={"number": call_id})).json()["orders"]
    (campaign_id,) = [order["campaign_id"] for order in orders if str(order["number"]) == call_id]
    answer = await program.api.sandbox.get(f"/api/v1/campaigns/{campaign_id}")
    campaign: dict[str, Any] = answer.json()
    listed = await program.api.sandbox.get(f"/api/v1/campaigns/{campaign_id}/recipients")
    return {**campaign, "recipients": listed.json()["recipients"]}


@proves(
    "call: *",
    "receiver: receiverId",
    "receiver: accountId",
    "receiver: groupId",
    "receiver: phone",
    "receiver: name",
    "receiver: firstName",
    "receiver: lastName",
    "receiver: numberOfAccounts",
    "receiver: twice",
)
async def test_receivers_are_accounts_groups_and_numbers(program: Program) -> None:
    number = await program.voice_file()
    ann = await program.made("/accounts", {"firstName": "Ann", "lastName": "Lee", "phone": "+12125550130"})
    bob = await program.made("/accounts", {"firstName": "Bob", "phone": "+12125550131"})
    group = await program.made("/groups", {"name": "both", "description": ""})
    ids = [{"accountId": ann["accountId"]}, {"accountId": bob["accountId"]}]
    await program.ask("POST", f"/groups/{group['groupId']}/accounts", ids, status=201)
    operations = json.dumps([{"op": "play", "voiceFileId": number}])
    made = await program.made(
        "/calls",
        call(
            operations,
            {"accountId": ann["accountId"]},
            {"groupId": int(group["groupId"])},
            {"phone": "+1 (212) 555-0132"},
            when=timedelta(hours=3),
        ),
    )
    assert (made["operations"], made["editable"], made["priceEstimateInCents"]) == (operations, "y", 0.0)
    shown = made["receivers"]
    assert [each["receiverId"] for each in shown] == ["1", "2", "3"]
    assert [(each["accountId"], each["groupId"], each["name"], each["phone"]) for each in shown] == [
        (ann["accountId"], None, "", "+12125550130"),
        (None, group["groupId"], "both", ""),
        (shown[2]["accountId"], None, "", "+12125550132"),
    ]
    # the unknown number is an account now
    assert (await program.ask("GET", f"/accounts/{shown[2]['accountId']}"))["phone"] == "+12125550132"
    listed = await program.ask("GET", f"/calls/{made['callId']}/receivers")
    conforms(listed, examples()["GET /calls/{id}/receivers"])
    assert [each["numberOfAccounts"] for each in listed] == [None, 2, None]
    conforms(await program.ask("GET", "/calls"), examples()["GET /calls"])
    conforms(await program.ask("GET", f"/calls/{made['callId']}"), examples()["GET /calls/{id}"])

    campaign = await native(program, made["callId"])
    assert campaign["state"] == "scheduled"
    # who was named twice is called once
    assert [each["to"] for each in campaign["recipients"]] == ["+12125550130", "+12125550131", "+12125550132"]


@proves("call: actionTime", "call: editable")
async def test_a_call_without_a_time_begins_at_once(program: Program) -> None:
    made = await program.made("/calls", call([{"op": "say", "text": "Hello", "voiceCode": "en"}]))
    assert made["editable"] == "n"
    assert (await native(program, made["callId"]))["state"] == "running"
    path = f"/calls/{made['callId']}"
    await program.refused("PUT", path, {"operations": '[{"op": "say", "text": "x"}]'}, None, status=409)
    await program.refused("DELETE", path, None, None, status=409)


@proves("call: actionTime", "call: editable")
async def test_a_time_that_has_passed_is_now(program: Program) -> None:
    """A program that means now writes the time of its own clock."""
    said = [{"op": "say", "text": "Hello"}]
    made = await program.made("/calls", call(said, {"phone": "+12125550138"}, when=-timedelta(seconds=5)))
    assert made["editable"] == "n"
    assert (await native(program, made["callId"]))["state"] == "running"


@proves("call: priceEstimateInCents")
async def test_the_estimate_is_that_of_the_price_list(live: Program) -> None:
    await meter(live.api.database, live.organisation.id)
    live.api.services.accounts.key_service.cache.clear()
    try:
        said = [{"op": "play", "voiceFileId": await live.voice_file()}]
        # a second is paid as six of New York, at 6 cents a minute, and as a minute of Los Angeles, at 60 and 10 more
        people = [{"phone": "+12125550140"}, {"phone": "+12125550141"}, {"phone": "+12135550142"}]
        made = await live.made("/calls", call(said, *people, when=timedelta(hours=3)))
        assert made["priceEstimateInCents"] == pytest.approx(0.6 + 0.6 + 70)
        path = f"/calls/{made['callId']}"
        changed = await live.ask("PUT", path, {"receivers": people[:1]})
        assert changed["priceEstimateInCents"] == pytest.approx(0.6)
        await live.ask("DELETE", path, status=204)
    finally:
        await live.api.database.execute(
            "UPDATE organisations SET rate_plan_id = NULL WHERE id = $1", live.organisation.id
        )
        live.api.services.accounts.key_service.cache.clear()


@proves("call: operations", "call: actionTime", "call: receivers", "operation: say")
async def test_a_call_is_changed_and_deleted_until_its_time(program: Program) -> None:
    made = await program.made(
        "/calls", call([{"op": "say", "text": "Hello"}], {"phone": "+12125550133"}, when=timedelta(hours=1))
    )
    path = f"/calls/{made['callId']}"
    await program.made("/accounts", {"firstName": "Cy", "phone": "+12125550134"})
    body = call([{"op": "say", "text": "Hi {firstName}."}], {"phone": "+12125550134"}, when=timedelta(hours=2))
    assert set(body) == set(examples()["PUT /calls/{id} body"])
    changed = await program.ask("PUT", path, body)
    conforms(changed, examples()["PUT /calls/{id}"])
    assert changed["actionTime"] == body["actionTime"]
    assert [each["firstName"] for each in changed["receivers"]] == ["Cy"]
    (recipient,) = (await native(program, made["callId"]))["recipients"]
    assert (recipient["to"], recipient["variables"]["firstName"]) == ("+12125550134", "Cy")
    # the time alone; then what is said alone: values are taken anew of who is there
    await program.ask("PUT", path, {"actionTime": on_clock(timedelta(hours=4))})
    await program.ask("PUT", path, {"operations": '[{"op": "say", "text": "Hi {lastName}."}]'})
    (recipient,) = (await native(program, made["callId"]))["recipients"]
    assert "lastName" in recipient["variables"]
    await program.refused("PUT", path, {"operations": "[]"}, "operations")
    await program.refused("PUT", path, {"receivers": []}, "receivers")
    await program.refused("PUT", path, {"actionTime": "soon"}, "actionTime")
    await program.ask("DELETE", path, status=204)
    await program.refused("GET", path, None, None, status=404)
    assert made["callId"] not in [each["callId"] for each in await program.ask("GET", "/calls")]


@proves("operation: *")
async def test_every_operation_is_a_step(program: Program) -> None:
    number = await program.voice_file()
    operations = [
        {"op": "play", "voiceFileId": int(number)},
        {"op": "say", "text": "Press 1 or 2."},
        {
            "op": "gather",
            "buttons": {
                "1": [{"op": "transfer", "to": "+12125550139"}],
                "2": [{"op": "say", "text": "Speak."}, {"op": "record", "maxSeconds": "30"}],
                "3": [],
            },
            "timeout": "7",
            "retries": 2,
        },
        {"voiceFileId": number},
        {"op": "hangup"},
    ]
    made = await program.made("/calls", call(operations, {"phone": "+12125550135"}, when=timedelta(hours=1)))
    flow_id = await program.api.database.fetchval(
        "SELECT c.flow_id FROM campaigns c JOIN orders o ON o.campaign_id = c.id WHERE o.number = $1::bigint",
        int(made["callId"]),
    )
    flow = await program.api.database.fetchval("SELECT body FROM flows WHERE id = $1", flow_id)
    steps = flow["steps"]
    ask = steps[flow["start"]]
    assert [item["type"] for item in ask["prompt"]] == ["play", "say"]
    assert (ask["timeout_seconds"], ask["attempts"]) == (7.0, 3)
    assert steps[ask["branches"]["1"]]["to"] == "+12125550139"
    spoken = steps[ask["branches"]["2"]]
    assert (spoken["text"], steps[spoken["next"]]["max_seconds"]) == ("Speak.", 30)
    assert steps[ask["branches"]["3"]]["type"] == "hangup"
    assert steps[ask["next"]]["type"] == "play"


@proves("operation: *")
@pytest.mark.parametrize(
    ("given", "to"),
    [
        ("Ext:1000", "Ext:1000"),
        ("ext: 1000", "Ext:1000"),
        ("SIP:Agent.7@PBX.example.com", "sip:Agent.7@pbx.example.com"),
        ("sips:1000@pbx.example.com:5061", "sips:1000@pbx.example.com:5061"),
        (2125550139, "+12125550139"),
        ("+1 (212) 555-0139", "+12125550139"),
    ],
)
async def test_where_a_transfer_goes(live: Program, given: Any, to: str) -> None:
    """Also below a key; with a live token an extension must be there, and a trunk to the address's domain."""
    services, organisation = live.api.services, live.api.organisation
    transfer = {"op": "transfer", "to": given}
    later = [{"op": "say", "text": "Press 1."}, {"op": "gather", "buttons": {"1": [transfer]}}]
    bodies = [call(steps, {"phone": "+12125550135"}, when=timedelta(hours=1)) for steps in ([transfer], later)]
    if not to.startswith("+"):
        for body in bodies:
            before = await live.api.database.fetchval("SELECT count(*) FROM orders")
            await live.refused("POST", "/calls", body, "operations")
            assert await live.api.database.fetchval("SELECT count(*) FROM orders") == before
    await services.extensions.add(organisation.id, "1000", "Front desk")
    domain = "@" + to.partition("@")[2]
    await services.numbers.trunks.add(
        organisation.id, NewTrunk(name="pbx", host="192.0.2.7", prefixes=(domain,) if "@" in to else ()), replace=True
    )
    for body in bodies:
        made = await live.made("/calls", body)
        flow = await live.api.database.fetchval(
            "SELECT f.body FROM flows f JOIN campaigns c ON c.flow_id = f.id JOIN orders o ON o.campaign_id = c.id"
            " WHERE o.number = $1::bigint",
            int(made["callId"]),
        )
        assert [step["to"] for step in flow["steps"].values() if step["type"] == "transfer"] == [to]
    await services.numbers.trunks.remove(organisation.id, "pbx")
    await services.extensions.remove(organisation.id, "1000")


@proves("operation: *")
@pytest.mark.parametrize(
    ("operations", "field"),
    [
        (None, "operations"),
        ("", "operations"),
        ("[", "operations"),
        ("7", "operations"),
        ([], "operations"),
        (["play"], "operations[0]"),
        ([{"op": "fly"}], "operations[0].op"),
        ([{"op": "play"}], "operations[0].voiceFileId"),
        ([{"voiceFileId": "999999"}], "operations[0].voiceFileId"),
        ([{"op": "say"}], "operations[0].text"),
        ([{"op": "say", "text": "x", "voiceCode": 7}], "operations[0].voiceCode"),
        ([{"op": "transfer"}], "operations[0].to"),
        ([{"op": "record", "maxSeconds": 0}], "operations[0].maxSeconds"),
        ([{"op": "gather"}], "operations[0].buttons"),
        ([{"op": "gather", "buttons": {"x": []}}], "operations[0].buttons.x"),
        ([{"op": "gather", "buttons": {"1": "x"}}], "operations[0].buttons.1"),
        ([{"op": "gather", "buttons": {"1": [{"op": "fly"}]}}], "operations[0].buttons.1[0].op"),
        ([{"op": "gather", "buttons": {"1": []}, "timeout": "long"}], "operations[0].timeout"),
        ([{"op": "gather", "buttons": {"1": []}, "retries": 99}], "operations[0].retries"),
    ],
)
async def test_wrong_operations_are_named(program: Program, operations: Any, field: str) -> None:
    body = {**call("[]"), "operations": operations if operations is None else json.dumps(operations)}
    if isinstance(operations, str):
        body["operations"] = operations
    await program.refused("POST", "/calls", body, field)


@proves("receiver: accountId", "receiver: groupId", "receiver: phone")
@pytest.mark.parametrize(
    ("receivers", "field"),
    [
        (None, "receivers"),
        ({}, "receivers"),
        (["+12125550100"], "receivers[0]"),
        ([{}], "receivers[0]"),
        ([{"accountId": None, "groupId": None, "phone": None}], "receivers[0]"),
        ([{"accountId": "999999"}], "receivers[0].accountId"),
        ([{"accountId": "x"}], "receivers[0].accountId"),
        ([{"groupId": "999999"}], "receivers[0].groupId"),
        ([{"phone": "+12125550136"}, {"phone": "hello"}], "receivers[1].phone"),
    ],
)
async def test_wrong_receivers_are_named_and_nothing_is_made(program: Program, receivers: Any, field: str) -> None:
    before = (await program.ask("GET", "/calls"), await program.ask("GET", "/accounts"))
    body = {**call([{"op": "say", "text": "Hello"}]), "receivers": receivers}
    await program.refused("POST", "/calls", body, field)
    assert (await program.ask("GET", "/calls"), await program.ask("GET", "/accounts")) == before


async def test_an_account_without_a_number_cannot_be_called(program: Program) -> None:
    nobody = await program.made("/accounts", {"firstName": "No"})
    body = call([{"op": "say", "text": "Hello"}], {"accountId": nobody["accountId"]})
    await program.refused("POST", "/calls", body, "receivers[0].accountId")
    group = await program.made("/groups", {"name": "empty", "description": ""})
    body = call([{"op": "say", "text": "Hello"}], {"groupId": group["groupId"]})
    await program.refused("POST", "/calls", body, "receivers")


@proves("request: unknown-fields")
async def test_unknown_fields_are_listed_with_the_order(program: Program) -> None:
    body = {**call([{"op": "say", "text": "Hello"}], {"phone": "+12125550137"}), "colour": "red"}
    made = await program.made("/calls", body)
    orders = (await program.api.sandbox.get("/api/v1/orders", params={"number": made["callId"]})).json()["orders"]
    assert [order["ignored_fields"] for order in orders if str(order["number"]) == made["callId"]] == [["colour"]]
