from __future__ import annotations

import csv
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from callwright.contacts.exporting import cell, csv_line, uncell


@pytest.mark.parametrize("text", ["=1+1", "+12125550100", "-x", "@SUM(A1)", "\t=1", "\r=1"])
def test_formulas_are_defused(text: str) -> None:
    assert cell(text) == f"'{text}"


def test_values() -> None:
    assert [cell(v) for v in (None, True, False, -5, 1.5, "plain", "'x")] == [
        "",
        "true",
        "false",
        "-5",
        "1.5",
        "plain",
        "'x",
    ]


@given(st.text())
def test_no_cell_begins_a_formula_and_each_comes_back(text: str) -> None:
    written = cell(text)
    assert not written.startswith(("=", "+", "-", "@", "\t", "\r"))
    if not text.startswith("'"):
        assert uncell(written) == text


@given(st.lists(st.text(st.characters(codec="utf-8", exclude_characters="\x00")), min_size=1))
def test_lines_are_csv(cells: list[str]) -> None:
    if cells == [""]:
        return
    (back,) = csv.reader(io.StringIO(csv_line(cells).decode(), newline=""))
    assert back == cells
