"""Changing the Asterisk of a running appliance: nothing new is dialled, calls end, the new one starts, or the old one.

``callwright asterisk upgrade`` and ``use`` write an order into the engine's folder; ``serve``, which holds the lock
beside it, carries it out and writes there what has become of it. An order survives both.
"""

from __future__ import annotations

import asyncio
import contextlib
import fcntl
import logging
import os
from collections.abc import Awaitable, Callable
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Final, Literal

import orjson

from callwright.errors import CallwrightError, Conflict, SetupError
from callwright.ids import new_id
from callwright.telephony.asterisk import versions
from callwright.telephony.asterisk.install import program_in
from callwright.telephony.caller import EngineCaller
from callwright.telephony.node import EngineNode

log = logging.getLogger(__name__)

POLL_SECONDS: Final = 0.5
#: How long the new engine may take from its start to its connection to us.
CONNECT_SECONDS: Final = 30.0

State = Literal["ordered", "draining", "starting", "done", "back"]
#: What still has to be worked on, also by the next ``serve``.
OPEN: Final[frozenset[State]] = frozenset({"ordered", "draining", "starting"})


@dataclass(frozen=True, kw_only=True)
class Change:
    """An order to run another Asterisk, and what has become of it."""

    id: str
    #: Folder of the wanted version.
    folder: str
    #: How long calls in the air are waited for before they are ended.
    wait_seconds: float
    state: State = "ordered"
    #: Why it went back.
    detail: str = ""


class ChangeOrder:
    """The order in the engine's folder: ``change.json``, and ``serve.lock``, held by a running ``serve``."""

    def __init__(self, base: Path) -> None:
        self._file = base / "change.json"
        self._lock = base / "serve.lock"

    def read(self) -> Change | None:
        """Return the last order, if there ever was one."""
        try:
            return Change(**orjson.loads(self._file.read_bytes()))
        except (OSError, ValueError, TypeError):
            return None

    def write(self, change: Change) -> None:
        """Replace the order."""
        temporary = self._file.with_name(f"change.{os.getpid()}.new")
        temporary.write_bytes(orjson.dumps(asdict(change), option=orjson.OPT_INDENT_2))
        temporary.chmod(0o644)
        temporary.replace(self._file)

    def order(self, folder: Path, wait_seconds: float) -> Change:
        """Order a change to the version in ``folder``. Raises ``Conflict`` while another is under way."""
        earlier = self.read()
        if earlier is not None and earlier.state in OPEN:
            raise Conflict(f"a change to {Path(earlier.folder).name} is under way; callwright asterisk status")
        change = Change(id=new_id("chg"), folder=str(folder), wait_seconds=wait_seconds)
        self.write(change)
        return change

    def hold(self) -> int:
        """Take the lock for as long as the returned descriptor is open."""
        descriptor = os.open(self._lock, os.O_CREAT | os.O_RDWR | os.O_CLOEXEC, 0o644)
        fcntl.flock(descriptor, fcntl.LOCK_SH)
        return descriptor

    def serving(self) -> bool:
        """Return whether a ``serve`` runs that carries orders out. Raises ``SetupError`` when that cannot be seen."""
        try:
            descriptor = os.open(self._lock, os.O_RDONLY | os.O_CLOEXEC)
        except FileNotFoundError:
            return False
        except PermissionError:
            raise SetupError(f"{self._lock} cannot be read: run this as the user that serves") from None
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
        finally:
            os.close(descriptor)
        return False


class EngineChanger:
    """Carries orders out, one at a time."""

    def __init__(
        self,
        node: EngineNode,
        caller: EngineCaller,
        *,
        cache_dir: Path,
        live: Callable[[], int],
        connected: Callable[[float], Awaitable[None]],
        interrupt: Callable[[], None],
    ) -> None:
        """``live``: calls this process holds; ``connected``: returns when the engine is, raises after the seconds;
        ``interrupt``: told before an engine that may still have calls is stopped.
        """
        self._node = node
        self._caller = caller
        self._cache_dir = cache_dir
        self._live = live
        self._connected = connected
        self._interrupt = interrupt
        self._order = ChangeOrder(node.base)
        #: Held while neither the old nor the new engine runs for certain.
        self._between = asyncio.Lock()
        self._held: int | None = None
        self._task: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Begin to look for orders; one that an earlier ``serve`` did not finish is begun again."""
        self._held = self._order.hold()
        self._task = asyncio.create_task(self._follow(), name="engine changes")

    async def stop(self) -> None:
        """Look no more; an engine that is being started is waited for."""
        async with self._between:
            if self._task is not None:
                self._task.cancel()
        if self._task is not None:
            await asyncio.gather(self._task, return_exceptions=True)
        if self._held is not None:
            os.close(self._held)
            self._held = None

    async def _follow(self) -> None:
        while True:
            try:
                change = self._order.read()
                if change is not None and change.state in OPEN:
                    await self._carry_out(change)
            except (CallwrightError, OSError):
                log.exception("an order to change the engine was left")
            await asyncio.sleep(POLL_SECONDS)

    async def _carry_out(self, change: Change) -> None:
        folder = Path(change.folder)
        log.info("the engine changes to %s; calls in the air have %g s", folder.name, change.wait_seconds)
        self._caller.paused = True
        try:
            self._note(change, "draining")
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(change.wait_seconds):
                    await self._quiet()
            async with self._between:
                self._note(change, "starting")
                self._interrupt()
                try:
                    await self._start(folder)
                except CallwrightError as error:
                    self._note(change, "back", str(error))
                    return
                versions.make_current(self._cache_dir, folder)
                self._note(change, "done")
            log.info("the engine is %s", folder.name)
        finally:
            self._caller.paused = False

    async def _start(self, folder: Path) -> None:
        program = await asyncio.to_thread(program_in, folder)
        if program is None:
            raise SetupError(f"there is no Asterisk that runs in {folder}")

        async def connected() -> None:
            await self._connected(CONNECT_SECONDS)

        await self._node.change_program(program, connected)

    async def _quiet(self) -> None:
        """Return when there is neither a call of ours nor a channel of anybody's."""
        while self._live() or await self._node.channels():
            await asyncio.sleep(POLL_SECONDS)

    def _note(self, change: Change, state: State, detail: str = "") -> None:
        self._order.write(replace(change, state=state, detail=detail))
