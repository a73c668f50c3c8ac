"""Calls: made, shown, moved, removed; what keys and words do; what a program is told."""

from __future__ import annotations

import json
import time
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from callwright.rules.outcomes import Outcome
from support.effebot import Program
from support.exchange import Heard
from support.proofs import proves
from support.recordings import insert_recording

pytestmark = pytest.mark.postgres

ATTEMPT = [
    *("phone", "ivrDigit", "startedAt", "answeredAt", "managerStartedAt", "managerAnsweredAt", "finishedAt"),
    *("toBlock", "status", "hangupCause", "managerStatus", "recordFilePath", "recordPath", "cost", "createdAt"),
    *("updatedAt", "label", "ivrAnswers", "ivrIdList", "comment"),
]
CALL = [
    *("id", "createdAt", "needRecording", "plannedAt", "webhookUrl", "webhookSent", "amoscriptId"),
    *("webhookParameters", "webhookTry", "recognitionGroupId", "generateGroupId", "calls"),
]


def text(said: str = "Message") -> dict[str, Any]:
    return {"text": said}


@proves(
    "create: phone",
    "create: outgoingPhone",
    "create: record",
    "create: record.text",
    "create: record.gender",
    "item: id",
    "item: createdAt",
    "item: plannedAt",
    "item: needrecording",
    "item: phone",
    "item: recordCost",
)
async def test_a_call_is_made(program: Program) -> None:
    before = int(time.time())
    (item,) = await program.ok(
        "/apiCalls/create",
        phone="99999999999",
        outgoingPhone=99999999997,
        record={"text": "Hello {you}", "gender": "1"},
    )
    assert {name: type(value).__name__ for name, value in item.items()} == {
        "id": "int",
        "createdAt": "int",
        "plannedAt": "int",
        "needRecording": "int",
        "needrecording": "int",
        "phone": "str",
        "recordCost": "int",
    }
    assert (item["phone"], item["needrecording"], item["recordCost"]) == ("99999999999", 0, 0)
    assert before - 5 <= item["createdAt"] <= time.time() + 5
    native = (await program.api.sandbox.get(f"/api/v1/calls/{await program.call_id(item['id'])}")).json()
    assert (native["to"], native["from"], native["number"]) == ("+99999999999", "+99999999997", item["id"])
    flow = await program.flow(item["id"])
    said = flow["steps"][flow["start"]]
    assert (said["type"], said["text"], said["voice"]) == ("say", "Hello {{effebot_brace}}you}", "en-US-M")


@proves("create: phones", "item: refused numbers")
async def test_a_number_that_is_refused_is_an_item_among_the_good(program: Program) -> None:
    phones = [program.phone(), "nobody", int(program.phone()), None]
    items = await program.ok("/apiCalls/create", phones=phones, dutyPhone=1, record=text())
    assert [item.get("status") for item in items] == [None, "error", None, "error"]
    assert set(items[1]) == {"status", "phone", "message"}
    assert (items[1]["phone"], items[1]["message"].startswith("phone: ")) == ("nobody", True)
    content = await program.post("/apiCalls/create", phone="nobody", outgoingPhone="99999999997", record=text())
    assert (content["status"], [item["status"] for item in content["data"]]) == ("error", ["error"])
    assert content["message"] == content["data"][0]["message"]


@proves("create: dutyPhone")
async def test_the_duty_phone_is_one_of_the_verified_numbers(program: Program) -> None:
    number = await program.create(outgoingPhone=None, dutyPhone="1")
    native = (await program.api.sandbox.get(f"/api/v1/calls/{await program.call_id(number)}")).json()
    assert native["from"] == "+18005550199"


@proves("create: plannedAt")
@pytest.mark.parametrize("as_text", [False, True])
async def test_a_call_is_planned(program: Program, as_text: bool) -> None:
    at = int(time.time()) + 86_400
    number = await program.create(plannedAt=str(at) if as_text else at)
    assert (await program.shown(number))["plannedAt"] == at
    past = await program.create(plannedAt=1_500_000_000)
    assert (await program.shown(past))["plannedAt"] >= at - 86_500


@proves("create: needRecording", "call: needRecording", "attempt: recordFilePath")
@pytest.mark.parametrize(("given", "records"), [(1, 1), ("1", 1), (0, 0), (None, 0), (True, 1)])
async def test_recording(program: Program, given: Any, records: int) -> None:
    number = await program.create(needRecording=given)
    assert (await program.shown(number))["needRecording"] == records
    assert ((await program.flow(number))["recording"] is not None) == bool(records)


@proves("attempt: recordFilePath")
async def test_what_was_recorded_can_be_fetched(program: Program) -> None:
    number = await program.create(needRecording=1)
    await insert_recording(program.api.database, await program.call_id(number), kind="call")
    attempt = (await program.shown(number))["calls"][0]
    assert attempt["recordFilePath"].startswith("http://api.test/api/v1/recordings/rec_")
    assert attempt["recordPath"] == attempt["recordFilePath"]


@proves("create: record.id")
async def test_a_record_is_played(program: Program) -> None:
    record = await program.ok("/apiCalls/createRecord", name="Welcome", source="text", text="Welcome")
    await program.refused(
        "/apiCalls/create",
        "still being converted",
        phone="99999999999",
        outgoingPhone="1234567",
        record={"id": record["id"]},
    )
    await program.api.database.execute(
        "UPDATE audio SET state = 'ready', content_hash = '\\x01', facts = '{\"seconds\": 1}' WHERE number = $1",
        record["id"],
    )
    number = await program.create(
        record={"id": record["id"]}, ivrs=[{"digit": 1, "needBlock": 0, "record": {"id": str(record["id"])}}]
    )
    steps = (await program.flow(number))["steps"]
    assert steps["start"]["prompt"] == [{"type": "play", "audio": steps["a1_record"]["audio"]}]


@proves("create: ivrs", "create: ivrs.*.digit", "attempt: ivrDigit", "attempt: ivrAnswers", "attempt: ivrIdList")
async def test_a_key_acts(program: Program) -> None:
    ivrs = [{"digit": 1, "record": text("one")}, {"digit": "2", "record": text("two")}, {"record": text("none")}]
    attempt = await program.talk("2", ivrs=ivrs)
    assert (attempt["ivrDigit"], attempt["ivrAnswers"], attempt["ivrIdList"]) == (2, "2", [2])
    # nothing pressed, or nothing that anybody knows: "stay on the line"
    for script in (None, "7"):
        attempt = await program.talk(script, ivrs=ivrs)
        assert (attempt["ivrDigit"], attempt["ivrAnswers"], attempt["ivrIdList"]) == (None, None, [3])


@proves("create: ivrs.*.keyWords", "attempt: ivrAnswers")
@pytest.mark.parametrize(
    ("said", "answer", "action"),
    [
        ("yes", "Yes", 1),
        ("well, don't know", "don\u2019t know", 1),
        ("NO!", "No", 1),
        ("later", "later", 2),
        ("blue", None, 3),
    ],
)
async def test_a_word_acts(program: Program, said: str, answer: str | None, action: int) -> None:
    ivrs = [{"keyWords": "Yes|No|don\u2019t know", "record": text()}, {"keyWords": "later"}, {"record": text()}]
    attempt = await program.talk(Heard(text=said, language="en-US"), ivrs=ivrs)
    assert (attempt["ivrDigit"], attempt["ivrAnswers"], attempt["ivrIdList"]) == (None, answer, [action])


@proves("create: ivrs.*.needBlock", "attempt: toBlock")
async def test_a_key_blocks(program: Program) -> None:
    phone = program.phone()
    attempt = await program.talk("9", phone=phone, ivrs=[{"digit": 9, "needBlock": 1, "record": text("bye")}])
    assert attempt["toBlock"] == 1
    listed = (await program.api.sandbox.get("/api/v1/suppressions", params={"to": f"+{phone}"})).json()
    assert [entry["scope"] for entry in listed["suppressions"]] == ["organisation"]
    # the record is heard after it
    number = await program.create(ivrs=[{"digit": 9, "needBlock": "1", "record": text("bye")}])
    steps = (await program.flow(number))["steps"]
    assert (steps["a1"]["next"], steps["a1_block"]["next"]) == ("a1_block", "a1_record")
    assert (await program.talk("9", ivrs=[{"digit": 9, "needBlock": 0}]))["toBlock"] == 0


@proves("create: ivrs.*.managerPhone", "create: isManagerDeliveryPhone", "attempt: managerStatus")
@pytest.mark.parametrize(
    ("event", "status"),
    [
        ("answered", "answered"),
        ("busy", "busy"),
        ("no_answer", "no_answer"),
        ("failed", "failed"),
        ("congestion", "failed"),
    ],
)
async def test_a_key_connects_with_the_manager(program: Program, event: str, status: str) -> None:
    ivrs = [{"digit": 2, "needBlock": 0, "managerPhone": "99999999998"}]
    attempt = await program.talk("2", event, ivrs=ivrs)
    assert (attempt["managerStatus"], attempt["ivrIdList"]) == (status, [1])


@proves("create: isManagerDeliveryPhone")
@pytest.mark.parametrize(("given", "caller_id"), [(1, "own"), ("1", "own"), (0, "callee"), (None, "callee")])
async def test_whom_the_manager_sees(program: Program, given: Any, caller_id: str) -> None:
    ivrs = [{"digit": 2, "managerPhone": "99999999998"}]
    step = (await program.flow(await program.create(ivrs=ivrs, isManagerDeliveryPhone=given)))["steps"]["a1_manager"]
    assert (step["to"], step["caller_id"]) == ("+99999999998", caller_id)


@proves("create: ivrs.*.smsText")
async def test_a_key_sends_a_text(program: Program) -> None:
    number = await program.create(ivrs=[{"digit": 1, "needBlock": 0, "smsText": "Message {text}"}])
    step = (await program.flow(number))["steps"]["a1_sms"]
    assert (step["type"], step["to"], step["text"]) == ("sms", "callee", "Message {{effebot_brace}}text}")
    await program.exchange.answers(await program.call_id(number), "1")
    assert (await program.shown(number))["calls"][0]["ivrIdList"] == [1]


@proves("create: ivrs*.webhookUrl", "create: ivrs*.webhookParameters")
@pytest.mark.parametrize(
    ("choice", "event", "answer"),
    [({"digit": 1}, "1", 1), ({"keyWords": "yes|no"}, Heard(text="Yes!", language="en"), "yes")],
)
async def test_a_key_tells_a_program(program: Program, choice: dict[str, Any], event: Any, answer: Any) -> None:
    parameters = {"user_parameter1": "value1", "user_parameter2": "{value2}", "call": "never"}
    phone = program.phone()
    hook = {"webhookUrl": "https://example.com/hook", "webhookParameters": json.dumps(parameters)}
    number = await program.create(phone=phone, ivrs=[{**choice, **hook}])
    await program.exchange.answers(await program.call_id(number), event)
    assert await program.webhooks(number) == [
        (
            "call.dtmf",
            {
                "call": {"phone": phone, "answer": answer},
                "user_parameter1": "value1",
                "user_parameter2": "{value2}",
            },
        )
    ]


@proves("create: nested ivrs")
async def test_keys_inside_keys(program: Program) -> None:
    inner = [{"digit": 1, "record": text("inner one")}, {"managerPhone": "99999999998"}]
    ivrs = [{"digit": 1, "record": text("Sure?"), "smsText": "Asked", "ivrs": inner}]
    attempt = await program.talk("1", "1", ivrs=ivrs)
    assert (attempt["ivrAnswers"], attempt["ivrIdList"]) == ("1|1", [1, 2])
    attempt = await program.talk("1", None, "busy", ivrs=ivrs)
    assert (attempt["ivrIdList"], attempt["managerStatus"]) == ([1, 3], "busy")


@proves("create: order of actions")
async def test_actions_follow_the_documents_order(program: Program) -> None:
    action = {
        "digit": 1,
        "managerPhone": "99999999998",
        "webhookUrl": "https://example.com/hook",
        "smsText": "Text",
        "record": text(),
        "needBlock": 1,
    }
    steps = (await program.flow(await program.create(ivrs=[action])))["steps"]
    order, at = [], "a1"
    while at is not None:
        order.append(steps[at]["type"])
        at = steps[at].get("next")
    assert order == ["set", "optout", "say", "sms", "webhook", "transfer"]


@proves("create: lang")
async def test_the_language(program: Program) -> None:
    number = await program.create(lang="de-DE")
    flow = await program.flow(number)
    assert (flow["language"], flow["steps"]["start"]["voice"]) == ("de-DE", "de-DE-F")


@proves("create: label", "create: comment", "attempt: label", "attempt: comment")
async def test_label_and_comment(program: Program) -> None:
    attempt = (await program.shown(await program.create(label="spring", comment="why")))["calls"][0]
    assert (attempt["label"], attempt["comment"]) == ("spring", "why")
    attempt = (await program.shown(await program.create()))["calls"][0]
    # the address of the program
    assert (attempt["label"], attempt["comment"]) == ("127.0.0.1", None)


@proves("create: answerTimeout", "create: smartDelay")
async def test_ringing_and_calling_again(program: Program) -> None:
    number = await program.create(answerTimeout="20", smartDelay=5)
    call_id = await program.call_id(number)
    row = await program.api.database.fetchrow("SELECT ring_timeout_seconds FROM calls WHERE id = $1", call_id)
    assert row is not None
    assert row["ring_timeout_seconds"] == 20
    await program.exchange.ends(call_id, Outcome.BUSY)
    shown = await program.shown(number)
    assert [(one["status"], one["hangupCause"]) for one in shown["calls"]] == [("finished", "USER_BUSY")]
    assert 290 <= shown["plannedAt"] - time.time() <= 310
    assert (await program.api.sandbox.get(f"/api/v1/calls/{call_id}")).json()["status"] == "queued"


@proves("create: startTime, endTime, weekdays")
async def test_a_call_waits_for_its_window(program: Program) -> None:
    now = datetime.now(ZoneInfo(program.api.organisation.time_zone))
    # opens on the day after tomorrow, of the account's calendar
    day = (now + timedelta(days=2)).isoweekday()
    number = await program.create(startTime="9:30", endTime="17:00:00", weekdays=[str(day)])
    row = await program.api.database.fetchrow("SELECT id, own_hours FROM calls WHERE number = $1", number)
    assert row is not None
    windows = [{"from": "09:30", "until": "17:00", "weekdays": [day]}]
    assert row["own_hours"] == {"windows": windows, "time_zone": "account"}
    native = (await program.api.live.get(f"/api/v1/calls/{row['id']}")).json()
    assert native["hours"] == {"windows": windows, "time_zone": "account"}
    with pytest.raises(AssertionError, match="deferred"):
        await program.exchange.dial(row["id"])
    shown = await program.shown(number)
    opens = datetime.fromtimestamp(shown["plannedAt"], now.tzinfo)
    assert (opens.isoweekday(), opens.hour, opens.minute) == (day, 9, 30)
    assert "deferred" in shown["calls"][0]["comment"]
    # one that is open all week is made at once
    await program.talk(startTime="00:00", weekdays="1,2,3,4,5,6,7")


@proves(
    "get: apiCallIdList",
    "call: id",
    "call: createdAt",
    "call: plannedAt",
    "call: amoscriptId",
    "call: recognitionGroupId",
    "call: generateGroupId",
    "call: calls",
    "attempt: phone",
    "attempt: startedAt",
    "attempt: answeredAt",
    "attempt: finishedAt",
    "attempt: status",
    "attempt: hangupCause",
    "attempt: cost",
    "attempt: createdAt",
    "attempt: updatedAt",
)
async def test_a_call_is_shown(program: Program) -> None:
    phone = program.phone()
    number = await program.create(phone=phone, ivrs=[{"digit": 1, "managerPhone": "99999999998"}])
    shown = await program.shown(number)
    assert list(shown) == CALL
    assert list(shown["calls"][0]) == ATTEMPT
    assert (shown["amoscriptId"], shown["recognitionGroupId"], shown["generateGroupId"]) == (None, None, None)
    assert (shown["calls"][0]["status"], shown["calls"][0]["startedAt"], shown["calls"][0]["hangupCause"]) == (
        "created",
        None,
        None,
    )
    await program.exchange.answers(await program.call_id(number), settle=False)
    running = (await program.shown(number))["calls"][0]
    assert (running["status"], running["finishedAt"], running["hangupCause"]) == ("answered", None, None)
    assert running["startedAt"] <= running["answeredAt"] <= running["updatedAt"]
    assert (running["phone"], running["cost"]) == (phone, 0)
    done = await program.talk()
    assert list(done) == ATTEMPT
    assert (done["status"], done["hangupCause"]) == ("finished", "NORMAL_CLEARING")
    assert done["finishedAt"] >= done["answeredAt"]


@proves("attempt: status", "attempt: startedAt", "attempt: managerStatus")
async def test_an_attempt_goes_from_state_to_state(program: Program) -> None:
    number = await program.create()
    await program.exchange.claim(await program.call_id(number))
    attempt = (await program.shown(number))["calls"][0]
    assert (attempt["status"], attempt["startedAt"], type(attempt["createdAt"])) == ("processed", None, int)
    number = await program.create()
    await program.exchange.dial(await program.call_id(number))
    attempt = (await program.shown(number))["calls"][0]
    assert (attempt["status"], type(attempt["startedAt"]), attempt["answeredAt"]) == ("started", int, None)
    ivrs = [{"digit": 2, "managerPhone": "99999999998"}]
    attempt = await program.talk("2", settle=False, ivrs=ivrs)
    assert (attempt["status"], attempt["managerStatus"], attempt["finishedAt"]) == ("answered", "started", None)


@proves("attempt: hangupCause")
@pytest.mark.parametrize(
    ("outcome", "cause"),
    [
        (Outcome.BUSY, "USER_BUSY"),
        (Outcome.NO_ANSWER, "NO_ANSWER"),
        (Outcome.REJECTED, "CALL_REJECTED"),
        (Outcome.INVALID_NUMBER, "UNALLOCATED_NUMBER"),
        (Outcome.FAILED, "NETWORK_OUT_OF_ORDER"),
    ],
)
async def test_why_nobody_was_reached(program: Program, outcome: Outcome, cause: str) -> None:
    number = await program.create()
    await program.exchange.ends(await program.call_id(number), outcome)
    attempt = (await program.shown(number))["calls"][0]
    assert (attempt["status"], attempt["hangupCause"], attempt["answeredAt"]) == ("finished", cause, None)


@proves("get: apiCallIdList")
async def test_ids_stand_in_the_query_or_the_body(program: Program) -> None:
    numbers = [await program.create(), await program.create()]
    query = "&".join(f"apiCallIdList[]={number}" for number in numbers)
    for answer in (
        await program.client.post(f"/apiCalls/get?{query}", json={"apiKey": program.key}),
        await program.client.get(f"/apiCalls/get?{query}&apiKey={program.key}"),
        await program.client.post(
            "/effebot/apiCalls/get", data={"apiKey": program.key, "apiCallIdList": f"{numbers[0]},{numbers[1]}"}
        ),
        await program.client.post(
            "/apiCalls/getWithTemplates", json={"apiKey": program.key, "apiCallIdList": [str(n) for n in numbers]}
        ),
    ):
        assert [call["id"] for call in answer.json()["data"]] == numbers
    assert await program.ok("/apiCalls/get", apiCallIdList=[numbers[0], 2**40]) == [await program.shown(numbers[0])]


@proves("update: callList", "update: callList.*.id", "update: callList.*.replannedAt", "update: callIdList")
async def test_calls_are_replanned(program: Program) -> None:
    numbers = [await program.create(), await program.create()]
    at = int(time.time()) + 3600
    data = await program.ok(
        "/apiCalls/update",
        callList=[{"id": numbers[0], "replannedAt": at}, {"id": str(numbers[1]), "replannedAt": str(at)}],
    )
    assert data == {"callIdList": numbers}
    assert [(await program.shown(number))["plannedAt"] for number in numbers] == [at, at]
    # one that was begun holds up the others, too
    begun = await program.create()
    await program.exchange.dial(await program.call_id(begun))
    later = [{"id": numbers[0], "replannedAt": at + 60}, {"id": begun, "replannedAt": at}]
    await program.refused("/apiCalls/update", "was begun already", callList=later)
    assert (await program.shown(numbers[0]))["plannedAt"] == at
    far = [{"id": numbers[1], "replannedAt": at + 60}, {"id": numbers[0], "replannedAt": at + 400 * 86_400}]
    await program.refused("/apiCalls/update", "callList[1].replannedAt: must be within 366 days", callList=far)
    assert (await program.shown(numbers[1]))["plannedAt"] == at
    await program.ok("/apiCalls/update", callList=[{"id": numbers[0], "replannedAt": 1}])
    assert (await program.shown(numbers[0]))["plannedAt"] <= time.time()


@proves("remove: id", "remove: idList", "remove: data")
async def test_calls_are_removed(program: Program) -> None:
    numbers = [await program.create() for _ in range(3)]
    assert await program.ok("/apiCalls/remove", id=numbers[0]) == []
    assert await program.ok("/apiCalls/remove", idList=numbers[1:], isTemplate=0) == {"callIdList": numbers[1:]}
    for number in numbers:
        attempt = (await program.shown(number))["calls"][0]
        assert (attempt["status"], attempt["hangupCause"]) == ("canceled", "ORIGINATOR_CANCEL")
    await program.refused("/apiCalls/remove", f"id: the call {numbers[0]} is over", id=numbers[0])
    await program.refused("/apiCalls/remove", "idList: there is no call 1099511627776", idList=[2**40])


@proves(
    "create: webhookUrl",
    "create: webhookParameters",
    "call: webhookUrl",
    "call: webhookParameters",
    "call: webhookSent",
    "call: webhookTry",
)
async def test_a_program_is_told_of_every_change(program: Program) -> None:
    fields = {"webhookUrl": "https://example.com/hook", "webhookParameters": '{"order": 5}'}
    number = await program.create(**fields, ivrs=[{"digit": 9, "needBlock": 1}])
    await program.exchange.answers(await program.call_id(number), "9")
    told = await program.webhooks(number)
    assert [(event, body["calls"][0]["status"]) for event, body in told] == [
        ("call.dialing", "started"),
        ("call.answered", "answered"),
        ("call.completed", "finished"),
    ]
    last = told[-1][1]
    assert list(last) == CALL
    assert (last["id"], last["webhookTry"], last["webhookParameters"]) == (number, 1, '{"order":5}')
    policies = await program.api.database.fetch(
        "SELECT policy, format FROM deliveries WHERE subject = $1 ORDER BY ordinal", await program.call_id(number)
    )
    assert [tuple(row) for row in policies] == [("once", "effebot"), ("once", "effebot"), ("effebot", "effebot")]
    shown = await program.shown(number)
    assert (shown["webhookUrl"], shown["webhookSent"], shown["webhookTry"]) == ("https://example.com/hook", 0, 0)
    await program.api.database.execute(
        "UPDATE deliveries SET state = 'delivered', tries = 2 WHERE subject = $1", await program.call_id(number)
    )
    shown = await program.shown(number)
    assert (shown["webhookSent"], shown["webhookTry"]) == (1, 2)


@proves("create: webhookUrl")
async def test_a_program_may_be_told_of_the_end_only(program: Program) -> None:
    answer = await program.api.live.patch("/api/v1/account", json={"dialect_options": {"effebot_webhook": "final"}})
    assert answer.status_code == 200, answer.text
    try:
        number = await program.create(webhookUrl="https://example.com/hook")
        await program.ok("/apiCalls/remove", id=number)
        assert [event for event, _ in await program.webhooks(number)] == ["call.cancelled"]
    finally:
        await program.api.live.patch("/api/v1/account", json={"dialect_options": {}})


async def test_times_are_those_of_the_native_api(program: Program) -> None:
    number = await program.create()
    native = (await program.api.sandbox.get(f"/api/v1/calls/{await program.call_id(number)}")).json()
    created = datetime.fromisoformat(native["created_at"]).astimezone(UTC)
    assert (await program.shown(number))["createdAt"] == int(created.timestamp())
