"""A ledger that outlives a restart of PostgreSQL: a call in the air waits for the database, it is not given up."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any, Literal, TypeVar

import asyncpg

from callwright.calls.ledger import CallLedger
from callwright.calls.models import Settlement
from callwright.clock import Clock
from callwright.flows import commands

log = logging.getLogger(__name__)

#: What a database raises that went away, is starting, or is full; any other error is a mistake of ours.
AWAY = (
    OSError,
    TimeoutError,
    asyncpg.InterfaceError,
    asyncpg.PostgresConnectionError,
    asyncpg.OperatorInterventionError,
    asyncpg.InsufficientResourcesError,
    # one of two that waited for each other was chosen to begin again; nothing of it was written
    asyncpg.TransactionRollbackError,
)
_FIRST_DELAY_SECONDS = 0.1
_LONGEST_DELAY_SECONDS = 2.0

_Written = TypeVar("_Written")


class PatientLedger:
    """Repeats each entry until it is committed. Entries can be repeated: each first looks whether it is there."""

    def __init__(self, ledger: CallLedger, clock: Clock) -> None:
        self._ledger = ledger
        self._clock = clock

    async def ringing(self, attempt_id: str) -> None:
        """The callee's telephone is alerting."""
        await self._enter(lambda repeated: self._ledger.ringing(attempt_id))

    async def answered(
        self, attempt_id: str, flow_state: Mapping[str, Any], effects: Sequence[commands.Command]
    ) -> None:
        """The callee picked up, and this is what the flow makes of it."""
        await self._enter(lambda repeated: self._ledger.answered(attempt_id, flow_state, effects))

    async def progress(
        self, attempt_id: str, flow_state: Mapping[str, Any], effects: Sequence[commands.Command]
    ) -> None:
        """Commit the machine's state together with its durable effects, once."""
        await self._enter(lambda repeated: self._ledger.progress(attempt_id, flow_state, effects, repeated=repeated))

    async def accept(self, attempt_id: str) -> Literal["taken", "stand_by", "filled"]:
        """Put it on record that the person accepts, once."""
        return await self._enter(lambda repeated: self._ledger.accept(attempt_id))

    async def settle(self, attempt_id: str, end: Settlement) -> None:
        """The attempt is over."""
        await self._enter(lambda repeated: self._ledger.settle(attempt_id, end))

    async def _enter(self, write: Callable[[bool], Awaitable[_Written]]) -> _Written:
        delay = _FIRST_DELAY_SECONDS
        repeated = False
        while True:
            try:
                return await write(repeated)
            except AWAY as error:
                log.warning("an entry waits for the database: %s", error)
            repeated = True
            await self._clock.sleep(delay)
            delay = min(delay * 2, _LONGEST_DELAY_SECONDS)
