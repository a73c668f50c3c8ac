"""A program written for RoboTalker, on the whole appliance: it calls, writes, connects, and reads what came of it."""

from __future__ import annotations

import asyncio
import re
from typing import Any

import httpx
import pytest

from support.appliance import RunningAppliance

_MINUTES = 3


class Program:
    """What the program knows: an address, a key, a token, a userId."""

    def __init__(self, running: RunningAppliance, settings: dict[str, str]) -> None:
        self.client = httpx.AsyncClient(base_url=running.url, trust_env=False, timeout=20)
        self.settings = settings

    async def post(self, **fields: Any) -> list[dict[str, Any]]:
        answer = await self.client.post("/api/handler.ashx", json={**self.settings, **fields})
        assert isinstance(answer.json(), list), (answer.text, answer.headers.get("X-Error-Detail"))
        found: list[dict[str, Any]] = answer.json()
        return found

    async def get(self, path: str, **fields: str) -> list[dict[str, Any]]:
        answer = await self.client.get(path, params={**self.settings, **fields})
        assert answer.headers["content-type"] == "application/json", answer.text
        found: list[dict[str, Any]] = answer.json()
        return found

    async def completed(self, name: str) -> list[dict[str, Any]]:
        """Poll until every channel of a job is over."""
        async with asyncio.timeout(_MINUTES * 60):
            while True:
                rows = await self.get("/api/handler.ashx", jobStatus=name)
                if rows and all(row["TriggerStatus"] == "Completed" for row in rows):
                    return rows
                await asyncio.sleep(0.5)


def program_of(running: RunningAppliance, organisation: str) -> Program:
    made = running.cli("keys", "create", "old program", "--org", organisation, "--test", "--dialect", "robotalker")
    settings = dict(re.findall(r"^(key|token|userId): (\S+)$", made, re.MULTILINE))
    assert settings.keys() == {"key", "token", "userId"}
    return Program(running, settings)


@pytest.mark.together
@pytest.mark.timeout(300)
async def test_a_job_that_calls_and_writes_and_one_that_connects(running: RunningAppliance) -> None:
    organisation = running.organisation("Elm Street Alerts")
    program = program_of(running, organisation)
    async with program.client:
        people = [
            {"name": "Ann", "phone": "5550280011"},
            {"name": "Bob", "phone": "5550280061"},
            {"name": "Eve", "phone": "5550280081"},
        ]
        common = {"optcallerid": "8887771212", "messagetext": "Hello #name#, the server is down."}
        made = await program.post(whattodo="TtsAndSms", optname="Server down", contactlistarray=people, **common)
        assert [each["ContactName"] for each in made] == ["Ann", "Bob", "Eve"]
        connected = await program.post(
            whattodo="SendTtsMessage",
            optname="Connect",
            phonenumber="5550280021",
            calloptions="TransOnAnswer",
            transferringnumber="5550280032",
            **common,
        )
        calls, texts = await program.completed("Server down")
        # whether a machine is told from a person is test_answering_machines' matter
        assert {name: calls[name] for name in ("TotalContacts", "Completed", "LineBusy")} == {
            "TotalContacts": 3,
            "Completed": 2,
            "LineBusy": 1,
        }
        assert texts["TotalContacts"] == 3
        rows = await program.get("/GetJobDetail.ashx", jobId=str(made[0]["id"]))
        spoken = {row["ContactName"]: row for row in rows if "CallAttempts" in row}
        assert (spoken["Ann"]["Description"], spoken["Ann"]["KeyHitByUser"]) == ("Completed", "1")
        assert spoken["Bob"]["Description"] in {"Voicemail", "Completed"}
        assert spoken["Bob"]["CallDuration"] > 3
        assert spoken["Eve"]["Description"] == "Busy"
        written = {row["ContactName"]: row for row in rows if "SidReceipt" in row}
        assert written["Ann"]["DynamicText"] == "Hello Ann, the server is down."
        assert written["Ann"]["ReturnedMessage"] == "1"
        assert (await program.completed("Connect"))[0]["Id"] == connected[0]["id"]
        assert running.heard("+15550280032"), "the other side was not called"
    log = running.log()
    assert program.settings["token"] not in log
    assert "the server is down" not in log
