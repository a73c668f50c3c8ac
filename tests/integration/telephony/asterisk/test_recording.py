"""Asterisk records as the contract says; what it recorded is measured."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from callwright.clock import SystemClock
from callwright.telephony.simulator import Callee
from support.engine_node import EngineUnderTest
from support.leg_contract import Scenario
from support.recording_contract import SCENARIOS
from support.sipp import Sipp

pytestmark = [pytest.mark.asterisk, pytest.mark.sipp]


class RecordingLine:
    """The contract's line over Asterisk and sipp."""

    def __init__(self, node: EngineUnderTest) -> None:
        self.clock = SystemClock()
        self.engine = node.engine
        self._node = node
        self._sipp: Sipp | None = None

    def callee(self, callee: Callee) -> None:
        self._sipp = self._node.callee(callee)

    def invites(self) -> int:
        return len(self._sipp.invites()) if self._sipp is not None else 0

    def restart(self) -> None:
        self.engine = self._node.another_engine()

    def prompt(self, seconds: float) -> Path:
        return self._node.prompt(seconds)


@pytest.mark.parametrize("scenario", SCENARIOS, ids=lambda s: s.__name__)
async def test_contract(scenario: Scenario, node: EngineUnderTest) -> None:
    async with asyncio.timeout(30):
        await scenario(RecordingLine(node))
