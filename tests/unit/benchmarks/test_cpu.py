"""Processor time of trees of processes, checked with a child that burns some."""

from __future__ import annotations

import subprocess
import sys

import psutil
from benchmarks import cpu

BURN = "import time\nwhile time.process_time() < 0.3: pass\n"


def test_reaped_children_count_for_their_parent() -> None:
    parent = (
        f"import subprocess, sys\nsubprocess.run([sys.executable, '-c', {BURN!r}])\nprint('done', flush=True)\ninput()"
    )
    with subprocess.Popen([sys.executable, "-c", parent], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        assert process.stdout.readline() == b"done\n"
        watched = psutil.Process(process.pid)
        assert cpu.tree(watched) - cpu.own(watched) >= 0.28
        process.stdin.write(b"\n")


def test_a_window_is_the_difference_of_two_readings() -> None:
    first = cpu.Reading(at=10.0, groups={"a": 1.0}, machine=100.0)
    last = cpu.Reading(at=12.0, groups={"a": 1.5}, machine=102.5)
    window = cpu.between(first, last)
    assert (window.seconds, window.groups, window.others) == (2.0, {"a": 0.5}, 2.0)
