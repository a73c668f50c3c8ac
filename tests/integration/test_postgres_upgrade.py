from __future__ import annotations

import asyncio
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import asyncpg
import psutil
import pytest

from callwright.errors import SetupError
from callwright.postgres_upgrade import confirm, state, upgrade
from callwright.processes import give_to, service_user
from callwright.settings import Settings
from callwright.store import postgres as postgres_module
from callwright.store.binaries import PostgresBinaries, binaries_for
from callwright.store.migrate import migrate
from callwright.store.postgres import UPGRADED, EmbeddedPostgres
from callwright.telephony.engine_change import ChangeOrder
from support.postgres import open_temporary_dir

#: The wheel brings this one too.
OLDER = "16"


@pytest.fixture
async def settings(postgres_dirs: tuple[Path, Path]) -> AsyncIterator[Settings]:
    base = open_temporary_dir()
    made = Settings(data_dir=base / "data", cache_dir=postgres_dirs[1])
    yield made
    for home in (made.data_dir, made.data_dir / "postgres" / "upgrade"):
        await EmbeddedPostgres(home, made.cache_dir).end_left_over()
    shutil.rmtree(base)


def cluster_of(settings: Settings, binaries: PostgresBinaries) -> EmbeddedPostgres:
    """Make the cluster that an earlier release would have left."""
    user = service_user()
    home = settings.data_dir / "postgres"
    home.mkdir(parents=True)
    for folder in (settings.data_dir, home):
        folder.chmod(0o711)
    making = home / "making"
    making.mkdir(mode=0o700)
    (making / "password").write_text("the old password")
    for path in (making, making / "password"):
        give_to(path, user)
    subprocess.run(
        [
            binaries.bin_dir / "initdb",
            f"--pgdata={making}/data",
            f"--pwfile={making}/password",
            *("--username=callwright", "--auth=scram-sha-256", "--encoding=UTF8", "--locale=C", "--no-sync"),
        ],
        user=user,
        group=user,
        extra_groups=[] if user else None,
        cwd=home,
        check=True,
        capture_output=True,
    )
    (making / "data").rename(home / "data")
    (home / "password").write_text("the old password")
    shutil.rmtree(making)
    return EmbeddedPostgres(settings.data_dir, settings.cache_dir, binaries=binaries)


async def fill(server: EmbeddedPostgres) -> str:
    """Give a server our schema and some rows; returns what ``seen`` then says, and stops it."""
    await server.start()
    await migrate(server.url)
    connection = await asyncpg.connect(server.url)
    await connection.execute("CREATE TABLE kept AS SELECT n, md5(n::text) AS text FROM generate_series(1, 20000) n")
    await connection.close()
    there = await seen(server)
    await server.stop()
    return there


async def seen(server: EmbeddedPostgres) -> str:
    connection = await asyncpg.connect(server.url)
    try:
        return str(
            await connection.fetchval(
                "SELECT (SELECT md5(string_agg(kept::text, ',' ORDER BY n)) FROM kept) || (SELECT version_num FROM "
                "alembic_version) || (SELECT count(*) FROM pg_indexes WHERE schemaname = 'public')"
            )
        )
    finally:
        await connection.close()


async def test_a_cluster_of_an_older_major_is_refused_then_brought_over(settings: Settings) -> None:
    before = await fill(cluster_of(settings, binaries_for(service_user(), settings.cache_dir, major=OLDER)))
    server = EmbeddedPostgres(settings.data_dir, settings.cache_dir)
    with pytest.raises(SetupError, match=rf"made by PostgreSQL {OLDER}.*callwright postgres upgrade"):
        await server.start()
    assert state(settings).cluster == OLDER

    done = await upgrade(settings)
    assert done is not None
    assert (done.before, done.kept.name.startswith(f"data.old-{OLDER}-")) == (OLDER, True)
    assert done.rows >= 20000
    assert (done.kept / "PG_VERSION").read_text().strip() == OLDER
    assert not (server.home / "upgrade").exists()
    await server.start()
    try:
        assert await seen(server) == before
        connection = await asyncpg.connect(server.url)
        assert str(await connection.fetchval("SHOW server_version")) == state(settings).release
        assert (
            await connection.fetchval("SELECT datlocprovider::text FROM pg_database WHERE datname = 'callwright'")
            == "b"
        )
        await connection.close()
    finally:
        await server.stop()
    assert await upgrade(settings) is None
    assert confirm(settings) == [done.kept]
    assert not done.kept.exists()


async def test_a_rebuilt_cluster_holds_the_same(settings: Settings) -> None:
    server = EmbeddedPostgres(settings.data_dir, settings.cache_dir)
    before = await fill(server)
    done = await upgrade(settings, rebuild=True)
    assert done is not None
    assert len(state(settings).kept) == 1
    await server.start()
    try:
        assert await seen(server) == before
    finally:
        await server.stop()


async def test_killed_in_the_middle_the_old_one_is_as_it_was(settings: Settings) -> None:
    server = EmbeddedPostgres(settings.data_dir, settings.cache_dir)
    before = await fill(server)
    new = server.home / "upgrade" / "postgres" / "process.json"
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "callwright", "postgres", "upgrade", "--rebuild"),
        env={
            "PATH": os.environ["PATH"],
            "CALLWRIGHT_DATA_DIR": str(settings.data_dir),
            "CALLWRIGHT_CACHE_DIR": str(settings.cache_dir),
        },
    )
    async with asyncio.timeout(60):
        while not new.exists():
            assert process.returncode is None
            await asyncio.sleep(0.01)
    process.send_signal(signal.SIGKILL)
    await process.wait()
    left_over = psutil.Process(int(new.read_text().partition('"pid":')[2].partition(",")[0]))
    assert left_over.is_running()
    await server.start()
    assert await seen(server) == before
    await server.stop()

    assert await upgrade(settings, rebuild=True) is not None
    assert not left_over.is_running()
    await server.start()
    assert await seen(server) == before
    await server.stop()


async def test_killed_between_the_last_two_steps_the_new_one_is_used(settings: Settings) -> None:
    server = EmbeddedPostgres(settings.data_dir, settings.cache_dir)
    before = await fill(server)
    server.cluster.rename(server.home / UPGRADED)
    await server.start()
    assert await seen(server) == before
    await server.stop()


async def test_what_is_not_ours_is_not_lost(settings: Settings) -> None:
    server = EmbeddedPostgres(settings.data_dir, settings.cache_dir)
    await server.start()
    connection = await asyncpg.connect(server.url)
    await connection.execute("CREATE ROLE reporting")
    await connection.close()
    await server.stop()
    with pytest.raises(SetupError, match="role reporting"):
        await upgrade(settings, rebuild=True)
    assert state(settings).kept == ()


async def test_without_room_nothing_is_begun(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    server = EmbeddedPostgres(settings.data_dir, settings.cache_dir)
    await fill(server)
    monkeypatch.setattr(shutil, "disk_usage", lambda path: SimpleNamespace(free=100_000_000))
    with pytest.raises(SetupError, match=r"0\.1 GB free.*make room first"):
        await upgrade(settings, rebuild=True)
    assert not (server.home / "upgrade").exists()


async def test_a_serving_appliance_is_stopped_first(settings: Settings) -> None:
    (settings.data_dir / "engine").mkdir(parents=True)
    held = ChangeOrder(settings.data_dir / "engine").hold()
    try:
        with pytest.raises(SetupError, match="serve runs"):
            await upgrade(settings)
    finally:
        os.close(held)
    with pytest.raises(SetupError, match="no database"):
        await upgrade(settings)


async def test_programs_of_another_major_are_refused(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    older = binaries_for(service_user(), settings.cache_dir, major=OLDER)
    server = EmbeddedPostgres(settings.data_dir, settings.cache_dir)
    await fill(server)
    with pytest.raises(SetupError, match=rf"holds PostgreSQL {OLDER}"):
        await upgrade(settings, rebuild=True, programs=older.bin_dir)
    (server.cluster / "PG_VERSION").write_text("14\n")
    with pytest.raises(SetupError, match=r"brings no PostgreSQL 14.*--programs"):
        await upgrade(settings)


async def test_a_server_of_an_earlier_minor_is_restarted_in_order(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = EmbeddedPostgres(settings.data_dir, settings.cache_dir)
    await first.start()
    pid = first.pid
    await first.release()
    same = EmbeddedPostgres(settings.data_dir, settings.cache_dir)
    await same.start()
    assert same.pid == pid
    await same.release()

    later = replace(binaries_for(service_user(), settings.cache_dir), version="18.999")
    monkeypatch.setattr(postgres_module, "binaries_for", lambda user, cache_dir: later)
    second = EmbeddedPostgres(settings.data_dir, settings.cache_dir)
    await second.start()
    assert second.pid != pid
    assert "database system was not properly shut down" not in (second.home / "server.log").read_text()
    await second.stop()
