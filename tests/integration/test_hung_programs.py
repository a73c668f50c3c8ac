"""Supervised programs that hang: noticed, killed with all that they started, started again."""

from __future__ import annotations

import asyncio
import signal
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import psutil
import pytest
import pytest_asyncio

from callwright.processes import Keeper, ManagedProcess, ProcessSpec

#: A program with a child, which writes a byte to whoever connects to its unix socket.
_PROGRAM = """
import socket, subprocess, sys, os
child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
path = sys.argv[1]
if os.path.exists(path):
    os.unlink(path)
server = socket.socket(socket.AF_UNIX)
server.bind(path)
server.listen()
while True:
    one, _ = server.accept()
    one.sendall(b"x")
    one.close()
"""


class Program:
    """The program, its keeper, and a question that hangs when the program does."""

    def __init__(self, folder: Path) -> None:
        self.socket = folder / "socket"
        self.process = ManagedProcess(
            ProcessSpec(
                name="the program",
                argv=[sys.executable, "-c", _PROGRAM, str(self.socket)],
                pid_file=folder / "pid",
                log_file=folder / "log",
            )
        )
        self.keeper = self.make_keeper()

    def make_keeper(self) -> Keeper:
        return Keeper(self.process, self.healthy, check_every_seconds=0.05, failures_before_restart=2)

    async def healthy(self) -> bool:
        reader, writer = await asyncio.open_unix_connection(str(self.socket))
        try:
            async with asyncio.timeout(0.3):
                return bool(await reader.read(1))
        finally:
            writer.close()

    def stopped(self) -> list[psutil.Process]:
        """Let the program and its child hang."""
        assert self.process.pid is not None
        master = psutil.Process(self.process.pid)
        both = [master, *master.children()]
        for one in both:
            one.send_signal(signal.SIGSTOP)
        return both

    async def replaced(self, pid: int) -> None:
        async with asyncio.timeout(20):
            while self.process.pid in (None, pid):
                await asyncio.sleep(0.02)


@pytest_asyncio.fixture
async def program(tmp_path: Path) -> AsyncIterator[Program]:
    made = Program(tmp_path)
    yield made
    await made.keeper.release()
    await made.process.kill()


def _gone(process: psutil.Process) -> bool:
    return not process.is_running() or process.status() == psutil.STATUS_ZOMBIE


async def test_one_that_hangs_is_killed_with_its_children_and_started_again(program: Program) -> None:
    await program.keeper.start()
    hung = program.stopped()
    await program.replaced(hung[0].pid)
    assert all(_gone(one) for one in hung)
    async with asyncio.timeout(10):
        while program.keeper.restarts != 1 or not program.socket.exists():
            await asyncio.sleep(0.02)


async def test_one_that_hangs_since_an_earlier_start_is_not_waited_for(program: Program) -> None:
    await program.keeper.start()
    await program.keeper.release()
    hung = program.stopped()

    program.keeper = program.make_keeper()
    await program.keeper.start()

    assert all(_gone(one) for one in hung)
    assert await program.healthy()


async def test_a_restart_that_goes_wrong_is_tried_again(program: Program, monkeypatch: pytest.MonkeyPatch) -> None:
    await program.keeper.start()
    pid = program.process.pid
    assert pid is not None
    start, failures = program.process.start, iter([OSError("no memory for now")])

    def fail_once() -> None:
        for error in failures:
            raise error
        start()

    monkeypatch.setattr(program.process, "start", fail_once)
    psutil.Process(pid).kill()
    await program.replaced(pid)


async def test_one_that_is_well_is_found_and_kept(program: Program) -> None:
    await program.keeper.start()
    pid = program.process.pid
    await program.keeper.release()
    program.keeper = program.make_keeper()
    await program.keeper.start()
    assert program.process.pid == pid
