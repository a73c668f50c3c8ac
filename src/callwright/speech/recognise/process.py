"""One worker process, seen from the control plane: started by its first request, replaced when it dies."""

from __future__ import annotations

import asyncio
import contextlib
import os
import sys
from typing import Any

from callwright.speech.recognise.models import Models
from callwright.speech.recognise.worker import pack_models
from callwright.speech.tts import frames

_END_TIMEOUT_SECONDS = 2.0
#: Variables that the worker gets; our settings, and the secrets among them, stay with us.
_ENVIRONMENT = ("PATH", "PYTHONPATH", "HOME", "TMPDIR", "LD_LIBRARY_PATH")
#: One thread a worker (threads cost 60 % more processor for 8 % less time), and nothing is ever fetched.
_OWN_ENVIRONMENT = {"LANG": "C.UTF-8", "OMP_NUM_THREADS": "1", "HF_HUB_OFFLINE": "1"}


class RecogniserProcess:
    """One request at a time."""

    def __init__(self, models: Models) -> None:
        self._argument = pack_models(models)
        self._process: asyncio.subprocess.Process | None = None

    @property
    def pid(self) -> int | None:
        """Pid while it runs."""
        process = self._process
        return process.pid if process is not None and process.returncode is None else None

    async def ask(self, request: dict[str, Any], pcm: bytes = b"") -> dict[str, Any]:
        """Send a request and wait for its answer. However it fails, the next request meets a fresh process.

        Raises ``BrokenStream`` or ``OSError`` when the process is gone.
        """
        try:
            process = await self._running()
            assert process.stdin is not None and process.stdout is not None  # noqa: S101, PT018  (both are pipes)
            process.stdin.write(frames.pack(request, pcm))
            await process.stdin.drain()
            return (await frames.receive(process.stdout))[0]
        except BaseException:
            # also when we are cancelled: an answer that nobody read would be taken for the next one's
            await asyncio.shield(self._kill())
            raise

    async def end(self) -> None:
        """Close stdin and wait; kill what does not end."""
        process = self._process
        if process is None or process.returncode is not None:
            return
        if process.stdin is not None:
            process.stdin.close()
        try:
            async with asyncio.timeout(_END_TIMEOUT_SECONDS):
                await process.wait()
        except TimeoutError:
            await self._kill()

    async def _running(self) -> asyncio.subprocess.Process:
        if self._process is None or self._process.returncode is not None:
            self._process = await asyncio.create_subprocess_exec(
                sys.executable,
                # without the working directory on the path, where a file could shadow a module
                "-P",
                "-m",
                "callwright.speech.recognise.worker",
                self._argument,
                stdin=asyncio.subprocess.PIPE,
                stdout=asyncio.subprocess.PIPE,
                env=_OWN_ENVIRONMENT | {name: os.environ[name] for name in _ENVIRONMENT if name in os.environ},
                # Ctrl-C in the terminal is for us; the worker ends when its stdin does
                start_new_session=True,
            )
        return self._process

    async def _kill(self) -> None:
        process, self._process = self._process, None
        if process is None:
            return
        with contextlib.suppress(ProcessLookupError):
            process.kill()
        await process.wait()
