"""A file of a dozen people becomes a dozen outcomes: uploaded, called in the lab, counted exactly, reported."""

from __future__ import annotations

import csv
import io
from collections import Counter
from typing import Any

import pytest

from support.appliance import RunningAppliance, receiver, until

#: Last digits of the handset, and what becomes of a call to it.
HANDSETS = {
    "0001": "answered",
    "0011": "answered",
    "0012": "answered",
    "0019": "answered",
    "0014": "answered",
    "0031": "answered",
    "0081": "busy",
    "0082": "rejected",
    "0083": "invalid_number",
    "0086": "failed",
    "0087": "no_answer",
    "0085": "congestion",
}


@pytest.mark.together
async def test_a_file_of_twelve(running: RunningAppliance) -> None:
    key = running.key(running.organisation("A campaign of twelve"), "--sandbox")
    numbers = {f"+1555031{digits}": outcome for digits, outcome in HANDSETS.items()}
    file = "Phone,Name\n" + "".join(f"{number},Person {n}\n" for n, number in enumerate(numbers))
    file += "+15550310001,Twice\nnonsense,Nobody\n"
    async with running.client(key) as client, receiver() as hooks:
        hooks.secret = (await client.get("/api/v1/account/webhook-secret")).json()["webhook_secret"]
        body = {
            "name": "Twelve",
            "message": "Hello {NAME}, press 1 to confirm, 2 to decline.",
            "dtmf": {
                "1": {"action": "webhook", "url": f"{hooks.url}/key"},
                "2": {"action": "webhook", "url": f"{hooks.url}/key"},
                "9": {"action": "optout"},
            },
            "webhook_url": f"{hooks.url}/status",
            "webhook_events": ["campaign.started", "campaign.completed"],
            "start": False,
        }
        made = (await client.post("/api/v1/campaigns", json=body)).json()
        path = f"/api/v1/campaigns/{made['campaign_id']}"
        sent = await client.post(f"{path}/recipients", content=file.encode(), headers={"Content-Type": "text/csv"})
        assert sent.status_code == 202, sent.text
        started = await client.post(f"{path}/start")
        assert started.json()["state"] == "running", started.text

        types = [event async for event in _events(client, f"{path}/events")]
        assert types == ["campaign.created", "campaign.started", "campaign.completed"]
        shown: dict[str, Any] = (await client.get(path)).json()
        assert (shown["state"], shown["progress"], shown["filling"]) == ("completed", 1.0, False)
        assert shown["recipients"] == {"total": 12, "waiting": 0, "again": 0, "active": 0, "done": 12}
        assert shown["stats"]["outcomes"] == dict(Counter(HANDSETS.values()))
        assert sum(sum(step.values()) for step in shown["stats"]["answers"].values()) == 4
        pressed = Counter[str]()
        for step in shown["stats"]["answers"].values():
            pressed.update(step)
        assert pressed == {"1": 2, "2": 1, "9": 1}
        assert (shown["source"]["duplicates"], shown["source"]["refused"]) == (1, 1)

        rows = list(csv.DictReader(io.StringIO((await client.get(f"{path}/results")).text)))
        assert {row["to"].lstrip("'"): row["outcome"] for row in rows} == numbers
        assert sum(int(row["duration_seconds"] or 0) for row in rows) == shown["stats"]["seconds"]

        def told() -> list[dict[str, Any]]:
            return [item for item in hooks.received if item["body"].get("campaign_id") == made["campaign_id"]]

        await until(lambda: len(told()) == 2)
        assert [item["body"]["event"] for item in told()] == ["campaign.started", "campaign.completed"]
        assert all(item["signed"] for item in told())
        again = await client.post(f"{path}/retry", json={"outcomes": ["busy"]})
        assert again.json()["state"] == "running", again.text
        assert (await client.post(f"{path}/cancel", json={"hang_up": True})).status_code == 200


async def _events(client: Any, path: str) -> Any:
    async with client.stream("GET", path, headers={"Accept": "text/event-stream"}, timeout=120) as stream:
        async for line in stream.aiter_lines():
            if line.startswith("event:"):
                yield line.removeprefix("event:").strip()
