from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from callwright.errors import NotFound, SetupError
from callwright.telephony.asterisk import versions

PACKAGES = {"asterisk_1%3a22.10.1+dfsg-1_amd64.deb": "aa", "asterisk-modules_1%3a22.10.1_amd64.deb": "bb", "libc6": "1"}


def tree(cache: Path, name: str, at: float) -> Path:
    folder = cache / name
    folder.mkdir()
    (folder / versions.STARTER).touch()
    os.utime(folder / versions.STARTER, (at, at))
    return folder


def test_a_name_tells_the_version_and_all_packages() -> None:
    name = versions.label(PACKAGES)
    assert name.startswith("asterisk-22.10.1-")
    assert versions.label(PACKAGES | {"libc6": "2"}) != name
    assert versions.label(dict(reversed(PACKAGES.items()))) == name


def test_packages_without_asterisk_are_refused() -> None:
    with pytest.raises(SetupError, match="without Asterisk"):
        versions.label({"asterisk-modules_1%3a22.10.1_amd64.deb": "bb"})


def test_without_a_link_the_first_folder_is_used(tmp_path: Path) -> None:
    assert versions.current_folder(tmp_path) == tmp_path / "asterisk-22"
    second = tree(tmp_path, "asterisk-22.9.0-aa", 2)
    versions.make_current(tmp_path, second)
    versions.make_current(tmp_path, second)
    assert versions.current_folder(tmp_path) == second
    assert (tmp_path / "asterisk-current").readlink() == Path("asterisk-22.9.0-aa")


def test_only_complete_folders_are_versions(tmp_path: Path) -> None:
    newer, first = tree(tmp_path, "asterisk-22.9.0-aa", 2), tree(tmp_path, "asterisk-22", 1)
    (tmp_path / "asterisk-half").mkdir()
    (tmp_path / "asterisk.lock").touch()
    versions.make_current(tmp_path, newer)
    assert versions.folders(tmp_path) == [first, newer]
    assert versions.find(tmp_path, "22.9.0-aa") == versions.find(tmp_path, "asterisk-22.9.0-aa") == newer
    for name in ("half", "current", "../asterisk-22", ""):
        with pytest.raises(NotFound, match=r"there: asterisk-22, asterisk-22\.9\.0-aa"):
            versions.find(tmp_path, name)


def test_only_older_ones_are_pruned_unasked(tmp_path: Path) -> None:
    folders = [tree(tmp_path, f"asterisk-{n}", n) for n in (1, 2, 3)]
    assert versions.older(tmp_path) == []
    versions.make_current(tmp_path, folders[1])
    assert versions.older(tmp_path) == folders[:1]


def test_what_is_used_or_runs_is_not_deleted(tmp_path: Path) -> None:
    used, running, idle = (tree(tmp_path, f"asterisk-{name}", 1) for name in ("used", "running", "idle"))
    versions.make_current(tmp_path, used)
    with pytest.raises(SetupError, match="asterisk-used is the version that is used"):
        versions.remove(tmp_path, used)
    with subprocess.Popen(
        [sys.executable, "-c", "import sys; print(flush=True); sys.stdin.read()", f"{running}/root/usr/sbin/asterisk"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    ) as process:
        assert process.stdout is not None
        assert process.stdin is not None
        process.stdout.readline()
        assert versions.users(running) == [process.pid]
        with pytest.raises(SetupError, match=f"asterisk-running runs as process {process.pid}"):
            versions.remove(tmp_path, running)
        process.stdin.close()
    versions.remove(tmp_path, idle)
    assert not idle.exists()
    assert versions.users(idle) == []
