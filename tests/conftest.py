"""Fixtures shared by all tests live in ``support``."""

from __future__ import annotations

from importlib.util import find_spec
from typing import Any

import pytest
from hypothesis import settings

# how long an example takes depends on what else the machine does
settings.register_profile("callwright", deadline=None)
settings.load_profile("callwright")

_PLUGINS = ("support.postgres", "support.asterisk", "support.voices", "support.together")
pytest_plugins = [name for name in _PLUGINS if find_spec(name) is not None]


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Any:
    """Let several processes share the machine so that what listens in real time is not late."""
    if config.getoption("dist") != "loadfile":
        return None
    from support.spreading import SpreadScheduling

    return SpreadScheduling(config, log)


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the folder in which acceptance tests leave what they saw and heard."""
    parser.addoption("--evidence", default=None, help="folder for recordings, webhooks and logs of tests/e2e")
