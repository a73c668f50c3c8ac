"""Texts, pictures, and jobs that call and write; the same message in the native API."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from callwright.messages.inbound import InboundText, InboundTexts
from callwright.rules.outcomes import Outcome
from support.api import CALLER_ID
from support.proofs import proves
from support.robotalker import DETAIL, HANDLER, Program, objects, typed

pytestmark = pytest.mark.postgres

NO_MESSAGE = "42 Unable to create/find message"
SMS = {
    "whattodo": "SendSms",
    "optname": "TESTSMS",
    "optcallerid": "8005550199",
    "messageid": "86059",
    "messagetext": "Hello #name#",
    "phonenumber": "2125550100",
    "customername": "EvisPresly",
    "messageidvm": "0",
    "imageurl": "",
}


async def texts_of(program: Program, number: int) -> list[dict[str, Any]]:
    """Return the texts of a job, as the native API shows them."""
    orders = (await program.native(f"/orders?number={number}"))["orders"]
    order = await program.native(f"/orders/{orders[0]['order_id']}")
    return [await program.native(f"/sms/{part['message_id']}") for part in order["parts"] if part["message_id"]]


async def move(program: Program, message_id: str, status: str) -> None:
    """Let a text have another state."""
    await program.api.database.execute(
        "UPDATE messages SET status = $2, ended_at = now() WHERE id = $1", message_id, status
    )


@proves("request: whattodo", "answer: smsStatus")
async def test_a_text_is_answered_as_in_the_document_and_is_the_native_text(program: Program) -> None:
    [made] = await program.sent(**SMS)
    assert typed(made)["smsStatus"] is str
    assert (made["jobName"], made["ToNumber"], made["smsStatus"], made["JobStatus"]) == (
        "dp0.TESTSMS",
        "2125550100",
        "0",
        0,
    )
    [text] = await texts_of(program, made["id"])
    assert (text["to"], text["from"], text["text"], text["status"]) == (
        "+12125550100",
        CALLER_ID,
        "Hello EvisPresly",
        "queued",
    )
    assert await program.calls_of(made["id"]) == []


@proves(
    "detail of a text: ContactName",
    "detail of a text: DialNumber",
    "detail of a text: Description",
    "detail of a text: ReturnedMessage",
    "detail of a text: SidReceipt",
    "detail of a text: DynamicText",
    "detail of a text: JobId",
    "request: optcallerid",
)
async def test_an_answer_is_shown_and_goes_on_to_the_caller_id(program: Program) -> None:
    services = program.api.services
    await services.numbers.add_number(program.organisation.id, "+12125559999", verified_by="operator")
    number = "2125550411"
    fields = {"optname": "Bob's", "phonenumber": number, "customername": "Bob-smith", "optcallerid": "2125559999"}
    [made] = await program.sent(**{**SMS, **fields})
    [text] = await texts_of(program, made["id"])
    await move(program, text["message_id"], "delivered")
    route = await services.messages.routes.opened("route-smpp")
    inbound = InboundTexts(program.api.database, services.messages.service)
    answer = InboundText(sender=f"+1{number}", recipient=text["from"], text="I will be there!")
    await inbound.read(route, [answer])
    [row] = await program.details(jobId=str(made["id"]))
    receipt = row["SidReceipt"]
    assert receipt.startswith("SM")
    assert len(receipt) == 34
    assert int(receipt[2:], 16)
    assert row == {
        "ContactName": "Bob-smith",
        "DialNumber": number,
        "Description": "Completed",
        "ReturnedMessage": "I will be there!",
        "SidReceipt": receipt,
        "DynamicText": "Hello Bob-smith",
        "JobId": made["id"],
    }
    forwarded = (await program.native("/sms?address=%2B12125559999"))["messages"]
    assert [message["text"] for message in forwarded] == [f"+1{number}: I will be there!"]


@proves("request: imageurl")
async def test_a_picture_makes_it_an_mms(program: Program) -> None:
    for text in ("Look", ""):
        fields = {"imageurl": "https://example.com/a.png", "messagetext": text, "optname": f"Picture {text}"}
        [made] = await program.sent(**{**SMS, **fields})
        [message] = await texts_of(program, made["id"])
        assert message["media_urls"] == ["https://example.com/a.png"]
        [row] = await program.details(jobId=str(made["id"]))
        assert row["SidReceipt"].startswith("MM")


@proves("request: whattodo", "request: messageid")
async def test_a_job_that_calls_and_writes(program: Program) -> None:
    audio = await program.audio()
    both = {"phonenumber": "2125550421", "messageid": str(audio["number"])}
    for what, name in (("MessageAndSms", "Both"), ("TtsAndSms", "Both spoken")):
        [made] = await program.sent(**{**SMS, **both, "whattodo": what, "optname": name})
        assert made["smsStatus"] == "0"
        [call], [text] = await program.calls_of(made["id"]), await texts_of(program, made["id"])
        assert call["to"] == text["to"] == "+12125550421"
        assert text["text"] == "Hello EvisPresly"
        body = await program.api.database.fetchval(
            "SELECT f.body FROM flows f JOIN calls c ON c.flow_id = f.id WHERE c.id = $1", call["call_id"]
        )
        heard = body["steps"]["message"]
        assert (heard.get("audio") or heard["text"]) == (
            audio["audio_id"] if what == "MessageAndSms" else "Hello #name#"
        )
        await program.end(call["call_id"], Outcome.HUMAN)
        await move(program, text["message_id"], "delivered")
        of_calls, of_texts = await program.status(name)
        assert (of_calls["Delivered"], of_texts["Delivered"]) == (1, 1)
        assert of_calls["Id"] == of_texts["Id"] == made["id"]
        rows = await program.details(groupName=name)
        assert ["CallAttempts" in row for row in rows] == [True, False]


@proves("multi job: smsId")
async def test_multi_job_of_both(program: Program) -> None:
    body = {
        "whattodo": "TtsAndSms",
        "jobname": "Both of them",
        "messagetext": "Hello #name#",
        "contactlist": [{"name": "Ann", "phone": "2125550431"}, {"name": "Bob", "phone": "2125550432"}],
    }
    made = (await program.client.post("/REST/api/MultiJob", json=body, auth=program.basic)).json()
    assert made["smsId"] == made["callId"]
    answer = await program.client.get("/REST/api/Jobsummary", params={"jobname": "Both of them"}, auth=program.basic)
    found = answer.json()
    assert (found["call"]["TotalContacts"], found["sms"]["TotalContacts"]) == (2, 2)
    assert [text["text"] for text in await texts_of(program, int(made["smsId"]))] == ["Hello Ann", "Hello Bob"]


@pytest.mark.parametrize(
    ("status", "counters", "word"),
    [
        ("sent", (0, 0), "Completed"),
        ("delivered", (1, 0), "Completed"),
        ("undelivered", (0, 1), "Failed"),
        ("failed", (0, 1), "Failed"),
        ("skipped", (0, 0), "Cancelled"),
    ],
)
@proves("status: Delivered", "status: NotAnswered")
async def test_where_a_text_stands(program: Program, status: str, counters: tuple[int, int], word: str) -> None:
    [made] = await program.sent(**{**SMS, "optname": f"Stands {status}"})
    [text] = await texts_of(program, made["id"])
    await move(program, text["message_id"], status)
    [row] = await program.status(f"Stands {status}")
    assert (row["Delivered"], row["NotAnswered"]) == counters
    assert (row["TotalContacts"], row["Completed"]) == (1, counters[0])
    assert [each["Description"] for each in await program.details(jobId=str(made["id"]))] == [word]


@proves("request: rundatetime", "request: enddate", "request: priority")
async def test_a_text_leaves_at_its_time_or_not_at_all(program: Program) -> None:
    soon = datetime.now(ZoneInfo("America/New_York")) + timedelta(days=2)
    fields = {"rundatetime": f"{soon:%d/%m/%Y} 9:15:00 AM", "enddate": f"{soon:%Y/%m/%d} 21:00", "priority": "9"}
    [made] = await program.sent(**{**SMS, **fields, "optname": "Later"})
    assert made["Jobtime"].startswith(f"{soon.month}/{soon.day}/{soon.year} 9:15:00 AM-E")
    [text] = await texts_of(program, made["id"])
    row = await program.api.database.fetchrow(
        "SELECT due_at, not_after, priority FROM messages WHERE id = $1", text["message_id"]
    )
    assert row is not None
    at = soon.replace(minute=0, second=0, microsecond=0)
    assert tuple(row) == (at.replace(hour=9, minute=15), at.replace(hour=21), 9)
    assert (await program.status("Later"))[0]["TriggerStatus"] == "Pending"


@proves("detail request: cancelJob")
async def test_texts_that_have_not_left_are_cancelled(program: Program) -> None:
    people = [{"name": "Ann", "phone": "2125550441"}, {"name": "Bob", "phone": "2125550442"}]
    body = {**program.secrets, **SMS, "optname": "Stop it", "phonenumber": [], "contactlistarray": people}
    made = objects(await program.client.post(HANDLER, json=body))
    first, _ = await texts_of(program, made[0]["id"])
    await move(program, first["message_id"], "sent")
    asked = {**program.secrets, "cancelJob": str(made[0]["id"])}
    assert (await program.client.get(DETAIL, params=asked)).text == "success"
    assert [text["status"] for text in await texts_of(program, made[0]["id"])] == ["sent", "cancelled"]
    assert (await program.client.get(DETAIL, params=asked)).text == "fail"


@pytest.mark.parametrize(
    ("fields", "detail"),
    [
        ({"messagetext": ""}, "messagetext: is needed"),
        ({"messagetext": "x" * 4001}, "messagetext: "),
        ({"messagetext": "x" * 3000}, "messagetext: "),
        ({"imageurl": "ftp://example.com/a.png"}, "imageurl"),
        ({"optcallerid": "2125550177"}, "optcallerid: is not a verified number"),
        ({"phonenumber": "12"}, "phonenumber: "),
        ({"whattodo": "TtsAndSms", "messagetext": ""}, "messagetext: is needed"),
        ({"whattodo": "MessageAndSms", "messageid": "77"}, "messageid: 77 does not exist"),
    ],
)
async def test_a_text_that_is_wrong_leaves_nothing(program: Program, fields: dict[str, str], detail: str) -> None:
    await program.refused(NO_MESSAGE, detail, **{**SMS, **fields})


async def test_a_job_is_cancelled_natively_its_calls_and_texts_together(program: Program) -> None:
    people = [{"name": "Ann", "phone": "2125550451"}, {"name": "Bob", "phone": "2125550452"}]
    fields = {**SMS, "whattodo": "TtsAndSms", "optname": "Both of it", "phonenumber": [], "contactlistarray": people}
    made = objects(await program.client.post(HANDLER, json={**program.secrets, **fields}))
    native = program.api.live
    (order,) = (await native.get("/api/v1/orders", params={"number": made[0]["id"]})).json()["orders"]
    path = f"/api/v1/orders/{order['order_id']}"
    answer = await native.post(f"{path}/cancel")
    assert (answer.status_code, answer.json()) == (200, {"cancelled_calls": 2, "cancelled_messages": 2})
    assert (await native.post(f"{path}/cancel")).status_code == 409
    assert {part["status"] for part in (await native.get(path)).json()["parts"]} == {"cancelled"}
