"""A trunk that logs in to a second Asterisk with digest, keeps logged in, calls out, and is called."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import pytest
import pytest_asyncio

from callwright.telephony.asterisk.ari import Event
from callwright.telephony.asterisk.configuration import TrunkConfig
from callwright.telephony.asterisk.trunk_check import check_trunk, registrations
from callwright.telephony.port import LegAnswered
from support.engine_node import EngineUnderTest
from support.leg_contract import Call, request
from support.lines import lines
from support.peer_asterisk import Peer, account, endpoint, running_peer
from support.sipp import free_ports
from support.sipp_caller import call

pytestmark = [pytest.mark.asterisk, pytest.mark.sipp]

USER, PASSWORD = "4711", "s3cret"


@pytest_asyncio.fixture(scope="module")
async def provider() -> AsyncIterator[Peer]:
    # the account is known by its user name, everybody else by the address
    accounts = account(USER, PASSWORD, most_seconds=12) + endpoint("callers", context="outside")
    async with running_peer(accounts) as peer:
        yield peer


def _trunk(provider: Peer, password: str = PASSWORD) -> TrunkConfig:
    return TrunkConfig(
        name="provider",
        host="127.0.0.1",
        port=provider.sip_port,
        username=USER,
        password=password,
        from_user=USER,
        register=True,
    )


async def _becomes(ask: Callable[[], Awaitable[Any]], wanted: Any) -> None:
    async with asyncio.timeout(10):
        while await ask() != wanted:
            await asyncio.sleep(0.1)


async def _registered(node: EngineUnderTest) -> str | None:
    return (await registrations(node.process.command)).get("provider")


async def test_it_registers_and_calls_go_out_and_come_in(
    node: EngineUnderTest, provider: Peer, monkeypatch: pytest.MonkeyPatch
) -> None:
    arrived: list[dict[str, Any]] = []
    usual = node.listener.on_event

    def spy(event: Event) -> None:
        if event["type"] == "ChannelDestroyed":
            arrived.append(event["channel"])
        usual(event)

    async with lines(node, _trunk(provider)):
        await _becomes(lambda: _registered(node), "Registered")
        assert "sip:4711@127.0.0.1" in await provider.process.command("pjsip show contacts")

        out = Call(await node.engine.dial(request(trunk="provider")))
        async with asyncio.timeout(10):
            await out.until(LegAnswered)
            await out.leg.hang_up()
            await out.end()

        # a stranger's INVITE for the same name is refused; the provider's arrives by what we registered
        monkeypatch.setattr(node.listener, "on_event", spy)
        port = free_ports(10)
        stranger = node.base / "stranger"
        await call(USER, server=node.process.config.sip_port, folder=stranger, port=port, refused=401)
        assert not arrived
        await call(USER, server=provider.sip_port, folder=node.base / "inbound", port=port + 4, refused=404)
        async with asyncio.timeout(5):
            while not arrived:
                await asyncio.sleep(0.02)
    assert arrived[0]["name"].startswith("PJSIP/provider-")
    assert arrived[0]["dialplan"]["context"] == "cw-in"
    assert arrived[0]["caller"]["number"] == "+15559990000"


async def test_a_registration_is_renewed_before_it_ends(node: EngineUnderTest, provider: Peer) -> None:
    """The provider allows twelve seconds; Asterisk renews ten seconds before the end."""
    async with lines(node, _trunk(provider)):
        await _becomes(lambda: _registered(node), "Registered")
        async with asyncio.timeout(10):
            left = before = await _seconds_left(node)
            while left <= before:
                await asyncio.sleep(0.2)
                before, left = left, await _seconds_left(node)
        assert await _registered(node) == "Registered"


async def _seconds_left(node: EngineUnderTest) -> int:
    found = re.search(r"\(exp\. (\d+)s\)", await node.process.command("pjsip show registrations"))
    assert found is not None
    return int(found[1])


async def test_a_wrong_password_is_named_and_put_right(node: EngineUnderTest, provider: Peer) -> None:
    async with lines(node, _trunk(provider, "wrong")):
        await _becomes(lambda: _registered(node), "Rejected")
        health = await check_trunk(node.process.command, "provider", node.base / "node" / "log")
        assert health.answer is not None
        assert health.registration == "Rejected"
    async with lines(node, _trunk(provider)):
        await _becomes(lambda: _registered(node), "Registered")
    # a trunk that is taken away logs out
    await _becomes(lambda: _contacts(provider), 0)


async def _contacts(provider: Peer) -> int:
    return (await provider.process.command("pjsip show contacts")).count("sip:4711@")
