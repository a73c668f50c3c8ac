"""Worker processes that speak, seen from the control plane: started when needed, replaced when they die."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import sys
from typing import Any

import numpy as np

from callwright.errors import CallwrightError
from callwright.speech.tts import frames
from callwright.speech.tts.engine import Samples, Utterance, Voice

log = logging.getLogger(__name__)

#: The longest text that is spoken at once is a paragraph: Pico needs 50 ms of CPU for it.
REQUEST_TIMEOUT_SECONDS = 20.0
_END_TIMEOUT_SECONDS = 2.0
#: Sentences that may wait for a worker, half a minute of work: who came later would wait too long for a call.
MOST_WAITING = 2000
#: Variables a worker gets; our settings, and the secrets among them, stay with us.
_ENVIRONMENT = ("PATH", "PYTHONPATH", "HOME", "TMPDIR", "LD_LIBRARY_PATH")


class SpeechFailed(CallwrightError):
    """The text could not be spoken."""

    status = 502
    code = "speech_failed"


class SpeechBusy(SpeechFailed):
    """Too many texts wait to be spoken; try again shortly."""

    status = 503
    code = "speech_busy"


class SpeechPool:
    """Synthesis in ``workers`` processes; beyond that, up to ``most_waiting`` requests wait for their turn."""

    def __init__(
        self,
        workers: int = 1,
        *,
        timeout_seconds: float = REQUEST_TIMEOUT_SECONDS,
        most_waiting: int = MOST_WAITING,
    ) -> None:
        self._idle: asyncio.LifoQueue[_Process] = asyncio.LifoQueue()
        self._all = [_Process() for _ in range(workers)]
        for process in self._all:
            self._idle.put_nowait(process)
        self._timeout = timeout_seconds
        self._most_waiting = most_waiting
        self._waiting = 0
        self._closed = False

    @property
    def pids(self) -> list[int]:
        """Pids of the workers that run."""
        return [process.pid for process in self._all if process.pid is not None]

    async def synthesize(self, engine: str, utterance: Utterance) -> tuple[Samples, int]:
        """Return samples and their rate in Hz. Raises ``SpeechFailed``, ``SpeechBusy``."""
        header, pcm = await self._ask(
            {
                "op": "speak",
                "engine": engine,
                "text": utterance.text,
                "voice_id": utterance.voice_id,
                "rate": utterance.rate,
                "pitch": utterance.pitch,
            }
        )
        return np.frombuffer(pcm, dtype="<i2").astype(np.int16), int(header["sample_rate"])

    async def voices(self) -> list[Voice]:
        """Return the voices of all engines, as the worker loaded them. Raises ``SpeechFailed``."""
        header, _ = await self._ask({"op": "voices"})
        return [Voice(**voice) for voice in header["voices"]]

    async def close(self) -> None:
        """End the workers; requests that wait for one fail."""
        self._closed = True
        await asyncio.gather(*(process.end() for process in self._all))

    async def _ask(self, request: dict[str, Any]) -> frames.Frame:
        process = await self._turn()
        try:
            header, pcm = await self._ask_twice(process, request)
        finally:
            self._idle.put_nowait(process)
            if self._closed:
                # it may have started after close() looked for those that run
                await process.end()
        if "error" in header:
            raise SpeechFailed(f"The speech engine refused the text: {header['error']}")
        return header, pcm

    async def _turn(self) -> _Process:
        if self._waiting >= self._most_waiting:
            raise SpeechBusy
        self._waiting += 1
        try:
            return await self._idle.get()
        finally:
            self._waiting -= 1

    async def _ask_twice(self, process: _Process, request: dict[str, Any]) -> frames.Frame:
        for attempt in (1, 2):
            if self._closed:
                raise SpeechFailed("The speech engines are stopped")
            try:
                async with asyncio.timeout(self._timeout):
                    return await process.ask(request)
            except TimeoutError:
                # not tried again: what hung once would make the caller wait twice as long
                raise SpeechFailed(f"The speech engine did not answer within {self._timeout:g} s") from None
            except (frames.BrokenStream, OSError) as error:
                log.warning("the speech worker is gone (%s), attempt %d", error, attempt)
        raise SpeechFailed("The speech engine crashed twice on this text")


class _Process:
    """One worker process, started by its first request. One request at a time."""

    def __init__(self) -> None:
        self._process: asyncio.subprocess.Process | None = None

    @property
    def pid(self) -> int | None:
        process = self._process
        return process.pid if process is not None and process.returncode is None else None

    async def ask(self, request: dict[str, Any]) -> frames.Frame:
        """Send a request and wait for its answer. However it fails, the next request meets a fresh process."""
        try:
            process = await self._running()
            assert process.stdin is not None and process.stdout is not None  # noqa: S101, PT018  (both are pipes)
            process.stdin.write(frames.pack(request))
            await process.stdin.drain()
            return await frames.receive(process.stdout)
        except BaseException:
            # also when we are cancelled: an answer that nobody read would be taken for the next one's
            await asyncio.shield(self._kill())
            raise

    async def _running(self) -> asyncio.subprocess.Process:
        if self._process is None or self._process.returncode is not None:
            self._process = await asyncio.create_subprocess_exec(
                sys.executable,
                # without the working directory on the path, where a file could shadow a module
                "-P",
                "-m",
                "callwright.speech.tts.worker",
                stdin=asyncio.subprocess.PIPE,
                stdout=asyncio.subprocess.PIPE,
                env={"LANG": "C.UTF-8"} | {name: os.environ[name] for name in _ENVIRONMENT if name in os.environ},
                # Ctrl-C in the terminal is for us; the worker ends when its stdin does
                start_new_session=True,
            )
        return self._process

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

    async def _kill(self) -> None:
        process, self._process = self._process, None
        if process is None:
            return
        with contextlib.suppress(ProcessLookupError):
            process.kill()
        await process.wait()
