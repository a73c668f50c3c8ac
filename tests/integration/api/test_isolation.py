"""Nobody reads or changes what is another's: every route is tried, a new one without anybody's doing."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Collection, Mapping
from dataclasses import dataclass
from typing import Any

import httpx
import pytest

from callwright.accounts.permissions import PERMISSIONS, of_role
from support.api import ApiUnderTest, client_of
from support.objects import MARK, attacked, filled, make_objects, rows_of
from support.people import make_user, sign_in
from support.routes import OPEN, Route, routes_of

pytestmark = pytest.mark.postgres

#: What every person may do for themselves, whatever the role: each of these routes finds out itself whose it is.
SELF_SERVICE = {
    ("DELETE", "/api/v1/sessions/current"),
    ("GET", "/api/v1/users/me"),
    ("PATCH", "/api/v1/users/me"),
    ("PUT", "/api/v1/users/me/password"),
    ("POST", "/api/v1/users/me/second-factor"),
    ("POST", "/api/v1/users/me/second-factor/confirm"),
    ("POST", "/api/v1/users/me/second-factor/remove"),
    ("POST", "/api/v1/users/me/recovery-codes"),
}
#: Tables that change by themselves: when a key was last used, how many tries a person has left.
_RESTLESS = {"limits"}
#: What a route cannot do without and that names nothing of anybody's.
_SAMPLES = {
    "/api/v1/voices": {"name": "en-US-F"},
    "/api/v1/prices": {"to": "+12125550142"},
    "/api/v1/statements": {"month": "2025-04"},
    "/api/v1/contactability": {"to": "+12125550141"},
    "/api/v1/do-not-call/{list_id}/entries": {"to": "+12125550142"},
}


@dataclass(frozen=True, kw_only=True)
class Victim:
    """A person whose things others try to reach."""

    client: httpx.AsyncClient
    objects: Mapping[str, str]
    api: ApiUnderTest
    #: The OpenAPI document: it takes longer to fetch than a route to try.
    description: Mapping[str, Any]

    async def rows(self) -> set[tuple[str, str]]:
        """Return everything of the organisation."""
        found = await rows_of(self.api.database, self.api.organisation.id)
        return {row for row in found if row[0] not in _RESTLESS}

    async def reach(self, attacker: httpx.AsyncClient, route: Route) -> httpx.Response:
        """Send a request of ``attacker`` that names the victim's things wherever something can be named."""
        operation: dict[str, Any] = self.description["paths"][route.path][route.method.lower()]
        query = {
            parameter["name"]: self.objects[parameter["name"]]
            for parameter in operation.get("parameters", [])
            if parameter["in"] == "query" and parameter["name"] in self.objects
        } | _SAMPLES.get(route.path, {})
        content = operation.get("requestBody", {}).get("content", {}).get("application/json", {})
        examples = [example["value"] for example in content.get("examples", {}).values()]
        examples += [content["example"]] if "example" in content else []
        body = attacked(examples[0], self.objects) if examples else None
        return await attacker.request(route.method, filled(route.path, self.objects), json=body, params=query)

    def is_seen_in(self, answer: httpx.Response, *, shared: Collection[str] = ()) -> str | None:
        """Return what of the victim an answer shows; what the attacker sent itself does not count."""
        sent = answer.request.url.path + answer.request.url.query.decode() + answer.request.content.decode()
        for secret in (MARK, *(value for name, value in self.objects.items() if name not in shared)):
            if secret in answer.text and secret not in sent:
                return secret
        return None


@pytest.fixture
async def victim(api: ApiUnderTest) -> AsyncIterator[Victim]:
    user = await make_user(api, "owner", name=MARK)
    async with await sign_in(api, user) as client:
        objects = await make_objects(client, api)
        await _settled(api)
        description = (await api.nobody.get("/api/openapi.json")).json()
        yield Victim(client=client, objects=objects, api=api, description=description)


async def _settled(api: ApiUnderTest) -> None:
    """Wait until every event has its number: from then on nothing changes by itself."""
    async with asyncio.timeout(30):
        while await api.database.fetchval("SELECT count(*) FROM events WHERE sequence IS NULL"):
            await asyncio.sleep(0.01)


def closed_routes(api: ApiUnderTest) -> list[Route]:
    return [route for route in routes_of(api.app) if (route.method, route.path) not in OPEN]


async def test_every_route_belongs_to_a_resource_that_somebody_decided_about(api: ApiUnderTest) -> None:
    routes = closed_routes(api)
    assert {route.permission for route in routes} - {None} <= PERMISSIONS
    assert {(route.method, route.path) for route in routes if route.permission is None} == SELF_SERVICE


async def test_the_victim_can_reach_its_own(victim: Victim) -> None:
    """Else the tests below would pass because everything is refused."""
    for route in closed_routes(victim.api):
        if route.changes:
            continue
        answer = await victim.reach(victim.client, route)
        # 409: without a balance there are no statements
        assert answer.is_success or answer.status_code == 409, (route, answer.text)


@pytest.mark.parametrize("by", ["key", "session"])
async def test_another_organisation_reaches_nothing(victim: Victim, by: str) -> None:
    api = victim.api
    other = await api.services.accounts.create_organisation("Other")
    _, key = await api.services.accounts.create_key(other.id, "all", sandbox=False)
    owner = await make_user(api, "owner", organisation_id=other.id)
    async with client_of(api.app, key) if by == "key" else await sign_in(api, owner) as attacker:
        before = await victim.rows()
        for route in closed_routes(api):
            if route.path == "/api/v1/sessions/current":
                continue
            answer = await victim.reach(attacker, route)
            seen = victim.is_seen_in(answer)
            assert seen is None, (route, seen, answer.text)
            if "{" in route.path:
                assert answer.status_code in {403, 404}, (route, answer.text)
            assert answer.status_code < 500, (route, answer.text)
            # every row is read: after what only reads, once at the end
            assert not route.changes or await victim.rows() == before, route
        assert await victim.rows() == before


async def test_who_may_only_read_changes_nothing(victim: Victim) -> None:
    api = victim.api
    allowed = of_role("read-only")
    assert {permission for permission in allowed if permission.endswith(":write")} == {"sessions:write"}
    reader = await make_user(api, "read-only")
    tried = 0

    async def unmoved() -> set[tuple[str, str]]:
        # the reader's own session notes once a minute that it is in use, and the account's log what was refused
        return {row for row in await victim.rows() if row[0] not in ("sessions", "refused_requests")}

    async with await sign_in(api, reader) as client:
        before = await unmoved()
        for route in closed_routes(api):
            if route.permission is None or route.permission in allowed:
                continue
            tried += route.changes
            answer = await victim.reach(client, route)
            assert answer.status_code == 403, (route, answer.text)
            assert victim.is_seen_in(answer) is None, route
        assert await unmoved() == before
    assert tried >= 25


@pytest.mark.parametrize("by", ["key", "session"])
async def test_a_subuser_reaches_nothing_of_anybody_else(victim: Victim, by: str) -> None:
    api = victim.api
    subuser = await make_user(api, "agent", fenced=True)
    key, secret = await api.services.accounts.key_service.create(
        api.organisation.id, "sub", sandbox=False, user_id=subuser.id
    )
    assert key.permissions == ("*",)
    async with client_of(api.app, secret) if by == "key" else await sign_in(api, subuser) as attacker:
        # what is the subuser's own may change
        before = {row for row in await victim.rows() if subuser.id not in row[1]}
        for route in closed_routes(api):
            if route.path == "/api/v1/sessions/current":
                continue
            answer = await victim.reach(attacker, route)
            # own fields are the organisation's vocabulary
            seen = victim.is_seen_in(answer, shared={"name"})
            assert seen is None, (route, seen, answer.text)
            if "{" in route.path:
                assert answer.status_code in {403, 404}, (route, answer.text)
            assert answer.status_code < 500, (route, answer.text)
            missing = before - await victim.rows() if route.changes else None
            assert not missing, (route, missing)
        assert not before - await victim.rows()


async def test_a_subuser_sees_what_it_made(victim: Victim) -> None:
    api = victim.api
    subuser = await make_user(api, "agent", fenced=True)
    async with await sign_in(api, subuser) as client:
        body = {"to": "+12125550177", "from": "+18005550199", "message": "Mine"}
        call_id = (await client.post("/api/v1/calls", json=body)).json()["call_id"]
        entry = (await client.post("/api/v1/suppressions", json={"to": "+12125550144", "evidence": "mine"})).json()
        await _settled(api)
        assert [call["call_id"] for call in (await client.get("/api/v1/calls")).json()["calls"]] == [call_id]
        listed = (await client.get("/api/v1/suppressions")).json()["suppressions"]
        # the victim has entered the same person: each of the two has an entry of their own
        assert [found["suppression_id"] for found in listed] == [entry["suppression_id"]]
        events = (await client.get("/api/v1/events")).json()["events"]
        assert {event["subject"] for event in events} == {call_id, entry["suppression_id"]}
        assert (await client.get(f"/api/v1/calls/{call_id}/events")).json()["events"]
        assert (await client.post(f"/api/v1/calls/{call_id}/cancel")).status_code == 200
        assert (await client.delete(f"/api/v1/suppressions/{entry['suppression_id']}")).status_code == 204
    # the organisation sees both
    calls = (await api.live.get("/api/v1/calls")).json()["calls"]
    assert {call_id, victim.objects["call_id"]} <= {call["call_id"] for call in calls}
    assert len((await api.live.get("/api/v1/suppressions")).json()["suppressions"]) == 1


async def test_an_idempotency_key_is_its_persons(victim: Victim) -> None:
    api = victim.api
    body = {"to": "+12125550177", "from": "+18005550199", "message": "Twice"}
    headers = {"Idempotency-Key": "one"}
    subuser = await make_user(api, "agent", fenced=True)
    async with await sign_in(api, subuser) as client:
        made = [
            (await asker.post("/api/v1/calls", json=body, headers=headers)).json()["call_id"]
            for asker in (victim.client, client, api.live, victim.client, client, api.live)
        ]
    assert made[:3] == made[3:]
    assert len(set(made)) == 3
