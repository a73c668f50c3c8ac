"""The organisation's list of webhooks, and sending several again."""

from __future__ import annotations

from typing import Any

import pytest

from support.api import ApiUnderTest, client_of
from support.people import make_user, sign_in

pytestmark = pytest.mark.postgres
PATH = "/api/v1/deliveries"


async def told(api: ApiUnderTest, url: str, *, sandbox: bool = False) -> str:
    """Place a call that tells ``url``; returns its id."""
    client = api.sandbox if sandbox else api.live
    body = {"to": "+12125550100", "from": "+18005550199", "message": "Hello", "webhook_url": url}
    answer = await client.post("/api/v1/calls", json={**body, "webhook_events": ["call.queued"]})
    assert answer.status_code == 201, answer.text
    call_id: str = answer.json()["call_id"]
    return call_id


async def listed(api: ApiUnderTest, **query: Any) -> list[dict[str, Any]]:
    answer = await api.live.get(PATH, params=query)
    assert answer.status_code == 200, answer.text
    found: list[dict[str, Any]] = answer.json()["deliveries"]
    return found


async def test_the_list_is_filtered_and_paged(api: ApiUnderTest) -> None:
    calls = [await told(api, f"https://{name}.example/hook") for name in ("one", "two", "one")]
    assert [each["subject"] for each in await listed(api)] == calls[::-1]
    assert {each["event"] for each in await listed(api)} == {"call.queued"}
    assert [each["subject"] for each in await listed(api, url="https://one.")] == [calls[2], calls[0]]
    assert [each["subject"] for each in await listed(api, subject=calls[1])] == [calls[1]]
    assert await listed(api, event="call.completed") == []
    await api.database.execute("UPDATE deliveries SET state = 'failed', error = 'away' WHERE subject = $1", calls[1])
    assert [each["subject"] for each in await listed(api, state="failed")] == [calls[1]]
    assert len(await listed(api, state="pending")) == 2
    first = (await api.live.get(PATH, params={"limit": 2})).json()
    rest = (await api.live.get(PATH, params={"limit": 2, "cursor": first["next_cursor"]})).json()
    assert [each["subject"] for each in first["deliveries"] + rest["deliveries"]] == calls[::-1]
    assert rest["next_cursor"] is None
    assert (await api.live.get(PATH, params={"state": "lost"})).status_code == 400


async def test_several_are_sent_again(api: ApiUnderTest) -> None:
    calls = [await told(api, f"https://{name}.example/hook") for name in ("one", "two", "three")]
    by_call = {each["subject"]: each["delivery_id"] for each in await listed(api)}
    await api.database.execute("UPDATE deliveries SET state = 'failed', tries = 9")
    answer = await api.live.post(f"{PATH}/replay", json={"delivery_ids": [by_call[calls[0]], "dlv_0"]})
    assert (answer.status_code, answer.json()) == (202, {"replayed": 1})
    assert [(each["subject"], each["tries"]) for each in await listed(api, state="pending")] == [(calls[0], 0)]
    assert (await api.live.post(f"{PATH}/replay", json={"url": "https://two."})).json() == {"replayed": 1}
    # what was not failed is left alone
    assert (await api.live.post(f"{PATH}/replay", json={})).json() == {"replayed": 1}
    assert await listed(api, state="failed") == []
    # one that is being sent at this moment
    await api.database.execute("UPDATE deliveries SET lease_until = now() + interval '1 hour', tries = 1")
    everyone = list(by_call.values())
    assert (await api.live.post(f"{PATH}/replay", json={"delivery_ids": everyone})).json() == {"replayed": 0}
    for wrong in ({"delivery_ids": []}, {"delivery_ids": "all"}, {"state": "failed"}, {"url": 1}):
        assert (await api.live.post(f"{PATH}/replay", json=wrong)).status_code == 400, wrong


async def test_everybody_sees_their_own(api: ApiUnderTest) -> None:
    live, lab = await told(api, "https://one.example"), await told(api, "https://one.example", sandbox=True)
    seen = (await api.sandbox.get(PATH)).json()["deliveries"]
    assert [each["subject"] for each in seen] == [lab]
    assert {each["subject"] for each in await listed(api)} == {live, lab}
    await api.database.execute("UPDATE deliveries SET state = 'failed'")
    subuser = await make_user(api, "agent", fenced=True)
    other = await api.services.accounts.create_organisation("Other")
    _, key = await api.services.accounts.create_key(other.id, "all", sandbox=False)
    async with await sign_in(api, subuser) as fenced, client_of(api.app, key) as stranger:
        for client in (fenced, stranger):
            assert (await client.get(PATH)).json()["deliveries"] == []
            assert (await client.post(f"{PATH}/replay", json={})).json() == {"replayed": 0}
    assert (await api.sandbox.post(f"{PATH}/replay", json={})).json() == {"replayed": 1}
    assert [each["subject"] for each in await listed(api, state="failed")] == [live]
