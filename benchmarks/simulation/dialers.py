"""A dialer of a simulation: the product's claim, last look, ledger and recovery, one step at a time."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from random import Random

import asyncpg

from benchmarks.simulation import people
from benchmarks.simulation.cutting import CutDatabase
from benchmarks.simulation.lines import Lines
from benchmarks.simulation.virtual_database import VirtualClock
from callwright.calls.claims import LEASE, CallClaims, Owner
from callwright.calls.dialing import CallDialing
from callwright.calls.ledger import CallLedger
from callwright.calls.models import Attempt, Permission, Settlement
from callwright.calls.queries import SQL
from callwright.calls.recovery import CallRecovery
from callwright.campaigns.keepers import feeder_of
from callwright.flows import commands
from callwright.rules.outcomes import Outcome
from callwright.store.database import Database

#: What a dialer may meet whose database breaks; it goes on.
AWAY = (ConnectionError, asyncpg.PostgresConnectionError, asyncpg.TransactionRollbackError)


@dataclass(kw_only=True)
class Held:
    """An attempt in a dialer's memory."""

    attempt: Attempt
    permission: Permission | None
    #: The INVITE was sent.
    invited: bool = False


class SimulatedDialer:
    """One process with one engine node. ``kill`` forgets everything but the channels."""

    def __init__(self, name: str, database: Database, clock: VirtualClock, lines: Lines, random: Random) -> None:
        self._name = name
        self._real, self.cuttable = database, CutDatabase(database)
        self._clock, self._lines, self._random = clock, lines, random
        self.held: dict[str, Held] = {}
        self.owner: Owner | None = None
        self._claims: CallClaims | None = None
        self._dialing = CallDialing(database, clock)
        self._ledger = CallLedger(database, clock)
        self._recovery = CallRecovery(database, dialing=self._dialing)

    @property
    def runs(self) -> bool:
        """Whether the process lives."""
        return self.owner is not None

    async def start(self, organisation_id: str) -> None:
        """Own the node in a new epoch, and look after what the last process left."""
        epoch = await self._real.fetchval(SQL["take_node"], organisation_id, self._name)
        self.owner = Owner(node=self._name, epoch=epoch)
        self._claims = CallClaims(self.cuttable, self._clock, feeder=feeder_of(self._clock))  # type: ignore[arg-type]
        await self.reap()

    def kill(self) -> None:
        """Die in the middle of everything; some of the calls end unheard of."""
        for held in self.held.values():
            if held.invited and self._random.random() < 0.5:
                self._lines.hang_up(held.attempt.id)
        self.held.clear()
        self.owner = self._claims = None

    async def reap(self) -> None:
        """Take over what nobody looks after: living channels go on, the others were interrupted."""
        assert self.owner is not None
        for orphan in await self._recovery.take_over(self.owner, held=frozenset(self.held)):
            attempt = orphan.attempt
            if attempt.id in self._lines.living:
                self.held[attempt.id] = Held(attempt=attempt, permission=None, invited=True)
            else:
                await self._settle(attempt.id, Outcome.INTERRUPTED)

    async def claim(self) -> list[tuple[Attempt, Permission | None]]:
        """Claim; at times the answer to the commit is lost. Returns what was permitted with the claim itself."""
        assert self._claims is not None
        assert self.owner is not None
        if self._random.random() < 0.1:
            self.cuttable.cut = self._random.choice(["before", "after"])
        try:
            attempts = await self._claims.claim(self.owner)
        except AWAY:
            return []
        finally:
            self.cuttable.cut = None
        for attempt in attempts:
            self.held[attempt.id] = Held(attempt=attempt, permission=attempt.permission)
        return [(attempt, attempt.permission) for attempt in attempts]

    async def renew(self) -> None:
        """Renew the leases, as a living process does all the time."""
        if self.owner is not None and self.held:
            await self._real.execute(SQL["renew_leases"], list(self.held), LEASE, self.owner.epoch)

    async def ask(self, held: Held) -> bool:
        """Look for the last time whether a claimed attempt may ring; returns whether it may."""
        held.permission = await self._dialing.begin(held.attempt)
        if held.permission is None:
            del self.held[held.attempt.id]
        return held.permission is not None

    def invite(self, held: Held) -> None:
        """Send the INVITE."""
        assert held.permission is not None
        held.invited = True
        self._lines.invite(held.attempt, held.permission.trunk, self._clock.now())

    async def go_on(self, held: Held) -> str | None:
        """Let the next thing happen to a call; returns the number when the person opted out."""
        attempt, random = held.attempt, self._random
        channel = self._lines.living.get(attempt.id)
        if channel is None:
            await self._end(held, Outcome.FAILED)
        elif not channel.rang:
            if random.random() < 0.2:
                await self._end(held, random.choice(people.UNANSWERED))
            else:
                channel.rang = True
                await self._ledger.ringing(attempt.id)
        elif not channel.answered:
            if random.random() < 0.4:
                await self._end(held, random.choice(people.UNANSWERED))
            else:
                channel.answered = True
                await self._ledger.answered(attempt.id, {"phase": "speaking", "variables": {}}, [])
        elif random.random() < 0.15:
            await self._ledger.progress(attempt.id, {"phase": "ending", "variables": {}}, [_OPT_OUT])
            await self._end(held, Outcome.HUMAN)
            return attempt.to_number
        else:
            if random.random() < 0.5:
                await self._ledger.accept(attempt.id)
            await self._end(held, random.choice([Outcome.HUMAN, Outcome.HUMAN, Outcome.MACHINE]))
        return None

    async def _end(self, held: Held, outcome: Outcome) -> None:
        self._lines.hang_up(held.attempt.id)
        await self._settle(held.attempt.id, outcome)
        del self.held[held.attempt.id]

    async def _settle(self, attempt_id: str, outcome: Outcome) -> None:
        end = Settlement(outcome=outcome, cause=16, sip_status=None, ended_by="callee")
        await self._ledger.settle(attempt_id, end)
        if self._random.random() < 0.1:
            # the answer to the commit was lost: it is repeated
            await self._ledger.settle(attempt_id, end)


async def all_at_once(dialers: list[SimulatedDialer]) -> list[tuple[Attempt, Permission | None]]:
    """Let dialers claim at the same moment."""
    return [each for claimed in await asyncio.gather(*(d.claim() for d in dialers)) for each in claimed]


_OPT_OUT = commands.OptOut(scope="organisation", evidence="key 9")
