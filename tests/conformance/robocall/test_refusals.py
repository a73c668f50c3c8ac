"""What is refused, in words that name it, with nothing written; and who may ask at all."""

from __future__ import annotations

import copy
from typing import Any

import pytest

from support.api import client_of
from support.proofs import proves
from support.robocall import Program

pytestmark = pytest.mark.postgres

PLAY = {"name": "play", "message": {"msg": "Hello"}}
GATHER = {"name": "gather", "message": {"msg": "Key?"}, "branches": [{"digit": "1", "callFlow": {"steps": [PLAY]}}]}
TRANSFER = {"name": "transfer", "destination": "Ext:1000"}


def changed(body: Any, path: str, value: Any) -> Any:
    """Return a copy of a body with another value at a path such as ``destinations.0.phone``; ``...`` removes it."""
    found = copy.deepcopy(body)
    place = found
    *way, last = [int(part) if part.isdigit() else part for part in path.split(".")]
    for part in way:
        place = place[part]
    if value is ...:
        del place[last]
    else:
        place[last] = value
    return found


@proves(
    "request: requestId",
    "request: destinations",
    "request: destinations[].phone",
    "request: destinations[].caller",
    "request: destinations[].properties",
    "request: enableCallRecording",
    "request: callFlow.steps",
    "request: callFlow.steps[].name",
    "request: message.msg",
    "request: message.lang",
    "request: message.language",
    "request: message.gender",
    "request: message.pitch",
    "request: message.rate",
    "request: callFlow.steps[].maxRetries",
    "request: callFlow.steps[].branches[].digit",
    "request: callFlow.steps[].branches[].default",
    "request: callFlow.steps[].branches[].callFlow",
    "request: callFlow.steps[].destination",
    "request: callFlow.steps[].message of a transfer",
)
@pytest.mark.parametrize(
    ("path", "value", "words"),
    [
        ("requestId", ..., "requestId: is required"),
        ("requestId", "  ", "requestId: must not be empty"),
        ("requestId", "x" * 201, "requestId: must have at most 200"),
        ("requestId", {}, "requestId: must be text"),
        ("destinations", ..., "destinations: is required"),
        ("destinations", [], "destinations: must not be empty"),
        ("destinations", "+6588893322", "destinations: must be a list"),
        ("destinations.0", "+6588893322", "destinations[0]: must be an object"),
        ("destinations.0.phone", ..., "destinations[0].phone: is required"),
        ("destinations.0.phone", "nobody", "destinations[0].phone: must be a number in E.164"),
        ("destinations.0.phone", "0123456", "destinations[0].phone: must be a number in E.164"),
        ("destinations.0.caller", "12 ab", "destinations[0].caller: must be a number in E.164"),
        ("destinations.0.properties", "x", "destinations[0].properties: must be an object"),
        ("destinations.0.properties", {"a": {}}, "destinations[0].properties.a: must be text"),
        ("destinations.0.properties", {"a": "x" * 2001}, "destinations[0].properties.a: must have at most 2000"),
        ("enableCallRecording", "perhaps", "enableCallRecording: must be true or false"),
        ("callFlow", ..., "callFlow: is required"),
        ("callFlow.steps", [], "callFlow.steps: must not be empty"),
        ("callFlow.steps", [PLAY] * 501, "callFlow.steps: must have at most 500"),
        ("callFlow.steps.0.name", ..., "callFlow.steps[0].name: is required: one of gather, play, transfer"),
        ("callFlow.steps.0.name", "dance", "callFlow.steps[0].name: must be one of gather, play, transfer"),
        ("callFlow.steps.0.message", ..., "callFlow.steps[0].message: is required"),
        ("callFlow.steps.0.message.msg", "", "callFlow.steps[0].message.msg: must not be empty"),
        ("callFlow.steps.0.message.msg", "x" * 1001, "callFlow.steps[0].message.msg: must have at most 1000"),
        (
            "callFlow.steps.0.message.msg",
            "{{who}}",
            "destinations[0].properties: the message has the placeholder {{who}}",
        ),
        ("callFlow.steps.0.message.lang", "xx", "callFlow.steps[0].message.lang: nobody here speaks it"),
        ("callFlow.steps.0.message.gender", "other", "callFlow.steps[0].message.gender: must be one of female, male"),
        ("callFlow.steps.0.message.pitch", 10, "callFlow.steps[0].message.pitch: must be a whole number from 0 to 9"),
        ("callFlow.steps.0.message.rate", "fast", "callFlow.steps[0].message.rate: must be a whole number from 0 to 9"),
        ("callFlow.steps.1.maxRetries", 0, "callFlow.steps[1].maxRetries: must be a whole number from 1 to 10"),
        ("callFlow.steps.1.branches", ..., "callFlow.steps[1].branches: is required"),
        ("callFlow.steps.1.branches.0.digit", "A", "callFlow.steps[1].branches[0].digit: must be keys"),
        ("callFlow.steps.1.branches.0.default", "perhaps", "branches[0].default: must be true or false"),
        ("callFlow.steps.1.branches.0.callFlow", "x", "branches[0].callFlow: must be an object"),
        ("callFlow.steps.1.branches.0.callFlow", {"steps": []}, "branches[0].callFlow.steps: must not be empty"),
        ("callFlow.steps.0.message.language", "xx", "callFlow.steps[0].message.language: nobody here speaks it"),
        ("callFlow.steps.2.message", {"msg": ""}, "callFlow.steps[2].message.msg: must not be empty"),
        ("callFlow.steps.1.branches.0.digit", ..., "callFlow.steps[1].branches[0].digit: a branch needs a digit"),
        (
            "callFlow.steps.1.branches.0.default",
            "maybe",
            "callFlow.steps[1].branches[0].default: must be true or false",
        ),
        ("callFlow.steps.1.branches", [{"digit": "1"}, {"digit": "1"}], "branches[1].digit: another branch has this"),
        ("callFlow.steps.1.branches", [{"default": True}] * 2, "branches[1].default: another branch is the default"),
        ("callFlow.steps.2.destination", ..., "callFlow.steps[2].destination: is required"),
        ("callFlow.steps.2.destination", "home", "callFlow.steps[2].destination: must be a number"),
        ("callFlow.steps.2.destination", "Ext:1999", "callFlow.steps[2].destination: Ext:1999 is not an extension"),
        ("callFlow.steps.2.destination", "sip:a b@example.com", "callFlow.steps[2].destination: must be a number"),
    ],
)
async def test_a_wrong_field_is_named(program: Program, path: str, value: Any, words: str) -> None:
    await program.refused(changed(program.body([PLAY, GATHER, TRANSFER]), path, value), words)


async def test_no_destination_is_called_when_one_is_wrong(program: Program) -> None:
    body = program.body([PLAY])
    body["destinations"] = [{"phone": "+6588893322"}, {"phone": "+6588893323", "caller": "?"}]
    await program.refused(body, "destinations[1].caller")


@proves("request: requestId")
async def test_a_repeat_is_the_same_request_and_another_body_is_none(program: Program) -> None:
    body = program.body([PLAY])
    first = await program.sent(body)
    assert await program.sent(body) == first
    assert len(await program.call_ids(body["requestId"])) == 1
    await program.refused({**body, "enableCallRecording": True}, "requestId: was used for another request")


@proves("request: destinations[].caller")
async def test_a_live_key_shows_verified_numbers_only(program: Program) -> None:
    _, secret = await program.api.services.accounts.key_service.create(
        program.api.organisation.id, "live robo", sandbox=False, dialect="robocall"
    )
    async with client_of(program.api.app) as client:
        client.headers["x-credential-api-key"] = secret
        body = program.body([PLAY])
        body["destinations"] = [
            {"phone": "+12125550101", "caller": "+18005550199"},
            {"phone": "+12125550102", "caller": "+18005550198"},
        ]
        before = await program.counts()
        answer = await client.post("/v1/call", json=body)
        assert (answer.status_code, await program.counts()) == (400, before)
        assert answer.json()["message"].startswith("destinations[1].caller: is not a verified number")
        # E.164 without its plus is no national number
        body["destinations"] = [{"phone": "6588893322", "caller": "18005550199"}]
        shown = await client.post("/v1/call", json=body)
        assert shown.status_code == 400
        assert "numbers of SG are not called" in shown.json()["message"]
        body["destinations"] = [{"phone": "12125550103", "caller": "18005550199"}]
        shown = await client.post("/v1/call", json=body)
        assert shown.json()["details"][0]["destination"] == "+12125550103"


@pytest.mark.parametrize("content", [b"", b"[]", b"requestId=1", b'{"requestId": ', b'"x"'])
async def test_only_a_json_object_is_read(program: Program, content: bytes) -> None:
    answer = await program.client.post("/v1/call", content=content)
    assert (answer.status_code, answer.json()["status"]) == (400, "error")
    assert answer.json()["message"].startswith("body: ")


@proves("request: x-credential-api-key")
async def test_only_a_key_of_this_dialect_opens(program: Program) -> None:
    native = program.api.sandbox.headers["Authorization"].removeprefix("Bearer ")
    async with client_of(program.api.app) as client:
        for key in (None, "", "live_nothing", native, "x" * 10_000):
            headers = {} if key is None else {"x-credential-api-key": key}
            for answer in (
                await client.post("/v1/call", json=program.body([PLAY]), headers=headers),
                await client.get("/v1/status/request_1", headers=headers),
            ):
                assert (answer.status_code, answer.json()["status"]) == (401, "error")
    own = program.client.headers["x-credential-api-key"]
    native_answer = await program.api.nobody.get("/api/v1/calls", headers={"Authorization": f"Bearer {own}"})
    assert native_answer.status_code == 401


@proves("status: requestId")
async def test_nobody_elses_request_is_found(program: Program) -> None:
    body = program.body([PLAY])
    await program.sent(body)
    other = await program.api.services.accounts.create_organisation("Other")
    _, secret = await program.api.services.accounts.key_service.create(
        other.id, "robo", sandbox=True, dialect="robocall"
    )
    for key, request_id in ((secret, body["requestId"]), (program.client.headers["x-credential-api-key"], "unknown")):
        async with client_of(program.api.app) as client:
            answer = await client.get(f"/v1/status/{request_id}", headers={"x-credential-api-key": key})
            assert (answer.status_code, answer.json()["status"]) == (404, "error")
            assert request_id in answer.json()["message"]
