"""The command line without the wait for its imports: one process holds them and forks for each command."""

from __future__ import annotations

import atexit
import gc
import json
import os
import signal
import subprocess
import sys
import tempfile
import threading
import traceback
from pathlib import Path
from typing import IO, Any, NoReturn

ROOT = Path(__file__).parents[2]


class WarmCommands:
    """Runs ``callwright ARGUMENTS``, one at a time, each in a process of its own; the first one waits for imports."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._process: subprocess.Popen[str] | None = None

    def run(
        self, arguments: tuple[str, ...], *, environment: dict[str, str], timeout: int
    ) -> subprocess.CompletedProcess[str]:
        """Return the result of a command; one that takes longer than ``timeout`` seconds is ended by SIGALRM."""
        with self._lock, tempfile.TemporaryFile("w+") as output, tempfile.TemporaryFile("w+") as errors:
            process = self._started()
            here = f"/proc/{os.getpid()}/fd"
            order = {
                "arguments": arguments,
                "environment": environment,
                "timeout": timeout,
                "files": [f"{here}/{output.fileno()}", f"{here}/{errors.fileno()}"],
            }
            assert process.stdin is not None
            assert process.stdout is not None
            process.stdin.write(json.dumps(order) + "\n")
            process.stdin.flush()
            answer = process.stdout.readline()
            assert answer, "the process that runs commands has ended"
            return subprocess.CompletedProcess(arguments, int(answer), _content(output), _content(errors))

    def _started(self) -> subprocess.Popen[str]:
        if self._process is None:
            self._process = subprocess.Popen(
                [sys.executable, __file__], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=ROOT
            )
            atexit.register(self._end)
        return self._process

    def _end(self) -> None:
        # the end of its input ends it
        assert self._process is not None
        assert self._process.stdin is not None
        self._process.stdin.close()
        self._process.wait()


def _content(file: IO[str]) -> str:
    file.seek(0)
    return file.read()


def _serve() -> None:
    from callwright import cli

    gc.freeze()
    for line in sys.stdin:
        child = os.fork()
        if child == 0:
            _carry_out(json.loads(line), cli.main)
        _, status = os.waitpid(child, 0)
        sys.stdout.write(f"{os.waitstatus_to_exitcode(status)}\n")
        sys.stdout.flush()


def _carry_out(order: dict[str, Any], main: Any) -> NoReturn:
    signal.alarm(order["timeout"])
    os.environ.clear()
    os.environ.update(order["environment"])
    sys.argv = ["callwright", *order["arguments"]]
    for number, path in enumerate([os.devnull, *order["files"]]):
        file = os.open(path, os.O_RDWR)
        os.dup2(file, number)
        os.close(file)
    code: Any = 1
    try:
        main()
        code = 0
    except SystemExit as ended:
        code = ended.code or 0
    except BaseException:
        traceback.print_exc()
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code if isinstance(code, int) else 1)


if __name__ == "__main__":
    _serve()
