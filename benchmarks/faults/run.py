"""Keeps calls in the air, does one fault after the other, and looks after each at what must never happen."""

from __future__ import annotations

import asyncio
import contextlib
import json
import random
import time
from collections.abc import Callable, Coroutine
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import asyncpg
import psutil
from rich.console import Console

from benchmarks.faults import kinds, report, verdict
from benchmarks.faults.appliance import FaultyProduct
from benchmarks.faults.telephones import BEHAVIOURS, Telephones
from benchmarks.faults.traffic import Traffic

#: From the fault to a new call's INVITE; more is a violation: the product did not come back.
RECOVERY_BOUND_SECONDS = 180.0
#: After the last fault: the longest flow, ringing, a lease and the webhooks' patience.
END_BOUND_SECONDS = 240.0
#: Between a recovery and the next fault.
QUIET_SECONDS = (1.0, 4.0)
#: How many of the requests are campaigns, which bring several calls each.
CAMPAIGN_SHARE = 0.1
_PROBE = next(behaviour for behaviour in BEHAVIOURS if behaviour.name == "busy")
_AWAY = (OSError, TimeoutError, asyncpg.PostgresError, asyncpg.InterfaceError)


@dataclass(frozen=True, kw_only=True)
class Options:
    """What was asked for on the command line."""

    seed: int
    rounds: int
    minutes: float
    calls: int
    only: tuple[str, ...]


@dataclass(kw_only=True)
class Fault:
    """One fault and what followed."""

    number: int
    kind: str
    what: str
    at: float
    imposed_seconds: float
    recovery_seconds: float | None
    violations: list[str] = field(default_factory=list)
    in_air: int = 0
    interrupted: int = 0


class Run:
    """One run of the benchmark on a product that has been started."""

    def __init__(
        self, options: Options, product: FaultyProduct, telephones: Telephones, traffic: Traffic, log: Path
    ) -> None:
        self._options = options
        self._product = product
        self._telephones = telephones
        self._traffic = traffic
        self._log = log
        self._chance = random.Random(options.seed)
        self._console = Console(stderr=True)
        self._live = 0
        self._requests: set[asyncio.Task[Any]] = set()
        #: Violations that were reported once are not counted again after the next fault.
        self._known: set[str] = set()
        self.faults: list[Fault] = []
        self.violations: list[str] = []

    async def work(self) -> dict[str, Any]:
        """Return what was found."""
        traffic = asyncio.create_task(self._keep_calling())
        counting = asyncio.create_task(self._count_live())
        try:
            await self._all_in_the_air()
            await self._inflict()
        finally:
            for task in (traffic, counting):
                task.cancel()
            await asyncio.gather(traffic, counting, return_exceptions=True)
        return await self._end()

    # calls

    async def _keep_calling(self) -> None:
        while True:
            # a queue that grows while the product is away would come as one burst
            if self._live + self._traffic.asking < self._options.calls:
                by_campaign = self._chance.random() < CAMPAIGN_SHARE
                self._spawn(self._traffic.campaign() if by_campaign else self._traffic.one())
                # a start in small steps, and no more than the product takes in daily work
                await asyncio.sleep(0.1)
            else:
                await asyncio.sleep(0.05)

    async def _count_live(self) -> None:
        while True:
            with contextlib.suppress(*_AWAY):
                async with self._database() as connection:
                    while True:
                        sql = (
                            "SELECT (SELECT count(*) FROM calls WHERE outcome IS NULL)"
                            " + (SELECT count(*) FROM recipients WHERE state IN ('waiting', 'again'))"
                        )
                        self._live = await connection.fetchval(sql, timeout=5)
                        await asyncio.sleep(0.3)
            await asyncio.sleep(0.3)

    async def _all_in_the_air(self) -> None:
        async with asyncio.timeout(60):
            while self._live < self._options.calls * 0.9:
                await asyncio.sleep(0.2)

    def _spawn(self, work: Coroutine[Any, Any, Any]) -> asyncio.Task[Any]:
        task = asyncio.create_task(work)
        self._requests.add(task)
        task.add_done_callback(self._requests.discard)
        return task

    # faults

    async def _inflict(self) -> None:
        chosen = [kind for kind in kinds.available() if not self._options.only or kind.name in self._options.only]
        deadline = time.monotonic() + self._options.minutes * 60
        # every kind once, then by weight
        plan = self._chance.sample(chosen, len(chosen))
        for number in range(1, self._options.rounds + 1):
            if time.monotonic() > deadline:
                break
            kind = plan.pop() if plan else self._chance.choices(chosen, [kind.weight for kind in chosen])[0]
            await asyncio.sleep(self._chance.uniform(*QUIET_SECONDS))
            fault = await self._one(number, kind)
            self.faults.append(fault)
            self._note(vars(fault))
            recovery = "NOT RECOVERED" if fault.recovery_seconds is None else f"{fault.recovery_seconds:5.1f} s"
            self._console.print(f"{number:4} {kind.name:32} {recovery}  {self._live:3} live  {fault.what}")
            for violation in fault.violations:
                self._console.print(f"     [red]{violation}[/]")
            if fault.recovery_seconds is None:
                break

    async def _one(self, number: int, kind: kinds.Kind) -> Fault:
        found = []
        if not self._product.running:
            found.append("the control plane had ended by itself")
            self._product.begin()
        begun, at = time.monotonic(), time.time()
        fault = Fault(number=number, kind=kind.name, what="", at=at, imposed_seconds=0, recovery_seconds=None)
        try:
            done = await kind.act(self._product, self._chance)
            fault.what, fault.imposed_seconds = done.what, done.imposed_seconds
        except (psutil.Error, OSError, LookupError, ValueError) as error:
            fault.what = f"could not be done: {error!r}"
        fault.recovery_seconds = await self._probe(begun)
        if fault.recovery_seconds is None:
            found.append(f"no call went out within {RECOVERY_BOUND_SECONDS:g} s after: {kind.name}")
        found += await self._checked()
        fault.violations = self._new(found)
        return fault

    async def _probe(self, begun: float) -> float | None:
        """Return the seconds until the product is ready and a new call's INVITE has arrived."""
        try:
            async with asyncio.timeout(RECOVERY_BOUND_SECONDS):
                while not await self._product.ready():
                    if not self._product.running:
                        self._new([f"the control plane ended by itself:\n{self._product.log()[-1500:]}"])
                        self._product.begin()
                    await asyncio.sleep(0.1)
                numbers: set[str] = set()
                while True:
                    # a call that the fault itself took along is not waited for: another follows
                    call = await self._traffic.one(_PROBE)
                    numbers |= {call.number} if call is not None else set()
                    for _ in range(15):
                        if numbers & self._telephones.seen().keys():
                            return time.monotonic() - begun
                        await asyncio.sleep(0.2)
        except TimeoutError:
            return None

    async def _checked(self) -> list[str]:
        """Return what the audit, the acknowledged calls and the INVITEs say now."""
        found = verdict.invited_twice(self._telephones.seen())
        if not self._telephones.alive():
            found.append("a telephone (sipp) ended: this run says nothing more")
        acknowledged, listed = dict(self._traffic.accepted), dict(self._traffic.recipients)
        for _ in range(20):
            try:
                async with self._database() as connection:
                    return [
                        *found,
                        *await verdict.audited(connection),
                        *verdict.missing(acknowledged, await verdict.states(connection)),
                        *verdict.forgotten(listed, await verdict.recipients(connection), over=False),
                    ]
            except _AWAY:
                await asyncio.sleep(1)
        return [*found, "the database could not be asked"]

    def _new(self, found: list[str]) -> list[str]:
        new = [violation for violation in found if violation not in self._known]
        self._known.update(new)
        self.violations += new
        return new

    @contextlib.asynccontextmanager
    async def _database(self) -> Any:
        connection = await self._product.connect()
        try:
            yield connection
        finally:
            connection.terminate()

    # the end

    async def _end(self) -> dict[str, Any]:
        self._console.print("waiting for the last calls …")
        known: dict[str, verdict.State] = {}

        async def all_ended() -> bool:
            nonlocal known
            if self._requests:
                return False
            async with self._database() as connection:
                known = await verdict.states(connection)
                people = await verdict.recipients(connection)
            return all(state.outcome is not None for state in known.values()) and not verdict.forgotten(
                self._traffic.recipients, people, over=True
            )

        await _until(all_ended)
        channels = ""

        async def no_channels() -> bool:
            nonlocal channels
            channels = await self._product.channels()
            return not channels

        await _until(no_channels, bound=30)
        async with self._database() as connection:
            known = await verdict.states(connection)
            held = await connection.fetch("SELECT kind, key, used FROM limits WHERE used <> 0")
            found = await verdict.audited(connection)
            people = await verdict.recipients(connection)
        seen = self._telephones.seen()
        found += verdict.forgotten(self._traffic.recipients, people, over=True)
        found += verdict.at_the_end(self._traffic.accepted, known, seen)
        found += [f"channel left in Asterisk: {line}" for line in channels.splitlines()]
        found += [f"limit {row['kind']} {row['key']} still counts {row['used']}" for row in held]
        found += [f"a request was never answered with 201: {request}" for request in self._traffic.given_up]
        self._new(found)
        self._attribute(known)
        for call_id, state in known.items():
            call = self._traffic.accepted.get(call_id)
            row = vars(state) | {"ended_at": state.ended_at and state.ended_at.timestamp()}
            self._note(
                {"call": row, "accepted": call and call.accepted, "seen": vars(seen[state.to_number])}
                if state.to_number in seen
                else {"call": row, "accepted": call and call.accepted}
            )
        return self._result(known, seen)

    def _attribute(self, known: dict[str, verdict.State]) -> None:
        """Count for each fault the calls that it met, and those that were interrupted before the next one."""
        for index, fault in enumerate(self.faults):
            following = self.faults[index + 1].at if index + 1 < len(self.faults) else float("inf")
            for call in self._traffic.accepted.values():
                state = known.get(call.call_id)
                ended = state.ended_at.timestamp() if state is not None and state.ended_at else float("inf")
                if call.requested < fault.at < ended:
                    fault.in_air += 1
                if state is not None and state.outcome == "interrupted" and fault.at <= ended < following:
                    fault.interrupted += 1

    def _result(self, known: dict[str, verdict.State], seen: dict[str, Any]) -> dict[str, Any]:
        rows = [vars(fault) for fault in self.faults]
        interrupted = sum(state.outcome == "interrupted" for state in known.values())
        return {
            "seed": self._options.seed,
            "calls_in_air": self._options.calls,
            "faults": rows,
            "kinds": report.kinds(rows),
            "calls": {
                "accepted (201)": len(self._traffic.accepted),
                "on lists of accepted campaigns": len(self._traffic.recipients),
                "known": len(known),
                "invited": len(seen),
                "answered by the telephone": sum(s.answered is not None for s in seen.values()),
                "interrupted": interrupted,
                "longest call at the telephone, s": round(verdict.longest_hold(seen), 1),
            },
            "outcomes": verdict.counted(known),
            "answers": dict(self._traffic.answers.most_common()),
            "violations": self.violations,
        }

    def _note(self, row: dict[str, Any]) -> None:
        with self._log.open("a") as log:
            log.write(json.dumps(row, default=str) + "\n")


async def _until(true: Callable[[], Coroutine[Any, Any, bool]], *, bound: float = END_BOUND_SECONDS) -> None:
    """Return when it is true, or when the bound is over: what is then wrong is found by the verdict."""
    deadline = time.monotonic() + bound
    while time.monotonic() < deadline:
        try:
            if await true():
                return
        except _AWAY:
            pass
        await asyncio.sleep(1)
