"""Trunks that are names: SRV records say where the calls go; an outbound proxy takes them wherever that is."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from callwright.telephony.asterisk.configuration import TrunkConfig
from callwright.telephony.port import LegAnswered, LegEnded
from callwright.telephony.simulator import Callee
from support.engine_node import EngineUnderTest, running_engine
from support.leg_contract import Call, request
from support.lines import lines
from support.name_server import Srv, Zone, serving
from support.sipp import free_ports

pytestmark = [pytest.mark.asterisk, pytest.mark.sipp]

DOMAIN = "voice-provider.net"
ANSWERS = Callee(rings_for=0.1, hangs_up_after=0.2)


@pytest_asyncio.fixture(scope="module")
async def zone() -> AsyncIterator[tuple[Zone, str]]:
    made, port = Zone(), free_ports(2)
    async with serving(made, port):
        yield made, f"127.0.0.1@{port}"


@pytest_asyncio.fixture(scope="module")
async def own_engine(zone: tuple[Zone, str]) -> AsyncIterator[EngineUnderTest]:
    async with running_engine(name_server=zone[1]) as node:
        yield node


@pytest_asyncio.fixture
async def node(own_engine: EngineUnderTest, zone: tuple[Zone, str]) -> AsyncIterator[EngineUnderTest]:
    yield own_engine
    own_engine.stop_callees()
    await own_engine.hang_up_everything()


async def _call(node: EngineUnderTest, trunk: TrunkConfig) -> LegEnded:
    async with lines(node, trunk), asyncio.timeout(15):
        call = Call(await node.engine.dial(request(trunk=trunk.name)))
        ended = await call.end()
    if ended.sip_status is None:
        assert call.count(LegAnswered) == 1
    return ended


def _services(node: EngineUnderTest, domain: str) -> dict[str, list[Srv]]:
    first = Srv(target=f"one.{domain}", port=node.ports["sipp"], priority=1)
    second = Srv(target=f"two.{domain}", port=node.ports["sippauth"], priority=2)
    return {f"_sip._udp.{domain}": [second, first]}


async def test_srv_says_the_port_and_who_comes_first(node: EngineUnderTest, zone: tuple[Zone, str]) -> None:
    records = zone[0]
    records.services |= _services(node, DOMAIN)
    records.addresses |= {f"one.{DOMAIN}": "127.0.0.1", f"two.{DOMAIN}": "127.0.0.1"}
    first, second = node.callee(ANSWERS), node.callee(ANSWERS, trunk="sippauth")
    assert (await _call(node, TrunkConfig(name="named", host=DOMAIN, port=None))).sip_status is None
    [invite] = first.invites()
    assert invite.uri == f"sip:+15550001111@{DOMAIN}"
    assert second.invites() == []


async def test_the_second_server_takes_what_the_first_is_too_busy_for(
    node: EngineUnderTest, zone: tuple[Zone, str]
) -> None:
    domain = f"busy.{DOMAIN}"
    zone[0].services |= _services(node, domain)
    zone[0].addresses |= {f"one.{domain}": "127.0.0.1", f"two.{domain}": "127.0.0.1"}
    first = node.callee(Callee(status=503, rings_after=None))
    second = node.callee(ANSWERS, trunk="sippauth")
    assert (await _call(node, TrunkConfig(name="named", host=domain, port=None))).sip_status is None
    assert [len(sipp.invites()) for sipp in (first, second)] == [1, 1]


async def test_a_port_makes_srv_needless_and_hosts_are_known(node: EngineUnderTest, zone: tuple[Zone, str]) -> None:
    zone[0].addresses[f"plain.{DOMAIN}"] = "127.0.0.1"
    for host in (f"plain.{DOMAIN}", "localhost"):
        sipp = node.callee(ANSWERS)
        assert (await _call(node, TrunkConfig(name="named", host=host, port=sipp.port))).sip_status is None
        assert len(sipp.invites()) == 1
        node.stop_callees()
    assert (f"_sip._udp.plain.{DOMAIN}", 33) not in zone[0].asked


async def test_a_name_that_nobody_knows_fails_at_once(node: EngineUnderTest) -> None:
    ended = await _call(node, TrunkConfig(name="named", host=f"nowhere.{DOMAIN}", port=None))
    assert ended.sip_status == 503


async def test_the_outbound_proxy_gets_it_with_a_route(node: EngineUnderTest) -> None:
    """The provider's name need not be known to anybody: the proxy knows where it is."""
    proxy = node.callee(ANSWERS)
    trunk = TrunkConfig(
        name="proxied",
        host="sip.unknown.example",
        port=None,
        outbound_proxy=f"127.0.0.1:{proxy.port}",
        from_user="4711",
        from_domain="customers.example",
        caller_id="pai",
    )
    assert (await _call(node, trunk)).sip_status is None
    [invite] = proxy.invites()
    assert invite.uri == "sip:+15550001111@sip.unknown.example"
    assert invite.header("Route") == f"<sip:127.0.0.1:{proxy.port};lr>"
    assert "<sip:4711@customers.example>" in invite.from_header
    assert "<sip:+15559990000@" in (invite.header("P-Asserted-Identity") or "")
    # the ACK and the end of the call take the same way
    assert any(received and text.startswith("ACK ") for received, text in proxy.messages())
