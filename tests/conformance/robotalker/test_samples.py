"""Every sample of the document, sent over a socket as it stands there after the repairs that are listed beside it."""

from __future__ import annotations

import json
import tomllib
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from callwright.rules.outcomes import Outcome
from support.live_server import exchange, served
from support.proofs import proves
from support.robotalker import Program

pytestmark = pytest.mark.postgres

SAMPLES = Path(__file__).parent / "samples"


@pytest_asyncio.fixture(scope="module")
async def port(trial: Program) -> AsyncIterator[int]:
    async with served(trial.api.app) as opened:
        yield opened


def repaired(sample: str, /, **values: Any) -> str:
    """Return a sample after its repairs, with values in their places."""
    text = (SAMPLES / f"{sample}.txt").read_text()
    for repair in tomllib.loads((SAMPLES / f"{sample}.repairs.toml").read_text())["repair"]:
        assert repair["from"] in text, (sample, repair["why"])
        to = repair["to"]
        for value, real in values.items():
            to = to.replace(f"{{{value}}}", str(real))
        text = text.replace(repair["from"], to, 1)
    return text.rstrip("\n")


def documented(name: str) -> Any:
    """Return an answer of the document, without the breaks of its print."""
    return json.loads((SAMPLES / f"{name}.answer.txt").read_text().replace("\n", ""))


async def post(port: int, target: str, body: bytes = b"", kind: str = "application/x-www-form-urlencoded") -> Any:
    head = f"POST {target} HTTP/1.1\r\nHost: RoboTalker.com\r\nContent-Length: {len(body)}\r\n"
    head += f"Content-Type: {kind}\r\n" if body else ""
    return await answer_of(port, (head + "\r\n").encode() + body)


async def get(port: int, target: str) -> Any:
    return await answer_of(port, f"GET {target} HTTP/1.1\r\nHost: RoboTalker.com\r\n\r\n".encode())


async def answer_of(port: int, request: bytes) -> Any:
    status, headers, body = await exchange(port, request)
    assert status == 200, body
    return json.loads(body) if headers["content-type"] == "application/json" else body.decode()


def same_shape(answer: Any, sample: Any) -> None:
    """Fail where names of fields, their order, or types differ from the document's."""
    assert type(answer) is type(sample)
    if isinstance(sample, list):
        for item in answer:
            same_shape(item, sample[0])
    elif isinstance(sample, dict):
        assert list(answer) == list(sample)
        for name, value in sample.items():
            same_shape(answer[name], value)


def values_of(trial: Program, **more: Any) -> dict[str, Any]:
    return {**trial.secrets, "user": trial.user_id, **more}


@proves("request: name")
async def test_the_form_posts(trial: Program, port: int) -> None:
    audio = await trial.audio()
    for name in ("01-form-tts", "02-form-recorded"):
        body = repaired(name, **values_of(trial, audio=audio["number"])).encode()
        [made] = await post(port, "/api/handler.ashx", body)
        same_shape([made], documented("10-raw-request"))
        assert (made["jobName"], made["ToNumber"]) == ("dp0.Server Down Notification", "9545018625")
        assert made["ContactName"] == "Thomas"
        [call] = await trial.calls_of(made["id"])
        assert (call["to"], call["from"]) == ("+19545018625", "+18886660981")


@proves("errors: 42 Unable to create/find message")
async def test_the_first_query_sample_has_no_number(trial: Program, port: int) -> None:
    audio = await trial.audio()
    before = await trial.counts()
    found = await post(port, repaired("03-query-call", **values_of(trial, audio=audio["number"])))
    assert found == "42 Unable to create/find message"
    assert await trial.counts() == before


async def test_the_query_that_speaks(trial: Program, port: int) -> None:
    [made] = await post(port, repaired("05-query-tts", **values_of(trial)))
    same_shape([made], documented("10-raw-request"))
    assert (made["jobName"], made["ToNumber"], made["ContactName"]) == ("dp0.TESTtts", "9545018625", "EvisPresly")
    [call] = await trial.calls_of(made["id"])
    said = await trial.api.database.fetchval(
        "SELECT f.body -> 'steps' -> 'message' ->> 'text' FROM flows f JOIN calls c ON c.flow_id = f.id"
        " WHERE c.id = $1",
        call["call_id"],
    )
    assert said == "This is a test for TTS Message"


async def test_several_numbers_in_json(trial: Program, port: int) -> None:
    made = await post(port, repaired("11-json-numbers", **values_of(trial)))
    same_shape(made, documented("10-raw-request"))
    assert [each["ToNumber"] for each in made] == ["9545018625", "9545018626", "9545018627"]


async def test_contacts_in_json(trial: Program, port: int) -> None:
    text = repaired("12-json-contacts", **values_of(trial))
    for target, body, kind in (
        ("/api/handler", text.encode(), "application/json"),
        ("/api/handler", text.encode(), "application/x-www-form-urlencoded"),
    ):
        [made] = await post(port, target, body, kind)
        assert (made["ToNumber"], made["ContactName"]) == ("9545018625", "Pam")
        [call] = await trial.calls_of(made["id"])
        variables = await trial.api.database.fetchval("SELECT variables FROM calls WHERE id = $1", call["call_id"])
        assert {"name": "Pam", "var1": "one", "var2": "", "var3": "", "var4": ""}.items() <= variables.items()


async def test_the_status_and_the_end_of_a_job(trial: Program, port: int) -> None:
    name = "membership-20174-0700"
    [made] = await trial.sent(
        whattodo="SendTtsMessage",
        optname=name,
        optcallerid="8887771212",
        messagetext="Hello",
        phonenumber="9545018625",
        customername="Bob-smith",
    )
    [row] = await get(port, repaired("08-status", **values_of(trial)))
    same_shape([row], documented("08-status"))
    assert (row["Name"], row["Id"], row["TotalContacts"]) == (name, made["id"], 1)
    values = values_of(trial, job=made["id"], name=name)
    by_name = await get(port, repaired("13-detail-of-group", **values))
    assert by_name == await get(port, repaired("14-detail-of-job", **values))
    assert by_name == await get(port, repaired("15-detail", **values))
    assert (by_name[0]["ContactName"], by_name[0]["JobId"]) == ("Bob-smith", made["id"])
    assert await get(port, repaired("16-cancel", **values)) == "success"
    assert await get(port, repaired("16-cancel", **values)) == "fail"
    [call] = await trial.calls_of(made["id"])
    assert call["outcome"] == Outcome.CANCELLED


async def text_of(trial: Program, number: int) -> dict[str, Any]:
    """Return the one text of a job."""
    orders = (await trial.native(f"/orders?number={number}"))["orders"]
    order = await trial.native(f"/orders/{orders[0]['order_id']}")
    [message_id] = [part["message_id"] for part in order["parts"]]
    return await trial.native(f"/sms/{message_id}")


async def test_the_queries_that_write(trial: Program, port: int) -> None:
    [made] = await post(port, repaired("04-query-sms", **values_of(trial)))
    same_shape([made], documented("10-raw-request"))
    assert (made["jobName"], made["ToNumber"]) == ("dp0.TESTSMS", "9545018625")
    text = await text_of(trial, made["id"])
    assert (text["to"], text["text"]) == ("+19545018625", "This is a test for SMS Message")
    [made] = await post(port, repaired("09-query-two-lines", **values_of(trial)))
    assert made["ContactName"] == "AA10161-Pam"
    assert (await text_of(trial, made["id"]))["text"] == "This is a sample text message.\r\n2nd Line"


async def test_the_raw_request(trial: Program, port: int) -> None:
    request = repaired("10-raw-request", **values_of(trial)).replace("\n", "\r\n") + "\r\n\r\n"
    assert " HTTP/1.0\r\n" in request
    status, _, body = await exchange(port, request.encode())
    assert status == 200
    [made] = json.loads(body)
    [sample] = documented("10-raw-request")
    same_shape([made], [sample])
    own = {"id": made["id"], "Jobtime": made["Jobtime"]}
    assert made == sample | own
    assert made["Jobtime"].endswith(("-EST", "-EDT"))


async def test_the_queries_that_do_both(trial: Program, port: int) -> None:
    [made] = await post(port, repaired("06-query-tts-and-sms", **values_of(trial)))
    assert (made["jobName"], made["ContactName"]) == ("dp0.TESTSMSandSMS", "Evis-Presly")
    [call], text = await trial.calls_of(made["id"]), await text_of(trial, made["id"])
    assert call["to"] == text["to"] == "+19545018625"
    people = [{"name": "Ann", "phone": "9545018631"}, {"name": "Bob", "phone": "9545018632"}]
    await trial.client.post(
        "/api/handler.ashx",
        json={
            **trial.secrets,
            "whattodo": "SendSms",
            "messagetext": "Hello",
            "phonenumbergroupname": "ServerSupportTeam",
            "contactlistarray": people,
        },
    )
    made = await post(port, repaired("07-query-group", **values_of(trial)))
    same_shape(made, documented("10-raw-request"))
    assert [(each["ToNumber"], each["ContactName"]) for each in made] == [("9545018631", "Ann"), ("9545018632", "Bob")]


async def test_the_row_of_a_text(trial: Program, port: int) -> None:
    [made] = await trial.sent(
        whattodo="SendSms",
        optname="Rows of texts",
        optcallerid="8887771212",
        messagetext="Hello",
        phonenumber="8502845208",
        customername="Bob-smith",
        imageurl="https://example.com/a.png",
    )
    rows = await get(port, repaired("15-detail", **values_of(trial, job=made["id"])))
    same_shape(rows, documented("15-detail"))
    assert rows[0]["SidReceipt"].startswith("MM")
    assert rows[0]["DialNumber"] == "8502845208"
