"""Softphones at the engine: digest registration only, called by their endpoint, calling each other and nobody else."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from callwright.telephony.asterisk.extension_sections import ExtensionConfig, sections
from callwright.telephony.port import EndedBy, LegAnswered, LegDigit, LegEnded, NotRegistered
from callwright.telephony.simulator import Callee, Press
from support.engine_node import EngineUnderTest
from support.leg_contract import Call, request
from support.sipp import Sipp
from support.softphone import Softphone

pytestmark = [pytest.mark.asterisk, pytest.mark.sipp]

DESK = ExtensionConfig(username="ext-7x1000", password="desk-secret-0123", name="Desk")
SHOP = ExtensionConfig(username="ext-7x1001", password="shop-secret-0123", name="Shop")
STRANGER = ExtensionConfig(username="ext-8x1000", password="other-secret-0123", name="Stranger")


@pytest_asyncio.fixture
async def phones(node: EngineUnderTest) -> AsyncIterator[EngineUnderTest]:
    before = node.process.config.endpoints
    await node.process.set_endpoints(before + "\n" + sections([DESK, SHOP, STRANGER]))
    yield node
    await node.process.set_endpoints(before)


def phone(node: EngineUnderTest, account: ExtensionConfig, *, port: int = 0) -> Softphone:
    return Softphone(node.process.config.sip_port, account.username, account.password, port=port)


async def _register(node: EngineUnderTest, account: ExtensionConfig, *, seconds: int = 300) -> None:
    made = phone(node, account, port=node.ports["sipp"])
    try:
        assert await asyncio.to_thread(made.register, seconds=seconds) == 200
    finally:
        made.close()


@contextlib.asynccontextmanager
async def online(node: EngineUnderTest, account: ExtensionConfig, callee: Callee) -> AsyncIterator[Sipp]:
    """Register a telephone, and let sipp play it: calls come to the port from which it registered."""
    await _register(node, account)
    yield node.callee(callee)
    node.stop_callees()
    await _register(node, account, seconds=0)


async def test_only_the_right_password_registers(phones: EngineUnderTest) -> None:
    server = phones.process.config.sip_port
    for user, password in (
        (DESK.username, "wrong"),
        (DESK.username, SHOP.password),
        ("ext-7x9999", "x"),
        ("1000", "x"),
    ):
        stranger = Softphone(server, user, password)
        assert await asyncio.to_thread(stranger.register) in (401, 403), user
        stranger.close()
    with pytest.raises(NotRegistered):
        await phones.engine.dial(request(trunk=DESK.username, dial_string="1000", registered=True))


async def test_a_registered_telephone_is_called_and_its_keys_are_heard(phones: EngineUnderTest) -> None:
    async with online(phones, DESK, Callee(rings_for=0.2, presses=[Press(digits="1", after=0.5)])) as sipp:
        call = Call(await phones.engine.dial(request(trunk=DESK.username, dial_string="1000", registered=True)))
        await call.until(LegAnswered)
        assert await call.next() == LegDigit(digit="1")
        await call.leg.hang_up()
        assert (await call.end()).ended_by is EndedBy.US
        assert len(sipp.invites()) == 1
    with pytest.raises(NotRegistered):
        await phones.engine.dial(request(trunk=DESK.username, dial_string="1000", registered=True))


async def test_a_telephone_that_is_busy_says_so(phones: EngineUnderTest) -> None:
    async with online(phones, DESK, Callee(status=486)):
        call = Call(await phones.engine.dial(request(trunk=DESK.username, dial_string="1000", registered=True)))
        assert await call.end() == LegEnded(cause=17, sip_status=486, ended_by=EndedBy.CALLEE)


async def test_new_extensions_do_not_disturb_a_call(phones: EngineUnderTest) -> None:
    async with online(phones, DESK, Callee(rings_for=0.1)):
        call = Call(await phones.engine.dial(request(trunk=DESK.username, dial_string="1000", registered=True)))
        await call.until(LegAnswered)
        more = ExtensionConfig(username="ext-7x1002", password="more-secret-0123", name="More")
        wanted = sections([DESK, SHOP, STRANGER, more])
        await phones.process.set_endpoints(phones.process.config.endpoints + "\n" + wanted)
        assert await phones.engine.living() == {call.leg.id}
        newcomer = phone(phones, more)
        assert await asyncio.to_thread(newcomer.register) == 200
        newcomer.close()
        await call.leg.hang_up()
        assert (await call.end()).ended_by is EndedBy.US


async def test_a_softphone_reaches_colleagues_and_nobody_else(phones: EngineUnderTest) -> None:
    shop, stranger = phone(phones, SHOP), phone(phones, STRANGER)
    try:
        async with online(phones, DESK, Callee(status=486, rings_for=0.05)) as sipp:
            # the colleague's own answer
            assert await asyncio.to_thread(shop.invite, "1000") == 486
            assert len(sipp.invites()) == 1
            assert '"Shop" <sip:1001@' in sipp.invites()[0].from_header
            for number in ("+12125550100", "0012125550100", "1000000", "9", "ext-7x1000", "s", "cw-out", "*97"):
                assert await asyncio.to_thread(stranger.invite, number) in (403, 404), number
                assert await asyncio.to_thread(shop.invite, number) in (403, 404), number
            # 1000 of another organisation is another telephone, which is not there; 911 is no extension of anybody
            assert await asyncio.to_thread(stranger.invite, "1000") == 404
            assert await asyncio.to_thread(shop.invite, "911") == 404
            # whoever does not know the password calls nobody
            thief = Softphone(phones.process.config.sip_port, SHOP.username, "guessed")
            assert await asyncio.to_thread(thief.invite, "1000") in (401, 403)
            thief.close()
            assert len(sipp.invites()) == 1
    finally:
        shop.close()
        stranger.close()
