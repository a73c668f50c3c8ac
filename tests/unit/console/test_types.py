"""The console's sources: every page fits the API as it is, every package is pinned, no page writes HTML itself."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]


@pytest.mark.timeout(300)
def test_every_page_fits_the_api() -> None:
    done = subprocess.run(
        ["scripts/console", "check"], cwd=ROOT, capture_output=True, text=True, timeout=290, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr


def test_packages_are_pinned_and_name_no_registry() -> None:
    lock = json.loads((ROOT / "console" / "package-lock.json").read_text(encoding="utf-8"))
    packages = {name: package for name, package in lock["packages"].items() if name}
    assert packages
    assert all("integrity" in package for package in packages.values())
    assert not [name for name, package in packages.items() if "resolved" in package]
    wanted = json.loads((ROOT / "console" / "package.json").read_text(encoding="utf-8"))
    versions = {**wanted["dependencies"], **wanted["devDependencies"]}
    assert all(version[0].isdigit() for version in versions.values()), versions


def test_no_page_writes_html_itself() -> None:
    pages = list((ROOT / "console" / "src").rglob("*.tsx"))
    assert pages
    assert not [page for page in pages if "dangerouslySetInnerHTML" in page.read_text(encoding="utf-8")]
