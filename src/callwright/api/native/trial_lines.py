"""What the websocket needs of a trial; telephony has it, and the appliance puts both together."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Any, Protocol


class Line(Protocol):
    """Messages of a trial, both ways (``telephony.trial.line.TrialLine``)."""

    @property
    def outbox(self) -> asyncio.Queue[Mapping[str, Any] | bytes | None]:
        """What the page is to be told; ``None`` is the end."""
        ...

    def take(self, message: Mapping[str, Any] | bytes) -> None:
        """Take what the page says."""
        ...

    def close(self) -> None:
        """Nothing more will come."""
        ...


class Trials(Protocol):
    """Runs flows without a telephone (``telephony.trial.trials.FlowTrials``)."""

    def line(self) -> Line:
        """Return a line for one trial."""
        ...

    async def run(
        self,
        line: Any,
        *,
        organisation_id: str,
        flow: Mapping[str, Any],
        variables: Mapping[str, str],
        to: str,
        from_: str,
        voice: str,
        answered_by: str,
    ) -> None:
        """Run a flow to the end of its call."""
        ...
