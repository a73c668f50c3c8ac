"""effebot's dialect on a test's services: a program with a key, and a callee who does what a script says."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from typing import Any

import httpx

from callwright.api.dialects.effebot.calls import CallObjects
from callwright.api.native.app import create_app
from callwright.events.sending import Delivery
from support.api import ApiUnderTest, client_of
from support.exchange import Exchange

#: What a test's engine can do, words and texts too.
CAPABILITIES = frozenset({"audio", "transfer", "record", "sms", "keywords", "keywords:*"})


@dataclass(kw_only=True)
class Program:
    """A program that was written for effebot, with its key."""

    api: ApiUnderTest
    client: httpx.AsyncClient
    key: str
    exchange: Exchange
    made: int = 0

    def phone(self) -> str:
        """Return a number that nobody was called at yet."""
        self.made += 1
        return f"9999999{self.made:04}"

    async def post(self, path: str, **fields: Any) -> dict[str, Any]:
        """Send JSON with the key; return the envelope."""
        answer = await self.client.post(path, json={"apiKey": self.key, **fields})
        assert answer.status_code == 200, answer.text
        content: dict[str, Any] = answer.json()
        return content

    async def ok(self, path: str, **fields: Any) -> Any:
        """Send what is taken; return ``data``."""
        content = await self.post(path, **fields)
        assert content["status"] == "success", content
        assert set(content) == {"status", "data"}
        return content["data"]

    async def refused(self, path: str, *words: str, **fields: Any) -> None:
        """Send what is refused in words that name it, with nothing written."""
        before = await self.counts()
        content = await self.post(path, **fields)
        assert content["status"] == "error", content
        assert content["data"] == {"message": content["message"]}
        for word in words:
            assert word in content["message"], content["message"]
        assert await self.counts() == before

    async def counts(self) -> list[int]:
        tables = ("orders", "order_items", "calls", "flows", "audio", "suppressions", "verifications")
        # the names are those above
        return [await self.api.database.fetchval(f"SELECT count(*) FROM {table}") for table in tables]

    async def create(self, **fields: Any) -> int:
        """Make one call; return its number."""
        body = {"phone": self.phone(), "outgoingPhone": "99999999997", "record": {"text": "Hello"}, **fields}
        (item,) = await self.ok("/apiCalls/create", **body)
        number: int = item["id"]
        return number

    async def call_id(self, number: int) -> str:
        """Return what the native API calls a call."""
        calls = (await self.api.sandbox.get("/api/v1/calls", params={"number": number})).json()["calls"]
        call_id: str = calls[0]["call_id"]
        return call_id

    async def shown(self, number: int) -> dict[str, Any]:
        (found,) = await self.ok("/apiCalls/get", apiCallIdList=[number])
        content: dict[str, Any] = found
        return content

    async def talk(self, *script: Any, settle: bool = True, **fields: Any) -> dict[str, Any]:
        """Make a call, let its callee do what the script says, and return its attempt."""
        number = await self.create(**fields)
        await self.exchange.answers(await self.call_id(number), *script, settle=settle)
        attempt: dict[str, Any] = (await self.shown(number))["calls"][-1]
        return attempt

    async def flow(self, number: int) -> dict[str, Any]:
        """Return a call's stored flow."""
        sql = "SELECT f.body FROM calls c JOIN flows f ON f.id = c.flow_id WHERE c.number = $1"
        body: dict[str, Any] = await self.api.database.fetchval(sql, number)
        return body

    async def webhooks(self, number: int) -> list[tuple[str, dict[str, Any]]]:
        """Return the webhooks of a call as they would be sent now: type and body."""
        rows = await self.api.database.fetch(
            "SELECT id, organisation_id, url, subject, event_type, body, policy, 1 AS tries, format FROM deliveries"
            " WHERE subject = $1 ORDER BY ordinal",
            await self.call_id(number),
        )
        objects = CallObjects(services=self.api.services)
        return [(row["event_type"], dict(await objects.webhook(Delivery(**dict(row))))) for row in rows]


@asynccontextmanager
async def program_of(api: ApiUnderTest, *, sandbox: bool, exchange: Exchange) -> AsyncIterator[Program]:
    """Yield a program with a key; with a sandbox key the document's numbers are its to call and to show."""
    _, key = await api.services.accounts.key_service.create(
        api.organisation.id, "effebot", sandbox=sandbox, dialect="effebot"
    )
    app = create_app(replace(api.services, capabilities=CAPABILITIES))
    async with client_of(app) as client:
        yield Program(api=replace(api, app=app), client=client, key=key, exchange=exchange)
