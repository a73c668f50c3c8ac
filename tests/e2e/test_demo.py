"""``./run demo`` as a newcomer types it."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

from callwright.speech.files import measure

ROOT = Path(__file__).parents[2]


def test_the_demo_calls_twenty_telephones(evidence: Path) -> None:
    done = subprocess.run(
        ["./run", "demo"], cwd=ROOT, capture_output=True, text=True, timeout=300, stdin=subprocess.DEVNULL, check=False
    )
    (evidence / "demo.txt").write_text(done.stdout + done.stderr)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "20 of 20 calls went as expected" in done.stdout
    assert "0 without" in done.stdout
    recording = re.search(r"heard: (\S+\.wav)", done.stdout)
    assert recording
    heard = Path(recording[1])
    assert measure(heard).seconds > 8
    shutil.copy(heard, evidence / "heard.wav")
    shutil.rmtree(heard.parents[2])
