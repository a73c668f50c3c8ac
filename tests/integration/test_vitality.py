from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager

import psutil
import pytest

from callwright.vitality import Vitality, strained

_WORKS = "print(flush=True)\nwhile True: pass"
_RESTS = "import signal; print(flush=True); signal.pause()"
_HAS_ONE_THAT_WORKS = f"import subprocess, sys; subprocess.run([sys.executable, '-c', {_WORKS!r}])"


@contextmanager
def running(program: str) -> Iterator[int]:
    process = subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE, start_new_session=True)
    try:
        assert process.stdout is not None
        process.stdout.readline()
        yield process.pid
    finally:
        os.killpg(process.pid, signal.SIGKILL)
        process.communicate()


@pytest.fixture
def load(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "getloadavg", lambda: (99.0 * (os.cpu_count() or 1), 0.0, 0.0))


@pytest.mark.usefixtures("load")
@pytest.mark.parametrize("program", [_WORKS, _HAS_ONE_THAT_WORKS], ids=["itself", "a child"])
def test_what_works_on_a_busy_machine_is_only_slow(program: str) -> None:
    vitality = Vitality()
    with running(program) as pid:
        assert not vitality.only_slow(pid)
        assert vitality.only_slow(pid)
        vitality.rest()
        assert not vitality.only_slow(pid)


@pytest.mark.usefixtures("load")
def test_what_was_stopped_hangs_though_a_child_works() -> None:
    vitality = Vitality()
    with running(_HAS_ONE_THAT_WORKS) as pid:
        os.kill(pid, signal.SIGSTOP)
        while psutil.Process(pid).status() != psutil.STATUS_STOPPED:
            pass
        assert not vitality.only_slow(pid)
        assert not vitality.only_slow(pid)


@pytest.mark.usefixtures("load")
def test_what_does_nothing_hangs() -> None:
    vitality = Vitality()
    with running(_RESTS) as pid:
        while psutil.Process(pid).status() != psutil.STATUS_SLEEPING:
            pass
        assert not vitality.only_slow(pid)
        assert not vitality.only_slow(pid)


def test_nothing_is_only_slow_on_a_machine_with_time_to_spare(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "getloadavg", lambda: (0.5, 0.0, 0.0))
    vitality = Vitality()
    with running(_WORKS) as pid:
        assert not vitality.only_slow(pid)
        assert not vitality.only_slow(pid)


def test_what_has_gone_is_not_slow() -> None:
    assert not Vitality().only_slow(2**22 + 1)


def test_a_machine_is_strained_by_what_waits_for_each_core() -> None:
    assert not strained(3.9, 2)
    assert strained(4.0, 2)
