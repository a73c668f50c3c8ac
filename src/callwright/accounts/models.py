"""Organisations, people, keys, sessions, and who makes a request: as values."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, time
from typing import Any, Literal


@dataclass(frozen=True, kw_only=True)
class Organisation:
    """A customer of this appliance; everything belongs to one."""

    id: str
    number: int
    name: str
    #: IANA name.
    time_zone: str
    #: ISO 3166 region whose national format is accepted for numbers.
    region: str
    voice: str
    #: Daily window in the callee's zone; both ``None`` when turned off.
    calling_from: time | None
    calling_until: time | None
    created_at: datetime
    #: The price list by which its contacts are charged; ``None``: it is not metered.
    rate_plan_id: str | None = None
    #: What a person who calls back hears as its name; ``None``: the name.
    spoken_name: str | None = None
    #: Days for which a person who calls back hears the message again.
    callback_days: int = 30
    #: What it set for its dialects: ``accounts/dialects.py``.
    dialect_options: Mapping[str, Any] = field(default_factory=dict)
    #: Looks after the installation: its owners and managers see and change every trunk.
    operates: bool = False


#: What a person may do; ``accounts/permissions.py`` says what each one means.
Role = Literal["owner", "manager", "agent", "read-only"]


@dataclass(frozen=True, kw_only=True)
class User:
    """A person of an organisation; never the password or the second factor's secret."""

    id: str
    number: int
    organisation_id: str
    email: str
    name: str
    #: A dialect's sign-in name beside the email.
    username: str | None
    phone: str | None
    company: str | None
    role: Role
    #: A subuser: sees only what it owns.
    fenced: bool
    #: Whether it chose a password; until then an invitation is open.
    has_password: bool
    second_factor: bool
    created_at: datetime
    last_login_at: datetime | None
    disabled_at: datetime | None
    updated_at: datetime
    #: Where they were given apart.
    first_name: str | None = None
    last_name: str | None = None


@dataclass(frozen=True, kw_only=True)
class Session:
    """A person signed in on one device."""

    id: str
    organisation_id: str
    user_id: str
    sandbox: bool
    created_at: datetime
    expires_at: datetime
    last_seen_at: datetime
    #: Of the client, at the sign-in.
    address: str | None
    user_agent: str | None
    #: When a code was given; ``None``: the person has no second factor.
    second_factor_at: datetime | None


@dataclass(frozen=True, kw_only=True)
class ApiKey:
    """A key as lists show it: never the secret itself."""

    id: str
    organisation_id: str
    name: str
    prefix: str
    sandbox: bool
    purpose: str
    created_at: datetime
    expires_at: datetime | None
    revoked_at: datetime | None
    last_used_at: datetime | None
    #: Whom it acts for; ``None``: the organisation.
    user_id: str | None
    created_by: str | None
    #: As it was made: ``resource:read``, ``resource:write``, ``*:read``, ``*``. Its person's role narrows it further.
    permissions: tuple[str, ...]
    #: The one dialect that takes it; ``None``: the native API.
    dialect: str | None
    rotated_from: str | None


@dataclass(frozen=True, kw_only=True)
class Actor:
    """Who changes something: for the audit log, and for what they may give to others."""

    organisation_id: str
    #: ``operator``: the command line. ``system``: nobody, such as a background job.
    kind: Literal["user", "key", "operator", "system"]
    user_id: str | None = None
    key_id: str | None = None
    fence: str | None = None
    permissions: frozenset[str] = frozenset({"*"})
    sandbox: bool = False
    #: Of the client; ``None`` on the command line.
    address: str | None = None


def operator(organisation_id: str) -> Actor:
    """Return the operator of the appliance, who uses the command line."""
    return Actor(organisation_id=organisation_id, kind="operator")


@dataclass(frozen=True, kw_only=True)
class Principal:
    """Who makes a request: the organisation and what its key or session allows."""

    organisation: Organisation
    #: ``None`` for a session.
    key_id: str | None
    #: Reaches only the handset lab and costs nothing.
    sandbox: bool
    #: ``emergency``, ``transactional`` or ``marketing``: decides whether calling hours bind.
    purpose: str
    #: The person behind it: of a session, or of a key that a person made for themselves; ``None``: the organisation's.
    #: It is the ``owner_id`` of what is made.
    user_id: str | None = None
    #: A subuser sees only what it owns: the id that ``owner_id`` of every row must have; ``None``: no fence.
    fence: str | None = None
    #: What it may do, as ``resource:read`` and ``resource:write``; ``*``: everything.
    permissions: frozenset[str] = frozenset({"*"})
    session_id: str | None = None
    #: Of the client.
    address: str | None = None

    def may(self, permission: str) -> bool:
        """Return whether it may do this."""
        return "*" in self.permissions or permission in self.permissions

    @property
    def id(self) -> str:
        """Tells one key or session from another, such as for rate limits."""
        return self.key_id or self.session_id or self.organisation.id

    @property
    def actor(self) -> Actor:
        """The same, for services that write."""
        return Actor(
            organisation_id=self.organisation.id,
            kind="user" if self.session_id is not None else "key",
            user_id=self.user_id,
            key_id=self.key_id,
            fence=self.fence,
            permissions=self.permissions,
            sandbox=self.sandbox,
            address=self.address,
        )
