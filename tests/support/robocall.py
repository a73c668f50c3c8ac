"""Robo call's dialect on a test's services: a program with a key, and a callee who does what a script says."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx

from support.api import ApiUnderTest
from support.exchange import Exchange

EXAMPLES = Path(__file__).parents[1] / "conformance" / "robocall" / "examples"


@dataclass(kw_only=True)
class Program:
    """A program that was written for Robo call, with its key."""

    api: ApiUnderTest
    client: httpx.AsyncClient
    exchange: Exchange
    made: int = 0

    def body(self, steps: list[Any], **fields: Any) -> dict[str, Any]:
        """Return a request of one destination with an id of its own."""
        self.made += 1
        destination = {"phone": f"+6588893{self.made:03d}", "caller": "+623882772"}
        return {
            "requestId": f"request_{self.made}",
            "destinations": [destination],
            "callFlow": {"steps": steps},
            **fields,
        }

    async def sent(self, body: Any) -> dict[str, Any]:
        """Send a request that is taken; return its status object."""
        answer = await self.client.post("/v1/call", json=body)
        assert answer.status_code == 200, answer.text
        content: dict[str, Any] = answer.json()
        return content

    async def refused(self, body: Any, *words: str, status: int = 400) -> None:
        """Send a request that is refused in words that name what is wrong, with nothing written."""
        before = await self.counts()
        answer = await self.client.post("/v1/call", json=body)
        assert answer.status_code == status, answer.text
        assert set(answer.json()) == {"status", "message"}
        assert answer.json()["status"] == "error"
        for word in words:
            assert word in answer.json()["message"]
        assert await self.counts() == before

    async def counts(self) -> list[int]:
        tables = ("orders", "order_items", "calls", "campaigns", "flows", "events")
        # the names are those above
        return [await self.api.database.fetchval(f"SELECT count(*) FROM {table}") for table in tables]

    async def status(self, request_id: str) -> dict[str, Any]:
        answer = await self.client.get(f"/v1/status/{request_id}")
        assert answer.status_code == 200, answer.text
        content: dict[str, Any] = answer.json()
        return content

    async def detail(self, request_id: str) -> dict[str, Any]:
        """Return the only call of a request."""
        (found,) = (await self.status(request_id))["details"]
        return found

    async def call_ids(self, request_id: str) -> list[str]:
        """Return the calls of a request, as the native API knows them."""
        orders = (await self.api.live.get("/api/v1/orders", params={"external_id": request_id})).json()["orders"]
        shown = (await self.api.live.get(f"/api/v1/orders/{orders[0]['order_id']}")).json()
        return [part["call_id"] for part in shown["parts"]]

    async def talk(self, steps: list[Any], *script: Any, settle: bool = True, **fields: Any) -> dict[str, Any]:
        """Send a request, let its callee do what the script says, and return the call's detail."""
        body = self.body(steps, **fields)
        await self.sent(body)
        (call_id,) = await self.call_ids(body["requestId"])
        await self.exchange.answers(call_id, *script, settle=settle)
        return await self.detail(body["requestId"])


def example(name: str) -> Any:
    """Return an example of the document, repaired as its patch beside it says."""
    return json.loads((EXAMPLES / name).read_text())
