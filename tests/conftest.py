"""Fixtures shared by all tests live in ``support``."""

from __future__ import annotations

from importlib.util import find_spec
from itertools import groupby
from pathlib import Path

import pytest
from hypothesis import settings

# how long an example takes depends on what else the machine does
settings.register_profile("callwright", deadline=None)
settings.load_profile("callwright")

_PLUGINS = ("support.postgres", "support.asterisk", "support.voices")
pytest_plugins = [name for name in _PLUGINS if find_spec(name) is not None]


_WHOLE_APPLIANCES = Path(__file__).parent / "e2e"


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Spread the tests of whole appliances, which wait for telephones, among the others, which compute.

    File by file: several processes that take files in this order neither all wait nor all compute, and none is left
    alone with the longest files at the end.
    """
    files = [(path, list(tests)) for path, tests in groupby(items, key=lambda item: item.path)]
    waiting = [tests for path, tests in files if path.is_relative_to(_WHOLE_APPLIANCES)]
    computing = [tests for path, tests in files if not path.is_relative_to(_WHOLE_APPLIANCES)]
    # each at its share of the way; of two at the same place the one that waits goes first
    placed = [
        (index / len(kind), order, tests)
        for order, kind in enumerate((waiting, computing))
        for index, tests in enumerate(kind)
    ]
    items[:] = [test for *_, tests in sorted(placed, key=lambda each: each[:2]) for test in tests]


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the folder in which acceptance tests leave what they saw and heard."""
    parser.addoption("--evidence", default=None, help="folder for recordings, webhooks and logs of tests/e2e")
