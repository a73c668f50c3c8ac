"""What is refused, in words that name it, with nothing written; and who may ask at all."""

from __future__ import annotations

import copy
from typing import Any

import pytest

from support.api import client_of
from support.effebot import Program
from support.proofs import proves
from support.routes import dialect_routes_of

pytestmark = pytest.mark.postgres

CALL = {
    "phone": "99999999999",
    "outgoingPhone": "99999999997",
    "record": {"text": "Hello"},
    "ivrs": [{"digit": 1, "smsText": "Text"}, {"keyWords": "yes"}],
}


def changed(path: str, value: Any) -> dict[str, Any]:
    """Return the call with another value at a path such as ``ivrs.0.digit``; ``...`` removes it."""
    found = copy.deepcopy(CALL)
    place: Any = found
    *way, last = [int(part) if part.isdigit() else part for part in path.split(".")]
    for part in way:
        place = place[part]
    if value is ...:
        del place[last]
    else:
        place[last] = value
    return found


@proves(
    "create: phone",
    "create: phones",
    "create: outgoingPhone",
    "create: dutyPhone",
    "create: isManagerDeliveryPhone",
    "create: label",
    "create: comment",
    "create: plannedAt",
    "create: needRecording",
    "create: webhookUrl",
    "create: webhookParameters",
    "create: record",
    "create: record.id",
    "create: record.text",
    "create: record.gender",
    "create: ivrs",
    "create: ivrs.*.digit",
    "create: ivrs.*.keyWords",
    "create: ivrs.*.needBlock",
    "create: ivrs.*.managerPhone",
    "create: ivrs.*.smsText",
    "create: ivrs*.webhookUrl",
    "create: ivrs*.webhookParameters",
    "create: lang",
    "create: answerTimeout",
    "create: smartDelay",
    "create: startTime, endTime, weekdays",
)
@pytest.mark.parametrize(
    ("path", "value", "words"),
    [
        ("phone", ..., "phone: is required (or phones"),
        ("phones", "99999999999", "phones: must be a list"),
        ("phones", [], "phones: must not be empty"),
        ("phones", ["99999999999"] * 5001, "phones: must have at most 5000"),
        ("outgoingPhone", ..., "outgoingPhone: is required (or dutyPhone 1"),
        ("outgoingPhone", "nobody", "outgoingPhone: "),
        ("dutyPhone", 2, "dutyPhone: must be true or false"),
        ("isManagerDeliveryPhone", 7, "isManagerDeliveryPhone: must be true or false"),
        ("label", "x" * 256, "label: must have at most 255"),
        ("comment", "x" * 1001, "comment: must have at most 1000"),
        ("plannedAt", "tomorrow", "plannedAt: must be a whole number"),
        ("plannedAt", 4_000_000_000, "plannedAt: must be within 366 days"),
        ("needRecording", 2, "needRecording: must be true or false"),
        ("webhookUrl", "x" * 256, "webhookUrl: must have at most 255"),
        ("webhookUrl", "ftp://example.com/", "webhookUrl: "),
        ("webhookUrl", "http://127.0.0.1:1/", "webhookUrl: "),
        ("webhookParameters", "{", "webhookParameters: must be JSON"),
        ("webhookParameters", "[1]", "webhookParameters: must be a JSON object"),
        ("record", ..., "record: is required"),
        ("record", {}, "record: needs id or text"),
        ("record", "Hello", "record: must be an object"),
        ("record.text", "x" * 1025, "record.text: must have at most 1024"),
        ("record.id", 2**40, "record.id: is not an audio record of yours"),
        ("record.gender", 2, "record.gender: must be a whole number from 0 to 1"),
        ("ivrs", {}, "ivrs: must be a list"),
        ("ivrs.0.digit", 10, "ivrs[0].digit: must be a whole number from 0 to 9"),
        ("ivrs.1", {"digit": 1}, "ivrs[1].digit: another one has this digit"),
        ("ivrs", [{"record": {"text": "a"}}, {"smsText": "b"}], "ivrs[1]: another one is for who chooses nothing"),
        ("ivrs.1.keyWords", "|", "ivrs[1].keyWords: has no words"),
        ("ivrs.0.needBlock", 5, "ivrs[0].needBlock: must be true or false"),
        ("ivrs.0.record", {"id": 2**40}, "ivrs[0].record.id: is not an audio record of yours"),
        ("ivrs.0.managerPhone", "home", "ivrs[0].managerPhone: "),
        ("ivrs.0.smsText", "x" * 71, "ivrs[0].smsText: must have at most 70"),
        ("ivrs.0.webhookUrl", "gopher://x", "ivrs[0].webhookUrl: "),
        ("ivrs.0.webhookParameters", "7", "ivrs[0].webhookParameters: must be a JSON object"),
        ("lang", "xx-XX", "lang: nobody here speaks it"),
        ("answerTimeout", 3, "answerTimeout: must be a whole number from 5 to 120"),
        ("startTime", "noon", "startTime: must be a time of day"),
        ("endTime", "25:00", "endTime: must be a time of day"),
        ("endTime", "00:00", "endTime: must not be startTime"),
        ("weekdays", [0], "weekdays.0: must be a whole number from 1 to 7"),
        ("smartDelay", 1, "smartDelay: must be a whole number from 2 to 1440"),
    ],
)
async def test_a_wrong_field_is_named(program: Program, path: str, value: Any, words: str) -> None:
    await program.refused("/apiCalls/create", words, **changed(path, value))


@proves("create: outgoingPhone")
async def test_a_live_key_shows_verified_numbers_only(live: Program) -> None:
    fields = {"phone": "12125550152", "record": {"text": "Hello"}}
    await live.refused(
        "/apiCalls/create", "outgoingPhone: is not a verified number", **fields, outgoingPhone="18005550111"
    )
    (item,) = await live.ok("/apiCalls/create", **fields, outgoingPhone="8005550199")
    assert item["phone"] == "12125550152"


@pytest.mark.parametrize(
    ("path", "fields", "words"),
    [
        ("/apiCalls/get", {}, "apiCallIdList: is required"),
        ("/apiCalls/get", {"apiCallIdList": ["x"]}, "apiCallIdList.0: must be a whole number"),
        ("/apiCalls/update", {}, "callList: is required"),
        ("/apiCalls/update", {"callList": [{"id": 1}]}, "callList[0].replannedAt: is required"),
        ("/apiCalls/update", {"callList": [{"id": 2**40, "replannedAt": 5}]}, "callList: there is no call"),
        ("/apiCalls/remove", {}, "id: is required"),
        ("/apiCalls/createRecord", {}, "name: is required"),
        ("/apiCalls/createRecord", {"name": "x"}, "source: is required: text or file"),
        ("/apiCalls/createRecord", {"name": "x", "source": "film"}, "source: must be one of file, text"),
        ("/apiCalls/createRecord", {"name": "x", "source": "text"}, "text: is required"),
        ("/apiCalls/createRecord", {"name": "x", "source": "file"}, "file: is required"),
        ("/apiCalls/createRecord", {"name": "x", "source": "text", "text": "a", "lang": "xx"}, "lang: nobody here"),
        ("/apiCalls/createRecord", {"name": "x", "source": "text", "text": "a", "gender": 2}, "gender: must be"),
        ("/apiCalls/createRecord", {"name": "x" * 201, "source": "text", "text": "a"}, "name: must have at most 200"),
        ("/apiCalls/remove", {"idList": ["x"]}, "idList.0: must be a whole number"),
        ("/apiCalls/update", {"callList": [{"id": "x", "replannedAt": 5}]}, "callList[0].id: must be a whole number"),
        ("/apiCalls/getTemplates", {"onlyModerated": "perhaps"}, "onlyModerated: must be true or false"),
        (
            "/apiCalls/createWithTemplate",
            {"templateId": 1, "phone": "99999999999", "dutyPhone": 1, "variables": "x"},
            "variables: must be an object",
        ),
        ("/apiCalls/removeRecord", {"idList": []}, "idList: must not be empty"),
        ("/apiCalls/createWithTemplate", {"phone": "99999999999", "dutyPhone": 1}, "templateId: is required"),
        ("/apiCalls/getPhones", {"all": "perhaps"}, "all: must be true or false"),
    ],
)
async def test_other_refusals(program: Program, path: str, fields: dict[str, Any], words: str) -> None:
    await program.refused(path, words, **fields)


@proves("create: unknown fields")
async def test_unknown_fields_are_ignored_and_listed(program: Program) -> None:
    number = await program.create(colour="red", ivrs=[{"digit": 1, "sound": "x"}])
    orders = (await program.api.sandbox.get("/api/v1/orders", params={"dialect": "effebot"})).json()["orders"]
    assert orders[0]["ignored_fields"] == ["ivrs[0].sound", "colour"]
    assert await program.call_id(number)
    # so is what another field takes the place of
    record = await ready_record(program)
    phones = {"phone": program.phone(), "phones": [program.phone()]}
    await program.ok("/apiCalls/create", **phones, outgoingPhone="99999999997", dutyPhone=1, record=record)
    orders = (await program.api.sandbox.get("/api/v1/orders", params={"dialect": "effebot"})).json()["orders"]
    assert sorted(orders[0]["ignored_fields"]) == ["outgoingPhone", "phone", "record.text"]


async def ready_record(program: Program) -> dict[str, Any]:
    """Return a record that can be played, with a text beside it."""
    made = await program.ok("/apiCalls/createRecord", name="Clip", source="text", text="Hello")
    await program.api.database.execute(
        "UPDATE audio SET state = 'ready', content_hash = '\\x03', facts = '{\"seconds\": 1}' WHERE number = $1",
        made["id"],
    )
    return {"id": made["id"], "text": "Hello"}


@proves("create: apiKey")
async def test_only_a_key_of_this_dialect_opens(program: Program) -> None:
    native = program.api.sandbox.headers["Authorization"].removeprefix("Bearer ")
    routes = [route for route in dialect_routes_of(program.api.app) if route.path.startswith("/effebot/api")]
    assert len({route.path for route in routes}) == 15
    async with client_of(program.api.app) as client:
        for route in routes:
            for key in (None, "", 5, native, "live_nothing"):
                body = {} if key is None else {"apiKey": key}
                answer = await client.request(route.method, route.path, json=body)
                assert (answer.status_code, answer.json()["status"]) == (401, "error"), route
                assert answer.json()["data"] == {"message": answer.json()["message"]}


@proves("get: apiCallIdList")
async def test_nobody_elses_calls_are_found(program: Program) -> None:
    number = await program.create()
    other = await program.api.services.accounts.create_organisation("Other")
    _, key = await program.api.services.accounts.key_service.create(other.id, "x", sandbox=True, dialect="effebot")
    async with client_of(program.api.app) as client:
        shown = await client.post("/apiCalls/get", json={"apiKey": key, "apiCallIdList": [number]})
        assert shown.json() == {"status": "success", "data": []}
        for path, fields in (
            ("/apiCalls/remove", {"id": number}),
            ("/apiCalls/update", {"callList": [{"id": number, "replannedAt": 5}]}),
        ):
            answer = await client.post(path, json={"apiKey": key, **fields})
            assert answer.json()["status"] == "error"
    assert (await program.shown(number))["calls"][0]["status"] == "created"
