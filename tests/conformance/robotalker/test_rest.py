"""The pages below ``/REST/api``."""

from __future__ import annotations

import json
import random
import string
from typing import Any

import httpx
import pytest

from callwright.rules.outcomes import Outcome
from support.api import client_of
from support.people import make_user
from support.proofs import proves
from support.robotalker import DETAIL, HANDLER, Program, objects

pytestmark = pytest.mark.postgres

NOT_KNOWN = "43 Invalid Token/Key"
JOB = {
    "whattodo": "SendTtsMessage",
    "jobname": "Testing12172024",
    "optcallerid": "8005550199",
    "messageid": "0",
    "messagetext": "Hello #name#",
    "customername": "",
    "extrareportemail": "",
    "phonelistgroupname": "",
    "rundatetime": "",
    "enddatetime": "",
}
PEOPLE = [
    {"name": "Ann", "phone": "(212) 555-0141", "var1": "", "var2": "", "var3": "", "var4": "", "groupname": ""},
    {"name": "Bob", "phone": "1-212-555-0142", "var1": "", "var2": "", "var3": "", "var4": "", "groupname": ""},
]


@proves("pages: GET /REST/api/Login")
async def test_login_takes_basic_and_leaves_a_cookie(program: Program) -> None:
    person = await make_user(program.api, "owner")
    async with client_of(program.api.app) as client:
        for user in (program.user_id, program.key, person.email, person.email.upper()):
            answer = await client.get("/REST/api/Login", auth=httpx.BasicAuth(user, program.token))
            assert answer.status_code == 200, user
            cookie = answer.headers["set-cookie"].lower()
            assert "path=/rest" in cookie
            assert "samesite=strict" in cookie
            assert "httponly" in cookie
        for user, token in (("", program.token), ("x", program.token), (program.user_id, "x"), (program.user_id, "")):
            answer = await client.get("/REST/api/Login", auth=httpx.BasicAuth(user, token))
            assert (answer.status_code, answer.json()) == (403, NOT_KNOWN)
        assert (await client.get("/REST/api/Login")).status_code == 403
        assert (await client.get("/REST/api/Login", headers={"Authorization": "Basic ?"})).status_code == 403
        answer = await client.get("/robotalker/REST/api/Login", auth=program.basic)
        assert "path=/robotalker/rest" in answer.headers["set-cookie"].lower()


@proves("pages: GET /REST/api/Login", "pages: GET /REST/api/Config", "config: AutoRecharge", "config: ReportEmail")
@proves("config: AutoResponderNumber")
async def test_the_cookie_reads_and_never_changes_by_get(program: Program) -> None:
    await make_user(program.api, "owner")
    made = objects(await program.client.post(HANDLER, params={**program.secrets, **JOB, "phonenumber": "2125550100"}))
    async with client_of(program.api.app) as client:
        await client.get("/REST/api/Login", auth=program.basic)
        cookie = {"Cookie": f"robotalker={program.token}"}
        config = (await client.get("/REST/api/Config")).json()
        assert config.keys() == {"AutoRecharge", "Callbalance", "Smsbalance", "AutoResponderNumber", "ReportEmail"}
        assert all(isinstance(value, str) for value in config.values())
        assert (config["AutoRecharge"], config["Callbalance"], config["Smsbalance"]) == (
            "off",
            "Unlimited",
            "Unlimited",
        )
        assert config["ReportEmail"].startswith("owner")
        assert config["AutoResponderNumber"] == "Not setup"
        answer = await client.get(DETAIL, params={"cancelJob": str(made[0]["id"])}, headers=cookie)
        assert answer.json() == NOT_KNOWN
        assert (
            await client.post(HANDLER, params=JOB | {"phonenumber": "2125550100"}, headers=cookie)
        ).json() == NOT_KNOWN
        assert (await client.get("/REST/api/Jobsummary", params={"jobname": "Testing12172024"})).status_code == 200
    assert (await program.client.get("/REST/api/Config")).json() == NOT_KNOWN


@proves("pages: POST /REST/api/MultiJob", "multi job: contactlist", "multi job: jobname", "multi job: JobName")
@proves("multi job: smsId", "multi job: callId")
@pytest.mark.parametrize("form", ["json", "json with text", "form"])
async def test_a_job_for_a_list(program: Program, form: str) -> None:
    body: dict[str, Any] = {**JOB, "contactlist": PEOPLE if form == "json" else json.dumps(PEOPLE)}
    answer = await program.client.post(
        "/REST/api/MultiJob", auth=program.basic, **({"data": body} if form == "form" else {"json": body})
    )
    assert answer.status_code == 200, answer.text
    made = answer.json()
    assert made == {"JobName": "Testing12172024", "smsId": None, "callId": made["callId"]}, answer.headers
    assert isinstance(made["callId"], str)
    calls = await program.calls_of(int(made["callId"]))
    assert [call["to"] for call in calls] == ["+12125550141", "+12125550142"]


@proves("multi job: jobname")
async def test_a_long_name_is_kept_in_part_and_found_whole(program: Program) -> None:
    # of random letters: those of a word are packed by the database, and hide what is too long for it
    name = "".join(random.Random(7).choices(string.ascii_letters, k=6_000))
    answer = await program.client.post(
        "/REST/api/MultiJob", auth=program.basic, json={**JOB, "jobname": name, "contactlist": PEOPLE[:1]}
    )
    assert answer.status_code == 200, answer.text
    assert answer.json()["JobName"] == name[:200]
    for asked in (name, name[:200], f"dp0.{name}"):
        [row] = await program.status(asked)
        assert (str(row["Id"]), row["Name"]) == (answer.json()["callId"], name[:200])


@proves("multi job: phonelistgroupname")
async def test_a_job_for_a_group_and_one_that_makes_it(program: Program) -> None:
    async def post(**fields: Any) -> str:
        answer = await program.client.post(
            "/REST/api/MultiJob", json={**program.secrets, **JOB, "phonelistgroupname": "Choir", **fields}
        )
        assert answer.json()["JobName"] == "Testing12172024", answer.headers
        return str(answer.json()["callId"])

    await post(contactlist=PEOPLE)
    number = await post(contactlist=[])
    assert [call["to"] for call in await program.calls_of(int(number))] == ["+12125550141", "+12125550142"]


@proves("pages: GET /REST/api/Jobsummary")
async def test_the_summary_of_the_newest_job_of_a_name(program: Program) -> None:
    async def summary(name: str) -> dict[str, Any]:
        answer = await program.client.get("/REST/api/Jobsummary", params={"jobname": name}, auth=program.basic)
        assert answer.status_code == 200
        content: dict[str, Any] = answer.json()
        return content

    assert await summary("No such job") == {"call": None, "sms": None}
    answer = await program.client.post(
        "/REST/api/MultiJob", auth=program.basic, json={**JOB, "jobname": "Summed", "contactlist": PEOPLE}
    )
    number = int(answer.json()["callId"])
    [first, _] = await program.calls_of(number)
    await program.end(first["call_id"], Outcome.BUSY)
    found = await summary("Summed")
    assert found["sms"] is None
    assert found["call"]["Id"] == number
    assert (found["call"]["TotalContacts"], found["call"]["LineBusy"]) == (2, 1)


@pytest.mark.parametrize(
    ("fields", "detail"),
    [
        ({"contactlist": []}, "phonenumber: is needed"),
        ({"contactlist": "["}, "contactlistarray: is not a JSON list"),
        ({"contactlist": PEOPLE, "enddatetime": "soon"}, "enddate: must be"),
        ({"contactlist": [], "phonelistgroupname": "Nobody"}, "there is no group"),
    ],
)
async def test_a_job_that_is_wrong_leaves_nothing(program: Program, fields: dict[str, Any], detail: str) -> None:
    before = await program.counts()
    answer = await program.client.post("/REST/api/MultiJob", auth=program.basic, json={**JOB, **fields})
    assert answer.json() == "42 Unable to create/find message"
    assert detail in answer.headers["X-Error-Detail"]
    assert await program.counts() == before
