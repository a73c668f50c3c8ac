"""What a request that calls may say, field by field, and the same call in the native API."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from callwright.rules.outcomes import Outcome
from support.proofs import proves
from support.robotalker import HANDLER, Program, objects, typed

pytestmark = pytest.mark.postgres

CALLER_ID = "8005550199"
CALL = {
    "whattodo": "SendTtsMessage",
    "optname": "Server Down",
    "optcallerid": CALLER_ID,
    "messagetext": "Hello #name#",
    "phonenumber": "2125550100",
    "customername": "Thomas",
}


async def flow_of(program: Program, call: dict[str, Any]) -> dict[str, Any]:
    """Return what a call says and does."""
    found: dict[str, Any] = await program.api.database.fetchval(
        "SELECT f.body FROM flows f JOIN calls c ON c.flow_id = f.id WHERE c.id = $1", call["call_id"]
    )
    return found


def left_by(flow: dict[str, Any]) -> dict[str, Any]:
    """Return the step that a machine hears."""
    found: dict[str, Any] = flow["steps"][flow["on_machine"]["start"]]
    return found


async def variables_of(program: Program, call: dict[str, Any]) -> dict[str, str]:
    found: dict[str, str] = await program.api.database.fetchval(
        "SELECT variables FROM calls WHERE id = $1", call["call_id"]
    )
    return found


async def one_call(program: Program, **fields: Any) -> dict[str, Any]:
    """Send and return the one call that was made, as the native API shows it."""
    [made] = await program.sent(**{**CALL, **fields})
    [call] = await program.calls_of(made["id"])
    return call


@proves(
    "request: key",
    "request: token",
    "request: whattodo",
    "request: optname",
    "request: optcallerid",
    "request: messagetext",
    "request: phonenumber",
    "request: customername",
    "answer: id",
    "answer: jobName",
    "answer: ToNumber",
    "answer: ContactName",
    "answer: Jobtime",
    "answer: smsStatus",
    "answer: JobStatus",
)
async def test_a_call_is_answered_as_in_the_document_and_is_the_native_call(program: Program) -> None:
    [made] = await program.sent(**CALL)
    assert typed(made) == {
        "id": int,
        "jobName": str,
        "ToNumber": str,
        "ContactName": str,
        "Jobtime": str,
        "smsStatus": str,
        "JobStatus": int,
    }
    assert made["jobName"] == "dp0.Server Down"
    assert (made["ToNumber"], made["ContactName"]) == ("2125550100", "Thomas")
    assert (made["smsStatus"], made["JobStatus"]) == ("0", 0)
    written, _, zone = made["Jobtime"].rpartition("-")
    local = datetime.strptime(written, "%m/%d/%Y %I:%M:%S %p").replace(tzinfo=ZoneInfo("America/New_York"))
    assert zone in {"EST", "EDT"}
    assert abs(datetime.now(UTC) - local) < timedelta(minutes=10)
    [call] = await program.calls_of(made["id"])
    assert (call["to"], call["from"], call["status"]) == ("+12125550100", "+18005550199", "queued")
    assert (await variables_of(program, call))["name"] == "Thomas"
    flow = await flow_of(program, call)
    assert flow["steps"]["message"]["text"] == "Hello #name#"
    assert left_by(flow)["text"] == "Hello #name#"


@proves("request: customername")
async def test_the_recipient_becomes_a_contact(program: Program) -> None:
    await program.sent(**{**CALL, "phonenumber": "2125550111", "customername": "Evis Presly"})
    found = (await program.native("/contacts?to=%2B12125550111"))["contacts"]
    assert [(c["first_name"], c["last_name"]) for c in found] == [("Evis", "Presly")]
    await program.sent(**{**CALL, "phonenumber": "2125550111", "customername": "Somebody Else"})
    assert (await program.native("/contacts?to=%2B12125550111"))["contacts"] == found


@proves("request: phonenumber")
@pytest.mark.parametrize(
    "written", ["2125550100", "12125550100", "+1 212 555 0100", "(212) 555-0100", "212.555.0100", " 2125550100 "]
)
async def test_numbers_are_written_in_many_ways(program: Program, written: str) -> None:
    assert (await one_call(program, phonenumber=written))["to"] == "+12125550100"


@proves("request: messageid", "detail of a call: MessageId")
async def test_an_audio_is_played_and_the_text_ignored(program: Program) -> None:
    audio = await program.audio(440)
    call = await one_call(program, whattodo="SendMessage", messageid=str(audio["number"]), optname="Audio")
    assert (await flow_of(program, call))["steps"]["message"]["audio"] == audio["audio_id"]
    [row] = await program.details(groupName="Audio")
    assert row["MessageId"] == audio["number"]
    # others do not read it
    call = await one_call(program, whattodo="SendTtsMessage", messageid=str(audio["number"]))
    assert (await flow_of(program, call))["steps"]["message"]["text"] == "Hello #name#"


@proves("request: messageid", "request: messagetext")
@pytest.mark.parametrize("none", ["0", "", "00"])
async def test_without_an_audio_the_text_is_spoken(program: Program, none: str) -> None:
    call = await one_call(program, whattodo="sendmessage", messageid=none)
    assert (await flow_of(program, call))["steps"]["message"]["text"] == "Hello #name#"


@proves("request: vmmessageid")
@pytest.mark.parametrize("name", ["vmmessageid", "messageidvm", "VmMessageId"])
async def test_an_audio_for_machines(program: Program, name: str) -> None:
    audio = await program.audio(600)
    call = await one_call(program, **{name: str(audio["number"])})
    flow = await flow_of(program, call)
    assert left_by(flow)["audio"] == audio["audio_id"]
    assert flow["steps"]["message"]["text"] == "Hello #name#"


@proves("request: messagetext")
async def test_a_text_of_braces_and_other_signs_is_said_as_it_is(program: Program) -> None:
    call = await one_call(program, messagetext="Press # for {today}, #name#")
    preview = await flow_of(program, call)
    variables = await variables_of(program, call)
    text = preview["steps"]["message"]["text"]
    for name in ("number_sign", "brace"):
        text = text.replace(f"#{name}#", variables[name])
    assert text == "Press # for {today}, #name#"


@proves("request: calloptions")
@pytest.mark.parametrize(
    ("option", "expected"), [("", "leave"), ("LiveOnly", "hangup"), ("liveonly", "hangup"), ("LIVEONLY", "hangup")]
)
async def test_who_hears_the_message(program: Program, option: str, expected: str) -> None:
    call = await one_call(program, calloptions=option)
    assert (await flow_of(program, call))["on_machine"]["action"] == expected


@proves("request: calloptions", "request: transferringnumber")
async def test_a_transfer_on_answer_goes_to_its_number_or_to_the_caller_id(program: Program) -> None:
    for fields, destination in (
        ({"transferringnumber": "2125550188"}, "+12125550188"),
        ({"transferringnumber": ""}, "+18005550199"),
    ):
        call = await one_call(program, calloptions="TransOnAnswer", **fields)
        flow = await flow_of(program, call)
        step = flow["steps"]["message"]
        assert (step["type"], step["to"], step["during_message"]) == ("transfer", destination, True)
        assert left_by(flow)["text"] == "Hello #name#"


@proves("request: calloptions")
async def test_ringless_is_the_operators_to_allow_and_never_silent(program: Program) -> None:
    accounts = program.api.services.accounts
    await program.refused(
        "42 Unable to create/find message", "RinglessVm is turned off", **{**CALL, "calloptions": "RinglessVm"}
    )
    await accounts.change(program.organisation.id, {"dialect_options": {"robotalker_ringless": True}})
    try:
        call = await one_call(program, calloptions="RinglessVm")
    finally:
        await accounts.change(program.organisation.id, {"dialect_options": {}})
    flow = await flow_of(program, call)
    assert "Elm Street Dental" in flow["steps"]["message"]["prompt"][0]["text"]
    assert flow["steps"]["message"]["branches"].keys() == {"9"}


@proves("request: rundatetime", "request: enddate")
async def test_a_job_begins_and_ends_at_its_times(program: Program) -> None:
    soon = datetime.now(ZoneInfo("America/New_York")) + timedelta(days=2)
    fields = {"rundatetime": f"{soon:%Y/%m/%d} 15:15:00", "enddate": f"{soon:%d/%m/%Y}"}
    [made] = await program.sent(**{**CALL, **fields})
    assert made["Jobtime"].startswith(f"{soon.month}/{soon.day}/{soon.year} 3:15:00 PM-E")
    [call] = await program.calls_of(made["id"])
    row = await program.api.database.fetchrow("SELECT due_at, not_after FROM calls WHERE id = $1", call["call_id"])
    assert row is not None
    expected = soon.replace(hour=15, minute=15, second=0, microsecond=0)
    assert row["due_at"] == expected
    assert row["not_after"].astimezone(expected.tzinfo).date() == (expected + timedelta(days=1)).date()


@proves("request: rundatetime", "request: enddate")
async def test_a_start_that_has_passed_and_none_are_now_and_no_end_is_never(program: Program) -> None:
    for start in ("", "2017/02/27 12:31"):
        call = await one_call(program, rundatetime=start, enddate="")
        row = await program.api.database.fetchrow(
            "SELECT due_at <= now() AS due, not_after FROM calls WHERE id = $1", call["call_id"]
        )
        assert row is not None
        assert (row["due"], row["not_after"]) == (True, None)


@proves("request: priority")
async def test_higher_goes_first(program: Program) -> None:
    for given, expected in (("9", 9), ("0", 0), ("", 5)):
        assert (await one_call(program, priority=given))["priority"] == expected


@proves("request: phonenumbergroupname")
async def test_the_numbers_become_a_group_that_can_be_called_by_name(program: Program) -> None:
    made = await program.client.post(
        HANDLER,
        json={
            **program.secrets,
            **CALL,
            "phonenumber": ["2125550121", "2125550122"],
            "PhoneNumberGroupName": "Night Shift",
        },
    )
    assert [each["jobName"] for each in objects(made)] == ["dp0.Night Shift"] * 2
    again = await program.sent(**{**CALL, "optname": "night shift", "phonenumber": "0"})
    assert [each["ToNumber"] for each in again] == ["2125550121", "2125550122"]
    assert [each["ContactName"] for each in again] == ["Thomas", "Thomas"]
    assert {each["jobName"] for each in again} == {"dp0.night shift"}


@proves("request: phonenumber", "request: JsonCallPost")
@pytest.mark.parametrize("where", ["query", "form", "key of a JSON body", "JSON body"])
async def test_several_numbers_in_json(program: Program, where: str) -> None:
    inside = {**program.secrets, **CALL, "phonenumber": ["2125550131", 2125550132, "2125550133"]}
    text = json.dumps(inside)
    if where == "query":
        answer = await program.client.post(HANDLER, params={"JsonCallPost": text})
    elif where == "form":
        answer = await program.client.post(HANDLER, data={"JsonCallPost": text})
    else:
        answer = await program.client.post(HANDLER, json={"JsonCallPost": inside} if "key" in where else inside)
    made = objects(answer)
    assert [each["ToNumber"] for each in made] == ["2125550131", "2125550132", "2125550133"]
    assert len({each["id"] for each in made}) == 1
    assert [call["to"] for call in await program.calls_of(made[0]["id"])] == [
        "+12125550131",
        "+12125550132",
        "+12125550133",
    ]


@proves("request: contactlistarray", "contact: name", "contact: phone", "contact: var1", "contact: var2")
@proves("contact: var3", "contact: var4", "contact: groupname")
@pytest.mark.parametrize("as_text", [False, True])
async def test_contacts_with_values_of_their_own(program: Program, as_text: bool) -> None:
    people = [
        {"name": "Ann", "phone": "2125550141", "var1": "a", "var2": "b", "var3": "c", "var4": "d", "groupname": "Team"},
        {"name": "Bob", "phone": "2125550142", "var1": "", "var2": "", "var3": "", "var4": "", "groupname": ""},
    ]
    body = {
        **program.secrets,
        **CALL,
        "phonenumber": [],
        "messagetext": "#name# #var1# #var2# #var3# #var4#",
        "ContactlistArray": json.dumps(people) if as_text else people,
    }
    made = objects(await program.client.post(HANDLER, json=body))
    assert [(each["ToNumber"], each["ContactName"]) for each in made] == [("2125550141", "Ann"), ("2125550142", "Bob")]
    calls = await program.calls_of(made[0]["id"])
    assert [await variables_of(program, call) for call in calls] == [
        {"name": "Ann", "var1": "a", "var2": "b", "var3": "c", "var4": "d"},
        {"name": "Bob", "var1": "", "var2": "", "var3": "", "var4": ""},
    ]
    [group] = (await program.native("/groups?name=Team"))["groups"]
    assert group["members"] == 1


@proves("request: name")
async def test_the_packed_field(program: Program) -> None:
    head = f"<x> {program.key} ~{program.token}~SendMessage~Server Down\nNotification~{CALLER_ID}"
    packed = f"{head}~0~Hi ~ you~2125550151~Tom</x>"
    made = objects(await program.client.post(HANDLER, data={"name": packed}))
    assert (made[0]["jobName"], made[0]["ContactName"]) == ("dp0.Server Down Notification", "Tom")
    [call] = await program.calls_of(made[0]["id"])
    assert (await flow_of(program, call))["steps"]["message"]["text"] == "Hi ~ you"


@proves("request: form or query", "request: unknown fields")
async def test_fields_may_stand_anywhere_and_unknown_ones_are_noted(program: Program) -> None:
    secrets = {"KEY": program.key, "Token": program.token}
    ways: list[dict[str, Any]] = [
        {"params": {**secrets, **CALL}},
        {"data": {**secrets, **CALL}},
        {"params": secrets, "data": CALL},
        {"params": secrets, "files": {name: (None, value) for name, value in CALL.items()}},
    ]
    for way in ways:
        made = objects(await program.client.post(HANDLER, **way))
        assert made[0]["ToNumber"] == "2125550100"
    [made_] = await program.sent(**CALL, nickname="x")
    [call] = await program.calls_of(made_["id"])
    body = await program.api.database.fetchval(
        "SELECT body FROM events WHERE subject = $1 AND type = 'call.ordered'", call["call_id"]
    )
    assert body["ignored_fields"] == ["nickname"]


@proves("request: form or query")
async def test_forms_of_latin_1_and_trailing_signs(program: Program) -> None:
    fields = "&".join(f"{name}={value}" for name, value in {**program.secrets, **CALL}.items())
    raw = fields.replace("Hello #name#", "Gr%FC%DF+Gott").encode()
    answer = await program.client.post(
        f"{HANDLER}?&", content=raw + b"&", headers={"Content-Type": "application/x-www-form-urlencoded"}
    )
    [call] = await program.calls_of(objects(answer)[0]["id"])
    assert (await flow_of(program, call))["steps"]["message"]["text"] == "Grüß Gott"


@proves("answer: id")
async def test_each_post_is_a_new_job_and_both_paths_lead_to_it(program: Program) -> None:
    first = await program.sent(**CALL)
    answers = [
        await program.client.post(path, params={**program.secrets, **CALL})
        for path in ("/api/handler", "/robotalker/api/handler.ashx", "/robotalker/api/handler")
    ]
    assert len({made[0]["id"] for made in [first, *map(objects, answers)]}) == 4


async def test_a_number_that_cannot_be_dialled_is_there_as_invalid(program: Program) -> None:
    body = {**program.secrets, **CALL, "optname": "Mixed", "phonenumber": ["2125550161", "12", "911"]}
    made = objects(await program.client.post(HANDLER, json=body))
    assert [each["ToNumber"] for each in made] == ["2125550161", "12", "911"]
    [status] = await program.status("Mixed")
    assert (status["TotalContacts"], status["InvalidNumber"]) == (3, 2)
    assert [row["Description"] for row in await program.details(groupName="Mixed")] == [
        "Pending",
        "Invalid Number",
        "Invalid Number",
    ]


async def test_the_voice_is_female_unless_the_account_says_otherwise(program: Program) -> None:
    accounts = program.api.services.accounts
    call = await one_call(program)
    assert (await flow_of(program, call)).get("voice") is None
    await accounts.change(program.organisation.id, {"dialect_options": {"robotalker_gender": "male"}})
    try:
        call = await one_call(program)
    finally:
        await accounts.change(program.organisation.id, {"dialect_options": {}})
    assert (await flow_of(program, call))["voice"] == "espeak-en-US-m"


async def test_a_call_that_ended_is_delivered(program: Program) -> None:
    call = await one_call(program, optname="Delivered")
    await program.end(call["call_id"], Outcome.HUMAN, duration_seconds=12)
    [status] = await program.status("Delivered")
    assert (status["TriggerStatus"], status["Completed"], status["Delivered"]) == ("Completed", 1, 1)
