"""The token, the headers, the paths: what every request of the document has."""

from __future__ import annotations

import logging

import pytest

from support.api import client_of
from support.multisender import Program
from support.people import PASSWORD, make_user
from support.proofs import proves

pytestmark = pytest.mark.postgres


@proves("request: X-Access-Token", "request: X-Authentication-Token")
@pytest.mark.parametrize("header", ["X-Access-Token", "X-Authentication-Token", "x-access-token"])
async def test_the_token_goes_in_a_header(program: Program, header: str) -> None:
    async with client_of(program.api.app) as client:
        assert (await client.get("/groups", headers={header: program.token})).status_code == 200


@proves("request: access_token", "request: Location")
async def test_the_token_goes_in_the_address_or_the_body(program: Program) -> None:
    async with client_of(program.api.app) as client:
        assert (await client.get("/vi/accounts", params={"access_token": program.token})).status_code == 200
        body = {"access_token": program.token, "name": "by body", "description": ""}
        answer = await client.post("/groups", json=body)
        assert answer.status_code == 201, answer.text
        assert program.token not in answer.headers["location"]


@pytest.mark.parametrize("prefix", ["", "/v1", "/vi", "/multisender", "/multisender/v1", "/multisender/vi"])
async def test_the_paths_answer_below_every_prefix(program: Program, prefix: str) -> None:
    await program.ask("GET", f"{prefix}/accounts?")
    await program.ask("GET", f"{prefix}/voice_files/text_to_speech/voice_codes")


async def test_who_has_no_token_of_this_dialect_is_refused(program: Program) -> None:
    async with client_of(program.api.app) as client:
        for headers in ({}, {"X-Access-Token": "123xyz"}, {"X-Access-Token": "x" * 500}):
            answer = await client.get("/accounts", headers=headers)
            assert answer.status_code == 401
            assert answer.json()["error"]["code"] == 401
        # a key of the native API, as a token and as it is used there
        _, key = await program.api.services.accounts.create_key(program.organisation.id, "native", sandbox=True)
        for headers in ({"X-Access-Token": key}, {"Authorization": f"Bearer {key}"}):
            assert (await client.get("/accounts", headers=headers)).status_code == 401


@proves("request: Accept", "request: Content-Type")
async def test_only_json_is_taken_and_given(program: Program) -> None:
    for accept in ("application/json", "Application/json", "*/*", "text/html, application/json;q=0.9", ""):
        await program.ask("GET", "/groups", headers={"Accept": accept})
    for accept in ("text/html", "application/xml", "application/json;q=0"):
        await program.ask("GET", "/groups", headers={"Accept": accept}, status=406)
    for kind in ("application/x-www-form-urlencoded", "text/plain", "multipart/form-data; boundary=x"):
        answer = await program.client.post("/groups", content=b'{"name":"x"}', headers={"Content-Type": kind})
        assert answer.status_code == 415
        assert answer.json()["error"]["code"] == 415
    answer = await program.client.post("/groups", content=b"{", headers={"Content-Type": "application/json"})
    assert (answer.status_code, answer.json()["error"]["field"]) == (400, "body")
    # a body that says what it is as the document does, and one that does not say it
    for headers in ({"Content-Type": "Application/json"}, {"Content-Type": "application/json; charset=UTF-8"}):
        content = f'{{"name": "{headers["Content-Type"]}", "description": "é"}}'.encode()
        assert (await program.client.post("/groups", content=content, headers=headers)).status_code == 201


@proves("request: ids")
async def test_an_id_that_is_none_is_not_there(program: Program) -> None:
    for path in ("/accounts/x", "/groups/0", "/calls/9999999999999999999999", "/rsvp_calls/-1", "/voice_files/%00"):
        await program.refused("GET", path, None, None, status=404)


@proves("login: *")
async def test_email_and_password_make_a_token(program: Program) -> None:
    user = await make_user(program.api, "manager")
    async with client_of(program.api.app) as client:
        for path in ("/login", "/v1/login", "/auth"):
            answer = await client.post(path, json={"email": user.email, "password": PASSWORD})
            assert answer.status_code == 201, answer.text
            assert set(answer.json()) == {"authToken"}
            headers = {"X-Access-Token": answer.json()["authToken"]}
            assert (await client.get("/groups", headers=headers)).status_code == 200
        answer = await client.post("/login", json={"email": user.email, "password": "wrong"})
        assert (answer.status_code, answer.json()["error"]["code"]) == (401, 401)
    await program.refused("POST", "/login", {"email": user.email}, "password")
    await program.refused("POST", "/login", {"password": "x"}, "email")


async def test_no_log_has_the_token(program: Program, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.DEBUG, logger="callwright"):
        async with client_of(program.api.app) as client:
            await client.get("/accounts", params={"access_token": program.token})
            await client.post("/groups", json={"access_token": program.token})
            await client.get("/accounts", params={"access_token": f"{program.token}x"})
    assert program.token not in caplog.text
