"""Live calls of an organisation that pays: charged exactly, ended with their money, and never paid twice."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from decimal import Decimal
from pathlib import Path
from typing import Any

import httpx
import pytest

from callwright.telephony.simulator import Callee
from support.appliance import RunningAppliance, ended, followed
from support.sipp import Sipp, free_ports

pytestmark = pytest.mark.sipp

CALLER = "+12125550100"
MESSAGE = {"message": "This is a long message. " * 20, "ring_timeout_seconds": 5}
#: A cent for ten seconds, by six seconds.
RATES = "prefix,price,increments\n1212,0.06,6/6\n"
_serial = iter(range(1, 1000))


class Payer:
    """An organisation with a line to a sipp, a live key and some money."""

    def __init__(self, running: RunningAppliance, folder: Path, sipp: Sipp, paid: str) -> None:
        serial = next(_serial)
        self.name = f"Payer {serial}"
        organisation = running.organisation(self.name)
        running.cli("trunks", "add", f"payer-{serial}", "127.0.0.1", "--org", organisation, "--port", str(sipp.port))
        running.cli("numbers", "add", CALLER, "--org", organisation)
        sheet = folder / "rates.csv"
        sheet.write_text(RATES)
        running.cli("rates", "import", "Test rates", str(sheet), "--currency", "EUR")
        running.cli("rates", "assign", organisation, "Test rates")
        running.cli("balance", organisation, "--add", paid)
        self.key = running.key(organisation, "--live", "--purpose", "emergency")


@contextmanager
def payer(running: RunningAppliance, folder: Path, callee: Callee, *, paid: str) -> Iterator[Payer]:
    """Yield an organisation whose callees behave as ``callee``."""
    sipp = Sipp(folder / "sipp", callee, port=free_ports(2), rtp_port=free_ports(2))
    sipp.start()
    try:
        yield Payer(running, folder, sipp, paid)
    finally:
        sipp.stop()


async def place(client: httpx.AsyncClient, to: str) -> str:
    answer = await client.post("/api/v1/calls", json={"to": to, **MESSAGE})
    assert answer.status_code == 201, answer.text
    return str(answer.json()["call_id"])


async def balance(client: httpx.AsyncClient) -> dict[str, Any]:
    shown: dict[str, Any] = (await client.get("/api/v1/account/balance")).json()
    return shown


@pytest.mark.together
async def test_a_call_is_charged_exactly(running: RunningAppliance, evidence: Path) -> None:
    callee = Callee(rings_for=0.2, hangs_up_after=2.0)
    with payer(running, evidence, callee, paid="5") as organisation:
        async with running.client(organisation.key) as client:
            call = await ended(client, await place(client, "+12125550131"))
            # two seconds are one increment of six
            assert (call["price"], call["currency"]) == ("0.006", "EUR")
            assert call["outcome"] == "answered"
            shown = await balance(client)
            assert (shown["balance"], shown["reserved"]) == ("4.994", "0.00")
            ledger = (await client.get("/api/v1/ledger", params={"call_id": call["call_id"]})).json()["movements"]
            assert [(line["kind"], line["amount"]) for line in ledger] == [("settle", "-0.006"), ("reserve", "0.00")]
    running.cli("audit")


@pytest.mark.together
async def test_who_does_not_answer_costs_nothing(running: RunningAppliance, evidence: Path) -> None:
    with payer(running, evidence, Callee(rings_for=0.2, status=486), paid="5") as organisation:
        async with running.client(organisation.key) as client:
            call = await ended(client, await place(client, "+12125550132"))
            assert (call["outcome"], call["price"]) == ("busy", "0.00")
            assert (await balance(client))["available"] == "5.00"


@pytest.mark.together
async def test_a_call_ends_with_its_money(running: RunningAppliance, evidence: Path) -> None:
    with payer(running, evidence, Callee(rings_for=0.2), paid="0.015") as organisation:
        async with running.client(organisation.key) as client:
            call_id = await place(client, "+12125550133")
            call = await ended(client, call_id, within=40)
            # twelve seconds were paid, and then it was ended
            assert (call["outcome"], call["price"]) == ("answered", "0.012")
            assert call["duration_seconds"] in {12, 13}
            assert call["attempts"][0]["ended_by"] == "us"
            assert "budget exhausted" in call["reason"]
            assert "call.budget_exhausted" in await followed(client, call_id)
            assert (await balance(client))["balance"] == "0.003"
            refused = await client.post("/api/v1/calls", json={"to": "+12125550134", **MESSAGE})
            assert refused.status_code == 402
    running.cli("audit")


async def test_a_killed_control_plane_leaves_nothing_held(running: RunningAppliance, evidence: Path) -> None:
    callee = Callee(rings_for=0.2, hangs_up_after=14.0)
    with payer(running, evidence, callee, paid="5") as organisation:
        async with running.client(organisation.key) as client:
            call_id = await place(client, "+12125550135")
            async with asyncio.timeout(20):
                while (await client.get(f"/api/v1/calls/{call_id}")).json()["status"] != "in_progress":
                    await asyncio.sleep(0.05)
            assert (await balance(client))["reserved"] == "0.012"
            running.kill()
            running.start()
            call = await ended(client, call_id, within=60)
            assert call["outcome"] == "answered"
            assert len(call["attempts"]) == 1
            # three increments of six seconds, held in part by the second process
            assert Decimal(call["price"]) == Decimal("0.018")
            shown = await balance(client)
            assert (shown["balance"], shown["reserved"]) == ("4.982", "0.00")
    running.cli("audit")
