from __future__ import annotations

import stat
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from cryptography.fernet import Fernet

from callwright.errors import SetupError
from callwright.store.secrets import KEY_FILE, KEY_VARIABLE, SecretBox


@pytest.fixture(autouse=True)
def _no_key_in_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(KEY_VARIABLE, raising=False)


def test_what_was_sealed_opens_after_a_restart(tmp_path: Path) -> None:
    sealed = SecretBox.load(tmp_path / "new").seal("пароль")
    assert "пароль".encode() not in sealed
    assert SecretBox.load(tmp_path / "new").open(sealed) == "пароль"


def test_key_file_is_for_the_owner_only_and_nothing_else_is_left(tmp_path: Path) -> None:
    SecretBox.load(tmp_path)
    assert stat.S_IMODE((tmp_path / KEY_FILE).stat().st_mode) == 0o600
    assert [path.name for path in tmp_path.iterdir()] == [KEY_FILE]


def test_processes_that_start_together_end_with_one_key(tmp_path: Path) -> None:
    with ThreadPoolExecutor(8) as pool:
        boxes = list(pool.map(lambda _: SecretBox.load(tmp_path), range(16)))
    sealed = boxes[0].seal("one")
    assert {box.open(sealed) for box in boxes} == {"one"}


def test_environment_wins_over_the_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(KEY_VARIABLE, Fernet.generate_key().decode())
    SecretBox.load(tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_wrong_keys_are_said_plainly(tmp_path: Path) -> None:
    with pytest.raises(SetupError, match="another key"):
        SecretBox(Fernet.generate_key()).open(SecretBox(Fernet.generate_key()).seal("x"))
    (tmp_path / KEY_FILE).write_text("short")
    with pytest.raises(SetupError, match="32 bytes"):
        SecretBox.load(tmp_path)
