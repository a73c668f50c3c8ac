"""Programs that the appliance supervises: started once, found again after a crash of ours, stopped in order.

A child lives in a session of its own, so that a kill of the control plane leaves the calls in the air alone. Its pid
file holds the pid, the boot and the kernel's start time of the process, so that a recycled pid is never taken for it.
"""

from __future__ import annotations

import asyncio
import logging
import os
import pwd
import shutil
import signal
import subprocess
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import orjson
import psutil

from callwright.errors import SetupError
from callwright.vitality import Vitality

log = logging.getLogger(__name__)

#: System user that PostgreSQL and Asterisk run as when we are root: neither should, and PostgreSQL refuses to.
SERVICE_USER = "callwright"
_RESTART_DELAYS = (0.2, 0.5, 1.0, 2.0, 5.0, 10.0)
#: Checks in a row after which a program that was started again counts as sound: the next restart is quick again.
_SOUND_CHECKS = 5
#: How many times as often a program may leave a question unanswered while it is only slow.
_PATIENCE = 4
#: What was killed is gone in milliseconds, unless the kernel waits for a disk.
_KILL_SECONDS = 30.0


def service_user() -> str | None:
    """Return the user for child programs: ``None`` (our own) unless we are root; makes the system user if needed.

    Raises ``SetupError`` when it is missing and cannot be made.
    """
    if os.geteuid() != 0:
        return None
    try:
        pwd.getpwnam(SERVICE_USER)
    except KeyError:
        # a root shell without login has no sbin on its PATH
        useradd = shutil.which("useradd", path=f"{os.environ.get('PATH', os.defpath)}:/usr/sbin:/sbin")
        if useradd is None:
            raise SetupError(
                f"useradd is missing: make a system user '{SERVICE_USER}', or do not run as root"
            ) from None
        made = subprocess.run(
            [useradd, "--system", "--no-create-home", "--shell", "/usr/sbin/nologin", SERVICE_USER],
            capture_output=True,
            text=True,
            check=False,
        )
        # exit code 9: somebody else made it in the meantime
        if made.returncode not in (0, 9):
            raise SetupError(f"could not make the system user '{SERVICE_USER}': {made.stderr.strip()}") from None
    return SERVICE_USER


def check_reachable(path: Path, user: str | None) -> None:
    """Raise ``SetupError`` when ``user`` cannot enter a parent folder of ``path``. Nothing is changed."""
    if user is None:
        return
    record = pwd.getpwnam(user)
    for parent in path.absolute().parents:
        if not parent.exists():
            continue
        status = parent.stat()
        bit = 0o100 if status.st_uid == record.pw_uid else 0o010 if status.st_gid == record.pw_gid else 0o001
        if not status.st_mode & bit:
            raise SetupError(
                f"{path} cannot be used: the user '{user}', which PostgreSQL and Asterisk run as, may not enter "
                f"{parent}. Choose a folder outside it (CALLWRIGHT_DATA_DIR, CALLWRIGHT_CACHE_DIR)"
            )


def give_to(path: Path, user: str | None) -> None:
    """Make ``user`` the owner of ``path`` (not of its parents); does nothing when we are not root."""
    if user is not None:
        record = pwd.getpwnam(user)
        os.chown(path, record.pw_uid, record.pw_gid)


@dataclass(frozen=True, kw_only=True)
class ProcessSpec:
    """How to start one program."""

    name: str
    argv: Sequence[str]
    pid_file: Path
    log_file: Path
    cwd: Path | None = None
    #: Added to a minimal environment (PATH, LANG): secrets of ours are not handed on.
    env: Mapping[str, str] = field(default_factory=dict)
    user: str | None = None
    stop_signal: signal.Signals = signal.SIGTERM
    #: After this many seconds without an end the process is killed.
    stop_timeout_seconds: float = 10.0


class ManagedProcess:
    """One program, started by us or found from an earlier life of ours."""

    def __init__(self, spec: ProcessSpec) -> None:
        self.spec = spec
        self._process: psutil.Process | None = None

    @property
    def pid(self) -> int | None:
        """Pid of the living process, else ``None``."""
        return self._process.pid if self._process is not None and self.running else None

    @property
    def running(self) -> bool:
        """Whether the process lives (a zombie does not)."""
        return self._process is not None and _runs(self._process)

    def reattach(self) -> bool:
        """Find the process of the pid file, if it lives; returns whether it does."""
        try:
            record = orjson.loads(self.spec.pid_file.read_bytes())
            process = psutil.Process(record["pid"])
            if record == identity(process.pid) and process.status() != psutil.STATUS_ZOMBIE:
                self._process = process
                return True
        except (OSError, ValueError, KeyError, psutil.Error):
            pass
        return False

    def start(self) -> None:
        """Start the program, or find the one that already runs. Raises ``OSError`` when it cannot be started."""
        if self.running or self.reattach():
            return
        spec = self.spec
        spec.log_file.parent.mkdir(parents=True, exist_ok=True)
        with spec.log_file.open("ab") as output:
            child = subprocess.Popen(
                list(spec.argv),
                cwd=spec.cwd,
                env={"PATH": os.environ.get("PATH", os.defpath), "LANG": "C.UTF-8", **spec.env},
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                start_new_session=True,
                user=spec.user,
                group=spec.user,
                extra_groups=[] if spec.user else None,
            )
        self._process = psutil.Process(child.pid)
        # before it may be collected: a program that ends at once shall be told of by its log
        record = orjson.dumps(identity(child.pid))
        _reap_later(child)
        temporary = spec.pid_file.with_suffix(".new")
        temporary.write_bytes(record)
        temporary.replace(spec.pid_file)

    async def stop(self) -> None:
        """Ask the program to end, wait, and kill it after the timeout. Does nothing when it does not run."""
        process = self._process
        if process is None or not self.running:
            self.spec.pid_file.unlink(missing_ok=True)
            return
        self._signal(process, self.spec.stop_signal)
        waited = 0.0
        while self.running and waited < self.spec.stop_timeout_seconds:
            await asyncio.sleep(0.05)
            waited += 0.05
        if self.running:
            log.warning("%s did not end in %.0f s and is killed", self.spec.name, self.spec.stop_timeout_seconds)
            self._signal(process, signal.SIGKILL)
            while self.running:
                await asyncio.sleep(0.05)
        self.spec.pid_file.unlink(missing_ok=True)

    async def kill(self) -> None:
        """Kill the program and all that it started.

        One that hangs does not obey, and children that hang with it keep what the next one needs (PostgreSQL's shared
        memory).
        """
        process = self._process
        if process is not None and self.running:
            try:
                tree = [process, *process.children(recursive=True)]
            except psutil.NoSuchProcess:
                tree = [process]
            for one in tree:
                self._signal(one, signal.SIGKILL)
            await _until_gone(tree, _KILL_SECONDS)
        self.spec.pid_file.unlink(missing_ok=True)

    @staticmethod
    def _signal(process: psutil.Process, number: signal.Signals) -> None:
        try:
            process.send_signal(number)
        except psutil.NoSuchProcess:
            pass


async def _until_gone(processes: Sequence[psutil.Process], seconds: float) -> None:
    """Return when none of them runs any more; zombies do not."""
    deadline = asyncio.get_running_loop().time() + seconds
    while asyncio.get_running_loop().time() < deadline:
        for child in list(_children):
            child.poll()
        if not any(_runs(process) for process in processes):
            return
        await asyncio.sleep(0.02)


def _runs(process: psutil.Process) -> bool:
    try:
        # a first thread that has ended looks like a zombie while others still hold the program's ports
        return process.is_running() and (process.status() != psutil.STATUS_ZOMBIE or process.num_threads() > 1)
    except psutil.Error:
        return False


def identity(pid: int) -> dict[str, int | str]:
    """Return what tells this process from any other: a clock correction does not change it, as it does a start time.

    Raises ``OSError`` when it is gone.
    """
    # the name, in parentheses, may hold anything; after it come numbers, and the 22nd field is the start in ticks
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return {"pid": pid, "boot": Path("/proc/sys/kernel/random/boot_id").read_text().strip(), "started": int(fields[19])}


_children: set[subprocess.Popen[bytes]] = set()


def _reap_later(child: subprocess.Popen[bytes]) -> None:
    """Keep the handle, so that a child that ended is collected and does not stay a zombie."""
    _children.add(child)
    for old in [c for c in _children if c.poll() is not None]:
        _children.discard(old)


class Keeper:
    """Keeps one program alive: starts it, asks after its health, restarts it with growing delays.

    A question waits five seconds for its answer, the next one follows two seconds later, and three that fail in a row
    are a hung program: it is killed after 21 s at most and started again. One that is only slow, because the machine
    has too much to do, has four times as long.
    """

    def __init__(
        self,
        process: ManagedProcess,
        healthy: Callable[[], Awaitable[bool]],
        *,
        lives: Callable[[], Awaitable[bool]] | None = None,
        check_every_seconds: float = 2.0,
        failures_before_restart: int = 3,
    ) -> None:
        """``lives``: whether it gives a sign of life although it is not healthy yet; the same as healthy if absent."""
        self.process = process
        self._healthy = healthy
        self._lives = lives or healthy
        self._every = check_every_seconds
        self._limit = failures_before_restart
        self._task: asyncio.Task[None] | None = None
        #: How often it was started again since we watch it.
        self.restarts = 0
        #: Of these, in a row without a time of good health between them.
        self._in_a_row = 0

    async def start(self, *, timeout_seconds: float = 30.0) -> None:
        """Start the program, wait until it is healthy, then watch it. Raises ``SetupError`` when it never is.

        One that an earlier life of ours left, and that hangs, is killed and started anew.
        """
        found = self.process.running or self.process.reattach()
        self.process.start()
        if found:
            await self._end_if_hung()
        loop = asyncio.get_running_loop()
        deadline = loop.time() + timeout_seconds
        while not await self._ask(self._healthy):
            if not self.process.running or loop.time() > deadline:
                raise SetupError(
                    f"{self.process.spec.name} did not come up; the end of {self.process.spec.log_file}:\n"
                    + _tail(self.process.spec.log_file)
                )
            await asyncio.sleep(0.05)
        self._task = asyncio.create_task(self._watch(), name=f"keep {self.process.spec.name}")

    async def stop(self) -> None:
        """Stop watching, then stop the program."""
        await self.release()
        await self.process.stop()

    async def release(self) -> None:
        """Stop watching and leave the program running."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)
            self._task = None

    async def _end_if_hung(self) -> None:
        for _ in range(self._limit):
            if await self._ask(self._lives):
                return
            await asyncio.sleep(self._every)
        log.error("%s of an earlier start hangs and is started anew", self.process.spec.name)
        await self.process.kill()
        self.process.start()

    @staticmethod
    async def _ask(question: Callable[[], Awaitable[bool]]) -> bool:
        try:
            async with asyncio.timeout(5.0):
                return await question()
        except (OSError, TimeoutError):
            return False

    async def _watch(self) -> None:
        """Watch for ever: what goes wrong in a restart is tried again, nobody else would."""
        while True:
            try:
                await self._watch_until_trouble()
            except Exception:
                log.exception("%s could not be watched and is looked at again", self.process.spec.name)
            await asyncio.sleep(self._every)

    async def _watch_until_trouble(self) -> None:
        failures = sound = 0
        vitality = Vitality()
        while True:
            await asyncio.sleep(self._every if self.process.running else 0)
            for child in list(_children):
                child.poll()
            if self.process.running and await self._ask(self._healthy):
                failures = 0
                vitality.rest()
                sound += 1
                if sound >= _SOUND_CHECKS:
                    self._in_a_row = 0
                continue
            failures += 1
            sound = 0
            pid = self.process.pid if self.process.running else None
            slow = pid is not None and vitality.only_slow(pid)
            if pid is not None and failures < self._limit * (_PATIENCE if slow else 1):
                continue
            name = self.process.spec.name
            log.error("%s is %s and is started again", name, "not healthy" if self.process.running else "gone")
            await self.process.kill()
            await asyncio.sleep(_RESTART_DELAYS[min(self._in_a_row, len(_RESTART_DELAYS) - 1)])
            self.restarts += 1
            self._in_a_row += 1
            failures = 0
            self.process.start()


def _tail(path: Path, lines: int = 15) -> str:
    try:
        return "\n".join(path.read_text(errors="replace").splitlines()[-lines:])
    except OSError:
        return "(no log)"
