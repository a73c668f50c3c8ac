"""The house plan, held: imports go one way, files stay small, and what must never be imported is not."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

SOURCE = Path(__file__).parents[2] / "src" / "callwright"
MOST_LINES = 600

FOUNDATION = {"clock", "errors", "ids", "logs", "ports", "processes", "settings", "vitality"}
#: What each package may import beside the foundation and itself.
MAY_IMPORT = {
    "flows": set(),
    "rules": set(),
    "speech": set(),
    "mail": {"flows"},
    "store": {"rules"},
    "events": {"flows", "rules", "store"},
    "accounts": {"flows", "rules", "store", "events"},
    "numbers": {"flows", "rules", "store", "events", "accounts"},
    "contacts": {"rules", "store", "events", "accounts", "numbers"},
    "approvals": {"rules", "store", "events", "accounts"},
    "consents": {"rules", "store", "events", "accounts", "numbers", "contacts"},
    "audio": {"rules", "store", "events", "accounts"},
    "billing": {"rules", "store", "events", "accounts", "numbers"},
    "callflows": {"store", "accounts"},
    "messages": {
        "flows",
        "rules",
        "mail",
        "store",
        "events",
        "accounts",
        "numbers",
        "approvals",
        "billing",
        "contacts",
    },
    "calls": {
        "flows",
        "rules",
        "store",
        "events",
        "accounts",
        "numbers",
        "approvals",
        "audio",
        "billing",
        "contacts",
        "mail",
        "messages",
    },
    "campaigns": {
        "flows",
        "rules",
        "store",
        "events",
        "accounts",
        "numbers",
        "approvals",
        "billing",
        "contacts",
        "mail",
        "messages",
        "calls",
    },
    "orders": {
        "rules",
        "store",
        "events",
        "accounts",
        "numbers",
        "contacts",
        "calls",
        "messages",
        "campaigns",
    },
    "recordings": {"flows", "rules", "store", "events", "accounts", "numbers", "contacts", "audio", "calls"},
    "verifications": {"flows", "rules", "store", "events", "accounts", "numbers", "messages", "calls"},
    "console": set(),
    "channels": {"rules", "mail", "store", "events", "messages"},
    "dispatch": {"rules", "store", "events", "accounts", "numbers", "billing", "messages", "calls", "campaigns"},
    "telephony": {"flows", "rules", "store", "calls", "dispatch", "speech"},
    "api": {
        "flows",
        "rules",
        "store",
        "events",
        "accounts",
        "numbers",
        "approvals",
        "audio",
        "recordings",
        "billing",
        "callflows",
        "consents",
        "contacts",
        "mail",
        "messages",
        "calls",
        "campaigns",
        "orders",
        "speech",
        "verifications",
    },
}
#: The composition root and the commands, which may import everything.
ROOTS = {"__init__", "__main__", "appliance", "approval_room", "audio_room", "audit", "backup", "call_trace", "cli",
         "cli_accounts", "cli_asterisk", "cli_backup", "cli_billing", "cli_breakers", "cli_campaigns", "cli_dnc",
         "cli_extensions", "cli_lab", "cli_messages",
         "cli_postgres", "cli_setup", "cli_trunks", "cli_users", "cli_voices", "demo",
         "doctor", "engine_lines", "foundation", "jobs", "keyword_calls", "listening", "mailing", "messaging_room",
         "metrics", "postgres_upgrade", "recorders", "system_mail", "trunk_desk"}  # fmt: skip

FILES = sorted(SOURCE.rglob("*.py"))


def imported(path: Path) -> Iterator[str]:
    """Yield the modules that a file imports, wherever in it."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(SOURCE)))
def test_imports_follow_the_house_plan(path: Path) -> None:
    package = path.relative_to(SOURCE).parts[0].removesuffix(".py")
    if package in ROOTS:
        return
    allowed = FOUNDATION | {package} | MAY_IMPORT.get(package, set())
    targets = {name.split(".")[1] for name in imported(path) if name.startswith("callwright.")}
    assert targets <= allowed, f"{package} may not import {sorted(targets - allowed)}"


def test_imports_are_absolute() -> None:
    # ``from ..calls import x`` would slip past the test above
    for path in FILES:
        nodes = ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        assert not any(isinstance(node, ast.ImportFrom) and node.level for node in nodes), path


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(SOURCE)))
def test_a_file_is_one_idea(path: Path) -> None:
    assert len(path.read_text(encoding="utf-8").splitlines()) <= MOST_LINES


def test_no_package_is_without_a_place() -> None:
    packages = {path.relative_to(SOURCE).parts[0].removesuffix(".py") for path in FILES}
    assert packages <= ROOTS | FOUNDATION | set(MAY_IMPORT)


def test_the_pure_packages_do_no_input_or_output() -> None:
    forbidden = {"asyncio", "asyncpg", "httpx", "os", "pathlib", "random", "socket", "subprocess", "time"}
    for path in FILES:
        if path.relative_to(SOURCE).parts[0] in {"flows", "rules"}:
            assert not forbidden & {name.split(".")[0] for name in imported(path)}, path


def test_the_geocoder_is_never_imported() -> None:
    # it takes 2.6 s and 207 MB, and nothing here needs the names of places
    for path in FILES:
        assert not any("phonenumbers.geocoder" in name for name in imported(path)), path


def test_the_api_holds_no_sql() -> None:
    for path in (SOURCE / "api").rglob("*.py"):
        assert "statements(" not in path.read_text(encoding="utf-8"), path


def test_every_query_file_names_its_statements_once() -> None:
    for path in SOURCE.rglob("queries.sql"):
        names = [line for line in path.read_text(encoding="utf-8").splitlines() if line.startswith("-- name:")]
        assert len(names) == len(set(names)), path
