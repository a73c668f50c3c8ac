"""All dialects beside each other: their paths, their keys, what of their secrets reaches a log."""

from __future__ import annotations

import io
import logging
import re
from collections import Counter
from collections.abc import AsyncIterator, Iterator

import asyncpg
import httpx
import pytest
from fastapi import FastAPI, Request

from callwright import logs
from callwright.accounts.dialects import DIALECTS
from callwright.api.dialects import mount
from callwright.api.native.problems import WrongMethod
from support.api import ApiUnderTest, client_of
from support.routes import dialect_routes_of, routes_of

pytestmark = pytest.mark.postgres


@pytest.fixture
def written() -> Iterator[io.StringIO]:
    """What the appliance's logging would write."""
    stream = io.StringIO()
    handler = logging.StreamHandler(stream)
    handler.addFilter(logs.RedactSecrets())
    handler.setFormatter(logs.JsonFormatter())
    root = logging.getLogger()
    level = root.level
    root.addHandler(handler)
    root.setLevel(logging.DEBUG)
    yield stream
    root.removeHandler(handler)
    root.setLevel(level)


def test_every_dialect_is_served() -> None:
    assert {name for name, _ in mount.DIALECTS} == set(DIALECTS)


async def test_no_path_is_served_twice(api: ApiUnderTest) -> None:
    # one parameter is like another
    everything = [*routes_of(api.app), *dialect_routes_of(api.app)]
    paths = Counter((route.method, re.sub(r"\{\w+(:\w+)?\}", "{}", route.path)) for route in everything)
    assert [path for path, count in paths.items() if count > 1] == []
    own = {route.path for route in dialect_routes_of(api.app)}
    assert not [path for path in own if path.startswith(("/api/v1/", "/app/")) or path == "/"]
    for name in DIALECTS:
        prefixed = {path for path in own if path.startswith(f"/{name}/")}
        # what stands at the root stands under the dialect's name, too
        assert {path.removeprefix(f"/{name}") for path in prefixed} <= own, name
        assert prefixed, name


@pytest.mark.parametrize("dialect", DIALECTS)
async def test_a_key_is_made_for_one_dialect(api: ApiUnderTest, dialect: str) -> None:
    answer = await api.live.post("/api/v1/keys", json={"name": "old program", "sandbox": True, "dialect": dialect})
    assert answer.status_code == 201, answer.text
    made = answer.json()
    assert made["dialect"] == dialect
    assert made["secret"] in made["dialect_settings"].values()
    async with client_of(api.app, made["secret"]) as client:
        assert (await client.get("/api/v1/calls")).status_code == 401
    for other in DIALECTS:
        if other == dialect:
            who = await api.services.accounts.authenticate(made["secret"], dialect=other)
            assert who.key_id == made["key_id"]
            continue
        with pytest.raises(Exception, match="unknown"):
            await api.services.accounts.authenticate(made["secret"], dialect=other)


async def test_there_are_no_other_dialects(api: ApiUnderTest) -> None:
    answer = await api.live.post("/api/v1/keys", json={"name": "x", "sandbox": True, "dialect": "twilio"})
    assert (answer.status_code, answer.json()["errors"][0]["field"]) == (400, "dialect")


@pytest.mark.parametrize(
    ("options", "field"),
    [
        ({"colour": "red"}, "dialect_options.colour"),
        ({"effebot_webhook": "never"}, "dialect_options.effebot_webhook"),
        # the operator's
        ({"robotalker_ringless": True}, "dialect_options.robotalker_ringless"),
    ],
)
async def test_options_that_do_not_exist_are_refused(api: ApiUnderTest, options: dict[str, str], field: str) -> None:
    answer = await api.live.patch("/api/v1/account", json={"dialect_options": options})
    assert (answer.status_code, answer.json()["errors"][0]["field"]) == (400, field)


async def test_no_secret_reaches_a_log(api: ApiUnderTest, written: io.StringIO) -> None:
    secret = "zanzibarzanzibar"
    packed = f"<x>{secret}~{secret}~SendSms~a~b~0~c~d~e</x>"
    async with client_of(api.app) as client:
        for path in ("/apiCalls/userInfo", "/api/handler.ashx", "/GetJobDetail.ashx", "/accounts", "/v1/call"):
            fields = {"apiKey": secret, "key": secret, "token": secret, "access_token": secret, "name": packed}
            headers = {"x-credential-api-key": secret, "X-Access-Token": secret, "X-Authentication-Token": secret}
            await client.post(path, params=fields, headers=headers)
            await client.get(path, params={**fields, "JsonCallPost": f'{{"key": "{secret}"}}'}, headers=headers)
            await client.post(path, data=fields, headers=headers)
            await client.post(path, json=fields, headers=headers)
        # whoever writes a whole URL
        logging.getLogger("test").warning("GET /x?apiKey=%s&name=%s&JsonCallPost=%s", secret, secret, secret)
    assert "POST /apiCalls/userInfo" in written.getvalue()
    assert secret not in written.getvalue()


#: A path at the root and one below the name of each dialect that nothing is at, and one that takes no PATCH.
UNKNOWN = {
    "robotalker": ("/REST/api/Nothing", "/robotalker/Nothing", "/REST/api/Login"),
    "robocall": ("/v1/status", "/robocall/v2/call", "/v1/call"),
    "effebot": ("/apiCalls/nothing", "/effebot/nothing", "/apiCalls/create"),
    "multisender": ("/accounts/1/nothing", "/multisender/nothing", "/v1/groups"),
}


def told_by(dialect: str, answer: httpx.Response) -> str:
    """Return what an error says; its form must be the dialect's."""
    assert answer.headers["content-type"] == "application/json"
    said = answer.json()
    match dialect:
        case "robotalker":
            assert re.fullmatch(r"\d{2,3} .+", said)
            return str(answer.headers["X-Error-Detail"])
        case "robocall":
            assert set(said) == {"status", "message"}
        case "effebot":
            assert said == {"status": "error", "message": said["message"], "data": {"message": said["message"]}}
        case _:
            assert said["error"]["code"] == answer.status_code
            return str(said["error"]["message"])
    assert said["status"] == "error"
    return str(said["message"])


@pytest.mark.parametrize("dialect", DIALECTS)
async def test_what_no_route_takes_is_answered_in_the_dialects_form(api: ApiUnderTest, dialect: str) -> None:
    *unknown, known = UNKNOWN[dialect]
    for path in unknown:
        answer = await api.nobody.post(path)
        assert (answer.status_code, told_by(dialect, answer)) == (404, "there is nothing at this path")
    answer = await api.nobody.patch(known)
    # the document has a text for it
    assert answer.status_code == (200 if dialect == "robotalker" else 405)
    assert told_by(dialect, answer) == "this path does not take this method"
    assert answer.headers["allow"]
    if dialect == "robotalker":
        assert answer.json() == "48 Invalid Request (you have to use POST)"


@pytest.mark.parametrize("dialect", DIALECTS)
async def test_a_body_that_is_too_large_is_answered_in_the_dialects_form(api: ApiUnderTest, dialect: str) -> None:
    path = {"robotalker": "/api/handler.ashx", "multisender": "/accounts"}.get(dialect, UNKNOWN[dialect][2])
    large = b"x" * (5 * 1024 * 1024 + 1)

    async def parts() -> AsyncIterator[bytes]:
        yield large

    # announced, and found out while it is read; Robo call asks for its key in the header before it reads
    for content in (large,) if dialect == "robocall" else (large, parts()):
        answer = await api.nobody.post(path, content=content, headers={"Content-Type": "application/json"})
        assert answer.status_code == (200 if dialect in ("robotalker", "effebot") else 400), answer.text
        assert "must have at most 5 MB" in told_by(dialect, answer)


@pytest.mark.parametrize("dialect", DIALECTS)
async def test_a_database_that_is_away_is_told_in_the_dialects_form(
    api: ApiUnderTest, dialect: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def away(*_: object, **__: object) -> None:
        raise asyncpg.CannotConnectNowError("starting")

    monkeypatch.setattr(type(api.services.accounts), "authenticate", away)
    path, field = {
        "robotalker": ("/api/handler.ashx?key=k&token=t&whattodo=SendSms", None),
        "robocall": ("/v1/call", None),
        "effebot": ("/apiCalls/userInfo", {"apiKey": "x"}),
        "multisender": ("/groups", {"name": "x", "description": "y"}),
    }[dialect]
    headers = {"x-credential-api-key": "x", "X-Access-Token": "x"}
    answer = await api.nobody.post(path, json=field, headers=headers)
    assert (answer.status_code, answer.headers["retry-after"]) == (503, "2")
    assert "database" in told_by(dialect, answer)


async def test_other_paths_are_answered_as_the_native_api_does(api: ApiUnderTest) -> None:
    for path in ("/api/v1/nothing", "/nothing", "/api"):
        answer = await api.nobody.post(path)
        assert (answer.status_code, answer.headers["content-type"]) == (404, "application/problem+json")


async def test_below_v1_the_token_tells_whose_form_it_is(api: ApiUnderTest) -> None:
    for path in ("/v1/nothing", "/v1/calls_", "/v1", "/v1/"):
        answer = await api.nobody.get(path, headers={"x-credential-api-key": "x"})
        assert (answer.status_code, told_by("robocall", answer)) == (404, "there is nothing at this path")
        assert told_by("robocall", await api.nobody.get(path)) == "there is nothing at this path"
    for path, headers in (("/v1/nothing", {"X-Access-Token": "x"}), ("/v1/nothing?access_token=x", {})):
        answer = await api.nobody.get(path, headers=headers)
        assert (answer.status_code, told_by("multisender", answer)) == (404, "there is nothing at this path")


async def test_every_route_of_a_dialect_has_somebody_who_answers_errors(api: ApiUnderTest) -> None:
    dialects = mount.mount(FastAPI())
    for route in dialect_routes_of(api.app):
        answer = dialects.answer(Request({"type": "http", "path": route.path}), WrongMethod())
        assert answer is not None, route.path
