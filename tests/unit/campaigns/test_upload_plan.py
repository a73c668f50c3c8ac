"""Which column of a file is what."""

from __future__ import annotations

from typing import Any

import pytest

from callwright.campaigns.upload_plan import check_fills, guess, read_mapping
from callwright.errors import InvalidRequest

ROWS = [["Sarah", "+1 (212) 555-0100", "12"], ["Tom", "2125550101", "13"]]


@pytest.mark.parametrize(
    ("columns", "expected"),
    [
        (["Name", "Phone", "Age"], {"Name": "variables.Name", "Phone": "to", "Age": "variables.Age"}),
        # nothing is called like a number, but one column looks like it
        (["column 1", "column 2", "column 3"], {"column 1": "variables.column_1", "column 2": "to"}),
        (["First name", "Mobile", "Phone 2"], {"First name": "variables.First_name", "Phone 2": "other_number"}),
        (["First name", "Mobile", "Phone 2"], {"Mobile": "to"}),
        (["to", "phone", "größe"], {"to": "to", "phone": "variables.phone", "größe": "variables.gr_e"}),
    ],
)
def test_names_tell(columns: list[str], expected: dict[str, str]) -> None:
    assert expected.items() <= guess(columns, ROWS).items()


@pytest.mark.parametrize(
    ("mapping", "field"),
    [
        ({"Phone": "to", "Other": "to"}, "mapping"),
        ({"Name": "variables.NAME"}, "mapping"),
        ({"Phone": "to", "Nmae": "variables.NAME"}, "mapping.Nmae"),
        ({"Phone": "to", "Name": "variables.1st"}, "mapping.Name"),
        ({"Phone": "number"}, "mapping.Phone"),
        ({"Phone": "to", "Name": "variables.N", "Other": "variables.N"}, "mapping.Other"),
    ],
)
def test_what_a_mapping_may_not_say(mapping: dict[str, Any], field: str) -> None:
    with pytest.raises(InvalidRequest) as error:
        read_mapping(mapping, ["Name", "Phone", "Other"])
    assert field in {each.field for each in error.value.errors}


def test_a_mapping() -> None:
    columns = ["Name", "Phone", "Other", "Notes"]
    mapping = {"Name": "variables.NAME", "Phone": "to", "Other": "other_number", "Notes": None}
    assert read_mapping(mapping, columns) == (1, (2,), {"NAME": 0})


def test_each_placeholder_needs_a_column() -> None:
    check_fills(["name"], {"NAME": 0})
    with pytest.raises(InvalidRequest, match="AGE"):
        check_fills(["NAME", "AGE"], {"NAME": 0})
