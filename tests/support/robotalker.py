"""RoboTalker's dialect on a test's services: a program with a key, and what ends its calls."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import httpx

from callwright.accounts.models import Organisation
from callwright.calls.settlement import finish_call
from callwright.rules.outcomes import Outcome
from support.api import ApiUnderTest, client_of
from support.sound_files import encoded, tones

HANDLER = "/api/handler.ashx"
DETAIL = "/GetJobDetail.ashx"


@dataclass(kw_only=True)
class Program:
    """A program that was written for RoboTalker, with its key."""

    api: ApiUnderTest
    client: httpx.AsyncClient
    key: str
    token: str
    organisation: Organisation

    @property
    def user_id(self) -> str:
        return str(self.organisation.number)

    @property
    def secrets(self) -> dict[str, str]:
        return {"key": self.key, "token": self.token}

    @property
    def basic(self) -> httpx.BasicAuth:
        return httpx.BasicAuth(self.user_id, self.token)

    async def post(self, **fields: Any) -> httpx.Response:
        """Send the fields in the query, as most of the document's samples do."""
        return await self.client.post(HANDLER, params={**self.secrets, **fields})

    async def sent(self, **fields: Any) -> list[dict[str, Any]]:
        """Send and return the answer's objects."""
        return objects(await self.post(**fields))

    async def refused(self, text: str, detail: str, **fields: Any) -> None:
        """Send and see it refused, with nothing written."""
        before = await self.counts()
        answer = await self.post(**fields)
        assert answer.status_code == 200, answer.text
        assert answer.json() == text, answer.headers.get("X-Error-Detail")
        assert detail in answer.headers["X-Error-Detail"], answer.headers["X-Error-Detail"]
        assert await self.counts() == before

    async def counts(self) -> list[int]:
        """Return how many rows there are of all that a request can make."""
        tables = ("orders", "order_items", "calls", "messages", "contacts", "groups", "campaigns")
        # the names are those above
        return [await self.api.database.fetchval(f"SELECT count(*) FROM {table}") for table in tables]

    async def status(self, name: str, **fields: str) -> list[dict[str, Any]]:
        answer = await self.client.get(
            HANDLER, params={"jobStatus": name, "token": self.token, "key": self.key, **fields}
        )
        return objects(answer)

    async def details(self, **fields: str) -> list[dict[str, Any]]:
        return objects(await self.client.get(DETAIL, params={**self.secrets, **fields}))

    async def native(self, path: str) -> dict[str, Any]:
        """Read by the native API."""
        answer = await self.api.live.get(f"/api/v1{path}")
        assert answer.status_code == 200, answer.text
        content: dict[str, Any] = answer.json()
        return content

    async def calls_of(self, number: int) -> list[dict[str, Any]]:
        """Return the calls of a job, as the native API shows them."""
        orders = (await self.native(f"/orders?number={number}"))["orders"]
        assert [order["number"] for order in orders] == [number]
        order = await self.native(f"/orders/{orders[0]['order_id']}")
        return [await self.native(f"/calls/{part['call_id']}") for part in order["parts"] if part["call_id"]]

    async def end(self, call_id: str, outcome: Outcome, **fields: Any) -> None:
        """Let a call end."""
        database, queries = self.api.database, self.api.services.call_queries
        call = await queries.get(self.organisation.id, call_id)
        async with database.transaction() as connection:
            await finish_call(connection, call, outcome, **fields)

    async def audio(self, frequency: float = 440.0) -> dict[str, Any]:
        """Upload a sound by the native API and return it when it can be played."""
        answer = await self.api.live.post(
            "/api/v1/audio",
            content=encoded(tones((frequency, 0.3))),
            headers={"Content-Type": "audio/wav"},
            params={"name": f"{frequency:g} Hz"},
        )
        assert answer.status_code == 201, answer.text
        await self.api.jobs.run()
        return await self.native(f"/audio/{answer.json()['audio_id']}")


def objects(answer: httpx.Response) -> list[dict[str, Any]]:
    """Return the list of objects of an answer."""
    assert answer.status_code == 200, answer.text
    content = answer.json()
    assert isinstance(content, list), (content, answer.headers.get("X-Error-Detail"))
    return content


async def make_program(api: ApiUnderTest, *, sandbox: bool = False, **fields: Any) -> Program:
    """Return a program with a key of its own for the API's organisation."""
    key, token = await api.services.accounts.key_service.create(
        api.organisation.id, "program", sandbox=sandbox, dialect="robotalker", **fields
    )
    return Program(api=api, client=client_of(api.app), key=key.id, token=token, organisation=api.organisation)


def typed(value: Mapping[str, Any]) -> dict[str, type]:
    """Return the type of each field, in their order."""
    return {name: type(part) for name, part in value.items()}
