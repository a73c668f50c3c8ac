"""People say what they want: the lab's handsets speak, the call goes where a keyword leads."""

from __future__ import annotations

import asyncio
from typing import Any

import httpx
import pytest

from support.appliance import RunningAppliance, ended, receiver, until

QUESTION = "This is the library. Will you come on Tuesday? Please say yes, no, or I don't know."


@pytest.fixture(scope="module")
def key(running: RunningAppliance) -> str:
    return running.key(running.organisation("Words"), "--sandbox")


def asks(**more: Any) -> dict[str, Any]:
    """A flow that asks, and leaves the way that was taken in the timeline."""
    return {
        "voice": "en-US-f",
        "steps": [
            {
                "type": "gather",
                "id": "question",
                "prompt": [{"type": "say", "text": QUESTION}],
                "attempts": 1,
                "keywords": [
                    {"words": ["Yes"], "next": [{"type": "say", "text": "Good.", "id": "said-yes"}]},
                    {"words": ["No"], "next": [{"type": "say", "text": "A pity.", "id": "said-no"}]},
                    {"words": ["don't know"], "next": [{"type": "say", "text": "Well.", "id": "unsure"}]},
                ],
                "branches": {"1": [{"type": "say", "text": "One.", "id": "pressed"}]},
                **more,
            }
        ],
    }


async def called(client: httpx.AsyncClient, to: str, flow: dict[str, Any]) -> dict[str, Any]:
    answer = await client.post("/api/v1/calls", json={"to": to, "from": "+18005550199", "flow": flow})
    assert answer.status_code == 201, answer.text
    return await ended(client, answer.json()["call_id"])


async def timeline(client: httpx.AsyncClient, call: dict[str, Any]) -> list[dict[str, Any]]:
    answer = await client.get(f"/api/v1/calls/{call['call_id']}/events")
    assert answer.status_code == 200, answer.text
    return [{"type": event["type"], **event["body"]} for event in answer.json()["events"]]


@pytest.mark.parametrize(
    ("digits", "keyword", "step"),
    [("0051", "Yes", "said-yes"), ("0052", "No", "said-no"), ("0053", "don't know", "unsure")],
)
async def test_what_a_person_says_leads_on(
    running: RunningAppliance, key: str, digits: str, keyword: str, step: str
) -> None:
    async with running.client(key) as client:
        call = await called(client, f"+1555024{digits}", asks())
        assert (call["outcome"], call["dtmf_response"]) == ("answered", keyword)
        events = await timeline(client, call)
        (gather,) = [event for event in events if event.get("kind") == "gather"]
        assert gather["result"] == "keyword"
        assert gather["keyword"] == keyword
        assert gather["heard"]
        assert 0 < gather["confidence"] <= 1
        assert step in {event.get("step") for event in events if event.get("kind") == "step"}


async def test_a_key_that_is_said_is_pressed(running: RunningAppliance, key: str) -> None:
    async with running.client(key) as client:
        short = asks(prompt=[{"type": "say", "text": "One?"}])
        lost, call = await asyncio.gather(
            called(client, "+15550240054", asks(barge_in=False, timeout_seconds=3.0)),
            called(client, "+15550270054", short),
        )
        # the handset speaks two seconds after the answer, into the prompt: it is lost, as a key would be
        assert lost["dtmf_response"] is None
        gathers = [event for event in await timeline(client, call) if event.get("kind") == "gather"]
        assert call["dtmf_response"] == "1", repr(gathers)


async def test_a_sensitive_answer_is_shown_nowhere(running: RunningAppliance, key: str) -> None:
    async with running.client(key) as client:
        call = await called(client, "+15550250051", asks(sensitive=True))
        events = await timeline(client, call)
        assert "said-yes" in {event.get("step") for event in events}
        assert call["dtmf_response"] is None
        (gather,) = [event for event in events if event.get("kind") == "gather"]
        assert not {"keyword", "heard", "confidence"} & set(gather)


async def test_stop_calling_me_is_an_opt_out(running: RunningAppliance, key: str) -> None:
    async with running.client(key) as client:
        to = "+15550240059"
        call = await called(client, to, asks())
        events = await timeline(client, call)
        (wish,) = [event for event in events if event["type"] == "contact.optout"]
        assert wish["source"] == "spoken"
        assert "stop calling" in wish["evidence"].lower()
        (listed,) = (await client.get("/api/v1/suppressions", params={"to": to})).json()["suppressions"]
        assert (listed["scope"], listed["source"]) == ("organisation", "spoken")
        again = await called(client, to, asks())
        assert again["outcome"] == "skipped"


async def test_what_nobody_understands_is_refused_before_anybody_is_called(running: RunningAppliance, key: str) -> None:
    async with running.client(key) as client:
        flow = {**asks(), "voice": "de-DE-f"}
        answer = await client.post("/api/v1/calls", json={"to": "+15550240051", "from": "+18005550199", "flow": flow})
        assert answer.status_code == 400
        (error,) = answer.json()["errors"]
        assert error["field"] == "flow.steps[0].keywords"
        assert "understands words in en only" in error["message"]


async def test_a_message_says_what_words_do(running: RunningAppliance, key: str) -> None:
    async with running.client(key) as client, receiver() as hooks:
        hooks.secret = str((await client.get("/api/v1/account/webhook-secret")).json()["webhook_secret"])
        body = {
            "to": "+15550260051",
            "from": "+18005550199",
            "voice": "en-US-f",
            "message": QUESTION,
            "keywords": {"Yes|of course": {"action": "webhook", "url": f"{hooks.url}/coming"}},
        }
        posted = (await client.post("/api/v1/calls", json=body)).json()
        call = await ended(client, posted["call_id"])
        assert call["dtmf_response"] == "Yes"
        await until(lambda: len(hooks.received) >= 1)
        (coming,) = hooks.received
        assert (coming["path"], coming["body"]["digit"]) == ("/coming", "Yes")
