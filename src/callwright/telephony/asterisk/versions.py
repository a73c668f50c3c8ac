"""Unpacked Asterisks side by side in the cache, each in a folder of its own; a link names the one that is used.

asterisk-22.10.1-3fa9c21b/    the packages of one day: Asterisk's version and a mark of all packages' checksums
asterisk-22.9.0-80c1d2aa/
asterisk-current -> asterisk-22.10.1-3fa9c21b
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import shutil
from collections.abc import Mapping
from pathlib import Path

import psutil

from callwright.errors import NotFound, SetupError

CURRENT = "asterisk-current"
#: The only folder of releases that had no versions; used when there is no link.
FIRST = "asterisk-22"
#: What starts Asterisk; made last of all, so a folder with one is complete.
STARTER = "asterisk"
#: Checksums (SHA-256) of the packages by file name.
PACKAGES = "packages.json"
_PACKAGE = re.compile(r"^asterisk_(?:\d+%3a)?(\d+(?:\.\d+)*)")


def label(packages: Mapping[str, str]) -> str:
    """Return the folder's name for these packages (file name → SHA-256); raises ``SetupError`` without Asterisk's own.

    A library's update gives another name too: it is an upgrade like one of Asterisk.
    """
    version = next((found[1] for name in packages if (found := _PACKAGE.match(name))), None)
    if version is None:
        raise SetupError("Debian's packages came without Asterisk's own; nothing was installed")
    mark = hashlib.sha256(json.dumps(dict(packages), sort_keys=True).encode()).hexdigest()
    return f"asterisk-{version}-{mark[:8]}"


def current_folder(cache_dir: Path) -> Path:
    """Return the folder that is used, whether it is there or not."""
    cache = cache_dir.absolute()
    try:
        return cache / (cache / CURRENT).readlink()
    except OSError:
        return cache / FIRST


def make_current(cache_dir: Path, folder: Path) -> None:
    """Let the link name ``folder``; at each moment it names the old one or the new one."""
    link = cache_dir.absolute() / CURRENT
    temporary = link.with_name(f".{CURRENT}.{os.getpid()}")
    temporary.unlink(missing_ok=True)
    temporary.symlink_to(folder.name)
    temporary.replace(link)


def folders(cache_dir: Path) -> list[Path]:
    """Return the folders of complete versions, the one unpacked last at the end."""
    cache = cache_dir.absolute()
    found = [
        path for path in cache.glob("asterisk-*") if path.is_dir() and not path.is_symlink() and _is_complete(path)
    ]
    return sorted(found, key=_unpacked_at)


def find(cache_dir: Path, name: str) -> Path:
    """Return the folder of a version by its name, with or without ``asterisk-``. Raises ``NotFound``."""
    there = {path.name: path for path in folders(cache_dir)}
    found = there.get(name) or there.get(f"asterisk-{name}")
    if found is None:
        raise NotFound(f"no version {name!r} in {cache_dir}; there: {', '.join(there) or 'none'}")
    return found


def users(folder: Path) -> list[int]:
    """Return the pids of the processes that run from ``folder``."""
    beginning = f"{folder}/"
    return sorted(
        process.pid
        for process in psutil.process_iter(["cmdline"])
        if any(part.startswith(beginning) for part in (process.info["cmdline"] or [])[:4])
    )


def older(cache_dir: Path) -> list[Path]:
    """Return the versions that were unpacked before the one that is used."""
    there = folders(cache_dir)
    used = current_folder(cache_dir)
    return there[: there.index(used)] if used in there else []


def remove(cache_dir: Path, folder: Path) -> None:
    """Delete a version. Raises ``SetupError`` when it is the one that is used, or runs."""
    if folder == current_folder(cache_dir):
        raise SetupError(f"{folder.name} is the version that is used; callwright asterisk use takes another")
    if pids := users(folder):
        raise SetupError(f"{folder.name} runs as process {', '.join(map(str, pids))} and stays")
    # without its starter it is no version any more, however far the rest is deleted
    (folder / STARTER).unlink()
    shutil.rmtree(folder)


def _is_complete(folder: Path) -> bool:
    return (folder / STARTER).exists()


def _unpacked_at(folder: Path) -> float:
    return (folder / STARTER).stat().st_mtime
