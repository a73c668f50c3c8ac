"""Programs of Debian's packages, unpacked into a folder of ours: nothing is installed and nobody has to be root.

The packages are those of this machine's own release, with whatever they need and is not installed here, so they run
with the machine's own C library.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from collections.abc import Sequence
from pathlib import Path

_SECONDS = 600


class Missing(Exception):
    """What was to be measured could not be, on this machine; says why."""


def unpacked(folder: Path, packages: Sequence[str]) -> Path:
    """Return the folder that holds the packages' files, which is made when it is not there. Raises ``Missing``."""
    if folder.is_dir():
        return folder
    for tool in ("apt-get", "dpkg-deb"):
        if shutil.which(tool) is None:
            raise Missing(f"{' and '.join(packages)} are Debian's packages, and {tool} is not on this machine")
    folder.parent.mkdir(parents=True, exist_ok=True)
    work = Path(tempfile.mkdtemp(prefix=".unpack-", dir=folder.parent))
    try:
        debs = _downloaded(work, packages)
        if not debs:
            raise Missing(f"apt-get brought nothing of {' '.join(packages)}: they are installed, but not on the PATH")
        root = work / "root"
        for deb in debs:
            _run(["dpkg-deb", "-x", str(deb), str(root)])
        root.rename(folder)
    finally:
        shutil.rmtree(work, ignore_errors=True)
    return folder


def environment(root: Path) -> dict[str, str]:
    """Return this process's environment, in which what was unpacked into ``root`` finds its libraries and programs."""
    libraries = sorted({str(path.parent) for place in ("lib", "usr/lib") for path in root.glob(f"{place}/*/lib*.so.*")})
    programs = [str(root / place) for place in ("usr/sbin", "usr/bin")]
    return {
        **os.environ,
        "LD_LIBRARY_PATH": os.pathsep.join(libraries),
        "PATH": os.pathsep.join([*programs, os.environ.get("PATH", os.defpath)]),
    }


def _downloaded(work: Path, packages: Sequence[str]) -> list[Path]:
    archives = work / "archives"
    (archives / "partial").mkdir(parents=True)
    apt = ["apt-get", "-qq", "-y"]
    for option in (
        f"Dir::Cache={work}",
        "Debug::NoLocking=1",
        "APT::Sandbox::User=root",
        "APT::Install-Recommends=false",
        "Acquire::Retries=3",
    ):
        apt += ["-o", option]
    _run([*apt, "--download-only", "install", *packages])
    return sorted(archives.glob("*.deb"))


def _run(argv: Sequence[str]) -> None:
    try:
        done = subprocess.run(argv, capture_output=True, text=True, timeout=_SECONDS, check=False)
    except subprocess.TimeoutExpired:
        raise Missing(f"{argv[0]} did not end in {_SECONDS} s") from None
    if done.returncode != 0:
        said = (done.stderr or done.stdout).strip()[-300:]
        raise Missing(f"{argv[0]} failed (as root, apt-get update may help): {said}")
