"""More unpacked Asterisks than Debian has today: this machine's one, copied under other names."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

from callwright.settings import default_cache_dir
from callwright.telephony.asterisk import versions
from callwright.telephony.asterisk.install import find_or_install, link


def copy_tree(folder: Path) -> Path:
    """Make ``folder`` hold the packages that this machine's cache holds; returns it."""
    root = find_or_install(default_cache_dir()).binary.parent / "root"
    folder.mkdir(parents=True)
    folder.chmod(0o755)
    # links cost nothing; on another disk it is a copy
    if subprocess.run(["cp", "-al", str(root), str(folder)], check=False, capture_output=True).returncode:
        shutil.rmtree(folder / "root", ignore_errors=True)
        subprocess.run(["cp", "-a", str(root), str(folder)], check=True)
    link(folder)
    return folder


#: The trial, the question after the version and the console commands work; the engine's start does not.
_BROKEN = """#!/bin/sh
case "$*" in
  *callwright-trial* | *-r*) ;;
  *data/engine/etc*) echo "broken on purpose"; exit 3 ;;
esac
"""


def break_engine(folder: Path) -> None:
    """Let this Asterisk answer and pass its trial, and end when it is started as an appliance's engine."""
    starter = folder / versions.STARTER
    starter.write_text(starter.read_text(encoding="utf-8").replace("#!/bin/sh\n", _BROKEN), encoding="utf-8")
