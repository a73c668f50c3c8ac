"""Every route of the dialect is tried by who has no credentials, wrong ones, or those of somebody else."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from callwright.accounts.models import Principal
from support.api import ApiUnderTest
from support.robotalker import Program, make_program
from support.routes import dialect_routes_of

pytestmark = pytest.mark.postgres

#: Whatever each of the pages could want.
EVERYTHING = {
    "whattodo": "SendTtsMessage",
    "optname": "Zanzibar",
    "jobname": "Zanzibar",
    "messagetext": "Hello",
    "phonenumber": "2125550100",
    "contactlist": '[{"name": "Ann", "phone": "2125550100"}]',
}


def routes(api: ApiUnderTest) -> list[tuple[str, str]]:
    found = {(route.method, route.path) for route in dialect_routes_of(api.app)}
    own = sorted((method, path) for method, path in found if path.startswith("/robotalker/"))
    assert len(own) > 10
    return own


def refused(answer: httpx.Response) -> bool:
    """Whether it is the document's refusal: of another method, too, which tells nothing."""
    return answer.json() in {
        "43 Invalid Token/Key",
        "48 Invalid Request (you have to use POST)",
    }


async def other_program(program: Program) -> Program:
    """Return a program of another organisation."""
    accounts = program.api.services.accounts
    organisation = await accounts.create_organisation("Somebody Else")
    key, token = await accounts.key_service.create(organisation.id, "other", sandbox=False, dialect="robotalker")
    other = await make_program(program.api)
    await other.client.aclose()
    return Program(api=program.api, client=program.client, key=key.id, token=token, organisation=organisation)


async def test_without_credentials_nothing_is_told_or_done(program: Program) -> None:
    before = await program.counts()
    native = program.api.live.headers["Authorization"]
    wrong: list[dict[str, Any]] = [
        {},
        {"params": {"key": program.key, "token": "wrong"}},
        {"params": {"userId": program.user_id}},
        {"auth": httpx.BasicAuth(program.user_id, "wrong")},
        {"headers": {"Authorization": native}},
        {"headers": {"Cookie": "robotalker=wrong"}},
    ]
    for method, path in routes(program.api):
        for way in wrong:
            for fields in (EVERYTHING, {"jobStatus": "Zanzibar"}, {"cancelJob": "1"}, {"jobId": "1"}):
                params = {**fields, **way.get("params", {})}
                answer = await program.client.request(method, path, **{**way, "params": params})
                assert refused(answer), (method, path, way, answer.text)
                assert answer.status_code in {200, 403}
    assert await program.counts() == before


async def test_another_organisation_sees_and_changes_nothing(program: Program) -> None:
    fields = {name: value for name, value in EVERYTHING.items() if name != "contactlist"}
    made = await program.sent(**fields)
    number = str(made[0]["id"])
    [call] = await program.calls_of(made[0]["id"])
    other = await other_program(program)
    who = await program.api.services.accounts.authenticate(other.token, dialect="robotalker")
    assert isinstance(who, Principal)
    for method, path in routes(program.api):
        if "Multi" in path:
            continue
        for asked in (
            {"jobStatus": "Zanzibar"},
            {"jobId": number},
            {"groupName": "Zanzibar"},
            {"cancelJob": number},
            {"jobname": "Zanzibar"},
        ):
            answer = await program.client.request(method, path, params={**other.secrets, **asked})
            assert "2125550100" not in answer.text, (method, path, asked)
            assert "Zanzibar" not in answer.text, (method, path, asked)
    assert (await program.native(f"/calls/{call['call_id']}"))["status"] == "queued"
