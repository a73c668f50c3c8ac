"""``/trunks``: who looks after the installation sees and changes its lines; others see what their calls may take."""

from __future__ import annotations

import asyncio
import dataclasses
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

import pytest

from callwright.api.native.app import create_app
from callwright.errors import Conflict
from callwright.numbers.trunks import NewTrunk
from support.api import ApiUnderTest, client_of
from support.people import make_user, sign_in

pytestmark = pytest.mark.postgres
PATH = "/api/v1/trunks"
NEW = {"name": "provider", "host": "sip.provider.example", "username": "4711", "password": "s3cret herons"}


@dataclasses.dataclass(frozen=True)
class Answer:
    answer: str | None = "200 OK"
    registration: str | None = None
    certificate: str | None = None


@dataclasses.dataclass(frozen=True)
class Said:
    time: datetime = datetime(2025, 4, 15, 10, 30, tzinfo=UTC)
    source: str = "engine"
    target: str = "192.0.2.1:5060"
    text: str = "OPTIONS sip:provider SIP/2.0"


class Engine:
    """Answers as an engine does that knows one trunk."""

    def __init__(self) -> None:
        self.answer = Answer()
        self.traced: list[tuple[str, float]] = []

    async def check(self, name: str) -> Answer:
        if name != "provider":
            raise Conflict("another question is asked")
        return self.answer

    async def trace(self, host: str, seconds: float, closing: asyncio.Event) -> Sequence[Said]:
        assert not closing.is_set()
        self.traced.append((host, seconds))
        return [Said()]

    async def registrations(self) -> Mapping[str, str]:
        return {"provider": "Rejected"}


async def test_a_trunk_is_added_changed_switched_and_removed(api: ApiUnderTest) -> None:
    made = await api.live.post(PATH, json={**NEW, "register": True, "allow_from": ["192.0.2.0/28"], "prefixes": ["+1"]})
    assert made.status_code == 201, made.text
    body = made.json()
    one = f"{PATH}/{body['trunk_id']}"
    assert (body["kind"], body["own"], body["enabled"], body["suspended"], body["calls"]) == (
        "sip",
        True,
        True,
        None,
        0,
    )
    provider = body["provider"]
    assert (provider["host"], provider["has_password"], provider["options"]["register"]) == (NEW["host"], True, True)
    assert provider["options"]["allow_from"] == ["192.0.2.0/28"]
    assert "herons" not in made.text
    trunks = api.services.numbers.trunks
    # what is left out stays, the password too; null takes away
    changed = await api.live.patch(one, json={"channels": 3, "srtp": "required", "prefixes": []})
    assert changed.status_code == 200, changed.text
    body = changed.json()
    assert (body["channels"], body["prefixes"], body["provider"]["options"]["srtp"]) == (3, [], "required")
    assert await trunks.password(body["trunk_id"]) == "s3cret herons"
    assert (await api.live.patch(one, json={"enabled": False})).json()["enabled"] is False
    # another change does not switch it on
    assert (await api.live.patch(one, json={"channels": 4})).json()["enabled"] is False
    assert (await api.live.patch(one, json={"enabled": True})).json()["enabled"] is True
    gone = await api.live.patch(one, json={"password": None, "username": None, "register": False})
    assert gone.json()["provider"]["has_password"] is False
    listed = (await api.live.get(PATH)).json()["trunks"]
    assert [each["name"] for each in listed] == ["provider"]
    assert (await api.live.get(one)).json()["channels"] == 4
    assert (await api.live.delete(one)).status_code == 204
    assert (await api.live.get(one)).status_code == 404
    log = (await api.live.get("/api/v1/audit-log")).text
    assert "trunk.added" in log
    assert "trunk.removed" in log
    assert "herons" not in log


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "name"),
        ({"name": "provider"}, "host"),
        ({**NEW, "name": "Provider One"}, "name"),
        ({**NEW, "host": "sip.example;x"}, "host"),
        ({**NEW, "channels": 0}, "channels"),
        ({**NEW, "channels": "3"}, "channels"),
        ({**NEW, "transport": "carrier-pigeon"}, "transport"),
        ({**NEW, "username": None}, "username"),
        ({**NEW, "password": "a\nb"}, "password"),
        ({**NEW, "allow_from": ["0.0.0.0/0"]}, "allow_from"),
        ({**NEW, "kind": "lab"}, "kind"),
        ({**NEW, "options": {}}, "options"),
    ],
)
async def test_wrong_trunks_are_refused_by_field(api: ApiUnderTest, body: dict[str, Any], field: str) -> None:
    answer = await api.live.post(PATH, json=body)
    assert answer.status_code == 400, answer.text
    assert field in [error["field"] for error in answer.json()["errors"]]
    assert await api.database.fetchval("SELECT count(*) FROM trunks") == 0


async def test_a_wrong_change_changes_nothing(api: ApiUnderTest) -> None:
    one = f"{PATH}/{(await api.live.post(PATH, json=NEW)).json()['trunk_id']}"
    for body in ({}, {"name": "other"}, {"host": ""}, {"host": None}, {"weight": 0}, {"srtp": True}):
        assert (await api.live.patch(one, json=body)).status_code == 400, body
    assert (await api.live.get(one)).json()["provider"]["host"] == NEW["host"]
    assert (await api.live.post(PATH, json=NEW)).status_code == 409


async def test_who_does_not_look_after_the_installation_changes_nothing(api: ApiUnderTest) -> None:
    trunks = api.services.numbers.trunks
    other = await api.services.accounts.create_organisation("Other")
    shared = await trunks.add(api.organisation.id, NewTrunk(name="shared", host="a.example", username="u", shared=True))
    hidden = await trunks.add(api.organisation.id, NewTrunk(name="hidden", host="b.example"))
    own = await trunks.add(other.id, NewTrunk(name="own", host="c.example"))
    manager = await make_user(api, "manager", organisation_id=other.id)
    async with await sign_in(api, manager) as client:
        listed = (await client.get(PATH)).json()["trunks"]
        assert [(each["name"], each["own"], each["provider"] is None) for each in listed] == [
            ("shared", False, True),
            ("own", True, False),
        ]
        assert "a.example" not in (await client.get(f"{PATH}/{shared.id}")).text
        assert (await client.get(f"{PATH}/{hidden.id}")).status_code == 404
        for trunk in (shared, hidden, own):
            for method, rest in (
                ("PATCH", ""),
                ("DELETE", ""),
                ("POST", "/test"),
                ("POST", "/trace"),
                ("POST", "/reopen"),
            ):
                answer = await client.request(method, f"{PATH}/{trunk.id}{rest}", json={})
                assert answer.status_code == 403, (method, rest, answer.text)
        assert (await client.post(PATH, json=NEW)).status_code == 403
    # who looks after the installation sees those of everybody
    agent = await make_user(api, "agent")
    async with await sign_in(api, agent) as client:
        assert (await client.get(PATH)).status_code == 403
    assert [each["name"] for each in (await api.live.get(PATH)).json()["trunks"]] == ["shared", "hidden", "own"]
    assert (await api.live.patch(f"{PATH}/{own.id}", json={"channels": 9})).json()["channels"] == 9
    assert (await trunks.find(other.id, "own")).channels == 9
    await api.services.accounts.set_operates(api.organisation.id, False)
    assert (await api.live.patch(f"{PATH}/{own.id}", json={"channels": 8})).status_code == 403


async def test_the_lab_is_the_settings_business_and_sandbox_keys_only_look(api: ApiUnderTest) -> None:
    lab = await api.services.numbers.trunks.add(
        api.organisation.id, NewTrunk(name="lab", kind="lab", host="127.0.0.1", shared=True)
    )
    assert (await api.live.patch(f"{PATH}/{lab.id}", json={"channels": 9})).status_code == 409
    assert (await api.live.delete(f"{PATH}/{lab.id}")).status_code == 409
    assert (await api.sandbox.get(PATH)).status_code == 200
    assert (await api.sandbox.post(PATH, json=NEW)).status_code == 403


async def test_the_engine_is_asked(api: ApiUnderTest) -> None:
    trunk_id = (
        await api.live.post(PATH, json={**NEW, "register": True, "outbound_proxy": "edge.example:5070"})
    ).json()["trunk_id"]
    one = f"{PATH}/{trunk_id}"
    # an engine elsewhere
    assert (await api.live.post(f"{one}/test")).status_code == 409
    engine = Engine()
    app = create_app(dataclasses.replace(api.services, trunk_lines=engine))
    async with client_of(app, api.live.headers["Authorization"].removeprefix("Bearer ")) as client:
        assert (await client.get(one)).json()["registration"] == "Rejected"
        assert (await client.post(f"{one}/test")).json() == {
            "reachable": True,
            "answer": "200 OK",
            "registration": None,
            "certificate": None,
            "good": True,
        }
        engine.answer = Answer(registration="Rejected")
        assert (await client.post(f"{one}/test")).json()["good"] is False
        engine.answer = Answer(answer=None, certificate="expired")
        assert (await client.post(f"{one}/test")).json()["reachable"] is False
        traced = await client.post(f"{one}/trace", json={"seconds": 2})
        assert engine.traced == [("edge.example", 2)]
        assert traced.json()["messages"][0]["text"].startswith("OPTIONS")
        assert (await client.post(f"{one}/trace", json={"seconds": 61})).status_code == 400
        assert (await client.post(f"{one}/reopen")).status_code == 204
        await client.patch(one, json={"enabled": False})
        assert (await client.post(f"{one}/test")).status_code == 409
