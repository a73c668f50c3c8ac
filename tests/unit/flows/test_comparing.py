from __future__ import annotations

from typing import Any

import pytest

from callwright.flows.comparing import holds


@pytest.mark.parametrize(
    ("actual", "operator", "expected"),
    [
        ("Yes", "==", "yes"),
        ("007", "==", 7),
        ("7.0", "==", 7),
        ("true", "==", True),
        ("7", "!=", "007"),
        ("x", "!=", 7),
        ("10", ">", "9"),
        ("10", ">", 9.5),
        ("2025-04-15", "<", "2025-10-01"),
        ("9", ">=", 9),
        ("-1", "<=", 0),
        ("b", "in", ("a", "B")),
        ("7", "in", ("a", 7)),
        ("Hello Ann", "contains", "ann"),
        ("", "exists", None),
        (None, "exists", False),
        (None, "!=", "x"),
    ],
)
def test_holds(actual: str | None, operator: str, expected: Any) -> None:
    assert holds(operator, actual, expected)


@pytest.mark.parametrize(
    ("actual", "operator", "expected"),
    [
        ("007", "==", "7"),
        ("x", "==", 7),
        ("9", ">", "10"),
        ("b", "in", ("a",)),
        (None, "==", ""),
        (None, "<", 5),
        (None, "in", ("",)),
        (None, "contains", ""),
        (None, "exists", None),
        ("x", "exists", False),
        ("x", ">", 5),
        ("x", "<", 5),
        ("x", "<", True),
    ],
)
def test_does_not_hold(actual: str | None, operator: str, expected: Any) -> None:
    assert not holds(operator, actual, expected)
