"""What a line does while a call is up."""

from __future__ import annotations

import pytest

from callwright.telephony.asterisk.configuration import TrunkConfig, endpoints
from callwright.telephony.port import LegAnswered
from callwright.telephony.simulator import Callee
from support.engine_node import EngineUnderTest
from support.leg_contract import Call, request

pytestmark = [pytest.mark.asterisk, pytest.mark.sipp]


async def test_a_callee_without_rtp_does_not_hold_the_line_for_ever(node: EngineUnderTest) -> None:
    """The callee answers, sends nothing and never hangs up: the trunk's RTP timeout ends the call."""
    silent = TrunkConfig(name="sipp", host="127.0.0.1", port=node.ports["sipp"], rtp_timeout_seconds=2)
    sipp = node.callee(Callee(rings_for=0.1))
    await node.process.set_endpoints(endpoints([silent]))
    try:
        call = Call(await node.engine.dial(request()))
        await call.end()
    finally:
        await node.process.set_endpoints(node.process.config.endpoints)
    assert call.count(LegAnswered) == 1
    assert any(received and text.startswith("BYE ") for received, text in sipp.messages())
