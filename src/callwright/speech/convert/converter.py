"""Conversions, seen from the control plane: a process each, one at a time, ended when it takes too long."""

from __future__ import annotations

import asyncio
import os
import pwd
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import orjson

from callwright.errors import CallwrightError
from callwright.processes import service_user

#: The longest sound that is taken.
MOST_SECONDS = 1800.0
WALL_SECONDS = 180.0
#: A fact sheet is a few hundred bytes.
_LONGEST_ANSWER = 65_536
#: Variables that the process gets; our settings, and the secrets among them, stay with us.
_ENVIRONMENT = ("PATH", "PYTHONPATH", "HOME", "LD_LIBRARY_PATH")


class ConversionBroke(CallwrightError):
    """The process that converts broke off; another try may succeed."""

    code = "conversion_broke"


class Converter:
    """Turns files into FLAC and MP3, mono, 16 kHz, at the loudness of our own speech."""

    def __init__(self, *, most_seconds: float = MOST_SECONDS, wall_seconds: float = WALL_SECONDS) -> None:
        self._most_seconds = most_seconds
        self._wall_seconds = wall_seconds
        # the processor belongs to the calls
        self._turn = asyncio.Semaphore(1)

    async def convert(self, source: Path, flac: Path, mp3: Path) -> Mapping[str, Any]:
        """Write the sound of ``source`` to two files and return its facts (see ``worker.convert``).

        Of a file that cannot be used the only fact is ``error``, in words for who sent it. Raises ``ConversionBroke``
        when the process died or took too long.
        """
        async with self._turn:
            return await self._run(source, flac, mp3)

    async def _run(self, source: Path, flac: Path, mp3: Path) -> dict[str, Any]:
        user = service_user()
        owner = ("-", "-") if user is None else tuple(str(value) for value in pwd.getpwnam(user)[2:4])
        descriptors: list[int] = []
        try:
            for path, flags in ((source, os.O_RDONLY), (flac, _NEW), (mp3, _NEW)):
                descriptors.append(os.open(path, flags | os.O_CLOEXEC, 0o600))
            process = await asyncio.create_subprocess_exec(
                sys.executable,
                "-P",
                "-m",
                "callwright.speech.convert.worker",
                *(str(number) for number in descriptors[1:]),
                str(self._most_seconds),
                *owner,
                stdin=descriptors[0],
                stdout=asyncio.subprocess.PIPE,
                stderr=asyncio.subprocess.DEVNULL,
                pass_fds=descriptors[1:],
                # numeric libraries start a thread a processor, whose stacks count as memory
                env={"LANG": "C.UTF-8", "OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1"}
                | {name: os.environ[name] for name in _ENVIRONMENT if name in os.environ},
                start_new_session=True,
            )
        finally:
            for number in descriptors:
                os.close(number)
        return await self._answer(process)

    async def _answer(self, process: asyncio.subprocess.Process) -> dict[str, Any]:
        assert process.stdout is not None  # noqa: S101  (a pipe)
        try:
            async with asyncio.timeout(self._wall_seconds):
                raw = await process.stdout.read(_LONGEST_ANSWER)
                while more := await process.stdout.read(_LONGEST_ANSWER):
                    raw = (raw + more)[:_LONGEST_ANSWER]
                await process.wait()
            answer: dict[str, Any] = orjson.loads(raw)
        except TimeoutError:
            raise ConversionBroke(f"the file was not decoded within {self._wall_seconds:g} s") from None
        except orjson.JSONDecodeError:
            raise ConversionBroke(
                "the decoder broke off: the file is damaged, or needs too much memory or processor time"
            ) from None
        finally:
            if process.returncode is None:
                process.kill()
                await process.wait()
        return answer


_NEW = os.O_RDWR | os.O_CREAT | os.O_TRUNC
