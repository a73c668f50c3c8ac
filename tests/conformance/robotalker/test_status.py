"""How jobs are, what came of each recipient, and how a job is cancelled."""

from __future__ import annotations

import logging
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from callwright.rules.outcomes import Outcome
from support.people import make_user
from support.proofs import proves
from support.robotalker import DETAIL, HANDLER, Program, make_program, objects, typed

pytestmark = pytest.mark.postgres

CALL = {
    "whattodo": "SendTtsMessage",
    "optcallerid": "8005550199",
    "messagetext": "Hello",
    "phonenumber": "2125550100",
    "customername": "Thomas",
}
NOT_KNOWN = "43 Invalid Token/Key"
NOTHING = "No record found."


async def job(program: Program, name: str, *numbers: str, **fields: Any) -> tuple[int, list[dict[str, Any]]]:
    """Send and return the job's number and its calls."""
    body = {**program.secrets, **CALL, "optname": name, "phonenumber": list(numbers or ("2125550100",)), **fields}
    made = objects(await program.client.post(HANDLER, json=body))
    return made[0]["id"], await program.calls_of(made[0]["id"])


@proves(
    "status: TriggerStatus",
    "status: StartTime",
    "status: TotalContacts",
    "status: Name",
    "status: Completed",
    "status: Delivered",
    "status: VoiceMail",
    "status: LineBusy",
    "status: NotAnswered",
    "status: InvalidNumber",
    "status: Id",
)
async def test_the_counters_of_a_job(program: Program) -> None:
    numbers = [f"21255502{index:02}" for index in range(8)]
    number, calls = await job(program, "membership-2017-0700", *numbers)
    [before] = await program.status("membership-2017-0700")
    assert (before["TriggerStatus"], before["TotalContacts"], before["Completed"]) == ("Pending", 8, 0)
    outcomes = (
        Outcome.HUMAN,
        Outcome.ANSWERED,
        Outcome.VOICEMAIL_LEFT,
        Outcome.BUSY,
        Outcome.NO_ANSWER,
        Outcome.REJECTED,
        Outcome.INVALID_NUMBER,
    )
    for call, outcome in zip(calls, outcomes, strict=False):
        await program.end(call["call_id"], outcome)
    [running] = await program.status("membership-2017-0700")
    assert running["TriggerStatus"] == "Running"
    await program.end(calls[-1]["call_id"], Outcome.EXPIRED)
    [row] = await program.status("membership-2017-0700")
    assert typed(row) == {
        "TriggerStatus": str,
        "StartTime": str,
        "TotalContacts": int,
        "Name": str,
        "Completed": int,
        "Delivered": int,
        "VoiceMail": int,
        "LineBusy": int,
        "NotAnswered": int,
        "InvalidNumber": int,
        "Id": int,
    }
    assert row == before | {
        "TriggerStatus": "Completed",
        "Completed": 3,
        "Delivered": 2,
        "VoiceMail": 1,
        "LineBusy": 1,
        "NotAnswered": 2,
        "InvalidNumber": 1,
        "Id": number,
    }
    campaign = await program.native(f"/campaigns/{calls[0]['campaign_id']}")
    assert campaign["name"] == "membership-2017-0700"


@proves("status request: jobStatus", "status request: userId")
async def test_jobs_are_found_by_name_with_and_without_the_prefix(program: Program) -> None:
    first, _ = await job(program, "Twice")
    second, _ = await job(program, "twice")
    for name in ("Twice", "dp0.Twice", "TWICE", " Twice "):
        assert [row["Id"] for row in await program.status(name)] == [second, first]
    assert await program.status("unknown") == []
    asked = {**program.secrets, "JOBSTATUS": "Twice", "userid": program.user_id}
    for answer in (
        await program.client.post(HANDLER, params=asked),
        await program.client.post(HANDLER, data=asked),
        await program.client.get(HANDLER, params=asked),
        await program.client.get("/api/handler", params=asked),
    ):
        assert [row["Id"] for row in objects(answer)] == [second, first]


async def test_a_job_that_waits_for_the_hours_is_paused(program: Program) -> None:
    _, [call] = await job(program, "Night")
    await program.api.database.execute(
        "UPDATE calls SET reason = 'it is night there', due_at = $2 WHERE id = $1",
        call["call_id"],
        datetime.now(UTC) + timedelta(hours=3),
    )
    assert (await program.status("Night"))[0]["TriggerStatus"] == "Paused"


@proves(
    "detail of a call: ContactName",
    "detail of a call: DialNumber",
    "detail of a call: Description",
    "detail of a call: CallAttempts",
    "detail of a call: CallerNumber",
    "detail of a call: ScheduledTime",
    "detail of a call: CallDuration",
    "detail of a call: EndTime",
    "detail of a call: MessageId",
    "detail of a call: KeyHitByUser",
    "detail of a call: StartTime",
    "detail of a call: CallRingTime",
    "detail of a call: JobId",
    "detail request: jobId",
    "detail request: groupName",
    "detail request: userId",
)
async def test_the_row_of_a_recipient(program: Program) -> None:
    number, [call] = await job(program, "Rows")
    await program.api.database.execute(
        "INSERT INTO attempts (id, organisation_id, call_id, ordinal, to_number, from_number, state, node,"
        " epoch, claimed_at, lease_until, not_before, dialing_at, ringing_at, answered_at, ended_at)"
        " SELECT 'att_1', organisation_id, id, 1, to_number, from_number, 'ended', 'n', 1, $2::timestamptz, $2, $2, $2,"
        " $2 + interval '1 s', $2 + interval '5 s', $2 + interval '33 s' FROM calls WHERE id = $1",
        call["call_id"],
        datetime(2017, 2, 27, 17, 31, 50, tzinfo=UTC),
    )
    await program.api.database.execute(
        "UPDATE calls SET attempts = 1, dtmf_response = '1' WHERE id = $1", call["call_id"]
    )
    await program.end(call["call_id"], Outcome.HUMAN, duration_seconds=28)
    by_id = await program.details(jobId=str(number), userId=program.user_id)
    assert by_id == await program.details(groupName="Rows") == await program.details(groupname="dp0.rows")
    [row] = by_id
    assert row["ScheduledTime"].endswith(("-EST", "-EDT"))
    assert row["EndTime"].endswith(("-EST", "-EDT"))
    assert row | {"ScheduledTime": "", "EndTime": ""} == {
        "ContactName": "Thomas",
        "DialNumber": "2125550100",
        "Description": "Completed",
        "CallAttempts": 1,
        "CallerNumber": "8005550199",
        "ScheduledTime": "",
        "CallDuration": 28,
        "EndTime": "",
        "MessageId": 0,
        "KeyHitByUser": "1",
        "StartTime": "2/27/2017 12:31:50 PM-EST",
        "CallRingTime": 4,
        "JobId": number,
    }


async def test_what_there_is_not_is_said_in_words(program: Program) -> None:
    for fields in ({"jobId": "1"}, {"jobId": "x"}, {"jobId": "9" * 40}, {"groupName": "unknown"}, {}):
        answer = await program.client.get(DETAIL, params={**program.secrets, **fields})
        assert (answer.status_code, answer.text) == (200, NOTHING)
        assert answer.headers["content-type"].startswith("text/plain")


@proves("detail request: cancelJob")
async def test_a_job_is_cancelled_by_its_number(program: Program) -> None:
    number, calls = await job(program, "To cancel", "2125550271", "2125550272", "2125550273")
    await program.end(calls[0]["call_id"], Outcome.HUMAN)
    asked = {**program.secrets, "cancelJob": str(number), "userId": program.user_id}
    for expected in ("success", "fail"):
        answer = await program.client.get(DETAIL, params=asked)
        assert (answer.status_code, answer.text) == (200, expected)
    [row] = await program.status("To cancel")
    assert (row["TriggerStatus"], row["TotalContacts"], row["Completed"]) == ("Cancelled", 3, 1)
    assert [c["status"] for c in await program.calls_of(number)] == ["answered", "cancelled", "cancelled"]
    assert [row["Description"] for row in await program.details(jobId=str(number))] == [
        "Completed",
        "Cancelled",
        "Cancelled",
    ]
    for unknown in ("1", "x", ""):
        answer = await program.client.post(DETAIL, data={**asked, "cancelJob": unknown or "0"})
        assert answer.text == "fail"


@proves("access: userId")
async def test_who_knows_only_the_user_id_reads_nothing(program: Program, trial: Program) -> None:
    number, [call] = await job(program, "Secret")
    asks: list[tuple[str, dict[str, str]]] = [
        (HANDLER, {"jobStatus": "Secret"}),
        (DETAIL, {"jobId": str(number)}),
        (DETAIL, {"groupName": "Secret"}),
        (DETAIL, {"cancelJob": str(number)}),
    ]
    for path, fields in asks:
        for more in (
            {},
            {"userId": program.user_id},
            {"userId": "999999999"},
            {"userId": "x"},
            {"userId": "999999999", **program.secrets},
            {"userId": program.user_id, "token": "wrong", "key": program.key},
        ):
            answer = await program.client.get(path, params=fields | more)
            assert (answer.status_code, answer.json()) == (200, NOT_KNOWN), (path, more)
    # a sandbox key sees its own
    assert await trial.status("Secret") == []
    assert (await program.calls_of(number))[0]["status"] == "queued"
    assert call["status"] == "queued"


@proves("access: robotalker_open_job_lookup")
async def test_an_account_may_let_its_jobs_be_read_by_user_id(program: Program) -> None:
    number, _ = await job(program, "Open")
    accounts = program.api.services.accounts
    await accounts.change(program.organisation.id, {"dialect_options": {"robotalker_open_job_lookup": True}})
    try:
        asked = {"userId": program.user_id}
        answer = await program.client.get(HANDLER, params={**asked, "jobStatus": "Open"})
        assert [row["Id"] for row in objects(answer)] == [number]
        answer = await program.client.get(DETAIL, params={**asked, "jobId": str(number)})
        assert objects(answer)[0]["JobId"] == number
        # nothing is cancelled by it, and nothing sent
        for path, fields in ((DETAIL, {"cancelJob": str(number)}), (HANDLER, {**CALL, "optname": "x"})):
            answer = await program.client.post(path, params={**asked, **fields})
            assert answer.json() == NOT_KNOWN
    finally:
        await accounts.change(program.organisation.id, {"dialect_options": {}})
    assert (await program.status("Open"))[0]["TriggerStatus"] == "Pending"


async def test_a_subuser_sees_and_cancels_its_own_jobs_only(program: Program) -> None:
    person = await make_user(program.api, "agent", fenced=True)
    subuser = await make_program(program.api, user_id=person.id)
    number, _ = await job(program, "Fenced")
    own = await subuser.sent(**CALL, optname="Fenced")
    assert [row["Id"] for row in await subuser.status("Fenced")] == [own[0]["id"]]
    assert [row["Id"] for row in await program.status("Fenced")] == [own[0]["id"], number]
    asked = {**subuser.secrets, "cancelJob": str(number)}
    assert (await subuser.client.get(DETAIL, params=asked)).text == "fail"
    assert (await subuser.client.get(DETAIL, params={**subuser.secrets, "jobId": str(number)})).text == NOTHING
    await subuser.client.aclose()


async def test_nothing_of_a_request_is_in_a_log(
    program: Program, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*args: Any, **kwargs: Any) -> None:
        raise RuntimeError("broken")

    caplog.set_level(logging.DEBUG)
    # the program's own client, which tells what it asks for
    caplog.set_level(logging.WARNING, logger="httpx")
    await program.sent(**CALL, optname="Logged")
    await program.post(**{**CALL, "whattodo": "SendPigeon"})
    packed = f"<x>{program.key}~{program.token}~SendPigeon~Job~888~0~secret words~2125550100~Tom</x>"
    await program.client.post(HANDLER, data={"name": packed})
    await program.client.post(HANDLER, params={"JsonCallPost": f'{{"token": "{program.token}"'})
    monkeypatch.setattr(program.api.services.orders, "beside", broken)
    assert (await program.post(**CALL)).status_code == 500
    for secret in (program.token, "secret words"):
        assert secret not in caplog.text
