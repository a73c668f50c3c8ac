"""``callwright backup`` and ``restore``: the database, the key of its secrets, and the files that no database holds.

A backup is one uncompressed tar, readable by its owner alone, because whoever has it has every key:

    manifest.json        release, schema, time, calls that waited
    database.dump        pg_dump's custom format, one consistent snapshot, taken while calls are made
    secret.key           key of what is encrypted in the database
    settings.env         CALLWRIGHT_… variables of the process that made it, for reading; secrets left out
    audio/…              rendered speech
    lab/softphones.json  accounts of the lab
    postgres/local.conf  settings of the operator's for the embedded server
"""

from __future__ import annotations

import asyncio
import contextlib
import io
import os
import shutil
import subprocess
import tarfile
import tempfile
from collections.abc import AsyncIterator, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path, PurePosixPath
from typing import Literal
from urllib.parse import quote, unquote, urlsplit, urlunsplit

import asyncpg
import orjson

from callwright import __version__
from callwright.audio.library import COPIES
from callwright.calls.queries import call_of
from callwright.calls.settlement import finish_call
from callwright.errors import SetupError
from callwright.rules.outcomes import Outcome
from callwright.settings import Settings
from callwright.speech.cache import PERSONAL
from callwright.store.binaries import find_binaries
from callwright.store.database import Database
from callwright.store.migrate import current, migrate
from callwright.store.postgres import EmbeddedPostgres
from callwright.store.secrets import KEY_FILE, KEY_VARIABLE
from callwright.store.statements import statements

SQL = statements(__package__, "backup.sql")
#: Layout of the archive; a later one that an older release cannot read gets another number.
FORMAT = 1
_DUMP = "database.dump"
_MANIFEST = "manifest.json"
_SETTINGS = "settings.env"
_LOCAL = "postgres/local.conf"
_FILES = ("lab/softphones.json", _LOCAL)
_AUDIO = "audio"
_SECRET_VARIABLES = ("KEY", "URL", "TOKEN", "PASSWORD", "SECRET")

Waiting = Literal["call", "cancel"]


@dataclass(frozen=True, kw_only=True)
class Manifest:
    """What a backup says of itself."""

    format: int
    release: str
    #: Revision of the database's schema.
    schema: str | None
    #: RFC 3339, UTC.
    made_at: str
    #: Calls that waited to be made.
    queued: int


async def back_up(settings: Settings, file: Path) -> Manifest:
    """Write a backup of the appliance to ``file``, whether it serves or not. Raises ``SetupError``."""
    if file.exists():
        raise SetupError(f"{file} exists already: a backup is never overwritten")
    folder_of_it = file.absolute().parent
    if not (folder_of_it.is_dir() and os.access(folder_of_it, os.W_OK | os.X_OK)):
        raise SetupError(f"{file} cannot be written: {folder_of_it} is no folder, or not one that you may write to")
    key = _secret_key(settings.data_dir)
    async with _database(settings) as url:
        manifest = Manifest(
            format=FORMAT,
            release=__version__,
            schema=await current(url),
            made_at=datetime.now(UTC).isoformat(timespec="seconds"),
            queued=await _value(url, SQL["queued"]),
        )
        # beside the target, so that it is on the same disk, and gone when anything fails
        with tempfile.TemporaryDirectory(dir=folder_of_it, prefix=".callwright-backup-") as folder:
            dump = Path(folder) / _DUMP
            await run_program("pg_dump", url, ["--format=custom", "--no-owner", "--no-privileges", f"--file={dump}"])
            archive = Path(folder) / "archive"
            await asyncio.to_thread(_pack, archive, settings.data_dir, dump, key, manifest)
            archive.replace(file)
    return manifest


def read_manifest(file: Path) -> Manifest:
    """Return what a backup says of itself; raises ``SetupError`` when it is none, or of a later release."""
    try:
        with tarfile.open(file) as archive:
            member = archive.extractfile(_MANIFEST)
            manifest = Manifest(**orjson.loads(member.read() if member is not None else b""))
    except OSError as error:
        raise SetupError(f"{file} cannot be read: {error.strerror or error}") from None
    except (tarfile.TarError, KeyError, ValueError, TypeError):
        raise SetupError(f"{file} is not a backup that this release of callwright can read") from None
    if manifest.format != FORMAT:
        raise SetupError(f"{file} was made by callwright {manifest.release}: restore it with that release or a later")
    return manifest


async def restore(settings: Settings, file: Path, *, waiting: Waiting | None) -> tuple[Manifest, int]:
    """Make an appliance of ``file`` in a new data directory; returns its manifest and how many calls waited.

    Calls that waited when the backup was made may have been made since, so ``waiting`` says whether they are made now
    or cancelled. Raises ``SetupError``; what was begun is then removed.
    """
    manifest = read_manifest(file)
    if manifest.queued and waiting is None:
        raise SetupError(
            f"{manifest.queued} calls waited when the backup was made ({manifest.made_at}), and may have been made "
            "since. Say what becomes of them: --waiting call, or --waiting cancel"
        )
    data_dir = settings.data_dir
    if data_dir.exists() and any(data_dir.iterdir()):
        raise SetupError(f"{data_dir} is not empty: restore into a new folder")
    made = not data_dir.exists()
    try:
        return manifest, await _restore(settings, file, waiting or "cancel")
    except BaseException:
        for path in [data_dir] if made else list(data_dir.iterdir()):
            if path.is_dir():
                shutil.rmtree(path, ignore_errors=True)
            else:
                path.unlink(missing_ok=True)
        raise


async def _restore(settings: Settings, file: Path, waiting: Waiting) -> int:
    # others may enter the data directory and see names only: the service user's folders are below
    settings.data_dir.mkdir(parents=True, exist_ok=True, mode=0o755)
    with tempfile.TemporaryDirectory(dir=settings.data_dir, prefix=".restore-") as folder:
        dump = await asyncio.to_thread(_unpack, file, settings.data_dir, Path(folder))
        async with _database(settings) as url:
            if await _value(url, SQL["tables"]):
                raise SetupError("the database is not empty: restore into a new one")
            await run_program("pg_restore", url, ["--no-owner", "--no-privileges", "--single-transaction", str(dump)])
            await migrate(url)
            calls = await _settle_waiting(url, waiting)
        local = Path(folder) / _LOCAL
        if local.exists() and settings.database_url is None:
            # only now is there a folder for it, with the owner and mode that the server needs
            shutil.copyfile(local, settings.data_dir / _LOCAL)
        return calls


async def _settle_waiting(url: str, waiting: Waiting) -> int:
    if waiting == "call":
        return int(await _value(url, SQL["queued"]))
    database = await Database.open(url, max_size=1)
    try:
        async with database.transaction() as connection:
            rows = await connection.fetch(SQL["lock_queued"])
            for row in rows:
                await finish_call(
                    connection, call_of(row), Outcome.CANCELLED, reason="waited when a backup was restored"
                )
            return len(rows)
    finally:
        await database.close()


@contextlib.asynccontextmanager
async def _database(settings: Settings) -> AsyncIterator[str]:
    """Yield the URL of the database: the user's own, the one that ``serve`` keeps, or one started for a moment."""
    if settings.database_url is not None:
        # it is reached, or that is said
        await current(settings.database_url)
        yield settings.database_url
        return
    postgres = EmbeddedPostgres(settings.data_dir, settings.cache_dir)
    async with postgres.borrowed():
        yield postgres.url


async def _value(url: str, sql: str) -> int:
    connection = await asyncpg.connect(url)
    try:
        return int(await connection.fetchval(sql))
    finally:
        await connection.close()


async def run_program(program: str, url: str, arguments: Sequence[str]) -> None:
    """Run one of PostgreSQL's programs on the database. Raises ``SetupError`` with what it said."""
    binaries = find_binaries()
    connection = await asyncpg.connect(url)
    try:
        server = connection.get_server_version()
    finally:
        await connection.close()
    if server.major > int(binaries.major):
        raise SetupError(
            f"your PostgreSQL is {server.major}, and {program} of this release is {binaries.major}, which cannot read "
            f"a newer one: use {program} of PostgreSQL {server.major} itself, and keep {KEY_FILE} with what it writes"
        )
    address, password = _without_password(url)
    done = await asyncio.to_thread(
        subprocess.run,
        [str(binaries.bin_dir / program), f"--dbname={address}", "--no-password", *arguments],
        # everybody on the machine sees a command line, only its owner an environment
        env={"PATH": os.environ.get("PATH", os.defpath), "LC_ALL": "C", "PGPASSWORD": password},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        check=False,
    )
    if done.returncode != 0:
        raise SetupError(f"{program} failed:\n{done.stderr.decode(errors='replace').strip()}")


def _without_password(url: str) -> tuple[str, str]:
    parts = urlsplit(url)
    user, _, host = parts.netloc.rpartition("@")
    name = user.partition(":")[0]
    netloc = f"{quote(unquote(name), safe='')}@{host}" if name else host
    return urlunsplit(parts._replace(netloc=netloc)), unquote(parts.password or "")


def _secret_key(data_dir: Path) -> bytes:
    given = os.environ.get(KEY_VARIABLE)
    if given:
        return given.strip().encode() + b"\n"
    try:
        return (data_dir / KEY_FILE).read_bytes()
    except OSError as error:
        raise SetupError(
            f"{data_dir / KEY_FILE} cannot be read ({error.strerror}): is this the data directory?"
        ) from None


def _pack(target: Path, data_dir: Path, dump: Path, key: bytes, manifest: Manifest) -> None:
    descriptor = os.open(target, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        with tarfile.open(fileobj=file, mode="w", format=tarfile.PAX_FORMAT) as archive:
            # first, so that it is read without the rest
            _add(archive, _MANIFEST, orjson.dumps(asdict(manifest)))
            _add(archive, KEY_FILE, key)
            _add(archive, _SETTINGS, _given_settings())
            archive.add(dump, _DUMP)
            for name in _FILES:
                if (data_dir / name).is_file():
                    archive.add(data_dir / name, name)
            for path in sorted((data_dir / _AUDIO).rglob("*")):
                # the cache is swept and written while we read it
                # copies of what the database holds are made again when they are wanted; what was spoken for one
                # person is kept for hours, not for as long as a backup
                made_again = {data_dir / COPIES, data_dir / _AUDIO / PERSONAL}
                if path.is_file() and not path.is_symlink() and made_again.isdisjoint(path.parents):
                    with contextlib.suppress(FileNotFoundError):
                        archive.add(path, str(PurePosixPath(_AUDIO, *path.relative_to(data_dir / _AUDIO).parts)))
        file.flush()
        os.fsync(file.fileno())


def _add(archive: tarfile.TarFile, name: str, content: bytes) -> None:
    member = tarfile.TarInfo(name)
    member.size = len(content)
    member.mode = 0o600
    archive.addfile(member, io.BytesIO(content))


def _given_settings() -> bytes:
    lines = [
        f"{name}={value}"
        for name, value in sorted(os.environ.items())
        if name.startswith("CALLWRIGHT_") and not any(word in name for word in _SECRET_VARIABLES)
    ]
    return ("\n".join(lines) + "\n").encode()


def _take_out(archive: tarfile.TarFile, member: tarfile.TarInfo, folder: Path) -> None:
    """Write a file of the archive below ``folder``, and nowhere else.

    tarfile's own filters, which see to that, came with Python 3.11.4: Debian 12 has 3.11.2.
    """
    name, content = PurePosixPath(member.name), archive.extractfile(member)
    if content is None or name.is_absolute() or ".." in name.parts:
        raise SetupError(f"the backup holds a file that is none of ours: {member.name!r}")
    target = folder.joinpath(*name.parts)
    target.parent.mkdir(parents=True, exist_ok=True)
    with content, target.open("xb") as written:
        shutil.copyfileobj(content, written)
    # nobody else writes to it, and nothing of it is run
    target.chmod(member.mode & 0o644 | 0o600)
    os.utime(target, (member.mtime, member.mtime))


def _unpack(file: Path, data_dir: Path, temporary: Path) -> Path:
    """Put the files of a backup where they belong, the dump into ``temporary``; returns the dump."""
    with tarfile.open(file) as archive:
        for member in archive:
            name = PurePosixPath(member.name)
            ours = member.name in (KEY_FILE, _SETTINGS, *_FILES) or name.parts[:1] == (_AUDIO,)
            if member.isfile() and (ours or member.name == _DUMP):
                _take_out(archive, member, temporary if member.name in (_DUMP, _LOCAL) else data_dir)
    (data_dir / KEY_FILE).chmod(0o600)
    # Asterisk reads what we rendered, as another user, whatever our umask is
    for folder in (data_dir / _AUDIO, *(data_dir / _AUDIO).rglob("*")):
        if folder.is_dir():
            folder.chmod(0o755)
    return temporary / _DUMP
