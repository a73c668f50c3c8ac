"""The set-up link over the API, and one request of a session in the sandbox."""

from __future__ import annotations

import pytest

from callwright.api.native.security import SANDBOX_HEADER
from support.api import ApiUnderTest
from support.people import make_user, sign_in

pytestmark = pytest.mark.postgres

ANN = {
    "organisation": "Elm Street Dental",
    "name": "Ann Lee",
    "email": "ann@example.com",
    "password": "seven blue herons sing",
}


async def test_the_first_owner(api: ApiUnderTest) -> None:
    assert (await api.nobody.get("/api/v1/setup")).json() == {"open": True}
    wrong = await api.nobody.post("/api/v1/setup", json={**ANN, "token": "stp_x"})
    assert wrong.status_code == 400
    assert [error["field"] for error in wrong.json()["errors"]] == ["token"]
    made = await api.nobody.post("/api/v1/setup", json={**ANN, "token": api.services.setup.token})
    assert made.status_code == 201, made.text
    assert (made.json()["role"], made.json()["email"]) == ("owner", "ann@example.com")
    assert (await api.nobody.get("/api/v1/setup")).json() == {"open": False}
    again = await api.nobody.post("/api/v1/setup", json={**ANN, "token": api.services.setup.token})
    assert again.status_code == 409


async def test_one_request_of_a_session_in_the_sandbox(api: ApiUnderTest) -> None:
    owner = await make_user(api, "owner")
    async with await sign_in(api, owner) as client:
        account = await client.get("/api/v1/account", headers={SANDBOX_HEADER: "1"})
        assert account.json()["key"]["sandbox"] is True
        call = {"to": "+15550100011", "from": "+15550109999", "message": "Hello"}
        made = await client.post("/api/v1/calls", json=call, headers={SANDBOX_HEADER: "1"})
        assert made.status_code == 201, made.text
        assert (await client.get(f"/api/v1/calls/{made.json()['call_id']}")).json()["sandbox"] is True
        # what the sandbox may not, it may not by this way either
        body = {"email": "bob@example.com", "role": "agent"}
        assert (await client.post("/api/v1/users", json=body, headers={SANDBOX_HEADER: "1"})).status_code == 403
        assert (await client.get("/api/v1/account")).json()["key"]["sandbox"] is False


async def test_a_key_does_not_change_by_the_header(api: ApiUnderTest) -> None:
    account = await api.live.get("/api/v1/account", headers={SANDBOX_HEADER: "1"})
    assert account.json()["key"]["sandbox"] is False
