"""What is refused, with which of the document's texts, and that nothing of it is left."""

from __future__ import annotations

import json
from typing import Any

import pytest

from support.money import meter
from support.proofs import proves
from support.robotalker import HANDLER, Program, make_program

pytestmark = pytest.mark.postgres

NO_MESSAGE = "42 Unable to create/find message"
NOT_KNOWN = "43 Invalid Token/Key"
NOT_POSTED = "48 Invalid Request (you have to use POST)"
CALL = {
    "whattodo": "SendTtsMessage",
    "optname": "Refused",
    "optcallerid": "8005550199",
    "messagetext": "Hello",
    "phonenumber": "2125550100",
    "customername": "Thomas",
}


@proves("errors: 42 Unable to create/find message")
@pytest.mark.parametrize(
    ("fields", "detail"),
    [
        ({"whattodo": "SendPigeon"}, "whattodo: must be one of SendMessage"),
        ({"whattodo": ""}, "whattodo: must be one of"),
        ({"messagetext": ""}, "messagetext: is needed"),
        ({"messagetext": "x" * 5001}, "messagetext: "),
        ({"phonenumber": ""}, "phonenumber: is needed"),
        ({"phonenumber": "12"}, "phonenumber: "),
        ({"phonenumber": "911"}, "phonenumber: "),
        ({"phonenumber": "0", "optname": "Nobody knows it"}, "optname: there is no group"),
        ({"whattodo": "SendMessage", "messageid": "77"}, "messageid: 77 does not exist"),
        ({"whattodo": "SendMessage", "messageid": "greeting"}, "messageid: greeting does not exist"),
        ({"whattodo": "SendMessage", "messageid": "9" * 30}, "does not exist"),
        ({"vmmessageid": "77"}, "vmmessageid: 77 does not exist"),
        ({"messageidvm": "77"}, "vmmessageid: 77 does not exist"),
        ({"optcallerid": "2125550177"}, "optcallerid: is not a verified number"),
        ({"optcallerid": "12"}, "optcallerid: "),
        ({"calloptions": "Loud"}, "calloptions: must be empty, LiveOnly"),
        ({"calloptions": "TransOnAnswer", "optcallerid": ""}, "transferringnumber: is needed"),
        ({"calloptions": "TransOnAnswer", "transferringnumber": "12"}, "transferringnumber: "),
        ({"calloptions": "TransOnAnswer", "transferringnumber": "911"}, "transferringnumber: "),
        ({"rundatetime": "05/15/2099"}, "rundatetime: must be day/month/year"),
        ({"rundatetime": "tomorrow"}, "rundatetime: must be day/month/year"),
        ({"rundatetime": "2099/05/15"}, "rundatetime: must be within"),
        ({"enddate": "15-5"}, "enddate: must be day/month/year"),
        ({"enddate": "2017/05/15"}, "enddate: has passed"),
        ({"priority": "10"}, "priority: must be 0 to 9"),
        ({"name": "<x>a~b</x>"}, "name: has 2 fields"),
        ({"JsonCallPost": "{"}, "JsonCallPost: is not JSON"),
        ({"contactlistarray": "{"}, "contactlistarray: "),
        ({"messagetext": "a\x00b"}, "messagetext: "),
    ],
)
async def test_a_field_that_is_wrong_is_named_and_leaves_nothing(
    program: Program, fields: dict[str, str], detail: str
) -> None:
    await program.refused(NO_MESSAGE, detail, **{**CALL, **fields})


@proves("errors: 43 Invalid Token/Key")
async def test_without_the_right_pair_nothing_is_known(program: Program, trial: Program) -> None:
    native = program.api.live.headers["Authorization"].removeprefix("Bearer ")
    for secrets in (
        {},
        {"token": program.token},
        {"key": program.key},
        {"key": program.key, "token": ""},
        {"key": trial.key, "token": program.token},
        {"key": program.key.upper(), "token": program.token.upper()},
        {"key": program.key, "token": native},
        {"key": program.key, "token": "x" * 10_000},
    ):
        # a wrong field is told only to who has the right pair
        for fields in (CALL, {**CALL, "whattodo": "SendPigeon"}, {**CALL, "JsonCallPost": "{"}):
            answer = await program.client.post(HANDLER, params=secrets | fields)
            assert (answer.status_code, answer.json()) == (200, NOT_KNOWN)
            assert "messageid" not in answer.headers["X-Error-Detail"]


@proves("errors: 43 Invalid Token/Key")
async def test_a_key_that_may_not_call_and_one_that_ended(program: Program) -> None:
    reading = await make_program(program.api, permissions=["calls:read", "contacts:write"])
    await reading.refused(NOT_KNOWN, "calls:write", **CALL)
    await program.api.services.accounts.revoke_key(program.organisation.id, reading.key)
    await reading.refused(NOT_KNOWN, "unknown, revoked or expired", **CALL)
    await reading.client.aclose()


@proves("errors: 48 Invalid Request (you have to use POST)")
@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE", "PATCH"])
async def test_what_sends_has_to_be_posted(program: Program, method: str) -> None:
    before = await program.counts()
    answer = await program.client.request(method, HANDLER, params={**program.secrets, **CALL})
    assert (answer.status_code, answer.json()) == (200, NOT_POSTED)
    assert answer.headers["content-type"] == "application/json"
    assert await program.counts() == before


@proves("errors: 41 Not enough balance", "config: Callbalance", "config: Smsbalance")
async def test_without_money_nothing_is_made(program: Program) -> None:
    await meter(program.api.database, program.organisation.id, paid="0")
    program.api.services.accounts.key_service.cache.clear()
    try:
        await program.refused("41 Not enough balance", "balance", **CALL)
        await program.refused("41 Not enough balance", "no rate", **{**CALL, "phonenumber": "3105550100"})
        await meter(program.api.database, program.organisation.id, paid="5")
        config = (await program.client.get("/REST/api/Config", auth=program.basic)).json()
        # one number of the account is of the prefix 1800, which the price list does not have for calls
        assert (config["Callbalance"], config["Smsbalance"]) == ("0", "666")
        assert (await program.sent(**CALL))[0]["ToNumber"] == "2125550100"
    finally:
        await program.api.database.execute(
            "UPDATE organisations SET rate_plan_id = NULL WHERE id = $1", program.organisation.id
        )
        program.api.services.accounts.key_service.cache.clear()


async def test_a_body_that_cannot_be_read(program: Program) -> None:
    answer = await program.client.post(HANDLER, content=b'{"key": ', headers={"Content-Type": "application/json"})
    assert answer.status_code == 200
    assert answer.json() == NO_MESSAGE


async def test_too_many_numbers(program: Program) -> None:
    body: dict[str, Any] = {**program.secrets, **CALL, "phonenumber": ["2125550100"] * 10_001}
    before = await program.counts()
    answer = await program.client.post(HANDLER, content=json.dumps(body))
    assert answer.json() == NO_MESSAGE
    assert "more than 10000" in answer.headers["X-Error-Detail"]
    assert await program.counts() == before


async def test_errors_of_ours_are_told_by_status(program: Program, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*args: Any, **kwargs: Any) -> None:
        raise RuntimeError("disk of 10.0.0.7 is full")

    monkeypatch.setattr(program.api.services.orders, "beside", broken)
    before = await program.counts()
    answer = await program.client.post(HANDLER, params={**program.secrets, **CALL})
    assert (answer.status_code, answer.json()) == (500, "500 Internal error, try again")
    assert "10.0.0.7" not in str(answer.headers)
    assert await program.counts() == before
