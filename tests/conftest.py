"""Fixtures shared by all tests live in ``support``."""

from __future__ import annotations

from importlib.util import find_spec

pytest_plugins = [name for name in ("support.postgres", "support.asterisk") if find_spec(name) is not None]
