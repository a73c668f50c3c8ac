"""``./run bench faults``: kills, cut connections, hung processes and slow disks under calls that never stop."""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import random
import shutil
import signal
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from rich.console import Console

from benchmarks import results
from benchmarks.faults import kinds, report
from benchmarks.faults.appliance import FaultyProduct
from benchmarks.faults.run import Options, Run
from benchmarks.faults.telephones import Telephones
from benchmarks.faults.traffic import CALLER, Traffic

#: What is kept of a run, below ``.cache/bench``.
EVIDENCE = results.FOLDER / "faults"
_LOGS = ("data/postgres/server.log", "data/engine/log", "serve.log")


async def run(options: Options) -> dict[str, Any]:
    """Start the product and the telephones, work, stop everything; returns what was found."""
    folder = Path(tempfile.mkdtemp(prefix="callwright-faults-"))
    folder.chmod(0o755)
    telephones = Telephones(folder / "telephones")
    (folder / "telephones").mkdir()
    product = FaultyProduct(folder)
    log = folder / "run.jsonl"
    traffic: Traffic | None = None
    try:
        telephones.start()
        await product.start()
        key = await product.open_line(CALLER, telephones.ports, channels=options.calls * 4)
        traffic = Traffic(product.port, key, random.Random(options.seed + 1))
        return await Run(options, product, telephones, traffic, log).work()
    finally:
        if traffic is not None:
            await traffic.close()
        await product.stop()
        telephones.stop()
        _keep(folder)
        shutil.rmtree(folder, ignore_errors=True)


def _keep(folder: Path) -> None:
    """Copy the logs of all parts to the evidence, in the place of the last run's."""
    shutil.rmtree(EVIDENCE, ignore_errors=True)
    EVIDENCE.mkdir(parents=True)
    for source in (folder / "telephones", folder / "run.jsonl", *(folder / name for name in _LOGS)):
        target = EVIDENCE / source.name if source.name != "log" else EVIDENCE / "engine"
        with contextlib.suppress(OSError):
            if source.is_dir():
                shutil.copytree(source, target)
            else:
                shutil.copy(source, target)


def main(arguments: Sequence[str]) -> int:
    """Run from the command line; returns 1 when something happened that never must."""
    names = tuple(kind.name for kind in kinds.KINDS)
    parser = argparse.ArgumentParser(prog="./run bench faults", description=__doc__)
    parser.add_argument("--seed", type=int, default=1, help="of every choice that is made")
    parser.add_argument("--rounds", type=int, default=200, help="most faults")
    parser.add_argument("--minutes", type=float, default=30.0, help="no new fault after so long")
    parser.add_argument("--calls", type=int, default=50, help="calls in the air")
    parser.add_argument("--only", choices=names, action="append", help="only this kind of fault; may be repeated")
    given = parser.parse_args(arguments)
    options = Options(
        seed=given.seed,
        rounds=given.rounds,
        minutes=given.minutes,
        calls=given.calls,
        only=tuple(given.only or ()),
    )
    # a kill must pass through the clean-up as Ctrl-C does
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    result = asyncio.run(run(options))
    console = Console(width=max(Console().width, 150))
    for table in report.tables(result):
        console.print(table)
    console.print(f"written to {results.write('faults', result)}; logs of all parts in {EVIDENCE}")
    return 1 if result["violations"] else 0
