"""What is held about one person: history, export, erasure."""

from __future__ import annotations

from typing import Any

import asyncpg
import pytest

from callwright.audit import audit
from callwright.store.database import Database
from support.api import CALLER_ID, ApiUnderTest, client_of

pytestmark = pytest.mark.postgres

NUMBER = "+12125550177"
NAME = "Persephone"
ADDRESS = "persephone@example.com"


async def person(api: ApiUnderTest, **fields: Any) -> str:
    answer = await api.live.post(
        "/api/v1/contacts", json={"first_name": NAME, "to": NUMBER, "email": ADDRESS, **fields}
    )
    assert answer.status_code == 201, answer.text
    contact_id: str = answer.json()["contact_id"]
    return contact_id


async def call(api: ApiUnderTest, to: str = NUMBER, **fields: Any) -> str:
    body = {
        "to": to,
        "message": f"Hello {NAME}",
        "variables": {"NAME": NAME},
        "metadata": {"who": NAME},
        "webhook_url": "https://hooks.example.com/x",
        "webhook_events": ["call.queued"],
        **fields,
    }
    answer = await api.live.post("/api/v1/calls", json=body)
    assert answer.status_code == 201, answer.text
    call_id: str = answer.json()["call_id"]
    return call_id


async def everywhere(database: Database, text: str) -> list[str]:
    """Return the tables in which some row holds a text."""
    tables = await database.fetch(
        "SELECT relname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace"
        " WHERE n.nspname = 'public' AND relkind = 'r'"
    )
    found = []
    for row in tables:
        try:
            sql = f'SELECT EXISTS (SELECT FROM "{row["relname"]}" t WHERE position($1 IN t::text) > 0)'
            if await database.fetchval(sql, text):
                found.append(row["relname"])
        except asyncpg.UndefinedTableError:
            continue
    return sorted(found)


async def test_the_history_has_every_call(api: ApiUnderTest) -> None:
    earlier = await call(api)
    contact_id = await person(api)
    later = await call(api)
    await call(api, to="+12125550178")
    path = f"/api/v1/contacts/{contact_id}/history"
    first = (await api.live.get(path, params={"limit": 1})).json()
    second = (await api.live.get(path, params={"limit": 1, "cursor": first["next_cursor"]})).json()
    assert [item["id"] for item in first["history"] + second["history"]] == [later, earlier]
    assert second["next_cursor"] is None
    assert first["history"][0]["kind"] == "call"
    assert first["history"][0]["address"] == NUMBER
    # a number that is taken away takes no history with it
    await api.live.patch(f"/api/v1/contacts/{contact_id}", json={"numbers": []})
    kept = (await api.live.get(path)).json()["history"]
    assert [item["id"] for item in kept] == [later]
    # sandbox keys see the calls of sandbox keys
    assert (await api.sandbox.get(path)).json()["history"] == []


async def test_a_merged_persons_history_is_the_kept_ones(api: ApiUnderTest) -> None:
    contact_id = await person(api)
    placed = await call(api)
    kept = (await api.live.post("/api/v1/contacts", json={"to": "+12125550178"})).json()["contact_id"]
    await api.live.post(f"/api/v1/contacts/{kept}/merge", json={"contact_id": contact_id})
    history = (await api.live.get(f"/api/v1/contacts/{kept}/history")).json()["history"]
    assert [item["id"] for item in history] == [placed]


async def test_everything_is_handed_out(api: ApiUnderTest) -> None:
    contact_id = await person(api)
    placed = await call(api)
    await api.live.post("/api/v1/groups", json={"name": "G", "contact_ids": [contact_id]})
    await api.live.patch(f"/api/v1/contacts/{contact_id}", json={"opted_out": True})
    answer = await api.live.post(f"/api/v1/contacts/{contact_id}/export")
    assert answer.status_code == 200, answer.text
    held = answer.json()
    assert held["contact"]["first_name"] == NAME
    assert [group["name"] for group in held["groups"]] == ["G"]
    assert {entry["e164"] for entry in held["suppressions"]} == {NUMBER, ADDRESS}
    assert [each["id"] for each in held["calls"]] == [placed]
    assert held["calls"][0]["variables"] == {"NAME": NAME}
    assert held["calls"][0]["events"][0]["type"] == "call.queued"
    assert held["calls"][0]["deliveries"][0]["url"] == "https://hooks.example.com/x"
    assert held["calls"][0]["flow"]


async def test_an_erased_person_is_nowhere(api: ApiUnderTest) -> None:
    await call(api)
    contact_id = await person(api)
    await call(api, metadata={"who": NAME, "n": 1})
    other = await call(api, to="+12125550178", message="Hello you", variables={}, metadata={})
    await api.live.patch(f"/api/v1/contacts/{contact_id}", json={"opted_out": True, "city": "Persephonia"})
    bad = f"name,phone,mail\n{NAME},12,{ADDRESS}\n"
    made = (await api.live.post("/api/v1/imports", content=bad, headers={"Content-Type": "text/csv"})).json()
    mapping = {"mapping": {"phone": "number", "mail": "email"}}
    await api.live.post(f"/api/v1/imports/{made['import']['import_id']}/start", json=mapping)
    await api.jobs.run()
    waiting = f"phone\n(212) 555-0177\n{CALLER_ID}\n"
    upload = (await api.live.post("/api/v1/imports", content=waiting, headers={"Content-Type": "text/csv"})).json()
    innocent = (
        await api.live.post("/api/v1/imports", content="phone\n1\n", headers={"Content-Type": "text/csv"})
    ).json()
    assert await everywhere(api.database, NUMBER)
    answer = await api.live.post(f"/api/v1/contacts/{contact_id}/erase", headers={"Idempotency-Key": "e"})
    assert answer.status_code == 200, answer.text
    erased = answer.json()["erased"]
    assert (erased["calls"], erased["contacts"], erased["suppressions_kept"]) == (2, 1, 2)
    for text in (NUMBER, NUMBER[3:], NAME, ADDRESS, "Persephon"):
        assert await everywhere(api.database, text) == [], text
    assert (await api.live.get(f"/api/v1/contacts/{contact_id}")).status_code == 404
    states = {job["import_id"]: job["state"] for job in (await api.live.get("/api/v1/imports")).json()["imports"]}
    assert states[upload["import"]["import_id"]] == "cancelled"
    assert states[innocent["import"]["import_id"]] == "uploaded"
    assert not api.services.contacts.imports.path_of(upload["import"]["import_id"]).exists()
    # others are as they were, and the rules of the appliance hold
    assert (await api.live.get(f"/api/v1/calls/{other}")).json()["to"] == "+12125550178"
    assert (await api.live.get("/api/v1/calls")).status_code == 200
    assert (await api.live.get("/api/v1/events")).status_code == 200
    assert not [result for result in await audit(api.database) if result.findings]
    assert (await api.live.post(f"/api/v1/contacts/{contact_id}/erase")).status_code == 404


async def test_an_erased_person_is_still_never_called(api: ApiUnderTest) -> None:
    contact_id = await person(api, opted_out=True)
    await api.live.post(f"/api/v1/contacts/{contact_id}/erase")
    assert (await api.live.get("/api/v1/suppressions")).json()["suppressions"] == []
    await call(api, to="+12125550178")
    assert (await api.live.get("/api/v1/suppressions")).json()["suppressions"] == []
    await call(api)
    entries = (await api.live.get("/api/v1/suppressions")).json()["suppressions"]
    assert [(entry["to"], entry["evidence"]) for entry in entries] == [(NUMBER, "kept when the person was erased")]
    # once back it is an entry like others: taking it off is for good
    await api.live.delete(f"/api/v1/suppressions/{entries[0]['suppression_id']}")
    await call(api)
    assert (await api.live.get("/api/v1/suppressions")).json()["suppressions"] == []


async def test_nobody_is_erased_while_a_call_is_in_the_air(api: ApiUnderTest) -> None:
    contact_id = await person(api)
    placed = await call(api)
    await api.database.execute("UPDATE calls SET status = 'ringing' WHERE id = $1", placed)
    answer = await api.live.post(f"/api/v1/contacts/{contact_id}/erase")
    assert answer.status_code == 409
    assert placed in answer.json()["detail"]
    assert (await api.live.get(f"/api/v1/contacts/{contact_id}")).status_code == 200


async def test_a_number_of_two_people_stays_with_the_other(api: ApiUnderTest) -> None:
    contact_id = await person(api, opted_out=True)
    other = await person(api, first_name="Tom", email="tom@example.com")
    await api.live.post(f"/api/v1/contacts/{contact_id}/erase")
    shown = (await api.live.get(f"/api/v1/contacts/{other}")).json()
    assert shown["to"] == NUMBER
    assert shown["opted_out"] is True


async def test_who_may(api: ApiUnderTest) -> None:
    contact_id = await person(api)
    assert (await api.sandbox.post(f"/api/v1/contacts/{contact_id}/erase")).status_code == 403
    other = await api.services.accounts.create_organisation("Other")
    _, secret = await api.services.accounts.create_key(other.id, "k", sandbox=False)
    async with client_of(api.app, secret) as stranger:
        for method, part in (("GET", "history"), ("POST", "export"), ("POST", "erase")):
            answer = await stranger.request(method, f"/api/v1/contacts/{contact_id}/{part}")
            assert answer.status_code == 404
