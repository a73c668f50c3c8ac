"""What the engine hears of a call, recorded by Asterisk itself."""

from __future__ import annotations

import asyncio
import contextlib
import wave
from collections.abc import AsyncIterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from support.engine_node import EngineUnderTest
from support.sipp_caller import level


@dataclass(kw_only=True)
class Recording:
    """Filled when the recording has ended."""

    samples: NDArray[np.int16]


@contextlib.asynccontextmanager
async def recording(node: EngineUnderTest, channel: str) -> AsyncIterator[Recording]:
    """Record what comes from the other side, 8 kHz; nothing may be played meanwhile."""
    name = f"heard-{channel}"
    body = {"name": name, "format": "wav"}
    answer = await node.listener.request("POST", f"channels/{channel}/record", body=body)
    assert answer.ok, answer.message
    made = Recording(samples=np.empty(0, dtype=np.int16))
    yield made
    await node.listener.request("POST", f"recordings/live/{name}/stop")
    # the file is closed a moment later
    while (await node.listener.request("GET", f"recordings/live/{name}")).ok:
        await asyncio.sleep(0.02)
    with wave.open(str(node.base / "node" / "spool" / "recording" / f"{name}.wav")) as file:
        made.samples = np.frombuffer(file.readframes(file.getnframes()), dtype=np.int16)


def has_tone(samples: NDArray[np.int16], frequency: float) -> bool:
    """Whether a tone lasts for six tenths of a second, loud and alone."""
    frames = [samples[start : start + 1600] for start in range(0, len(samples) - 1600, 1600)]
    return sum(level(frame, frequency) > 0.9 for frame in frames if np.abs(frame).max() > 1000) >= 3
