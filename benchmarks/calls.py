"""``./run bench calls``: from the request to the INVITE, and the CPU of a call, for three ways to place it."""

from __future__ import annotations

import argparse
import asyncio
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import orjson
import psutil
from rich.console import Console

from benchmarks import cpu, endurance, profile, report, results
from benchmarks.callee import Callee
from benchmarks.http import Client
from benchmarks.pacing import place_all
from benchmarks.product import Product
from benchmarks.reference import ReferenceAsterisk
from callwright.speech.speaker import Speaker, SpeechRequest

CALLER = "+12125550100"
#: About five seconds in the default voice.
MESSAGE = "This is the city's alarm service. The water in your street is off tonight."
#: Calls before the measured ones: connections, prepared statements and caches are there as in daily work.
WARM_UP_CALLS = 20
WARM_UP_RATE = 5.0
#: After the last BYE: the settlement, the numbering of events and the statistics of PostgreSQL are part of a call.
SETTLE_SECONDS = 3.0
#: Beyond the prompts' length and the time of placing.
PATIENCE_SECONDS = 60.0

PARTS = ("ami", "ari", "product", "air", "soak")
#: In the air at once, and over how many the memory is watched ("Calls that nothing can break", item 5).
AIR_CALLS = 200
SOAK_CALLS = 5000
SOAK_RATE = 25.0

Batch = Callable[[Sequence[str], float], Awaitable[dict[str, float]]]


@dataclass(frozen=True, kw_only=True)
class Options:
    """What was asked for on the command line."""

    calls: int
    rate: float
    only: tuple[str, ...]
    profile: bool
    keep: bool


class Numbers:
    """Hands out numbers of the 555 exchange, each once: they exist in no network."""

    def __init__(self) -> None:
        self._next = 2000

    def take(self, count: int) -> list[str]:
        """Return the next ``count`` numbers in E.164."""
        taken = [f"+1212555{number}" for number in range(self._next, self._next + count)]
        self._next += count
        if self._next > 10_000:
            raise SystemExit("too many calls: the exchange has 8,000 numbers")
        return taken


async def measure(
    name: str,
    place: Batch,
    meters: Mapping[str, cpu.Meter],
    callee: Callee,
    numbers: Numbers,
    options: Options,
    *,
    around: Callable[[], None] = lambda: None,
) -> dict[str, Any]:
    """Place the warm-up, watch the idle processes, place the calls; return what was measured.

    ``around`` is called just before and just after the measured calls.
    """
    warm = numbers.take(WARM_UP_CALLS)
    await place(warm, WARM_UP_RATE)
    await _until_ended(callee, warm)
    await asyncio.sleep(SETTLE_SECONDS)

    wanted = numbers.take(options.calls)
    around()
    before = cpu.read(meters)
    requested = await place(wanted, options.rate)
    await _until_ended(callee, wanted)
    await asyncio.sleep(SETTLE_SECONDS)
    busy = cpu.between(before, cpu.read(meters))
    around()

    start = cpu.read(meters)
    await asyncio.sleep(busy.seconds)
    idle = cpu.between(start, cpu.read(meters))
    return report.condition(name, requested=requested, seen=callee.calls(), busy=busy, idle=idle)


async def _until_ended(callee: Callee, numbers: Sequence[str]) -> None:
    """Wait until each of the calls has ended; after a while those that have not are lost and are reported so."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < deadline:
        ended = callee.calls().ended
        if all(number in ended for number in numbers):
            return
        await asyncio.sleep(0.5)


async def measure_reference(
    kind: str, asterisk: ReferenceAsterisk, prompt: Path, callee: Callee, numbers: Numbers, options: Options
) -> dict[str, Any]:
    """Measure the AMI or the raw ARI condition with a controller in a process of its own."""
    port = asterisk.ami_port if kind == "ami" else asterisk.http_port
    arguments = [sys.executable, "-m", "benchmarks.controllers", kind, str(port), CALLER, str(prompt)]
    process = await asyncio.create_subprocess_exec(
        *arguments, stdin=subprocess.PIPE, stdout=subprocess.PIPE, cwd=results.ROOT, limit=2**22
    )
    try:
        stdin, stdout = process.stdin, process.stdout
        if stdin is None or stdout is None:
            raise RuntimeError("the controller has no pipes")
        stdin.write(f"{asterisk.password}\n".encode())
        async with asyncio.timeout(20):
            if (await stdout.readline()) != b"ready\n":
                raise RuntimeError(f"the {kind} controller did not start")

        async def place(batch: Sequence[str], rate: float) -> dict[str, float]:
            stdin.write(orjson.dumps({"numbers": batch, "rate": rate}) + b"\n")
            return dict(orjson.loads(await stdout.readline()))

        controller, engine = psutil.Process(process.pid), psutil.Process(asterisk.pid)
        meters = {"Python": lambda: cpu.own(controller), "Asterisk": lambda: cpu.tree(engine)}
        return await measure(kind, place, meters, callee, numbers, options)
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()


async def measure_product(folder: Path, callee: Callee, numbers: Numbers, options: Options) -> dict[str, Any]:
    """Measure the whole product; with a profile also where its time goes."""
    stacks = folder / "stacks.txt"
    product = Product(folder, profile=stacks if options.profile else None)
    client: Client | None = None
    try:
        await product.start()
        line = await product.line(CALLER, callee.port)
        client = Client(product.port, line.key)
        api = client

        async def place_one(number: str) -> float:
            body = {"to": number, "from": CALLER, "message": MESSAGE}
            at, status, answer = await api.request("POST", "/api/v1/calls", body)
            if status != 201:
                raise RuntimeError(f"the API refused a call: {status} {answer}")
            return at

        async def place(batch: Sequence[str], rate: float) -> dict[str, float]:
            return await place_all(batch, rate, place_one)

        watch = profile.Watch(product)
        measured = await measure(
            "product",
            place,
            product.meters(),
            callee,
            numbers,
            options,
            around=watch.toggle if options.profile else lambda: None,
        )
        measured["outcomes"] = await product.tally()
        measured["postgresql"] = await product.durability()
        if options.profile:
            measured["profile"] = watch.result(stacks, options.calls)
            results.FOLDER.mkdir(parents=True, exist_ok=True)
            shutil.copy(stacks, results.FOLDER / "calls.stacks.txt")
        return measured
    finally:
        if client is not None:
            client.close()
        await product.stop()
        if "ERROR" in product.log():
            Console(stderr=True).print(f"[yellow]callwright serve logged errors:[/]\n{product.log()[-2000:]}")


async def make_prompt(folder: Path) -> tuple[Path, float]:
    """Render what the product says into one file for the other conditions; returns it (no extension), its seconds."""
    speaker = Speaker(folder / "audio")
    try:
        parts = await speaker.render(SpeechRequest(text=MESSAGE))
    finally:
        await speaker.close()
    prompt = folder / "prompt"
    sound = b"".join(part.with_suffix(".ulaw").read_bytes() for part in parts)
    prompt.with_suffix(".ulaw").write_bytes(sound)
    prompt.with_suffix(".ulaw").chmod(0o644)
    return prompt, len(sound) / 8000


async def run(options: Options) -> dict[str, Any]:
    """Measure the conditions one after the other; everything that is started here is stopped here."""
    folder = Path(tempfile.mkdtemp(prefix="callwright-bench-"))
    folder.chmod(0o755)
    callee = Callee(folder)
    numbers = Numbers()
    conditions: list[dict[str, Any]] = []
    console = Console(stderr=True)
    try:
        prompt, seconds = await make_prompt(folder)
        callee.start()
        references = [kind for kind in ("ami", "ari") if kind in options.only]
        version = None
        if references:
            asterisk = ReferenceAsterisk(folder / "reference", callee_port=callee.port, prompt=prompt)
            version = asterisk.program.version
            try:
                await asterisk.start()
                for kind in references:
                    console.print(f"measuring {kind} …")
                    conditions.append(await measure_reference(kind, asterisk, prompt, callee, numbers, options))
            finally:
                await asterisk.stop()
        if "product" in options.only:
            console.print("measuring the product …")
            (folder / "product").mkdir()
            conditions.append(await measure_product(folder / "product", callee, numbers, options))
        more: dict[str, Any] = {}
        if "air" in options.only:
            console.print(f"placing {AIR_CALLS} calls that last …")
            more["air"] = await endurance.in_the_air(folder / "air", callee, numbers.take(AIR_CALLS), options.rate)
        if "soak" in options.only:
            console.print(f"placing {SOAK_CALLS} short calls …")
            more["soak"] = await endurance.soak(folder / "soak", callee, numbers.take(SOAK_CALLS), SOAK_RATE)
    finally:
        callee.stop()
        if options.keep:
            console.print(f"kept {folder}")
        else:
            shutil.rmtree(folder, ignore_errors=True)
    return {
        "calls": options.calls,
        "rate": options.rate,
        "prompt_seconds": round(seconds, 2),
        "asterisk": version,
        "conditions": conditions,
        "aims": report.aims(conditions),
        **more,
    }


def main(arguments: Sequence[str]) -> int:
    """Run from the command line; returns 0 whatever was measured."""
    parser = argparse.ArgumentParser(prog="./run bench calls", description=__doc__)
    parser.add_argument("--calls", type=int, default=300, help="measured calls of each condition")
    parser.add_argument("--rate", type=float, default=20.0, help="calls begun in a second")
    parser.add_argument("--only", choices=PARTS, action="append", help="only this part")
    parser.add_argument("--profile", action="store_true", help="the product only, with a profile: its times are higher")
    parser.add_argument("--keep", action="store_true", help="keep the temporary folder with all logs")
    given = parser.parse_args(arguments)
    only = ("product",) if given.profile else tuple(given.only or PARTS)
    options = Options(calls=given.calls, rate=given.rate, only=only, profile=given.profile, keep=given.keep)
    # a kill must pass through the clean-up as Ctrl-C does
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    result = asyncio.run(run(options))
    # tables are read in logs too, which have no width of their own
    console = Console(width=max(Console().width, 120))
    for table in [*report.tables(result), *endurance.tables(result)]:
        console.print(table)
    console.print(f"written to {results.write('calls-profile' if given.profile else 'calls', result)}")
    return 0
