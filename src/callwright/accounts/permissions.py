"""Who may do what: one table. A resource that is not in it is closed to everybody.

A resource is the first part of a path after ``/api/v1/``. ``read`` is GET and HEAD, ``write`` everything else.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import get_args

from callwright.accounts.models import Role

ROLES: tuple[Role, ...] = get_args(Role)
READ, WRITE = "read", "write"
#: Methods that change nothing.
SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})
#: In a key's list of permissions: everything, and reading everything.
EVERYTHING, READ_EVERYTHING = "*", "*:read"


@dataclass(frozen=True)
class Resource:
    """What each role may do with a resource: ``rw``, ``r`` or nothing. An owner may do everything."""

    name: str
    manager: str = "rw"
    agent: str = "rw"
    read_only: str = "r"
    #: Whether every query of it takes the fence, so that subusers (agents or read-only) may come near.
    subusers: bool = False
    #: What a sandbox key or session may do at most: what it changes must not reach people or live keys.
    sandbox: str = "rw"


#: In the order of the documentation.
RESOURCES = (
    Resource("calls", subusers=True),
    Resource("campaigns", subusers=True),
    Resource("campaign-drafts", subusers=True),
    Resource("recipients"),
    Resource("orders", subusers=True),
    Resource("sms", subusers=True),
    Resource("emails", subusers=True),
    Resource("messages"),
    Resource("conversations"),
    Resource("flows", subusers=True),
    Resource("templates", subusers=True),
    Resource("senders", agent="r", subusers=True, sandbox="r"),
    Resource("contacts", subusers=True),
    Resource("groups", subusers=True),
    Resource("segments", subusers=True),
    Resource("imports", subusers=True),
    Resource("exports"),
    Resource("consents", subusers=True, sandbox="r"),
    Resource("suppressions", subusers=True),
    Resource("do-not-call", sandbox="r"),
    Resource("contactability"),
    Resource("audio", subusers=True),
    Resource("voices", agent="r", subusers=True),
    Resource("languages", agent="r", subusers=True),
    Resource("recordings"),
    Resource("transcripts"),
    Resource("events", agent="r", subusers=True),
    Resource("deliveries", subusers=True),
    Resource("numbers", agent="r", subusers=True),
    Resource("number-pools", agent="r", sandbox="r"),
    Resource("extensions", agent="r"),
    Resource("trunks", agent="", read_only="r", sandbox="r"),
    Resource("verifications"),
    Resource("approvals", agent="r"),
    Resource("webhooks", agent="", read_only=""),
    Resource("statistics", agent="r"),
    Resource("account", manager="r", agent="r", subusers=True, sandbox="r"),
    Resource("limits", manager="r", agent="r", sandbox="r"),
    Resource("ledger", manager="r", agent="", sandbox="r"),
    Resource("rates", manager="r", agent="", sandbox="r"),
    Resource("prices", agent="r"),
    Resource("statements", manager="r", agent="", sandbox="r"),
    Resource("budgets", agent="r", sandbox="r"),
    Resource("users", agent="", sandbox=""),
    Resource("keys", agent="rw", read_only="", subusers=True, sandbox=""),
    Resource("sessions", agent="rw", read_only="rw", subusers=True, sandbox=""),
    Resource("audit-log", manager="r", agent="", read_only="", sandbox=""),
    Resource("request-log", manager="r", agent="", read_only="", sandbox="r"),
)


def permissions_of(access: str, name: str) -> set[str]:
    """Return ``{"calls:read", "calls:write"}`` for ``rw`` of ``calls``."""
    return {f"{name}:{READ if letter == 'r' else WRITE}" for letter in access}


def _all(access: Iterable[tuple[str, str]]) -> frozenset[str]:
    return frozenset(permission for letters, name in access for permission in permissions_of(letters, name))


#: Every permission there is.
PERMISSIONS = _all(("rw", resource.name) for resource in RESOURCES)
ROLE_PERMISSIONS: dict[Role, frozenset[str]] = {
    "owner": PERMISSIONS,
    "manager": _all((resource.manager, resource.name) for resource in RESOURCES),
    "agent": _all((resource.agent, resource.name) for resource in RESOURCES),
    "read-only": _all((resource.read_only, resource.name) for resource in RESOURCES),
}
_SUBUSERS = _all(("rw", resource.name) for resource in RESOURCES if resource.subusers)
_SANDBOX = _all((resource.sandbox, resource.name) for resource in RESOURCES)


def of_role(role: Role, *, fenced: bool = False) -> frozenset[str]:
    """Return what a person of this role may do; ``fenced``: a subuser."""
    return ROLE_PERMISSIONS[role] & _SUBUSERS if fenced else ROLE_PERMISSIONS[role]


def expand(listed: Collection[str]) -> frozenset[str]:
    """Return the permissions that a key's list names, ``*`` and ``*:read`` written out."""
    if EVERYTHING in listed:
        return PERMISSIONS
    known = PERMISSIONS.intersection(listed)
    if READ_EVERYTHING in listed:
        known |= {permission for permission in PERMISSIONS if permission.endswith(f":{READ}")}
    return known


def unknown(listed: Collection[str]) -> list[str]:
    """Return what of a key's list is no permission."""
    return sorted(set(listed) - PERMISSIONS - {EVERYTHING, READ_EVERYTHING})


def of_principal(
    listed: Collection[str], *, role: Role | None = None, fenced: bool = False, sandbox: bool = False
) -> frozenset[str]:
    """Return what a key or session may do now: its list, within the role of its person, within the sandbox's."""
    allowed = expand(listed)
    if role is not None:
        allowed &= of_role(role, fenced=fenced)
    return allowed & _SANDBOX if sandbox else allowed


def covers(have: frozenset[str], wanted: frozenset[str]) -> bool:
    """Return whether somebody who may do ``have`` may give ``wanted`` away: nobody gives more than they have."""
    return "*" in have or wanted <= have


def needed(method: str, path: str) -> str:
    """Return the permission that a request needs: ``POST /api/v1/calls/cal_1/cancel`` needs ``calls:write``."""
    resource = path.removeprefix("/api/v1/").partition("/")[0]
    return f"{resource}:{READ if method in SAFE_METHODS else WRITE}"
