"""The appliance that the end-to-end tests share, and the folder in which they leave evidence."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from support.appliance import RunningAppliance, appliance
from support.together import evidence_folder


@pytest.fixture(scope="session")
def running() -> Iterator[RunningAppliance]:
    """A started appliance."""
    with appliance() as made:
        made.start()
        yield made


@pytest.fixture
def evidence(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder for what was seen and heard: kept with ``--evidence``, temporary without."""
    return evidence_folder(request.node, tmp_path_factory)
