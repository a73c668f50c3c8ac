"""A database or a folder that cannot be used is a sentence that says what to do."""

from __future__ import annotations

from pathlib import Path

import pytest

from callwright.errors import SetupError
from callwright.foundation import open_ground
from callwright.settings import Settings


@pytest.mark.parametrize("url", ["postgresql://127.0.0.1:1/calls", "mysql://127.0.0.1/calls"])
async def test_a_database_that_cannot_be_reached(tmp_path: Path, url: str) -> None:
    with pytest.raises(SetupError, match=r"the database cannot be reached .*CALLWRIGHT_DATABASE_URL"):
        async with open_ground(Settings(data_dir=tmp_path / "data", database_url=url)):
            pass


async def test_a_data_directory_that_cannot_be_made(tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.touch()
    with pytest.raises(SetupError, match=r"the data directory .*file/data cannot be made.*--data-dir"):
        async with open_ground(Settings(data_dir=file / "data")):
            pass
