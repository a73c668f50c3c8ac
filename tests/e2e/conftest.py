"""The appliance that the end-to-end tests share, and the folder in which they leave evidence."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from support.appliance import RunningAppliance, appliance


@pytest.fixture(scope="session")
def running() -> Iterator[RunningAppliance]:
    """A started appliance."""
    with appliance() as made:
        made.start()
        yield made


@pytest.fixture
def evidence(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    """A folder for what was seen and heard: kept with ``--evidence``, temporary without."""
    chosen = request.config.getoption("--evidence")
    if chosen is None:
        return tmp_path
    folder = Path(chosen) / request.node.name
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    return folder
