"""``callwright postgres upgrade``: the embedded database into a cluster of this release, by dump and restore.

The new cluster is filled and counted beside the old one, below ``postgres/upgrade``. Only then do the two change
places, and the old one is kept as ``postgres/data.old-…`` until it is confirmed.
"""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import asyncpg

from callwright.backup import run_program
from callwright.errors import SetupError
from callwright.processes import service_user
from callwright.settings import Settings
from callwright.store.binaries import PostgresBinaries, binaries_for, binaries_in, find_binaries
from callwright.store.postgres import ROLE, UPGRADED, EmbeddedPostgres
from callwright.telephony.engine_change import ChangeOrder

#: Of an old cluster that was replaced and is kept.
OLD = "data.old-"
_WORK = "upgrade"
#: What a new, empty cluster takes.
_EMPTY_CLUSTER_BYTES = 200_000_000
_TABLES = """
SELECT format('%I.%I', n.nspname, c.relname) FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE c.relkind = 'r' AND n.nspname NOT IN ('pg_catalog', 'information_schema') ORDER BY 1
"""
_STRANGERS = """
SELECT 'database ' || datname FROM pg_database WHERE NOT datistemplate AND datname NOT IN ('postgres', $1)
UNION ALL SELECT 'role ' || rolname FROM pg_roles WHERE rolname NOT LIKE 'pg\\_%' AND rolname <> $1
"""


@dataclass(frozen=True, kw_only=True)
class Upgraded:
    """What an upgrade did."""

    before: str
    after: str
    tables: int
    rows: int
    #: The old cluster.
    kept: Path


@dataclass(frozen=True, kw_only=True)
class State:
    """What is there."""

    #: Major version of the cluster; ``None``: there is none yet.
    cluster: str | None
    #: Version that this release brings.
    release: str
    #: Old clusters that were not confirmed.
    kept: tuple[Path, ...]


def state(settings: Settings) -> State:
    """Return the versions of cluster and release, and the clusters that are kept."""
    home = settings.data_dir.absolute() / "postgres"
    return State(
        cluster=_major(home / "data"), release=find_binaries().version, kept=tuple(sorted(home.glob(f"{OLD}*")))
    )


def confirm(settings: Settings) -> list[Path]:
    """Delete the old clusters and return what they were."""
    kept = state(settings).kept
    for folder in kept:
        shutil.rmtree(folder)
    return list(kept)


async def upgrade(settings: Settings, *, rebuild: bool = False, programs: Path | None = None) -> Upgraded | None:
    """Bring the database into a cluster of this release's major version; ``None`` when it is in one.

    ``rebuild`` does it even so; ``programs`` is the folder of the old major's programs where the release does not bring
    them. Raises ``SetupError``; the old cluster is then as it was.
    """
    if settings.database_url is not None:
        raise SetupError("CALLWRIGHT_DATABASE_URL names your own PostgreSQL: upgrade it with its own tools")
    if ChangeOrder(settings.data_dir.absolute() / "engine").serving():
        raise SetupError("callwright serve runs: stop it in order first (docs/how-to/upgrade.md)")
    plain = EmbeddedPostgres(settings.data_dir, settings.cache_dir)
    major = _major(plain.cluster)
    if major is None:
        raise SetupError(f"there is no database in {plain.home}")
    if major == find_binaries().major and not rebuild:
        return None
    work = plain.home / _WORK
    await EmbeddedPostgres(work, settings.cache_dir).end_left_over()
    # of an upgrade that was killed; the old cluster was still in its place
    for rest in (work, plain.home / UPGRADED):
        shutil.rmtree(rest, ignore_errors=True)
    _check_room(plain)
    old = EmbeddedPostgres(settings.data_dir, settings.cache_dir, binaries=_old(settings, major, programs))
    try:
        return await _upgrade(settings, old, work, major)
    finally:
        shutil.rmtree(work, ignore_errors=True)


async def _upgrade(settings: Settings, old: EmbeddedPostgres, work: Path, major: str) -> Upgraded:
    work.mkdir()
    # the service user passes through to the cluster that is its own
    work.chmod(0o711)
    dump = work / "database.dump"
    new = EmbeddedPostgres(
        work, settings.cache_dir, password=(old.home / "password").read_text(encoding="ascii") or None
    )
    try:
        await old.start()
        if strangers := await _strangers(old.url):
            raise SetupError(
                f"the cluster also holds what callwright did not make and would lose ({', '.join(strangers)}): save it "
                "with pg_dump and drop it first"
            )
        counted = await _count(old.url)
        await run_program("pg_dump", old.url, ["--format=custom", f"--file={dump}"])
        await old.stop()
        await new.start()
        await run_program("pg_restore", new.url, ["--single-transaction", "--exit-on-error", str(dump)])
        if (arrived := await _count(new.url)) != counted:
            lost = sorted(table for table in counted if arrived.get(table) != counted[table])
            raise SetupError(f"not every row arrived ({', '.join(lost)}); the old cluster is as it was")
        await _analyze(new.url)
    finally:
        await old.stop()
        await new.stop()
    stamp = datetime.now(UTC).strftime("%Y%m%dT%H%M%SZ")
    kept = old.home / f"{OLD}{major}-{stamp}"
    old.exchange(new.cluster, kept)
    return Upgraded(
        before=major, after=find_binaries().version, tables=len(counted), rows=sum(counted.values()), kept=kept
    )


def _old(settings: Settings, major: str, programs: Path | None) -> PostgresBinaries:
    if programs is not None:
        given = binaries_in(programs)
        if given.major != major:
            raise SetupError(f"{programs} holds PostgreSQL {given.version}, and the cluster was made by {major}")
        return given
    try:
        return binaries_for(service_user(), settings.cache_dir, major=major)
    except SetupError as error:
        raise SetupError(
            f"the cluster was made by PostgreSQL {major}, which must run once more, and {error}: name the folder of "
            f"its programs with --programs (Debian's postgresql-{major} has /usr/lib/postgresql/{major}/bin)"
        ) from None


def _check_room(postgres: EmbeddedPostgres) -> None:
    """Raise ``SetupError`` when there is not room for a dump and a second cluster, each as large as the first."""
    size = sum(path.lstat().st_size for path in postgres.cluster.rglob("*") if not path.is_dir())
    wanted = 2 * size + _EMPTY_CLUSTER_BYTES
    free = shutil.disk_usage(postgres.home).free
    if free < wanted:
        raise SetupError(
            f"{postgres.home} has {free / 1e9:.1f} GB free, and the upgrade may take {wanted / 1e9:.1f} GB: "
            "make room first"
        )


async def _strangers(url: str) -> list[str]:
    connection = await asyncpg.connect(url)
    try:
        return [str(row[0]) for row in await connection.fetch(_STRANGERS, ROLE)]
    finally:
        await connection.close()


async def _count(url: str) -> dict[str, int]:
    """Return the rows of every table."""
    connection = await asyncpg.connect(url)
    try:
        async with connection.transaction(isolation="repeatable_read", readonly=True):
            return {
                table: int(await connection.fetchval(f"SELECT count(*) FROM {table}"))  # noqa: S608  (quoted by %I)
                for (table,) in await connection.fetch(_TABLES)
            }
    finally:
        await connection.close()


async def _analyze(url: str) -> None:
    """Give the planner its statistics, which a dump does not hold."""
    connection = await asyncpg.connect(url)
    try:
        await connection.execute("ANALYZE")
    finally:
        await connection.close()


def _major(cluster: Path) -> str | None:
    try:
        return (cluster / "PG_VERSION").read_text(encoding="ascii").strip()
    except OSError:
        return None
