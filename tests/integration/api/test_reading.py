"""Showing, listing, following and cancelling calls; the feed; who sees what."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import pytest

from callwright.api.native.call_views import CallDetail
from support.api import ApiUnderTest, client_of

pytestmark = pytest.mark.postgres


async def place(api: ApiUnderTest, to: str = "+12125550100", *, sandbox: bool = False, **more: Any) -> str:
    client = api.sandbox if sandbox else api.live
    answer = await client.post("/api/v1/calls", json={"to": to, "message": "x", **more})
    assert answer.status_code == 201, answer.text
    call_id: str = answer.json()["call_id"]
    return call_id


async def test_a_call_is_shown_whole(api: ApiUnderTest) -> None:
    call_id = await place(api, metadata={"order": 7}, variables={"A": "b"})
    await api.database.execute(
        "INSERT INTO attempts (id, organisation_id, call_id, ordinal, to_number, from_number, state, outcome,"
        " lease_until, q850_cause, sip_status, ended_by) VALUES ('att_1', $1, $2, 1, '+1', '+1', 'ended', 'busy',"
        " now(), 17, 486, 'callee')",
        api.organisation.id,
        call_id,
    )
    await api.database.execute(
        "INSERT INTO contactability (organisation_id, call_id, verdict, rule, reason, inputs, decided_at)"
        " VALUES ($1, $2, 'allowed', 'calling_hours', 'inside', $3, now())",
        api.organisation.id,
        call_id,
        {"zone": "America/New_York"},
    )
    body = (await api.live.get(f"/api/v1/calls/{call_id}")).json()
    assert list(body) == [field.alias or name for name, field in CallDetail.model_fields.items()]
    assert (body["call_id"], body["status"], body["metadata"]) == (call_id, "queued", {"order": 7})
    (attempt,) = body["attempts"]
    assert (attempt["outcome"], attempt["sip_status"], attempt["q850_cause"]) == ("busy", 486, 17)
    (decision,) = body["decisions"]
    assert (decision["verdict"], decision["inputs"]) == ("allowed", {"zone": "America/New_York"})


async def test_lists_page_from_new_to_old_without_repeating(api: ApiUnderTest) -> None:
    ids = [await place(api, f"+1212555010{i}") for i in range(5)]
    seen: list[str] = []
    cursor: str | None = None
    for _ in range(3):
        params = {"limit": "2", **({"cursor": cursor} if cursor else {})}
        page = (await api.live.get("/api/v1/calls", params=params)).json()
        seen += [call["call_id"] for call in page["calls"]]
        cursor = page["next_cursor"]
        await place(api, "+12125550109")
    assert seen == ids[::-1]
    assert cursor is None


async def test_lists_are_narrowed(api: ApiUnderTest) -> None:
    first, second = await place(api, "+12125550100"), await place(api, "+12125550101")
    await api.live.post(f"/api/v1/calls/{second}/cancel")
    number = (await api.live.get(f"/api/v1/calls/{first}")).json()["number"]

    async def found(**params: Any) -> list[str]:
        answer = await api.live.get("/api/v1/calls", params=params)
        assert answer.status_code == 200, answer.text
        return [call["call_id"] for call in answer.json()["calls"]]

    assert await found(status="queued") == [first]
    assert await found(status="cancelled") == [second]
    assert await found(outcome="cancelled") == [second]
    assert await found(to="(212) 555-0100") == [first]
    assert await found(number=number) == [first]
    assert await found(campaign_id="cmp_none") == []
    assert await found(created_after="2001-01-01T00:00:00Z") == [second, first]
    assert await found(created_before="2001-01-01") == []


async def test_a_queued_call_is_cancelled_and_only_once(api: ApiUnderTest) -> None:
    call_id = await place(api)
    answer = await api.live.post(f"/api/v1/calls/{call_id}/cancel")
    assert (answer.status_code, answer.json()["status"], answer.json()["from"]) == (200, "cancelled", "+18005550199")
    answer = await api.live.post(f"/api/v1/calls/{call_id}/cancel")
    assert answer.status_code == 409


async def test_a_call_in_the_air_is_asked_to_hang_up(api: ApiUnderTest) -> None:
    call_id = await place(api)
    await api.database.execute("UPDATE calls SET status = 'in_progress'")
    answer = await api.live.post(f"/api/v1/calls/{call_id}/cancel")
    assert (answer.status_code, answer.json()["status"]) == (202, "in_progress")
    assert await api.database.fetchval("SELECT cancel_requested FROM calls")


def parse(text: str) -> list[dict[str, Any]]:
    """Server-sent events as a browser reads them."""
    events = []
    for block in text.replace("\r\n", "\n").split("\n\n"):
        fields = dict(line.split(": ", 1) for line in block.splitlines() if line and not line.startswith(":"))
        if "data" in fields:
            events.append({"id": int(fields["id"]), "event": fields["event"], "data": json.loads(fields["data"])})
    return events


async def test_events_are_listed_and_paged(api: ApiUnderTest) -> None:
    call_id = await place(api)
    await api.live.post(f"/api/v1/calls/{call_id}/cancel")
    stream = await api.live.get(f"/api/v1/calls/{call_id}/events?stream=1")
    assert stream.headers["content-type"].startswith("text/event-stream")
    streamed = parse(stream.text)
    assert [event["event"] for event in streamed] == ["call.queued", "call.cancelled"]
    listed = (await api.live.get(f"/api/v1/calls/{call_id}/events")).json()
    assert listed["events"] == [event["data"] for event in streamed]
    assert listed["next_after"] is None
    page = (await api.live.get(f"/api/v1/calls/{call_id}/events?limit=1")).json()
    assert page["next_after"] == streamed[0]["id"]
    rest = (await api.live.get(f"/api/v1/calls/{call_id}/events?after={page['next_after']}")).json()
    assert [event["type"] for event in rest["events"]] == ["call.cancelled"]


async def test_a_stream_follows_the_call_to_its_end_and_resumes(api: ApiUnderTest) -> None:
    call_id = await place(api)
    headers = {"Accept": "text/event-stream"}
    following = asyncio.create_task(api.live.get(f"/api/v1/calls/{call_id}/events", headers=headers))
    while (await api.live.get(f"/api/v1/calls/{call_id}/events")).json()["events"] == []:
        await asyncio.sleep(0.01)
    assert not following.done()
    await api.live.post(f"/api/v1/calls/{call_id}/cancel")
    events = parse((await following).text)
    assert [event["event"] for event in events] == ["call.queued", "call.cancelled"]
    resumed = await api.live.get(
        f"/api/v1/calls/{call_id}/events", headers={**headers, "Last-Event-ID": str(events[0]["id"])}
    )
    assert parse(resumed.text) == events[1:]
    over = await api.live.get(
        f"/api/v1/calls/{call_id}/events", headers={**headers, "Last-Event-ID": str(events[1]["id"])}
    )
    assert over.status_code == 204
    odd = await api.live.get(f"/api/v1/calls/{call_id}/events", headers={**headers, "Last-Event-ID": "x2"})
    assert parse(odd.text) == events


async def test_streams_end_when_the_server_stops(api: ApiUnderTest) -> None:
    call_id = await place(api)
    following = asyncio.create_task(api.live.get(f"/api/v1/calls/{call_id}/events?stream=1"))
    while (await api.live.get(f"/api/v1/calls/{call_id}/events")).json()["events"] == []:
        await asyncio.sleep(0.01)
    api.services.closing.set()
    assert (await following).status_code == 200


async def test_the_feed_goes_on_where_one_left_off(api: ApiUnderTest) -> None:
    first = await place(api)
    while not (feed := (await api.live.get("/api/v1/events")).json())["events"]:
        await asyncio.sleep(0.01)
    assert [(event["type"], event["subject"]) for event in feed["events"]] == [("call.queued", first)]
    nothing = (await api.live.get(f"/api/v1/events?after={feed['next_after']}")).json()
    assert nothing == {"events": [], "next_after": feed["next_after"]}


async def test_another_organisation_sees_nothing(api: ApiUnderTest) -> None:
    call_id = await place(api)
    await api.live.post("/api/v1/suppressions", json={"to": "+12125550100"})
    entry = (await api.live.get("/api/v1/suppressions")).json()["suppressions"][0]["suppression_id"]
    accounts = api.services.accounts
    stranger = await accounts.create_organisation("B")
    _, secret = await accounts.create_key(stranger.id, "x", sandbox=False)
    async with client_of(api.app, secret) as client:
        for path in ("", "/events", "/deliveries", "/events?stream=1"):
            assert (await client.get(f"/api/v1/calls/{call_id}{path}")).status_code == 404
        assert (await client.post(f"/api/v1/calls/{call_id}/cancel")).status_code == 404
        assert (await client.delete(f"/api/v1/suppressions/{entry}")).status_code == 404
        assert (await client.get("/api/v1/calls")).json()["calls"] == []
        assert (await client.get("/api/v1/events")).json()["events"] == []
        assert (await client.get("/api/v1/numbers")).json()["numbers"] == []
        assert (await client.get("/api/v1/suppressions")).json()["suppressions"] == []


async def test_a_sandbox_key_knows_nothing_of_live_calls(api: ApiUnderTest) -> None:
    live, test = await place(api), await place(api, sandbox=True)
    while len((await api.live.get("/api/v1/events")).json()["events"]) < 2:
        await asyncio.sleep(0.01)
    assert (await api.sandbox.get(f"/api/v1/calls/{live}")).status_code == 404
    assert (await api.sandbox.post(f"/api/v1/calls/{live}/cancel")).status_code == 404
    assert [call["call_id"] for call in (await api.sandbox.get("/api/v1/calls")).json()["calls"]] == [test]
    feed = (await api.sandbox.get("/api/v1/events")).json()
    assert [event["subject"] for event in feed["events"]] == [test]
    assert feed["next_after"] == 2


async def test_deliveries_are_listed_and_replayed(api: ApiUnderTest) -> None:
    call_id = await place(api, webhook_url="https://yourapp.com/x", webhook_events=["call.cancelled"])
    await api.live.post(f"/api/v1/calls/{call_id}/cancel")
    (delivery,) = (await api.live.get(f"/api/v1/calls/{call_id}/deliveries")).json()["deliveries"]
    assert (delivery["event"], delivery["url"], delivery["state"]) == (
        "call.cancelled",
        "https://yourapp.com/x",
        "pending",
    )
    assert delivery["body"]["call_id"] == call_id
    await api.database.execute("UPDATE deliveries SET state = 'failed', error = 'no route'")
    path = f"/api/v1/deliveries/{delivery['delivery_id']}/replay"
    assert (await api.sandbox.post(path)).status_code == 404
    answer = await api.live.post(path)
    assert answer.status_code == 202, answer.text
    assert answer.json()["state"] == "pending"
    assert (await api.live.post("/api/v1/deliveries/dlv_0/replay")).status_code == 404
