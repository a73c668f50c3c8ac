"""Organisations and keys, as values."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, time


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


@dataclass(frozen=True, kw_only=True)
class Principal:
    """Who makes a request: the organisation and what its key allows."""

    organisation: Organisation
    key_id: str
    #: Reaches only the handset lab and costs nothing.
    sandbox: bool
    #: ``emergency``, ``transactional`` or ``marketing``: decides whether calling hours bind.
    purpose: str
    #: The person behind it: of a session, or of a key that a person made for themselves; ``None``: the organisation's.
    user_id: str | None = None
    #: A subuser sees only what it owns: the id that ``owner_id`` of every row must have; ``None``: no fence.
    fence: str | None = None
    #: What it may do, as ``resource:read`` and ``resource:write``; ``*``: everything.
    permissions: frozenset[str] = frozenset({"*"})

    def may(self, permission: str) -> bool:
        """Return whether it may do this."""
        return "*" in self.permissions or permission in self.permissions
