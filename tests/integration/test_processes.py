from __future__ import annotations

import asyncio
import signal
import socket
import sys
from pathlib import Path

import psutil
import pytest

from callwright.processes import ManagedProcess, ProcessSpec

#: Ends its first thread alone, as the kernel does for a moment while it ends a program with many; another goes on and
#: holds the port. SIGTERM is dealt with as by any program that has no handler.
_HEADLESS = """
import ctypes, platform, socket, sys, threading
taken = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
taken.bind(("127.0.0.1", 0))
def stay():
    print(taken.getsockname()[1], flush=True)
    threading.Event().wait()
threading.Thread(target=stay).start()
ctypes.CDLL(None).syscall({"x86_64": 60, "aarch64": 93}[platform.machine()], 0)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="threads and zombies of Linux")
async def test_a_program_has_ended_when_its_last_thread_has(tmp_path: Path) -> None:
    process = ManagedProcess(
        ProcessSpec(
            name="headless",
            argv=[sys.executable, "-c", _HEADLESS],
            pid_file=tmp_path / "pid",
            log_file=tmp_path / "log",
            stop_signal=signal.SIGTERM,
        )
    )
    process.start()
    try:
        async with asyncio.timeout(20):
            while not (port := (tmp_path / "log").read_text().strip()):
                await asyncio.sleep(0.02)
            assert process.pid is not None
            while psutil.Process(process.pid).status() != psutil.STATUS_ZOMBIE:
                await asyncio.sleep(0.02)
        assert process.running
    finally:
        await process.stop()
    assert not process.running
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        probe.bind(("127.0.0.1", int(port)))


def test_a_program_that_ends_at_once_is_started_all_the_same(tmp_path: Path) -> None:
    for _ in range(20):
        ManagedProcess(
            ProcessSpec(name="short", argv=["/bin/true"], pid_file=tmp_path / "pid", log_file=tmp_path / "log")
        ).start()
        (tmp_path / "pid").unlink()
