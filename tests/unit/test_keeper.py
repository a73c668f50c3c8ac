"""A keeper is let go at any instant."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

import pytest

from callwright.processes import Keeper, ManagedProcess, ProcessSpec


@pytest.mark.parametrize("turns", range(4))
async def test_it_lets_go_in_the_instant_in_which_the_program_answers(tmp_path: Path, turns: int) -> None:
    asked = asyncio.Event()
    answer: asyncio.Future[bool] | None = None

    async def healthy() -> bool:
        if answer is None:
            return True
        asked.set()
        return await answer

    process = ManagedProcess(
        ProcessSpec(
            name="the program",
            argv=[sys.executable, "-c", "import time; time.sleep(60)"],
            pid_file=tmp_path / "pid",
            log_file=tmp_path / "log",
        )
    )
    keeper = Keeper(process, healthy, check_every_seconds=0.01)
    await keeper.start()
    try:
        answer = asyncio.get_running_loop().create_future()
        await asked.wait()
        answer.set_result(True)
        for _ in range(turns):
            # the answer is on its way through the loop
            await asyncio.sleep(0)
        async with asyncio.timeout(10):
            await keeper.release()
    finally:
        await process.kill()
