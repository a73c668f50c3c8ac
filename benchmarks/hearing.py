"""What it costs to listen to calls: extra CPU of Asterisk, of the control plane and of the detector's process.

Calls are held for a while without and then with the detector. Each is a channel inside Asterisk on which soft noise
plays, so no SIP and no RTP of a callee is in the figures: they are the difference that listening makes.
"""

from __future__ import annotations

import argparse
import asyncio
import shutil
import tempfile
from pathlib import Path
from typing import Any

import numpy as np
import psutil

from benchmarks import cpu
from benchmarks.amd.app_amd import APPLICATION, bench_node, make_folders
from benchmarks.results import write
from callwright.clock import SystemClock
from callwright.flows.language import OnMachine
from callwright.ports import free_block
from callwright.speech.g711 import encode_ulaw
from callwright.speech.listen.detectors import DetectorProcess
from callwright.telephony.asterisk.engine import AsteriskEngine
from callwright.telephony.asterisk.leg import AsteriskLeg
from callwright.telephony.asterisk.links import AriListener
from callwright.telephony.asterisk.process import AsteriskProcess
from callwright.telephony.hearing import Hearing

#: Until every tap is open; the detector listens for twenty seconds when nobody speaks.
_SETTLE_SECONDS = 3.0
_PORTS = 400


def main(arguments: list[str]) -> int:
    """Run it; returns the exit status."""
    parser = argparse.ArgumentParser(prog="./run bench hearing", description=__doc__)
    parser.add_argument("--calls", type=int, default=20, help="at the same time")
    parser.add_argument("--seconds", type=float, default=12.0, help="how long each is measured, at most 15")
    options = parser.parse_args(arguments)
    result = asyncio.run(_measure(options.calls, min(options.seconds, 15.0)))
    path = write("hearing", result)
    print(f"{options.calls} calls, CPU in ms for each second of a call:")
    for name, row in result["ms_per_call_second"].items():
        print(f"  {name:<26} {row['plain']:7.2f} without, {row['heard']:7.2f} with the detector: {row['extra']:+.2f}")
    print(f"The machine did other things with {result['others_percent']:.0f} % of a core meanwhile.\n{path}")
    return 0


async def _measure(calls: int, seconds: float) -> dict[str, Any]:
    base = Path(tempfile.mkdtemp(prefix="cw-hearing-"))
    base.chmod(0o755)
    sounds = make_folders(base)
    noise = np.random.default_rng(1).standard_normal(8000 * 60) * 60
    file = sounds / "noise.ulaw"
    file.write_bytes(encode_ulaw(noise.astype(np.int16)))
    file.chmod(0o644)
    first = free_block(_PORTS, range(21000, 30000, 100))
    connection = AriListener(APPLICATION, port=first, user="bench", password="bench")
    engine = AsteriskEngine(node="bench", connection=connection)
    process = AsteriskProcess(bench_node(base, first, ports=_PORTS, dialplan=_dialplan(sounds / "noise")))
    detectors = DetectorProcess()
    try:
        await connection.start()
        await process.start()
        await connection.wait_connected(20)
        await detectors.prepare()
        legs = [await _call(connection, engine, number) for number in range(calls)]
        meters = {
            "Asterisk": _meter(process.pid),
            "control plane (Python)": _meter(None),
            "detector's process": _meter(detectors.pid),
        }
        plain = await _window(meters, seconds)
        listening = [asyncio.create_task(_listen(leg, detectors)) for leg in legs]
        heard = await _window(meters, seconds)
        for task in listening:
            task.cancel()
        await asyncio.gather(*listening, return_exceptions=True)
        for leg in legs:
            await leg.hang_up()
    finally:
        await detectors.close()
        await process.stop()
        await connection.stop()
        shutil.rmtree(base, ignore_errors=True)
    rows = {}
    for name in plain.groups:
        without, with_it = (window.groups[name] / window.seconds / calls * 1000 for window in (plain, heard))
        rows[name] = {"plain": without, "heard": with_it, "extra": with_it - without}
    return {
        "calls": calls,
        "seconds": seconds,
        "ms_per_call_second": rows,
        "others_percent": (plain.others + heard.others) / (plain.seconds + heard.seconds) * 100,
    }


async def _listen(leg: AsteriskLeg, detectors: DetectorProcess) -> None:
    hearing = Hearing(
        leg, OnMachine(action="same"), detectors=detectors, clock=SystemClock(), report=lambda event: None
    )
    await hearing.run()


async def _call(connection: AriListener, engine: AsteriskEngine, number: int) -> AsteriskLeg:
    attempt_id = f"att_bench{number}"
    body = {
        "endpoint": "Local/s@callee/n",
        "context": "held",
        "extension": "s",
        "priority": 1,
        "channelId": attempt_id,
        "otherChannelId": f"callee{number}",
    }
    await connection.request("POST", "channels", body=body)
    for _ in range(100):
        shown = (await connection.request("GET", f"channels/{attempt_id}")).json()
        if shown.get("dialplan", {}).get("app_name") == "Stasis":
            break
        await asyncio.sleep(0.05)
    leg = await engine.adopt(attempt_id)
    if leg is None:
        raise RuntimeError("a call of the benchmark did not come up")
    return leg


async def _window(meters: dict[str, cpu.Meter], seconds: float) -> cpu.Window:
    await asyncio.sleep(_SETTLE_SECONDS)
    before = cpu.read(meters)
    await asyncio.sleep(seconds)
    return cpu.between(before, cpu.read(meters))


def _meter(pid: int | None) -> cpu.Meter:
    process = psutil.Process(pid)
    return lambda: cpu.own(process)


def _dialplan(sound: Path) -> str:
    return (
        f"[callee]\nexten => s,1,Answer()\n same => n,Playback({sound})\n same => n,Wait(60)\n"
        f"[held]\nexten => s,1,Stasis({APPLICATION},out)\n"
    )
