"""What is taken out of a backup lands in the data directory and nowhere else, with any Python from 3.11 on."""

from __future__ import annotations

import io
import stat
import tarfile
from pathlib import Path

import pytest

from callwright.backup import _unpack
from callwright.errors import SetupError


def archive(file: Path, *members: tuple[str, int]) -> Path:
    """Write an archive of files that hold their own names."""
    with tarfile.open(file, "w") as made:
        for name, mode in members:
            member = tarfile.TarInfo(name)
            member.size, member.mode, member.mtime = len(name.encode()), mode, 1_700_000_000
            made.addfile(member, io.BytesIO(name.encode()))
    return file


def test_each_file_goes_where_it_belongs(tmp_path: Path) -> None:
    file = archive(
        tmp_path / "today.tar",
        ("secret.key", 0o600),
        ("audio/spoken/a.wav", 0o666),
        ("postgres/local.conf", 0o644),
        ("database.dump", 0o600),
        ("elsewhere.txt", 0o644),
    )
    data, temporary = tmp_path / "data", tmp_path / "temporary"
    data.mkdir()
    assert _unpack(file, data, temporary) == temporary / "database.dump"
    spoken = data / "audio" / "spoken" / "a.wav"
    assert spoken.read_text() == "audio/spoken/a.wav"
    assert (stat.S_IMODE(spoken.stat().st_mode), spoken.stat().st_mtime) == (0o644, 1_700_000_000)
    assert (temporary / "postgres" / "local.conf").exists()
    assert stat.S_IMODE((data / "secret.key").stat().st_mode) == 0o600
    assert not (data / "elsewhere.txt").exists()


def test_a_file_that_leads_out_of_the_folder_is_refused(tmp_path: Path) -> None:
    data = tmp_path / "data"
    data.mkdir()
    with pytest.raises(SetupError, match="none of ours"):
        _unpack(archive(tmp_path / "bad.tar", ("audio/../../outside", 0o644)), data, tmp_path / "temporary")
    assert not (tmp_path / "outside").exists()
