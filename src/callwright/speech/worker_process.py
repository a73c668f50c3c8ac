"""A worker of ours in a process of its own, seen from the control plane: how it is started, asked and ended."""

from __future__ import annotations

import asyncio
import contextlib
import os
import sys
from collections.abc import Mapping, Sequence
from typing import Any, Final

from callwright.speech import frames

_END_SECONDS: Final = 2.0
#: Variables that a worker gets; our settings, and the secrets among them, stay with us.
_ENVIRONMENT: Final = ("PATH", "PYTHONPATH", "HOME", "TMPDIR", "LD_LIBRARY_PATH")


async def start_worker(
    module: str, arguments: Sequence[str] = (), environment: Mapping[str, str] | None = None
) -> asyncio.subprocess.Process:
    """Start ``python -m module`` with pipes to its stdin and from its stdout; it ends when its stdin does.

    ``environment``: variables beside the few it gets of ours. Raises ``OSError``.
    """
    return await asyncio.create_subprocess_exec(
        sys.executable,
        # without the working directory on the path, where a file could shadow a module
        "-P",
        "-m",
        module,
        *arguments,
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        env={
            "LANG": "C.UTF-8",
            **(environment or {}),
            **{name: os.environ[name] for name in _ENVIRONMENT if name in os.environ},
        },
        # Ctrl-C in the terminal is for us
        start_new_session=True,
    )


async def end_worker(process: asyncio.subprocess.Process) -> None:
    """Close its stdin and wait; kill what does not end."""
    if process.stdin is not None:
        process.stdin.close()
    try:
        async with asyncio.timeout(_END_SECONDS):
            await process.wait()
    except TimeoutError:
        await _kill(process)


class WorkerProcess:
    """One worker that answers frames with frames, started by its first request. One request at a time."""

    def __init__(
        self, module: str, arguments: Sequence[str] = (), environment: Mapping[str, str] | None = None
    ) -> None:
        """As ``start_worker``."""
        self._module = module
        self._arguments = tuple(arguments)
        self._environment = environment
        self._process: asyncio.subprocess.Process | None = None
        #: Requests so far.
        self.uses = 0

    @property
    def pid(self) -> int | None:
        """Pid while it runs."""
        process = self._process
        return process.pid if process is not None and process.returncode is None else None

    async def ask(self, request: Mapping[str, Any], pcm: bytes = b"") -> frames.Frame:
        """Send a request and wait for its answer. However it fails, the next request meets a fresh process.

        Raises ``BrokenStream`` or ``OSError`` when the process is gone.
        """
        self.uses += 1
        try:
            process = await self._running()
            assert process.stdin is not None and process.stdout is not None  # noqa: S101, PT018  (both are pipes)
            process.stdin.write(frames.pack(request, pcm))
            await process.stdin.drain()
            return await frames.receive(process.stdout)
        except BaseException:
            # also when we are cancelled: an answer that nobody read would be taken for the next one's
            await asyncio.shield(self._kill())
            raise

    async def end(self) -> None:
        """End the process. A request that comes meanwhile starts another one."""
        process, self._process = self._process, None
        if process is not None and process.returncode is None:
            await end_worker(process)

    async def _running(self) -> asyncio.subprocess.Process:
        if self._process is None or self._process.returncode is not None:
            self._process = await start_worker(self._module, self._arguments, self._environment)
        return self._process

    async def _kill(self) -> None:
        process, self._process = self._process, None
        if process is not None:
            await _kill(process)


async def _kill(process: asyncio.subprocess.Process) -> None:
    with contextlib.suppress(ProcessLookupError):
        process.kill()
    await process.wait()
