"""``./run accept NAME``: runs the end-to-end tests of a feature and leaves what was seen and heard.

A skipped test counts as failed: evidence that was not taken is no evidence.
"""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import time
from pathlib import Path
from xml.etree import ElementTree

ROOT = Path(__file__).parents[1]
#: What each name proves, and by which tests.
FEATURES = {
    "first-call": (
        "a program posts a call, a telephone rings, hears a personal message, presses a key, the program learns of it",
        [
            "test_first_call.py",
            "test_trunk.py",
            "test_bad_input.py",
            "test_softphone.py",
            "test_own_servers.py",
            "test_supervision.py",
        ],
    ),
    "demo": ("the demo as a newcomer runs it", ["test_demo.py"]),
}


def main() -> int:
    """Run the tests of one name; returns the exit code."""
    if len(sys.argv) != 2 or sys.argv[1] not in FEATURES:
        print("usage: ./run accept NAME")
        for name, (meaning, _) in FEATURES.items():
            print(f"  {name:12} {meaning}")
        return 2
    name = sys.argv[1]
    meaning, files = FEATURES[name]
    folder = ROOT / "evidence" / name
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    report = folder / "tests.xml"
    started = time.time()
    code = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", f"--evidence={folder}", f"--junitxml={report}"]
        + [f"tests/e2e/{file}" for file in files],
        cwd=ROOT,
        check=False,
    ).returncode
    figures = _figures(report) | {"feature": name, "meaning": meaning, "seconds": round(time.time() - started, 1)}
    (folder / "figures.json").write_text(json.dumps(figures, indent=1))
    print(f"evidence in {folder}")
    if figures["skipped"]:
        print(f"{figures['skipped']} tests were skipped: that counts as failed")
        return 1
    return code


def _figures(report: Path) -> dict[str, object]:
    suites = ElementTree.parse(report).getroot().iter("testsuite")
    totals = {"tests": 0, "failures": 0, "errors": 0, "skipped": 0}
    seconds: dict[str, float] = {}
    for suite in suites:
        for key in totals:
            totals[key] += int(suite.get(key, 0))
        for case in suite.iter("testcase"):
            seconds[case.get("name", "")] = float(case.get("time", 0))
    return {**totals, "seconds_by_test": seconds}


if __name__ == "__main__":
    sys.exit(main())
