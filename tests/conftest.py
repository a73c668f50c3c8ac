"""Fixtures shared by all tests live in ``support``."""

from __future__ import annotations

from importlib.util import find_spec

import pytest

_PLUGINS = ("support.postgres", "support.asterisk", "support.voices")
pytest_plugins = [name for name in _PLUGINS if find_spec(name) is not None]


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the folder in which acceptance tests leave what they saw and heard."""
    parser.addoption("--evidence", default=None, help="folder for recordings, webhooks and logs of tests/e2e")
