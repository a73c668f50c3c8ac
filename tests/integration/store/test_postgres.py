from __future__ import annotations

import asyncio
import os
import pwd
import shutil
import signal
import stat
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from pathlib import Path

import asyncpg
import psutil
import pytest

from callwright.errors import SetupError
from callwright.processes import service_user
from callwright.store import binaries as binaries_module
from callwright.store.postgres import EmbeddedPostgres
from callwright.store.sockets import socket_file
from support.postgres import open_temporary_dir

_AS_ROOT = os.geteuid() == 0
root_only = pytest.mark.skipif(not _AS_ROOT, reason="concerns starting as root")


@pytest.fixture
def base() -> Iterator[Path]:
    made = open_temporary_dir()
    yield made
    shutil.rmtree(made)


@pytest.fixture
async def make(base: Path, postgres_dirs: tuple[Path, Path]) -> AsyncIterator[_Maker]:
    maker = _Maker(base, postgres_dirs[1])
    yield maker
    for server in maker.made:
        await server.stop()
    # a server that only a killed process kept
    leftover = EmbeddedPostgres(base / "data", postgres_dirs[1], durable=False)
    if (leftover.home / "process.json").exists():
        await leftover.start()
        await leftover.stop()


class _Maker:
    """Makes servers on one temporary folder and remembers them."""

    def __init__(self, base: Path, cache_dir: Path) -> None:
        self.base = base
        self.cache_dir = cache_dir
        self.made: list[EmbeddedPostgres] = []

    def __call__(self, data_dir: Path | None = None) -> EmbeddedPostgres:
        server = EmbeddedPostgres(data_dir or self.base / "data", self.cache_dir, durable=False)
        self.made.append(server)
        return server


async def _run(server: EmbeddedPostgres, sql: str) -> object:
    connection = await asyncpg.connect(server.url)
    try:
        return await connection.fetchval(sql)
    finally:
        await connection.close()


async def _when_recovered(server: EmbeddedPostgres, sql: str) -> object:
    while True:
        try:
            return await _run(server, sql)
        except (OSError, asyncpg.CannotConnectNowError, asyncpg.ConnectionDoesNotExistError):
            await asyncio.sleep(0.1)


def _ended(pid: int) -> bool:
    return not psutil.pid_exists(pid) or psutil.Process(pid).status() == psutil.STATUS_ZOMBIE


async def test_data_survive_a_stop_and_a_start(make: _Maker) -> None:
    first = make()
    await first.start()
    await _run(first, "CREATE TABLE kept AS SELECT 42 AS answer")
    url, pid = first.url, first.pid
    await first.stop()
    assert pid is not None
    assert _ended(pid)
    assert not await first.healthy()

    second = make()
    await second.start()
    assert second.url == url
    assert await _run(second, "SELECT answer FROM kept") == 42


async def test_who_borrows_a_server_that_does_not_run_starts_it_and_stops_it(make: _Maker) -> None:
    borrower = make()
    async with borrower.borrowed():
        assert await _run(borrower, "SELECT 1") == 1
    assert not await make().attach()
    async with borrower.borrowed():
        assert await _run(borrower, "SELECT 1") == 1


async def test_the_last_borrower_stops_the_server(make: _Maker) -> None:
    first, second = make(), make()
    async with first.borrowed():
        async with second.borrowed():
            assert await _run(second, "SELECT 1") == 1
        assert await _run(first, "SELECT 1") == 1
    assert not await make().attach()


async def test_the_borrower_who_began_it_may_leave_first(make: _Maker) -> None:
    first, second = make(), make()
    beginning, staying = first.borrowed(), second.borrowed()
    await beginning.__aenter__()
    await staying.__aenter__()
    await beginning.__aexit__(None, None, None)
    assert await _run(second, "SELECT 1") == 1
    await staying.__aexit__(None, None, None)
    assert not await make().attach()


async def test_a_server_that_is_taken_over_while_it_is_borrowed_goes_on(make: _Maker) -> None:
    borrower, keeper = make(), make()
    async with borrower.borrowed():
        pid = borrower.pid
        await keeper.start()
        assert keeper.pid == pid
    assert await _run(keeper, "SELECT 1") == 1
    # nor does one who comes later stop it
    async with make().borrowed():
        assert await _run(keeper, "SELECT 1") == 1
    assert await _run(keeper, "SELECT 1") == 1


async def test_a_borrower_waits_for_who_is_starting_it(make: _Maker) -> None:
    keeper, borrower = make(), make()
    starting = asyncio.create_task(keeper.start())
    async with borrower.borrowed():
        assert await _run(borrower, "SELECT 1") == 1
    await starting
    assert await _run(keeper, "SELECT 1") == 1


async def test_only_a_private_socket_and_a_password_lead_in(make: _Maker) -> None:
    server = make()
    await server.start()
    assert await _run(server, "SHOW listen_addresses") == ""
    assert await _run(server, "SHOW fsync") == "off"
    assert stat.S_IMODE((server.home / "password").stat().st_mode) == 0o600
    assert stat.S_IMODE((server.home / "run").stat().st_mode) == 0o700
    assert stat.S_IMODE(server.cluster.stat().st_mode) == 0o700
    password = (server.home / "password").read_text()
    with pytest.raises(asyncpg.InvalidPasswordError):
        await asyncpg.connect(server.url.replace(password, "wrong"))
    assert psutil.Process(server.pid).net_connections("inet") == []
    # the password is nowhere on a command line, nor left from initdb
    assert password not in " ".join(psutil.Process(server.pid).cmdline())
    assert not (server.home / "data.new").exists()


async def test_text_sorts_and_folds_the_same_on_every_machine(make: _Maker) -> None:
    server = make()
    await server.start()
    assert await _run(server, "SELECT upper('żółw')") == "ŻÓŁW"
    row = "SELECT datlocprovider::text || ' ' || datlocale FROM pg_database WHERE datname = current_database()"
    assert await _run(server, row) == "b C.UTF-8"


async def test_a_durable_server_keeps_fsync_on(base: Path, postgres_dirs: tuple[Path, Path]) -> None:
    server = EmbeddedPostgres(base / "data", postgres_dirs[1])
    await server.start()
    try:
        for setting in ("fsync", "synchronous_commit", "full_page_writes"):
            assert await _run(server, f"SHOW {setting}") == "on"
    finally:
        await server.stop()


_KEEP = """
import asyncio, sys
from contextlib import contextmanager
from pathlib import Path
from callwright.store.postgres import EmbeddedPostgres

async def main():
    server = EmbeddedPostgres(Path(sys.argv[1]), Path(sys.argv[2]), durable=False)
    await server.start()
    print(server.pid, flush=True)
    await asyncio.sleep(600)

asyncio.run(main())
"""


async def test_a_server_that_outlived_us_is_found_again(make: _Maker) -> None:
    keeper = await asyncio.create_subprocess_exec(
        sys.executable, "-c", _KEEP, str(make.base / "data"), str(make.cache_dir), stdout=asyncio.subprocess.PIPE
    )
    assert keeper.stdout is not None
    pid = int(await keeper.stdout.readline())
    keeper.send_signal(signal.SIGKILL)
    await keeper.wait()

    server = make()
    assert await server.attach()
    await _run(server, "CREATE TABLE kept AS SELECT 1 AS one")
    await server.start()
    assert server.pid == pid
    assert await _run(server, "SELECT one FROM kept") == 1


async def test_a_server_is_found_even_when_our_pid_file_was_lost(make: _Maker) -> None:
    first = make()
    await first.start()
    pid = first.pid
    await first.release()
    (first.home / "process.json").unlink()

    second = make()
    await second.start()
    assert second.pid == pid


async def test_two_that_start_at_once_share_one_server(make: _Maker) -> None:
    servers = [make(), make()]
    await asyncio.gather(*(server.start() for server in servers))
    assert servers[0].pid == servers[1].pid is not None
    await servers[1].release()
    assert await _run(servers[0], "SELECT 1") == 1


async def test_a_crashed_server_is_started_again_with_its_data(make: _Maker) -> None:
    server = make()
    await server.start()
    await _run(server, "CREATE TABLE kept AS SELECT 1 AS one")
    pid = server.pid
    assert pid is not None
    os.kill(pid, signal.SIGKILL)
    # the keeper looks every two seconds
    while server.restarts == 0:
        await asyncio.sleep(0.1)
    assert await _when_recovered(server, "SELECT one FROM kept") == 1
    assert server.pid not in (None, pid)


async def test_a_server_that_recovers_is_not_taken_for_dead(make: _Maker) -> None:
    server = make()
    await server.start()
    pid = server.pid
    backend = await asyncpg.connect(server.url)
    os.kill(await backend.fetchval("SELECT pg_backend_pid()"), signal.SIGKILL)
    # the postmaster restarts its own children, so ours must leave it alone
    assert await _when_recovered(server, "SELECT 1") == 1
    assert (server.pid, server.restarts) == (pid, 0)


@contextmanager
def _zombie() -> Iterator[int]:
    """A process that has ended and that nobody collects for now."""
    pid = os.posix_spawn("/bin/true", ["true"], {})
    try:
        while psutil.Process(pid).status() != psutil.STATUS_ZOMBIE:
            time.sleep(0.01)
        yield pid
    finally:
        os.waitpid(pid, 0)


async def test_a_stale_pid_file_that_names_a_zombie_is_cleared(make: _Maker) -> None:
    first = make()
    await first.start()
    pid = first.pid
    assert pid is not None
    await first.release()
    lock = first.cluster / "postmaster.pid"
    owner, content = lock.stat(), lock.read_text()
    os.kill(pid, signal.SIGKILL)
    while not _ended(pid):
        await asyncio.sleep(0.05)
    with _zombie() as zombie:
        lock.write_text(content.replace(str(pid), str(zombie), 1))
        os.chown(lock, owner.st_uid, owner.st_gid)
        second = make()
        await second.start()
        assert second.pid is not None


async def test_a_stale_pid_file_that_names_another_process_is_cleared(make: _Maker) -> None:
    first = make()
    await first.start()
    pid = first.pid
    assert pid is not None
    await first.release()
    lock = first.cluster / "postmaster.pid"
    owner = lock.stat()
    content = lock.read_text()
    os.kill(pid, signal.SIGKILL)
    while not _ended(pid):
        await asyncio.sleep(0.05)
    stranger = await asyncio.create_subprocess_exec("sleep", "600", user=service_user())
    try:
        lock.write_text(content.replace(str(pid), str(stranger.pid), 1))
        os.chown(lock, owner.st_uid, owner.st_gid)
        second = make()
        await second.start()
        assert second.pid not in (None, stranger.pid)
        assert stranger.returncode is None
    finally:
        stranger.kill()
        await stranger.wait()


async def test_an_interrupted_initdb_is_begun_again(make: _Maker) -> None:
    server = make()
    half = server.home / "data.new" / "cluster"
    half.mkdir(parents=True)
    (half / "PG_VERSION").write_text("18\n")
    server.home.chmod(0o711)
    await server.start()
    assert await _run(server, "SELECT 1") == 1


async def test_a_cluster_of_another_major_version_is_refused(make: _Maker) -> None:
    server = make()
    await server.start()
    await server.stop()
    (server.cluster / "PG_VERSION").write_text("17\n")
    with pytest.raises(SetupError, match=r"made by PostgreSQL 17.*callwright postgres upgrade"):
        await server.start()


async def test_a_long_data_directory_gets_a_short_socket(make: _Maker, base: Path) -> None:
    deep = base / ("a-folder-with-a-long-name-" * 4) / ("and, with a comma" * 3)
    server = make(deep)
    await server.start()
    recorded = Path((server.home / "run.path").read_text())
    try:
        assert await _run(server, "SELECT 1") == 1
        assert len(os.fsencode(socket_file(recorded))) <= 107
        assert stat.S_IMODE(recorded.stat().st_mode) == 0o700
        again = make(deep)
        assert await again.attach()

        # swept away under a living server: it is started anew with another folder
        await server.release()
        shutil.rmtree(recorded)
        await again.start()
        assert await _run(again, "SELECT 1") == 1
    finally:
        await make.made[-1].stop()
        Path((server.home / "run.path").read_text()).rmdir()


async def test_attach_says_that_nothing_runs(make: _Maker) -> None:
    assert not await make().attach()
    assert not (make.base / "data").exists()


async def test_settings_of_the_operator_come_last(make: _Maker) -> None:
    server = make()
    server.home.mkdir(parents=True)
    server.home.chmod(0o711)
    (server.home / "local.conf").write_text("work_mem = '11MB'\n")
    await server.start()
    assert await _run(server, "SHOW work_mem") == "11MB"


@root_only
async def test_as_root_the_server_is_not_root_and_no_parent_changes(make: _Maker, base: Path) -> None:
    parents = [*base.parents, base, Path.home(), Path(sys.prefix)]
    before = {parent: (parent.stat().st_mode, parent.stat().st_uid) for parent in parents}
    server = make()
    await server.start()
    assert psutil.Process(server.pid).uids().effective == pwd.getpwnam("callwright").pw_uid
    assert {parent: (parent.stat().st_mode, parent.stat().st_uid) for parent in parents} == before
    # what holds the password and the configuration stays ours
    assert server.home.stat().st_uid == 0
    assert (server.home / "password").stat().st_uid == 0
    assert (server.home / "postgresql.conf").stat().st_uid == 0


@root_only
def test_binaries_in_a_closed_home_are_copied_to_an_open_folder(base: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    closed = base / "root"
    closed.mkdir(mode=0o700)
    found = binaries_module.find_binaries()
    package = found.bin_dir.parent.parent
    inside = closed / package.name
    for name in (package.name, f"{package.name}.libs"):
        shutil.copytree(package.with_name(name), closed / name, ignore=shutil.ignore_patterns("*.a", "include"))
    monkeypatch.setattr(binaries_module, "_package_dir", lambda: inside)
    umask = os.umask(0o077)
    try:
        copied = binaries_module.binaries_for("callwright", base / "cache")
    finally:
        os.umask(umask)
    assert stat.S_IMODE(closed.stat().st_mode) == 0o700
    assert copied.bin_dir.is_relative_to(base / "cache")
    answer = subprocess.run(
        [copied.bin_dir / "initdb", "--version"], user=service_user(), capture_output=True, text=True, check=True
    )
    assert copied.version in answer.stdout
    assert {path.stat().st_uid for path in (base / "cache").rglob("*")} == {0}
    assert [path for path in (base / "cache").rglob("*") if path.stat().st_mode & 0o022] == []
    # the second time nothing is copied
    assert binaries_module.binaries_for("callwright", base / "cache") == copied
    assert len(list((base / "cache").iterdir())) == 1


@root_only
async def test_a_closed_parent_is_named_and_left_as_it_is(make: _Maker, base: Path) -> None:
    closed = base / "closed"
    closed.mkdir(mode=0o700)
    with pytest.raises(SetupError, match=rf"may not enter {closed}\b.*CALLWRIGHT_DATA_DIR"):
        await make(closed / "data").start()
    assert stat.S_IMODE(closed.stat().st_mode) == 0o700


_ONCE = """
import asyncio, sys
from contextlib import contextmanager
from pathlib import Path
import asyncpg, psutil
from callwright.store.postgres import EmbeddedPostgres

async def main():
    server = EmbeddedPostgres(Path(sys.argv[1]) / "data", Path(sys.argv[1]) / "cache", durable=False)
    await server.start()
    connection = await asyncpg.connect(server.url)
    process = psutil.Process(server.pid)
    print(process.uids().effective, await connection.fetchval("SELECT 6 * 7"), process.exe())
    await connection.close()
    await server.stop()

asyncio.run(main())
"""


def _python_for_all() -> str:
    """An interpreter of this version that any user may run: root's own may lie in root's home."""
    name = f"python{sys.version_info.major}.{sys.version_info.minor}"
    for candidate in (sys.executable, f"/usr/bin/{name}", f"/usr/local/bin/{name}"):
        try:
            subprocess.run([candidate, "-c", ""], user="nobody", group="nogroup", extra_groups=[], check=True)
            return candidate
        except (OSError, subprocess.SubprocessError):
            continue
    pytest.skip(f"no {name} that the user 'nobody' may run")


@root_only
async def test_another_user_runs_the_wheels_programs_in_place(base: Path) -> None:
    home = base / "nobody"
    home.mkdir(mode=0o700)
    nobody = pwd.getpwnam("nobody")
    os.chown(home, nobody.pw_uid, nobody.pw_gid)
    process = await asyncio.create_subprocess_exec(
        *(_python_for_all(), "-c", _ONCE, str(home)),
        user="nobody",
        group=nobody.pw_gid,
        extra_groups=[],
        cwd=home,
        env={"HOME": str(home), "PATH": os.environ["PATH"], "PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    output, errors = await process.communicate()
    assert process.returncode == 0, errors.decode()
    uid, answer, program = output.decode().split()
    assert (int(uid), answer) == (nobody.pw_uid, "42")
    assert program == str(binaries_module.find_binaries().bin_dir / "postgres")
    assert not (home / "cache").exists()
    assert stat.S_IMODE((home / "data" / "postgres").stat().st_mode) == 0o700
