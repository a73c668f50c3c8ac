"""A program written for Multisender, on the whole appliance: people are called until enough have accepted."""

from __future__ import annotations

import asyncio
import re
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest

from support.appliance import RunningAppliance, receiver, until
from support.sound_files import encoded, tones

_MINUTES = 3
DAYS = [
    {"weekday": name, "active": "1"}
    for name in ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
]
HOURS: dict[str, Any] = {"activeFrom": "00:00:00", "activeTo": "24:00:00", "activeWeekdays": DAYS}
BUTTONS = [{"button": "1", "action": "accept"}, {"button": "2", "action": "decline"}]


async def sound(client: httpx.AsyncClient, hertz: float) -> str:
    """Upload a tone and wait until it can be played."""
    files = {"files": (f"{hertz}.wav", encoded(tones((hertz, 1.5)), "wav"), "audio/wav")}
    answer = await client.post("/voice_files", files=files)
    assert answer.status_code == 201, answer.text
    number: str = answer.json()["files"][0]["voiceFileId"]
    async with asyncio.timeout(_MINUTES * 60):
        while (await client.get(f"/voice_files/{number}")).json()["status"] == "pending":
            await asyncio.sleep(0.1)
    return number


async def over(client: httpx.AsyncClient, path: str, ready: Any) -> dict[str, Any]:
    """Poll until what a path shows is as it should be."""
    async with asyncio.timeout(_MINUTES * 60):
        while True:
            shown: dict[str, Any] = (await client.get(path)).json()
            if ready(shown):
                return shown
            await asyncio.sleep(0.2)


@pytest.mark.together
@pytest.mark.timeout(300)
async def test_people_are_called_until_enough_accept(running: RunningAppliance) -> None:
    organisation = running.organisation("Elm Street Club")
    made = running.cli("keys", "create", "club", "--org", organisation, "--test", "--dialect", "multisender")
    found = re.search(r"^X-Access-Token: (\S+)$", made, re.MULTILINE)
    assert found
    headers = {"X-Access-Token": found[1]}
    async with (
        receiver() as hooks,
        running.client(running.key(organisation, "--sandbox")) as native,
        httpx.AsyncClient(base_url=running.url, headers=headers, trust_env=False, timeout=30) as client,
    ):
        hooks.secret = (await native.get("/api/v1/account/webhook-secret")).json()["webhook_secret"]
        start, question, thanks = await asyncio.gather(*(sound(client, hertz) for hertz in (440.0, 550.0, 660.0)))
        end = (datetime.now(UTC) + timedelta(days=1)).strftime("%Y-%m-%d %H:%M:%S")
        body = {
            **HOURS,
            "endTime": end,
            "voiceFiles": [
                {"type": "start", "voiceFileId": start},
                {"type": "actionButtons", "voiceFileId": question},
                {"type": "accept", "voiceFileId": thanks},
            ],
            "actionButtons": BUTTONS,
            # one presses 2, one is busy, two press 1; the last is not needed any more
            "receivers": [
                {"phone": f"+15550{person}"} for person in ("300012", "300081", "300011", "310011", "320011")
            ],
            "acceptsWanted": 2,
            "maxRedials": 0,
            "receiverWebhookUrl": f"{hooks.url}/people",
            "stateWebhookUrl": f"{hooks.url}/states",
            "meta": {"somekey": "some-value"},
        }
        answer = await client.post("/rsvp_calls", json=body)
        assert answer.status_code == 201, answer.text
        path = f"/rsvp_calls/{answer.json()['rsvpCallId']}"
        shown = await over(client, path, lambda it: it["state"] == "complete")
        replies = {each["phone"][-6:]: (each["answered"], each["rsvpReply"]) for each in shown["receivers"]}
        assert replies == {
            "300012": (1, "decline"),
            "300081": (0, "noAnswer"),
            "300011": (1, "accept"),
            "310011": (1, "accept"),
            "320011": (0, "noAnswer"),
        }
        assert (shown["stats"]["acceptsReceived"], shown["stats"]["totalDialedCalls"]) == (2, 4)
        assert running.heard("+15550300011"), "the lab heard nothing"

        click = {
            **HOURS,
            "voiceFileId": question,
            "actionButtons": BUTTONS,
            "receivers": [{"phone": f"+15550{person}"} for person in ("400012", "400011", "410011")],
            "receiverWebhookUrl": f"{hooks.url}/clicks",
        }
        answer = await client.post("/click_to_calls", json=click)
        assert answer.status_code == 201, answer.text
        path = f"/click_to_calls/{answer.json()['clickToCallId']}"
        shown = await over(client, path, lambda it: it["stats"]["acceptsReceived"] == 1)
        # two states, four people of the one, two of the other
        await until(lambda: len(hooks.received) >= 8, within=_MINUTES * 60)
        shown = (await client.get(path)).json()
        assert [each["reply"] for each in shown["receivers"]] == ["decline", "accept", "noAnswer"]

        said = [{"op": "say", "text": "Hello {firstName}."}, {"op": "gather", "buttons": {"1": [{"op": "hangup"}]}}]
        ann = (await client.post("/accounts", json={"firstName": "Ann", "phone": "+15550500011"})).json()
        receivers = [{"accountId": ann["accountId"]}]
        answer = await client.post("/calls", json={"operations": said, "receivers": receivers})
        assert answer.status_code == 201, answer.text
        number = answer.json()["callId"]
        await over(
            client, "/calls", lambda them: next(it for it in them if it["callId"] == number)["totalDuration"] > 0
        )

    states = [item["body"]["state"] for item in hooks.received if item["path"] == "/states"]
    assert states == ["active", "complete"]
    people = {item["body"]["phoneNumber"][-6:]: item["body"] for item in hooks.received if item["path"] == "/people"}
    assert {last: body["rsvpReply"] for last, body in people.items()} == {
        "300012": "decline",
        "300081": "noReply",
        "300011": "accept",
        "310011": "accept",
    }
    assert people["300011"]["meta"] == {"somekey": "some-value"}
    assert all(item["signed"] for item in hooks.received)
    assert found[1] not in running.log()
