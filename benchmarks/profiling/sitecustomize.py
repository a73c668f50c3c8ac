"""Imported by a Python that is started with this folder on PYTHONPATH: a sampling profiler, off until SIGUSR1.

SIGUSR1 starts it, a second one stops it and writes ``$CALLWRIGHT_BENCH_PROFILE``: the stacks of the main thread, taken
every 2 ms of CPU time that the process uses, each with how often it was seen (the "folded" form of flame graphs).
"""

from __future__ import annotations

import os
import signal
import sys
from collections import Counter
from pathlib import Path
from types import FrameType

_SECONDS = 0.002
_stacks: Counter[tuple[tuple[str, str], ...]] = Counter()


def _sample(_number: int, frame: FrameType | None) -> None:
    stack = []
    while frame is not None:
        stack.append((frame.f_code.co_filename, frame.f_code.co_qualname))
        frame = frame.f_back
    _stacks[tuple(reversed(stack))] += 1


def _start(_number: int, _frame: FrameType | None) -> None:
    signal.signal(signal.SIGUSR1, _stop)
    signal.setitimer(signal.ITIMER_PROF, _SECONDS, _SECONDS)


def _stop(_number: int, _frame: FrameType | None) -> None:
    signal.setitimer(signal.ITIMER_PROF, 0)
    signal.signal(signal.SIGUSR1, _start)
    lines = [
        ";".join(f"{Path(file).as_posix()}:{name}" for file, name in stack) + f" {count}\n"
        for stack, count in _stacks.items()
    ]
    target = Path(os.environ["CALLWRIGHT_BENCH_PROFILE"])
    temporary = target.with_suffix(".new")
    temporary.write_text("".join(lines))
    temporary.replace(target)
    _stacks.clear()


if "CALLWRIGHT_BENCH_PROFILE" in os.environ and "serve" in sys.orig_argv:
    signal.signal(signal.SIGUSR1, _start)
    signal.signal(signal.SIGPROF, _sample)
    # one call in the kernel that a signal interrupts goes on by itself
    signal.siginterrupt(signal.SIGPROF, False)
