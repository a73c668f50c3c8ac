"""Softphone accounts: made once, private, removed."""

from __future__ import annotations

from pathlib import Path

import pytest

from callwright.errors import Conflict, InvalidRequest, NotFound
from callwright.telephony.lab.softphones import Softphones


def test_an_account_becomes_an_endpoint_with_its_password(tmp_path: Path) -> None:
    phones = Softphones(tmp_path)
    password = phones.add("1000")
    assert phones.names() == ["1000"]
    assert f"username = 1000\npassword = {password}\n" in phones.endpoints()
    assert (tmp_path / "softphones.json").stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize("name", ["999", "1100", "alice", "1000]\n[x", ""])
def test_only_numbers_of_the_softphone_range(tmp_path: Path, name: str) -> None:
    with pytest.raises(InvalidRequest, match="1000"):
        Softphones(tmp_path).add(name)


def test_an_account_is_made_once_and_removed_once(tmp_path: Path) -> None:
    phones = Softphones(tmp_path)
    phones.add("1001")
    with pytest.raises(Conflict):
        phones.add("1001")
    phones.remove("1001")
    with pytest.raises(NotFound):
        phones.remove("1001")
