"""A program written for effebot, on the whole appliance: keys act, webhooks come in its own body, a record plays."""

from __future__ import annotations

import asyncio
import re
from typing import Any

import httpx
import pytest

from support.appliance import RunningAppliance, receiver, until

_SECONDS = 150


class Program:
    """What the program knows: an address and a key."""

    def __init__(self, running: RunningAppliance, key: str) -> None:
        self.client = httpx.AsyncClient(base_url=running.url, trust_env=False, timeout=20)
        self.key = key

    async def post(self, path: str, **fields: Any) -> Any:
        answer = await self.client.post(path, json={"apiKey": self.key, **fields})
        assert answer.json()["status"] == "success", answer.text
        return answer.json()["data"]

    async def finished(self, number: int) -> dict[str, Any]:
        """Poll until a call is over; return it."""
        async with asyncio.timeout(_SECONDS):
            while True:
                (call,) = await self.post("/apiCalls/get", apiCallIdList=[number])
                if call["calls"][-1]["status"] == "finished":
                    found: dict[str, Any] = call
                    return found
                await asyncio.sleep(0.5)


@pytest.mark.together
@pytest.mark.timeout(300)
async def test_calls_act_and_tell(running: RunningAppliance) -> None:
    organisation = running.organisation("Spring sale")
    made = running.cli("keys", "create", "crm", "--org", organisation, "--test", "--dialect", "effebot")
    found = re.search(r"^apiKey: (\S+)$", made, re.MULTILINE)
    assert found, made
    program = Program(running, found[1])
    async with program.client, receiver() as hooks:
        hooks.secret = "whsec_" + "a" * 32
        # nothing else counts as received
        hooks.answers = [200] * 20
        record = await program.post("/apiCalls/createRecord", name="Hello", source="text", text="Press 1 or 2.")
        async with asyncio.timeout(_SECONDS):
            while record["status"] != "ready":
                await asyncio.sleep(0.3)
                (record,) = await program.post("/apiCalls/getRecords")
        ivrs = [
            {"digit": 1, "needBlock": 1, "webhookUrl": f"{hooks.url}/key", "webhookParameters": '{"order": "4711"}'},
            {"digit": 2, "managerPhone": "15550190032"},
        ]
        items = await program.post(
            "/apiCalls/create",
            phones=["15550190011", "15550190012", "nobody"],
            outgoingPhone="99999999997",
            record={"id": record["id"]},
            ivrs=ivrs,
            webhookUrl=f"{hooks.url}/call",
        )
        assert [item.get("status") for item in items] == [None, None, "error"]
        first, second = await asyncio.gather(*(program.finished(item["id"]) for item in items[:2]))
        one, two = first["calls"][0], second["calls"][0]
        assert (one["ivrDigit"], one["toBlock"], one["ivrIdList"], one["hangupCause"]) == (1, 1, [1], "NORMAL_CLEARING")
        assert (two["ivrDigit"], two["managerStatus"]) == (2, "answered")
        assert two["managerAnsweredAt"] >= two["managerStartedAt"] >= two["answeredAt"]

        def told(path: str) -> list[dict[str, Any]]:
            return [each["body"] for each in hooks.received if each["path"] == path]

        await until(lambda: sum(body["calls"][0]["status"] == "finished" for body in told("/call")) == 2, within=60)
        assert told("/key") == [{"call": {"phone": "15550190011", "answer": 1}, "order": "4711"}]
        states = [body["calls"][0]["status"] for body in told("/call") if body["id"] == first["id"]]
        assert states == ["started", "answered", "finished"]
        assert (await program.finished(first["id"]))["webhookTry"] == 1
