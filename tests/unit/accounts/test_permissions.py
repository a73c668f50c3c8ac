from __future__ import annotations

import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from callwright.accounts.permissions import (
    PERMISSIONS,
    RESOURCES,
    ROLE_PERMISSIONS,
    ROLES,
    covers,
    expand,
    needed,
    of_principal,
    of_role,
    unknown,
)

PAGE = Path(__file__).parents[3] / "docs/reference/accounts.md"

listed = st.lists(st.sampled_from([*sorted(PERMISSIONS), "*", "*:read", "moon:read", ""]), max_size=6)
roles = st.sampled_from(ROLES)


def written(permissions: frozenset[str], name: str) -> str:
    letters = (("r", "read"), ("w", "write"))
    return "".join(letter for letter, action in letters if f"{name}:{action}" in permissions) or "-"


def test_the_reference_has_the_table() -> None:
    rows = re.findall(r"^\| `([a-z-]+)` \| (.+) \|$", PAGE.read_text(encoding="utf-8"), re.MULTILINE)
    shown = {name: cells.split(" | ") for name, cells in rows}
    columns = [
        *(ROLE_PERMISSIONS[role] for role in ROLES),
        of_role("agent", fenced=True),
        of_principal("*", sandbox=True),
    ]
    assert shown == {
        resource.name: [written(permissions, resource.name) for permissions in columns] for resource in RESOURCES
    }


def test_roles_are_ordered() -> None:
    assert ROLE_PERMISSIONS["read-only"] - {"sessions:write"} < ROLE_PERMISSIONS["manager"]
    assert ROLE_PERMISSIONS["agent"] < ROLE_PERMISSIONS["manager"] < ROLE_PERMISSIONS["owner"] == PERMISSIONS


def test_who_does_not_manage_people_reads_no_secrets_and_no_log() -> None:
    for role in ("agent", "read-only"):
        for permission in ("webhooks:read", "audit-log:read", "users:write", "account:write"):
            assert permission not in of_role(role), (role, permission)


@pytest.mark.parametrize(
    ("method", "path", "permission"),
    [
        ("GET", "/api/v1/calls", "calls:read"),
        ("HEAD", "/api/v1/calls/cal_1", "calls:read"),
        ("POST", "/api/v1/calls/cal_1/cancel", "calls:write"),
        ("PATCH", "/api/v1/users/usr_1", "users:write"),
        ("DELETE", "/api/v1/audit-log", "audit-log:write"),
        ("BREW", "/api/v1/coffee", "coffee:write"),
    ],
)
def test_a_route_tells_its_permission(method: str, path: str, permission: str) -> None:
    assert needed(method, path) == permission


def test_what_nobody_decided_about_is_closed_to_all() -> None:
    assert needed("GET", "/api/v1/coffee") not in expand(["*"])


@given(listed, roles, st.booleans(), st.booleans())
def test_a_key_never_does_more_than_its_person_and_its_list(
    names: list[str], role: str, fenced: bool, sandbox: bool
) -> None:
    found = next(known for known in ROLES if known == role)
    allowed = of_principal(names, role=found, fenced=fenced, sandbox=sandbox)
    assert allowed <= of_role(found, fenced=fenced) <= ROLE_PERMISSIONS[found]
    assert allowed <= expand(names) <= PERMISSIONS
    assert of_principal(names, role=found, fenced=fenced) >= allowed


@given(listed)
def test_every_name_is_known_or_named(names: list[str]) -> None:
    assert set(unknown(names)) == {name for name in names if name in {"moon:read", ""}}


@given(st.frozensets(st.sampled_from(sorted(PERMISSIONS))), st.frozensets(st.sampled_from(sorted(PERMISSIONS))))
def test_nobody_gives_what_they_do_not_have(have: frozenset[str], wanted: frozenset[str]) -> None:
    assert covers(have, wanted) == (wanted <= have)
    assert covers(frozenset({"*"}), wanted)
