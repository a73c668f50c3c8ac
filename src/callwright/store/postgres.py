"""The embedded PostgreSQL: a real server of our own, in ``<data_dir>/postgres``, reached over a unix socket only.

    postgres/                ours: configuration, password, pid file, log
    postgres/data/           the cluster, owned by the user the server runs as
    postgres/run/            the socket, mode 700, same owner

The server outlives a crash of ours and is found again at the next start.
"""

from __future__ import annotations

import asyncio
import fcntl
import logging
import os
import secrets
import shutil
import signal
import subprocess
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from urllib.parse import quote

import asyncpg
import orjson
import psutil

from callwright.errors import SetupError
from callwright.processes import Keeper, ManagedProcess, ProcessSpec, check_reachable, give_to, identity, service_user
from callwright.store.binaries import PostgresBinaries, binaries_for, make_open_dirs
from callwright.store.sockets import socket_dir, socket_file

log = logging.getLogger(__name__)

#: Name of the superuser and of the database.
ROLE = "callwright"
#: A whole cluster of a newer major that waits, below ``home``, for the old one to be moved away.
UPGRADED = "data.upgraded"
#: Recovery of a large log after a power loss takes minutes, and must not be taken for a failure.
_START_TIMEOUT_SECONDS = 600.0
#: A fast shutdown writes all changed pages first.
_STOP_TIMEOUT_SECONDS = 60.0
_LOG_LIMIT_BYTES = 10_000_000

_CONFIGURATION = """\
# Written by callwright at every start. Put settings of yours in local.conf beside this file.
listen_addresses = ''
unix_socket_permissions = 0700
password_encryption = 'scram-sha-256'
max_connections = 200
shared_buffers = '128MB'
work_mem = '8MB'
maintenance_work_mem = '64MB'
max_wal_size = '1GB'
checkpoint_timeout = '10min'
# the statements are short: compiling them costs more than it gives, and parallel workers need /dev/shm
jit = off
max_parallel_workers_per_gather = 0
# the queue's tables change quickly
autovacuum_naptime = '15s'
timezone = 'UTC'
log_timezone = 'UTC'
lc_messages = 'C'
log_checkpoints = off
log_min_messages = 'warning'
# statements and the details of errors hold telephone numbers
log_min_error_statement = 'panic'
log_error_verbosity = 'terse'
"""
_NOT_DURABLE = """\
# only for tests: a crash of the machine loses the cluster, a crash of the server alone does not
fsync = off
full_page_writes = off
"""
_AUTHENTICATION = "local all all scram-sha-256\n"


class EmbeddedPostgres:
    """The appliance's own PostgreSQL server: made at the first start, kept alive, stopped in order."""

    def __init__(
        self,
        data_dir: Path,
        cache_dir: Path,
        *,
        durable: bool = True,
        binaries: PostgresBinaries | None = None,
        password: str | None = None,
    ) -> None:
        """``durable=False`` is for unit tests: it turns fsync off.

        An upgrade runs other ``binaries`` than this release's newest, and gives a new cluster the old ``password``.
        """
        self._durable = durable
        self._binaries = binaries
        self._new_password = password
        self.home = data_dir.absolute() / "postgres"
        self._cache_dir = cache_dir
        self._socket_dir: Path | None = None
        self._keeper: Keeper | None = None
        self._ready = False

    @property
    def cluster(self) -> Path:
        """PostgreSQL's data directory."""
        return self.home / "data"

    @property
    def _lent(self) -> Path:
        """There while the server runs for single commands alone, not for ``serve``."""
        return self.home / "lent"

    @property
    def url(self) -> str:
        """``postgresql://…`` over the unix socket, with the password; known once started or attached."""
        return self._url(ROLE)

    @property
    def pid(self) -> int | None:
        """Pid of the postmaster while we keep it."""
        return self._keeper.process.pid if self._keeper is not None else None

    @property
    def restarts(self) -> int:
        """How often the server was started again since ``start``."""
        return self._keeper.restarts if self._keeper is not None else 0

    async def start(self) -> None:
        """Make the cluster if there is none, start the server or find it running, and keep it alive.

        Raises ``SetupError`` with the reason and the remedy: folders closed to the service user, a cluster of another
        major version, a server that does not come up.
        """
        user = service_user()
        self._make_home(user)
        async with self._alone():
            # from now on it is ours, whoever started it
            self._lent.unlink(missing_ok=True)
            await self._start(user)

    async def _start(self, user: str | None, *, lent: bool = False) -> None:
        binaries = self._binaries
        if binaries is None:
            binaries = await asyncio.to_thread(binaries_for, user, self._cache_dir)
        self._finish_upgrade()
        self._check_major(binaries)
        await self._make_cluster(binaries, user)
        self._write_configuration()
        self._socket_dir = socket_dir(self.home, user)
        server = _Server(self._spec(binaries, user, self._socket_dir), self.cluster)
        if server.reattach():
            if not socket_file(self._socket_dir).exists():
                # alive but nobody can reach it: its socket folder was swept away
                await server.stop()
            elif (running := await self._running_version()) not in (None, binaries.version):
                log.info("PostgreSQL %s runs and this release brings %s: it restarts", running, binaries.version)
                await server.stop()
        elif lent:
            self._lent.touch()
        _shorten_log(server.spec.log_file)
        self._keeper = Keeper(server, self.healthy, lives=self.lives)
        await self._keeper.start(timeout_seconds=_START_TIMEOUT_SECONDS)
        self._ready = True
        await self._make_database()

    @asynccontextmanager
    async def borrowed(self) -> AsyncIterator[None]:
        """Use the server for a while: the one that runs, or one that is started and that the last borrower stops.

        A ``serve`` that begins meanwhile takes it over, and nobody stops it then. Raises ``SetupError`` as ``start``.
        """
        if await self.attach() and not self._lent.exists():
            yield
            return
        user = service_user()
        self._make_home(user)
        borrowers = os.open(self.home / "borrowers", os.O_CREAT | os.O_RDWR | os.O_CLOEXEC, 0o600)
        try:
            async with self._alone():
                fcntl.flock(borrowers, fcntl.LOCK_SH)
                if not await self.attach():
                    await self._start(user, lent=True)
            try:
                yield
            finally:
                async with self._alone():
                    await self._give_back(borrowers)
        finally:
            os.close(borrowers)

    async def _give_back(self, borrowers: int) -> None:
        """Stop the server if it runs for borrowers alone and no other one is left."""
        try:
            fcntl.flock(borrowers, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            await self.release()
            return
        if not self._lent.exists():
            await self.release()
            return
        await self.stop()
        # when another one began it: that one has left
        await self.end_left_over()
        self._lent.unlink(missing_ok=True)

    async def attach(self) -> bool:
        """Use the server that another process of ours keeps, without keeping it; returns whether one answers."""
        if not (self.cluster / "PG_VERSION").exists():
            return False
        self._socket_dir = socket_dir(self.home, service_user())
        return await self.healthy()

    async def end_left_over(self) -> None:
        """Stop a server that an earlier process of ours left running, if there is one."""
        if not (self.home / "process.json").exists():
            return
        nowhere = PostgresBinaries(bin_dir=self.home, version="0")
        server = _Server(self._spec(nowhere, service_user(), self.home), self.cluster)
        if server.reattach():
            await server.stop()

    async def stop(self) -> None:
        """Stop the server: open transactions are rolled back, all pages written."""
        if self._keeper is not None:
            await self._keeper.stop()
            self._keeper = None
            self._ready = False

    async def release(self) -> None:
        """Stop keeping the server and leave it running for the next process of ours."""
        if self._keeper is not None:
            await self._keeper.release()
            self._keeper = None
            self._ready = False

    async def healthy(self) -> bool:
        """Return whether the server answers ``SELECT 1``.

        Once it has been ready, a server that recovers or is out of connections counts as healthy: killing it would
        only begin the same again.
        """
        return await self._answers(busy=self._ready)

    async def lives(self) -> bool:
        """Return whether the server says anything, be it that it recovers or is out of connections."""
        return await self._answers(busy=True)

    async def _answers(self, *, busy: bool) -> bool:
        try:
            connection = await asyncpg.connect(self._url("postgres"), timeout=4.0)
            try:
                await connection.fetchval("SELECT 1", timeout=4.0)
            finally:
                connection.terminate()
        except (asyncpg.CannotConnectNowError, asyncpg.TooManyConnectionsError):
            return busy
        except (OSError, TimeoutError, asyncpg.PostgresError, asyncpg.InterfaceError):
            return False
        return True

    async def _running_version(self) -> str | None:
        """Return the version of the server that runs, such as ``18.4``; ``None`` when it does not say."""
        try:
            connection = await asyncpg.connect(self._url("postgres"), timeout=4.0)
            try:
                return str(await connection.fetchval("SELECT split_part(current_setting('server_version'), ' ', 1)"))
            finally:
                await connection.close(timeout=1.0)
        except (OSError, TimeoutError, asyncpg.PostgresError, asyncpg.InterfaceError):
            return None

    def _url(self, database: str) -> str:
        if self._socket_dir is None:
            raise SetupError("the embedded PostgreSQL is not started")
        host = quote(str(self._socket_dir), safe="")
        return f"postgresql://{ROLE}:{self._password()}@/{database}?host={host}&port=5432"

    def _make_home(self, user: str | None) -> None:
        if user is None:
            self.home.mkdir(mode=0o700, parents=True, exist_ok=True)
            return
        make_open_dirs(self.home.parent)
        if not self.home.exists():
            self.home.mkdir()
            # the service user passes through to its own folders and cannot list or read ours
            self.home.chmod(0o711)
        check_reachable(self.cluster, user)

    @asynccontextmanager
    async def _alone(self) -> AsyncIterator[None]:
        """Hold a file lock, so that two of us neither make nor start one server twice."""
        descriptor = os.open(self.home / "lock", os.O_CREAT | os.O_RDWR | os.O_CLOEXEC, 0o600)
        try:
            while True:
                try:
                    fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
                    break
                except BlockingIOError:
                    await asyncio.sleep(0.05)
            yield
        finally:
            os.close(descriptor)

    def _check_major(self, binaries: PostgresBinaries) -> None:
        mark = self.cluster / "PG_VERSION"
        if not mark.exists():
            return
        major = mark.read_text(encoding="ascii").strip()
        if major != binaries.major:
            raise SetupError(
                f"{self.cluster} was made by PostgreSQL {major}, and this release brings {binaries.version}: bring it "
                "over with callwright postgres upgrade"
            )

    def _finish_upgrade(self) -> None:
        """Put the upgraded cluster in its place when an upgrade was killed between its last two steps."""
        upgraded = self.home / UPGRADED
        if not self.cluster.exists() and upgraded.exists():
            upgraded.rename(self.cluster)
            _sync(self.home)

    async def _make_cluster(self, binaries: PostgresBinaries, user: str | None) -> None:
        """Run initdb beside the final place and rename, so that a crash leaves either no cluster or a whole one."""
        if self.cluster.exists():
            return
        password = self._new_password or secrets.token_urlsafe(24)
        making = self.home / "data.new"
        if making.exists():
            shutil.rmtree(making)
        making.mkdir(mode=0o700)
        cluster = making / "cluster"
        password_file = making / "password"
        _write_private(password_file, password)
        give_to(making, user)
        give_to(password_file, user)
        await _run(
            [
                str(binaries.bin_dir / "initdb"),
                f"--pgdata={cluster}",
                f"--username={ROLE}",
                f"--pwfile={password_file}",
                "--auth=scram-sha-256",
                "--encoding=UTF8",
                # the same sorting on every machine and after every upgrade of its C library
                "--locale=C",
                "--locale-provider=builtin",
                "--builtin-locale=C.UTF-8",
                *([] if self._durable else ["--no-sync"]),
            ],
            user=user,
            cwd=self.home,
        )
        _write_private(self.home / "password", password)
        cluster.rename(self.cluster)
        _sync(self.home)
        shutil.rmtree(making)

    def _write_configuration(self) -> None:
        text = _CONFIGURATION + ("" if self._durable else _NOT_DURABLE) + "include_if_exists = 'local.conf'\n"
        for name, content in (("postgresql.conf", text), ("pg_hba.conf", _AUTHENTICATION)):
            temporary = self.home / f"{name}.new"
            temporary.write_text(content, encoding="utf-8")
            # the server reads it as the service user
            temporary.chmod(0o644)
            temporary.replace(self.home / name)

    def _spec(self, binaries: PostgresBinaries, user: str | None, sockets: Path) -> ProcessSpec:
        return ProcessSpec(
            name="PostgreSQL",
            argv=[
                str(binaries.bin_dir / "postgres"),
                "-D",
                str(self.cluster),
                f"--config_file={self.home / 'postgresql.conf'}",
                f"--hba_file={self.home / 'pg_hba.conf'}",
                f"--unix_socket_directories={_list_item(sockets)}",
            ],
            pid_file=self.home / "process.json",
            log_file=self.home / "server.log",
            cwd=self.cluster.parent,
            user=user,
            # SIGINT is PostgreSQL's fast shutdown; SIGTERM would wait for every client to leave
            stop_signal=signal.SIGINT,
            stop_timeout_seconds=_STOP_TIMEOUT_SECONDS,
        )

    async def _make_database(self) -> None:
        connection = await asyncpg.connect(self._url("postgres"), timeout=30.0)
        try:
            if not await connection.fetchval("SELECT true FROM pg_database WHERE datname = $1", ROLE):
                await connection.execute(f'CREATE DATABASE "{ROLE}"')
        finally:
            await connection.close()

    def exchange(self, upgraded: Path, kept: Path) -> None:
        """Move the cluster to ``kept`` and ``upgraded`` to its place, both below ``home``; no server may run.

        Killed in the middle it leaves the old cluster or, found by the next start, the new one.
        """
        waiting = self.home / UPGRADED
        upgraded.rename(waiting)
        _sync(self.home)
        self.cluster.rename(kept)
        _sync(self.home)
        self._finish_upgrade()

    def _password(self) -> str:
        path = self.home / "password"
        try:
            return path.read_text(encoding="ascii")
        except OSError as error:
            raise SetupError(
                f"{path} cannot be read ({error.strerror}): it holds the database's password; restore it from a "
                "backup, or run callwright as the user that made it"
            ) from error


class _Server(ManagedProcess):
    """The postmaster, known by our pid file or, when that was lost, by PostgreSQL's own."""

    def __init__(self, spec: ProcessSpec, cluster: Path) -> None:
        super().__init__(spec)
        self._cluster = cluster

    def reattach(self) -> bool:
        if super().reattach():
            return True
        lock = self._cluster / "postmaster.pid"
        try:
            pid = int(lock.read_text(encoding="utf-8").split("\n", maxsplit=1)[0])
            process = psutil.Process(pid)
            ours = str(self._cluster) in process.cmdline()
        except psutil.ZombieProcess:
            # It has ended and its parent has not collected it (init may be slow, or there is none in a container), but
            # PostgreSQL takes it for alive.
            ours = False
        except (OSError, ValueError, psutil.Error):
            # no file, or no such process: PostgreSQL itself clears that up
            return False
        if not ours:
            # After a power loss or in a new container the pid belongs to somebody else, and PostgreSQL would refuse to
            # start if that runs as the same user. It still refuses while shared memory of this cluster is in use.
            log.warning("%s names process %d, which is not PostgreSQL; the stale file is removed", lock, pid)
            lock.unlink(missing_ok=True)
            return False
        try:
            self.spec.pid_file.write_bytes(orjson.dumps(identity(pid)))
        except OSError:
            return False
        return super().reattach()


def _list_item(path: Path) -> str:
    """Quote ``path`` for a setting that is a list: commas and spaces separate its items."""
    return '"' + str(path).replace('"', '""') + '"'


def _write_private(path: Path, text: str) -> None:
    """Write ``path`` whole and durably, readable by us alone."""
    temporary = path.with_name(path.name + ".new")
    temporary.unlink(missing_ok=True)
    descriptor = os.open(temporary, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
    with os.fdopen(descriptor, "w", encoding="ascii") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    temporary.replace(path)
    _sync(path.parent)


def _sync(directory: Path) -> None:
    descriptor = os.open(directory, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _shorten_log(path: Path) -> None:
    if path.exists() and path.stat().st_size > _LOG_LIMIT_BYTES:
        path.replace(path.with_suffix(".log.1"))


async def _run(argv: list[str], *, user: str | None, cwd: Path) -> None:
    # in a thread: uvloop's processes know neither user nor group
    done = await asyncio.to_thread(
        subprocess.run,
        argv,
        cwd=cwd,
        env={"PATH": os.environ.get("PATH", os.defpath), "LC_ALL": "C"},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        user=user,
        group=user,
        extra_groups=[] if user else None,
        check=False,
    )
    if done.returncode != 0:
        raise SetupError(f"{Path(argv[0]).name} failed:\n{done.stdout.decode(errors='replace').strip()}")
