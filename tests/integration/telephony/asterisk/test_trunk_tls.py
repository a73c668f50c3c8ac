"""Calls over TLS to a second Asterisk; a provider whose certificate is not good hears nothing from us."""

from __future__ import annotations

import asyncio
import socket
import ssl
from collections.abc import AsyncIterator
from pathlib import Path

import psutil
import pytest
import pytest_asyncio

from callwright.processes import give_to, service_user
from callwright.telephony.asterisk.configuration import TrunkConfig
from callwright.telephony.asterisk.trunk_check import check_trunk
from callwright.telephony.port import LegAnswered
from support.certificates import Authority
from support.engine_node import EngineUnderTest
from support.leg_contract import Call, request
from support.lines import lines
from support.peer_asterisk import Peer, endpoint, running_peer, tls_transport

pytestmark = [pytest.mark.asterisk]


class Provider:
    """A provider with four TLS ports, each with another certificate."""

    def __init__(self, peer: Peer) -> None:
        self.peer = peer
        self.authority = Authority(peer.base / "authority")
        stranger = Authority(peer.base / "stranger")
        certificates = {
            "good": self.authority.issue(peer.base / "good", "127.0.0.1"),
            "other-name": self.authority.issue(peer.base / "other-name", "sip.elsewhere.example"),
            "expired": self.authority.issue(peer.base / "expired", "127.0.0.1", days=-1),
            "stranger": stranger.issue(peer.base / "by-stranger", "127.0.0.1"),
        }
        self.ports = {name: peer.tls_port + index for index, name in enumerate(certificates)}
        for folder in (self.authority.file.parent, *(cert.parent for cert, _ in certificates.values())):
            for path in (folder, *folder.iterdir()):
                give_to(path, service_user())
        self.text = endpoint("callwright") + "".join(
            tls_transport(self.ports[name], *certificates[name]) for name in certificates
        )

    def trunk(self, certificate: str, *, verify: bool = True, ca_file: Path | None = None) -> TrunkConfig:
        return TrunkConfig(
            name=certificate,
            host="127.0.0.1",
            port=self.ports[certificate],
            transport="tls",
            tls_verify=verify,
            tls_ca_file=str(ca_file or self.authority.file),
        )


@pytest_asyncio.fixture(scope="module")
async def provider() -> AsyncIterator[Provider]:
    async with running_peer() as peer:
        made = Provider(peer)
        await peer.configure(made.text)
        yield made


async def _is_answered(node: EngineUnderTest, trunk: str) -> bool:
    call = Call(await node.engine.dial(request(trunk=trunk)))
    async with asyncio.timeout(10):
        await call.next()
        await call.leg.hang_up()
        if not isinstance(call.reported[-1], LegAnswered):
            return False
        await call.end()
    return True


async def test_a_call_over_tls(node: EngineUnderTest, provider: Provider) -> None:
    async with lines(node, provider.trunk("good")):
        assert await _is_answered(node, "good")
        health = await check_trunk(node.process.command, "good", node.base / "node" / "log")
    assert health.answer is not None
    assert health.certificate is None


@pytest.mark.parametrize("certificate", ["other-name", "expired", "stranger"])
async def test_a_wrong_certificate_is_refused_unless_the_operator_says_so(
    node: EngineUnderTest, provider: Provider, certificate: str
) -> None:
    async with lines(node, provider.trunk(certificate)):
        assert not await _is_answered(node, certificate)
        health = await check_trunk(node.process.command, certificate, node.base / "node" / "log")
    assert health.answer is None
    assert health.certificate is not None
    # the same trunk, changed while Asterisk runs
    async with lines(node, provider.trunk(certificate, verify=False)):
        assert await _is_answered(node, certificate)


async def test_the_machines_authorities_are_believed_by_default(node: EngineUnderTest, provider: Provider) -> None:
    trunk = TrunkConfig(name="good", host="127.0.0.1", port=provider.ports["good"], transport="tls")
    async with lines(node, trunk):
        assert not await _is_answered(node, "good")


async def test_tls_trunks_open_one_port_of_the_sip_address_that_serves_nobody(
    node: EngineUnderTest, provider: Provider
) -> None:
    assert node.process.pid is not None
    asterisk, config = psutil.Process(node.process.pid), node.process.config
    async with lines(node, provider.trunk("good"), provider.trunk("stranger", verify=False)):
        assert await _is_answered(node, "good")
        assert await _is_answered(node, "stranger")
        listening = {
            (c.laddr.ip, c.laddr.port) for c in asterisk.net_connections(kind="tcp") if c.status == psutil.CONN_LISTEN
        }
        assert listening == {
            ("127.0.0.1", node.http_port),
            ("127.0.0.1", config.sip_port),
            ("127.0.0.1", config.sip_port + 1),
        }
        context = ssl.create_default_context()
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
        with (
            socket.create_connection(("127.0.0.1", config.sip_port + 1), timeout=5) as plain,
            pytest.raises((ssl.SSLError, ConnectionResetError)),
        ):
            context.wrap_socket(plain)
