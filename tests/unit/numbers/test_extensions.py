"""How an extension is written."""

from __future__ import annotations

import pytest

from callwright.numbers.extensions import is_extension, read_extension


@pytest.mark.parametrize("text", ["Ext:1000", "ext:1000", " EXT: 1000 "])
def test_an_extension_is_read_in_any_case(text: str) -> None:
    assert read_extension(text) == "Ext:1000"


@pytest.mark.parametrize(
    "value", ["1000", "Ext:", "Ext:1", "Ext:1234567", "Ext:10a", "Ext:١٢", "+12125550100", 1000, None]
)
def test_nothing_else_is(value: object) -> None:
    assert read_extension(value) is None


def test_a_number_is_no_extension() -> None:
    assert is_extension("Ext:1000")
    assert not is_extension("+12125550100")
