"""``./run bench simulator``: the flow machine, the runner and the simulated engine in memory, in virtual time.

No database, no Asterisk, no speech: what a simulated campaign of N calls costs before anything is stored. The baseline
is a bare asyncio task a call that sleeps as often on the same clock and ends.
"""

from __future__ import annotations

import argparse
import asyncio
import time
from collections import Counter
from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from benchmarks import results
from callwright.calls.models import Attempt, Settlement
from callwright.flows import commands
from callwright.flows.simple import DtmfAction, call_flow
from callwright.ids import new_id
from callwright.telephony.port import DialRequest
from callwright.telephony.runner import CallRunner
from callwright.telephony.simulator import Callee, Press, SimulatedEngine
from callwright.telephony.virtual_clock import VirtualClock

PROMPT_SECONDS = 5.0
RINGS_SECONDS = 2.0
#: Calls begun in a virtual second: some 700 are in the air at once.
RATE = 100.0

Call = Callable[[int], Awaitable[None]]


class Notebook:
    """The runner's ledger, in memory."""

    def __init__(self) -> None:
        self.outcomes: Counter[str] = Counter()
        self.entries = 0

    async def ringing(self, attempt_id: str) -> None:
        self.entries += 1

    async def answered(
        self, attempt_id: str, flow_state: Mapping[str, Any], effects: Sequence[commands.Command]
    ) -> None:
        self.entries += 1

    async def progress(
        self, attempt_id: str, flow_state: Mapping[str, Any], effects: Sequence[commands.Command]
    ) -> None:
        self.entries += 1

    async def settle(self, attempt_id: str, end: Settlement) -> None:
        self.entries += 1
        self.outcomes[end.outcome] += 1


class Recording:
    """The runner's voice: every text is the same recording."""

    async def render(self, items: Sequence[commands.Speech | commands.Audio], voice: str) -> list[Path]:
        return [Path("prompt")]


def bare(clock: VirtualClock, _notebook: Notebook) -> Call:
    """Return a call that is nothing but three waits: ringing, the prompt, and a moment to the end."""

    async def call(_number: int) -> None:
        for seconds in (RINGS_SECONDS, PROMPT_SECONDS, 0.1):
            await clock.sleep(seconds)

    return call


def flow_call(dtmf: Mapping[str, DtmfAction] | None, callee: Callee) -> Callable[[VirtualClock, Notebook], Call]:
    """Return a maker of calls that say a personal message to such a callee."""
    flow = call_flow("Hello {NAME}, your order is ready.", dtmf=dtmf).to_json()
    flow_id = new_id("flw")

    def prepare(clock: VirtualClock, notebook: Notebook) -> Call:
        engine = SimulatedEngine(clock, lambda _: callee, play_seconds=lambda _: PROMPT_SECONDS)
        voice = Recording()

        async def call(number: int) -> None:
            attempt = Attempt(
                id=new_id("att"),
                organisation_id="org",
                call_id=f"call{number}",
                ordinal=1,
                to_number=f"+1212555{number % 10_000:04}",
                from_number="+12125550100",
                sandbox=True,
                purpose="transactional",
                ring_timeout_seconds=30,
                not_before=clock.now() + timedelta(0),
                flow_id=flow_id,
                flow=flow,
                variables={"NAME": f"customer {number}"},
                voice="",
            )
            request = DialRequest(
                attempt_id=attempt.id, dial_string=attempt.to_number, trunk="lab", caller_number="+12125550100"
            )
            await CallRunner(attempt, ledger=notebook, voice=voice, clock=clock).run(engine, request)

        return call

    return prepare


BARE = "bare tasks"
CONDITIONS: dict[str, Callable[[VirtualClock, Notebook], Call]] = {
    BARE: bare,
    "a message": flow_call(None, Callee(rings_for=RINGS_SECONDS)),
    "a message and a key": flow_call(
        {"1": DtmfAction(action="say", text="Thank you.")},
        Callee(rings_for=RINGS_SECONDS, presses=(Press(digits="1", after=3.0),)),
    ),
}


def measure(name: str, calls: int) -> dict[str, Any]:
    """Run ``calls`` calls of one kind and return what they cost."""
    clock = VirtualClock()
    notebook = Notebook()
    call = CONDITIONS[name](clock, notebook)

    async def campaign() -> None:
        running = []
        for number in range(calls):
            running.append(asyncio.ensure_future(call(number)))
            await clock.sleep(1 / RATE)
        await asyncio.gather(*running)

    wall, used = time.perf_counter(), time.process_time()
    clock.run(campaign())
    wall, used = time.perf_counter() - wall, time.process_time() - used
    return {
        "name": name,
        "calls": calls,
        "calls_per_second": calls / wall,
        "cpu_ms_per_call": used * 1000 / calls,
        "virtual_seconds": clock.monotonic(),
        "times_real_time": clock.monotonic() / wall,
        "ledger_entries_per_call": notebook.entries / calls,
        "outcomes": dict(notebook.outcomes),
    }


def main(arguments: Sequence[str]) -> int:
    """Run from the command line; returns 0."""
    parser = argparse.ArgumentParser(prog="./run bench simulator", description=__doc__)
    parser.add_argument("--calls", type=int, default=5000, help="calls of each kind")
    given = parser.parse_args(arguments)
    measured = [measure(name, given.calls) for name in CONDITIONS]
    base = measured[0]["cpu_ms_per_call"]
    table = Table(title=f"{given.calls} calls in virtual time, {RATE:g} begun a second", title_justify="left")
    table.add_column("")
    for column in ("calls/s", "CPU ms/call", "of bare tasks", "ledger entries/call", "of real time"):
        table.add_column(column, justify="right")
    for row in measured:
        table.add_row(
            row["name"],
            f"{row['calls_per_second']:.0f}",
            f"{row['cpu_ms_per_call']:.3f}",
            f"{row['cpu_ms_per_call'] / base:.1f}",
            f"{row['ledger_entries_per_call']:.1f}",
            f"{row['times_real_time']:.0f}",
        )
    console = Console(width=max(Console().width, 100))
    console.print(table)
    console.print(f"written to {results.write('simulator', {'conditions': measured})}")
    return 0
