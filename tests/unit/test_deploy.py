"""The files of ``deploy/`` are ones that their programs read, and say what the code does."""

from __future__ import annotations

import configparser
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from callwright.settings import Settings

DEPLOY = Path(__file__).parents[2] / "deploy"
UNIT = (DEPLOY / "callwright.service").read_text(encoding="utf-8")


class Unit(configparser.ConfigParser):
    """systemd's names have upper and lower case."""

    def optionxform(self, optionstr: str) -> str:
        return optionstr


def unit() -> Unit:
    parser = Unit(interpolation=None, comment_prefixes=("#",), delimiters=("=",))
    parser.read_string(UNIT)
    return parser


def test_a_restart_by_systemd_hangs_up_nobody() -> None:
    service = unit()["Service"]
    # the signal that hands over, to our process alone
    assert (service["KillMode"], service["KillSignal"], service["Restart"]) == ("process", "SIGUSR2", "always")
    assert "PrivateTmp" not in service


def test_the_unit_is_hardened() -> None:
    service = unit()["Service"]
    assert service["ProtectSystem"] == "strict"
    assert service["NoNewPrivileges"] == "yes"
    assert service["User"] == "callwright"


@pytest.mark.parametrize("name", ["callwright.service", "Containerfile"])
def test_only_settings_that_exist_are_set(name: str) -> None:
    text = (DEPLOY / name).read_text(encoding="utf-8")
    known = {f"CALLWRIGHT_{field.upper()}" for field in Settings.model_fields}
    assert set(re.findall(r"CALLWRIGHT_[A-Z_]+(?==)", text)) <= known


def test_systemd_reads_the_unit(tmp_path: Path) -> None:
    analyze = shutil.which("systemd-analyze")
    if analyze is None:
        pytest.skip("systemd-analyze is not on this machine")
    copy = tmp_path / "callwright.service"
    # the program is not installed where the tests run
    copy.write_text(re.sub(r"(?m)^ExecStart=\S+", "ExecStart=/bin/true", UNIT), encoding="utf-8")
    done = subprocess.run([analyze, "verify", str(copy)], capture_output=True, text=True, timeout=60, check=False)
    assert (done.returncode, done.stderr) == (0, "")
