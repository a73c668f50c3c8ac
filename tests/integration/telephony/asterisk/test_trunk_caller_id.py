"""Who the callee is told is calling, and who only the provider is."""

from __future__ import annotations

import asyncio

import pytest

from callwright.telephony.asterisk.configuration import TrunkConfig
from callwright.telephony.simulator import Callee
from support.engine_node import EngineUnderTest
from support.leg_contract import Call, request
from support.lines import lines
from support.sipp import Invite

pytestmark = [pytest.mark.asterisk, pytest.mark.sipp]


async def _invite(node: EngineUnderTest, caller_id: str, *, withheld: bool) -> Invite:
    sipp = node.callee(Callee(status=486, rings_after=None))
    trunk = TrunkConfig(name="sipp", host="127.0.0.1", port=sipp.port, caller_id=caller_id)
    async with lines(node, trunk), asyncio.timeout(10):
        await Call(await node.engine.dial(request(caller_name=None, withheld=withheld))).end()
    [invite] = sipp.invites()
    return invite


async def test_a_withheld_number_is_told_to_the_provider_alone(node: EngineUnderTest) -> None:
    invite = await _invite(node, "pai", withheld=True)
    assert "<sip:anonymous@anonymous.invalid>" in invite.from_header
    assert invite.header("Privacy") == "id"
    assert "<sip:+15559990000@" in (invite.header("P-Asserted-Identity") or "")
    visible = [line for line in invite.text.splitlines() if not line.startswith("P-Asserted-Identity:")]
    assert "15559990000" not in "\n".join(visible)


async def test_a_withheld_number_in_the_older_header(node: EngineUnderTest) -> None:
    invite = await _invite(node, "rpid", withheld=True)
    assert "anonymous" in invite.from_header
    assert "privacy=full" in (invite.header("Remote-Party-ID") or "")


async def test_without_a_header_nobody_is_told(node: EngineUnderTest) -> None:
    assert "15559990000" not in (await _invite(node, "none", withheld=True)).text


async def test_a_number_that_may_be_shown_is(node: EngineUnderTest) -> None:
    invite = await _invite(node, "pai", withheld=False)
    assert "<sip:+15559990000@" in invite.from_header
    assert invite.header("Privacy") is None
