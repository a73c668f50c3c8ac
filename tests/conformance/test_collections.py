"""Each collection for Postman runs from its first request to its last, as Postman would run it."""

from __future__ import annotations

import json
import re
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest
import pytest_asyncio

from callwright.accounts.dialects import DIALECTS
from callwright.api.dialects.postman import dialect_collection
from callwright.messages.routes import NewRoute
from callwright.store.database import Database
from support import effebot, multisender, robotalker
from support.api import ApiUnderTest, client_of, serve_api
from support.exchange import Exchange
from support.sound_files import encoded, tones

pytestmark = pytest.mark.postgres

BASE = "http://api.test"
#: Paths that a sandbox token has nothing to do with.
PEOPLE = ("subusers", "login")
#: Requests that have a text spoken, and the variable of what they make.
SPOKEN = {"Speak a text": "voiceFileId", "Create a record of a text": "recordId"}


@pytest_asyncio.fixture(scope="module")
async def api(module_database: Database) -> AsyncIterator[ApiUnderTest]:
    """The application, with the lab's routes for texts and mails."""
    async with serve_api(module_database) as served:
        for channel in ("sms", "email"):
            await served.services.messages.routes.add(
                served.organisation.id, NewRoute(channel=channel, kind="lab", name=f"lab-{channel}")
            )
        yield served


@pytest.mark.parametrize("dialect", DIALECTS)
async def test_a_collection_runs(api: ApiUnderTest, dialect: str) -> None:
    collection = dialect_collection(dialect, BASE)
    values = {each["key"]: each["value"] for each in collection["variable"]}
    values |= await prepared(api, dialect)
    client = await program_of(api, dialect)
    async with client:
        for item in collection["item"]:
            answer = await run(client, item["request"], values)
            taken(dialect, item["name"], answer)
            saves = [line for event in item.get("event", ()) for line in event["script"]["exec"]]
            for line in saves[1:]:
                keep(line, answer.json(), values)
            if "sound" in values and item["name"] in SPOKEN:
                await api.jobs.run()
                # which needs a voice: a sound that is there already is played
                values[SPOKEN[item["name"]]] = values["sound"]


async def prepared(api: ApiUnderTest, dialect: str) -> dict[str, str]:
    """Return what a user fills in before: their key, what there is to play, a template."""
    key, secret = await api.services.accounts.key_service.create(
        api.organisation.id, dialect, sandbox=True, dialect=dialect
    )
    own = {"key": secret, "apiKey": secret, "token": secret}
    match dialect:
        case "robotalker":
            program = await robotalker.make_program(api, sandbox=True)
            audio = await program.audio()
            number = str(audio["number"])
            ids = {"messageId": number, "vmMessageId": number, "userId": program.user_id}
            return own | ids | {"key": key.id}
        case "robocall":
            await api.services.extensions.add(api.organisation.id, "1000", "Front desk")
        case "effebot":
            sound = {"content": encoded(tones((440.0, 0.3))), "headers": {"Content-Type": "audio/wav"}}
            uploaded = (await api.sandbox.post("/api/v1/audio", params={"name": "Hello"}, **sound)).json()
            await api.jobs.run()
            own["sound"] = str(uploaded["number"])
            draft = {"steps": [{"type": "say", "text": "Hello {NAME}"}]}
            made = (await api.live.post("/api/v1/flows", json={"name": "Greeting", "draft": draft})).json()
            path = f"/api/v1/flows/{made['flow_id']}/publish"
            assert (await api.live.post(path, json={"revision": made["revision"]})).is_success
        case _:
            program_ = await multisender.make_program(api, sandbox=True)
            own["sound"] = await program_.voice_file()
            own |= {"sender": "+18005550199", "fromEmail": "shop@example.com"}
            sue = {"username": "sue", "email": "sue@example.com", "password": "seven blue herons sing"}
            live = await multisender.make_program(api)
            answer = await live.client.post("/subusers", json=sue)
            assert answer.status_code == 201, answer.text
            own |= {"email": sue["email"], "password": sue["password"], "liveToken": live.token}
    return own


async def program_of(api: ApiUnderTest, dialect: str) -> httpx.AsyncClient:
    """Return a client of an appliance that can do what the collection asks for."""
    if dialect != "effebot":
        return client_of(api.app)
    async with effebot.program_of(api, sandbox=True, exchange=await Exchange.open(api)) as program:
        return client_of(program.api.app)


async def run(client: httpx.AsyncClient, request: dict[str, Any], values: dict[str, str]) -> httpx.Response:
    """Send a request of a collection."""
    own = dict(values)
    if request["url"]["path"][0] in PEOPLE and "liveToken" in own:
        own["token"] = own["liveToken"]
    body = request.get("body", {})
    headers = {each["key"]: filled(each["value"], own) for each in request["header"]}
    query = {each["key"]: filled(each["value"], own) for each in request["url"]["query"]}
    path = filled("/" + "/".join(request["url"]["path"]), own)
    if body.get("mode") == "raw":
        # in JSON's text, as Postman does it
        content = filled(body["raw"], own)
        json.loads(content)
        headers.setdefault("Content-Type", "application/json")
        return await client.request(request["method"], path, params=query, headers=headers, content=content)
    form = {each["key"]: filled(each["value"], own) for each in body.get("urlencoded", ())}
    return await client.request(request["method"], path, params=query, headers=headers, data=form or None)


def filled(text: str, values: dict[str, str]) -> str:
    """Return a text with Postman's variables; a name that is none stays."""
    return re.sub(r"\{\{(\w+)\}\}", lambda found: values.get(found[1], found[0]), text)


def taken(dialect: str, name: str, answer: httpx.Response) -> None:
    """See that a request was taken: a refusal has a form of its own in each dialect."""
    assert answer.status_code in (200, 201, 204), (name, answer.status_code, answer.text)
    assert "X-Error-Detail" not in answer.headers, (name, answer.headers["X-Error-Detail"])
    if dialect == "effebot":
        assert answer.json()["status"] == "success", (name, answer.text)
        assert '"status":"error"' not in answer.text, (name, answer.text)
    elif dialect == "robotalker":
        assert answer.text not in ("fail", "No record found.", "[]"), name


def keep(line: str, answer: Any, values: dict[str, str]) -> None:
    """Do what a line of a script says: keep a part of the answer as a variable."""
    found = re.fullmatch(r'pm\.collectionVariables\.set\("(\w+)", String\(answer((?:\.\w+|\[\d+\])*)\)\);', line)
    assert found is not None, line
    for part in re.findall(r"\w+", found[2]):
        answer = answer[int(part) if part.isdigit() else part]
    values[found[1]] = str(answer)
