"""Records, the account and its lists, templates, flash calls, the block list."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from callwright.accounts.models import Actor
from support.api import client_of
from support.effebot import Program
from support.money import meter
from support.people import make_user
from support.proofs import proves
from support.sound_files import encoded, tones

pytestmark = pytest.mark.postgres

RECORD = ["id", "createdAt", "needModeration", "moderatorComment", "name", "path", "status", "recordText", "cost"]


@proves(
    "createRecord: name",
    "createRecord: source",
    "createRecord: text",
    "createRecord: gender",
    "createRecord: lang",
    "record: id",
    "record: createdAt",
    "record: needModeration",
    "record: moderatorComment",
    "record: name",
    "record: path",
    "record: status",
    "record: recordText",
    "record: cost",
)
async def test_a_record_of_a_text(program: Program) -> None:
    made = await program.ok(
        "/apiCalls/createRecord", name="Welcome", source="text", text="Guten Tag", gender=1, lang="de-DE"
    )
    assert list(made) == RECORD
    assert {name: made[name] for name in RECORD[2:]} == {
        "needModeration": 0,
        "moderatorComment": None,
        "name": "Welcome",
        "path": None,
        "status": "pending",
        "recordText": "Guten Tag",
        "cost": 0,
    }
    native = (await program.api.sandbox.get("/api/v1/audio", params={"number": made["id"]})).json()["audio"][0]
    assert (native["text"], native["voice"], native["name"]) == ("Guten Tag", "de-DE-M", "Welcome")


@proves("createRecord: file", "record: path", "getRecords: data")
async def test_a_record_of_a_file(program: Program) -> None:
    sound = encoded(tones((440, 1.0)), "wav")
    answer = await program.client.post(
        "/apiCalls/createRecord",
        data={"apiKey": program.key, "name": "Sound", "source": "file"},
        files={"file": ("sound.wav", sound, "audio/wav")},
    )
    made = answer.json()["data"]
    assert (made["name"], made["recordText"], answer.json()["status"]) == ("Sound", None, "success")
    await program.api.jobs.run()
    listed = await program.ok("/apiCalls/getRecords")
    (found,) = [record for record in listed if record["id"] == made["id"]]
    assert (found["status"], list(found)) == ("ready", RECORD)
    path = found["path"].removeprefix("http://api.test")
    fetched = await program.api.nobody.get(path)
    assert (fetched.status_code, fetched.headers["content-type"]) == (200, "audio/mpeg")


@proves("removeRecord: idList", "removeRecord: deletedAt")
async def test_records_are_removed_all_or_none(program: Program) -> None:
    ids = [
        (await program.ok("/apiCalls/createRecord", name=name, source="text", text=name))["id"] for name in ("a", "b")
    ]
    await program.refused("/apiCalls/removeRecord", "idList[1]: there is no audio record", idList=[ids[0], 2**40])
    gone = await program.ok("/apiCalls/removeRecord", idList=ids)
    assert [(record["id"], type(record["deletedAt"]).__name__) for record in gone] == [(ids[0], "int"), (ids[1], "int")]
    assert not {record["id"] for record in await program.ok("/apiCalls/getRecords")} & set(ids)


@proves("userInfo: id", "userInfo: balance", "userInfo: loggedAt", "userInfo: lastPayAt")
async def test_the_account(program: Program) -> None:
    assert await program.ok("/apiCalls/userInfo") == {
        "id": program.api.organisation.number,
        "balance": 0,
        "loggedAt": None,
        "lastPayAt": None,
    }


@proves("userInfo: balance", "userInfo: loggedAt", "userInfo: lastPayAt", "attempt: cost")
async def test_money_is_shown_as_it_is_spent(live: Program) -> None:
    services, organisation = live.api.services, live.api.organisation
    person = await make_user(live.api, "manager")
    await live.api.database.execute("UPDATE users SET last_login_at = now() WHERE id = $1", person.id)
    # emergency: this test may run at night
    _, key = await services.accounts.key_service.create(
        organisation.id, "payer", sandbox=False, dialect="effebot", purpose="emergency", user_id=person.id
    )
    payer = replace(live, key=key)
    await meter(live.api.database, organisation.id, paid="5")
    services.accounts.key_service.cache.clear()
    try:
        number = await payer.create(phone="12125550170", outgoingPhone="18005550199")
        call_id = await live.api.database.fetchval("SELECT id FROM calls WHERE number = $1", number)
        await payer.exchange.answers(call_id)
        # the first six seconds of a minute that costs six cents
        assert (await payer.shown(number))["calls"][0]["cost"] == 0.006
        account = await payer.ok("/apiCalls/userInfo")
        assert (account["balance"], type(account["loggedAt"]), type(account["lastPayAt"])) == (4.994, int, int)
    finally:
        await live.api.database.execute("UPDATE organisations SET rate_plan_id = NULL WHERE id = $1", organisation.id)
        services.accounts.key_service.cache.clear()


@proves(
    "getPhones: all",
    "getPhones: id",
    "getPhones: phone",
    "getPhones: isSystem",
    "getPhones: overall",
    "getPhones: enable",
)
async def test_caller_ids(program: Program) -> None:
    await program.api.services.numbers.add_number(program.api.organisation.id, "+18005550123", verified_by=None)
    usable = await program.ok("/apiCalls/getPhones")
    assert [(one["phone"], one["isSystem"], one["overall"], one["enable"]) for one in usable] == [
        ("18005550199", True, 1, 1)
    ]
    assert type(usable[0]["id"]) is int
    for everything in (True, 1, "true"):
        listed = await program.ok("/apiCalls/getPhones", all=everything)
        assert [(one["phone"], one["enable"]) for one in listed] == [("18005550199", 1), ("18005550123", 0)]
    assert await program.ok("/apiCalls/getPhones", all=False) == usable
    # one that a person added for themselves
    person = await make_user(program.api, "agent", fenced=True)
    who = Actor(organisation_id=program.api.organisation.id, kind="user", user_id=person.id)
    await program.api.services.numbers.add_number(
        program.api.organisation.id, "+18005550124", verified_by="call", who=who
    )
    listed = await program.ok("/apiCalls/getPhones")
    assert [(one["phone"], one["isSystem"], one["overall"]) for one in listed] == [
        ("18005550199", True, 1),
        ("18005550124", False, 0),
    ]


@proves("getAvailableLanguages: id", "getAvailableLanguages: name", "getAvailableLanguages: defaultLangCode")
async def test_languages(program: Program) -> None:
    listed = await program.ok("/apiCalls/getAvailableLanguages")
    assert [one["defaultLangCode"] for one in listed] == ["de-DE", "en-US"]
    assert [one["id"] for one in listed] == [1, 2]
    answer = await program.client.get(f"/apiCalls/getAvailableLanguages?apiKey={program.key}&")
    assert answer.json()["data"] == listed


async def template(program: Program, text: str, *steps: dict[str, Any], **head: Any) -> int:
    """Publish a flow as a template, by default one that asks with a text; return its number."""
    question = {
        "type": "gather",
        "prompt": [{"type": "say", "text": text}],
        "branches": {"1": [{"type": "say", "text": "Thank you"}]},
        "keywords": [{"words": ["yes", "sure"], "next": None}],
    }
    draft = {"steps": list(steps) or [question], **head}
    async with client_of(program.api.app, program.api.live.headers["Authorization"].removeprefix("Bearer ")) as client:
        made = (await client.post("/api/v1/flows", json={"name": text[:60], "draft": draft})).json()
        revision = {"revision": made["revision"]}
        published = await client.post(f"/api/v1/flows/{made['flow_id']}/publish", json=revision)
        assert published.is_success, published.text
    number: int = made["number"]
    return number


@proves(
    "getTemplates: data",
    "getTemplates: onlyModerated",
    "createWithTemplate: templateId",
    "createWithTemplate: variables",
    "createWithTemplate: the rest",
)
async def test_templates(program: Program) -> None:
    number = await template(program, "Dear {name}, press 1 or say yes")
    listed = await program.ok("/apiCalls/getTemplates", onlyModerated=1)
    (found,) = [one for one in listed if one["id"] == number]
    assert found == {
        "id": number,
        "name": "Dear {name}, press 1 or say yes",
        "status": "ready",
        "needModeration": 0,
        "variables": ["name"],
        "record": {"text": "Dear {name}, press 1 or say yes"},
        "ivrs": [{"digit": 1}, {"keyWords": "yes|sure"}],
    }
    body = {"templateId": str(number), "phones": [program.phone()], "dutyPhone": 1, "needRecording": 1, "lang": "de-DE"}
    await program.refused("/apiCalls/createWithTemplate", "name", **body)
    (item,) = await program.ok("/apiCalls/createWithTemplate", **body, variables={"name": "Alex"})
    flow = await program.flow(item["id"])
    assert (flow["language"], flow["recording"] is not None) == ("de-DE", True)
    (shown,) = await program.ok("/apiCalls/getWithTemplates", apiCallIdList=[item["id"]])
    assert (shown["id"], shown["needRecording"]) == (item["id"], 1)
    await program.refused(
        "/apiCalls/createWithTemplate", "templateId: is not a template", **{**body, "templateId": 2**40}
    )


@proves("createWithTemplate: needRecording", "createWithTemplate: isManagerDeliveryPhone")
@pytest.mark.parametrize(
    ("recorded", "given", "records", "caller_id"),
    [
        (True, {}, True, "+18005550199"),
        (False, {}, False, "+18005550199"),
        (True, {"needRecording": "", "isManagerDeliveryPhone": ""}, True, "+18005550199"),
        (True, {"needRecording": 0, "isManagerDeliveryPhone": 0}, False, "callee"),
        (False, {"needRecording": "1", "isManagerDeliveryPhone": "1"}, True, "own"),
    ],
)
async def test_a_request_goes_before_its_template(
    program: Program, recorded: bool, given: dict[str, Any], records: bool, caller_id: str
) -> None:
    transfer = {"type": "transfer", "to": "+99999999998", "caller_id": "+18005550199"}
    name = f"Recorded {recorded}, {given}"
    number = await template(program, name, {"type": "say", "text": "One moment"}, transfer, recording=recorded)
    fields = {"templateId": number, "phone": program.phone(), "dutyPhone": 1, **given}
    (item,) = await program.ok("/apiCalls/createWithTemplate", **fields)
    flow = await program.flow(item["id"])
    assert (flow["recording"] is not None) is records
    assert [step["caller_id"] for step in flow["steps"].values() if step["type"] == "transfer"] == [caller_id]
    # what is answered and shown is what is done
    assert (item["needRecording"], item["needrecording"]) == (int(records), int(records))
    (shown,) = await program.ok("/apiCalls/getWithTemplates", apiCallIdList=[item["id"]])
    assert shown["needRecording"] == int(records)


@proves("moderation: texts", "getTemplates: onlyModerated")
async def test_texts_wait_for_the_moderator(live: Program) -> None:
    number = await template(live, "Not seen yet")
    answer = await live.api.live.patch("/api/v1/approvals/settings", json={"texts": True})
    assert answer.is_success, answer.text
    fields = {"phone": "12125550150", "dutyPhone": 1, "record": {"text": "Buy now"}}
    try:
        await live.refused("/apiCalls/create", "waits for the moderator", **fields)
        assert number not in [one["id"] for one in await live.ok("/apiCalls/getTemplates", onlyModerated=1)]
        assert number in [one["id"] for one in await live.ok("/apiCalls/getTemplates", onlyModerated=0)]
        listed = (await live.api.live.get("/api/v1/approvals", params={"state": "pending"})).json()["approvals"]
        (asked,) = [one for one in listed if one["content"] == "Buy now"]
        decided = await live.api.live.post(f"/api/v1/approvals/{asked['approval_id']}/approve", json={})
        assert decided.is_success, decided.text
        (item,) = await live.ok("/apiCalls/create", **fields)
        assert item["phone"] == "12125550150"
    finally:
        await live.api.live.patch("/api/v1/approvals/settings", json={"texts": False})


@proves("record: status", "record: moderatorComment", "record: needModeration", "getTemplates: onlyModerated")
async def test_a_record_waits_for_the_moderator(live: Program) -> None:
    native = live.api.live
    sound = {"content": encoded(tones((333.0, 0.4))), "headers": {"Content-Type": "audio/wav"}}
    audio = (await native.post("/api/v1/audio", params={"name": "To be heard"}, **sound)).json()
    await live.api.jobs.run()
    number = await template(live, "Plays a record", {"type": "play", "audio": audio["audio_id"]})

    async def templates(**fields: Any) -> list[tuple[Any, Any]]:
        listed = await live.ok("/apiCalls/getTemplates", **fields)
        return [(one["needModeration"], one["record"]) for one in listed if one["id"] == number]

    async def record() -> dict[str, Any]:
        (found,) = [one for one in await live.ok("/apiCalls/getRecords") if one["id"] == audio["number"]]
        return {name: found[name] for name in ("needModeration", "status", "moderatorComment")}

    assert await record() == {"needModeration": 0, "status": "ready", "moderatorComment": None}
    assert await templates(onlyModerated=1) == [(0, {"id": audio["number"]})]
    assert (await native.patch("/api/v1/approvals/settings", json={"audio": True})).is_success
    try:
        fields = {"phone": "12125550160", "dutyPhone": 1, "record": {"id": audio["number"]}}
        await live.refused("/apiCalls/create", "waits for the moderator", **fields)
        assert await record() == {"needModeration": 1, "status": "pending", "moderatorComment": None}
        assert (await templates(onlyModerated=1), await templates()) == ([], [(1, {"id": audio["number"]})])
        listed = (await native.get("/api/v1/approvals", params={"state": "pending"})).json()["approvals"]
        (asked,) = [one for one in listed if one["audio_id"] == audio["audio_id"]]
        body = {"comment": "too loud"}
        assert (await native.post(f"/api/v1/approvals/{asked['approval_id']}/reject", json=body)).is_success
        assert await record() == {"needModeration": 1, "status": "rejected", "moderatorComment": "too loud"}
        assert (await native.post(f"/api/v1/approvals/{asked['approval_id']}/approve", json={})).is_success
        assert (await record())["status"] == "ready"
        assert await templates(onlyModerated=1) == [(0, {"id": audio["number"]})]
    finally:
        await native.patch("/api/v1/approvals/settings", json={"audio": False})


@proves("confirmPhone: phone", "confirmPhone: phones", "confirmPhone: pin", "confirmPhone: data")
async def test_flash_calls(program: Program, live: Program) -> None:
    phones = [program.phone(), program.phone()]
    assert await program.ok("/apiVerificationPhones/confirmPhone", phones=phones, pin=7) == "done"
    rows = await program.api.database.fetch(
        "SELECT from_number, ring_only_seconds FROM calls WHERE to_number = ANY($1)", [f"+{phone}" for phone in phones]
    )
    assert [(row["from_number"][-4:], row["ring_only_seconds"]) for row in rows] == [("0007", 2)] * 2
    await live.refused(
        "/apiVerificationPhones/confirmPhone",
        "none of your verified numbers ends in 4321",
        phone="12125550151",
        pin="4321",
    )
    for fields, words in (
        ({"phone": "12125550151"}, "pin: is required"),
        ({"pin": 1234}, "phone: is required"),
        ({"phone": "12125550151", "pin": 12345}, "pin: must be a whole number from 0 to 9999"),
        ({"phone": "nobody", "pin": "1234"}, "nobody"),
    ):
        await program.refused("/apiVerificationPhones/confirmPhone", words, **fields)


@proves(
    "addPhonesFromApi: phones",
    "addPhonesFromApi: phones.*.phone",
    "addPhonesFromApi: phones.*.comment",
    "addPhonesFromApi: data",
)
async def test_the_block_list(program: Program) -> None:
    one, two = program.phone(), program.phone()
    entries = [{"phone": one, "comment": "asked by letter"}, {"phone": int(two)}]
    assert await program.ok("/apiBlacklist/addPhonesFromApi", phones=entries) == 2
    assert await program.ok("/apiBlacklist/addPhonesFromApi", phones=entries) == 0
    listed = (await program.api.sandbox.get("/api/v1/suppressions", params={"to": f"+{one}"})).json()["suppressions"]
    assert [entry["evidence"] for entry in listed] == ["asked by letter"]
    number = await program.create(phone=one)
    for words, phones in (
        ("phones: is required", None),
        ("phones[0].phone: is required", [{"comment": "x"}]),
        ("phones[1].phone", [{"phone": program.phone()}, {"phone": "nobody"}]),
    ):
        await program.refused("/apiBlacklist/addPhonesFromApi", words, phones=phones)
    assert (await program.shown(number))["calls"][0]["status"] == "created"


async def test_forms_are_read_like_json(program: Program) -> None:
    phone = program.phone()
    form: dict[str, Any] = {
        "apiKey": program.key,
        "phones[]": phone,
        "outgoingPhone": "99999999997",
        "record[text]": "José",
        "ivrs[0][digit]": "1",
        "ivrs[0][record][text]": "One",
    }
    answer = await program.client.post("/effebot/apiCalls/create?", data=form)
    (item,) = answer.json()["data"]
    flow = await program.flow(item["id"])
    assert flow["steps"]["start"]["prompt"][0]["text"] == "José"
    assert flow["steps"]["a1_record"]["text"] == "One"
