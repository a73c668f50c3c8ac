"""Approvals as values."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

State = Literal["pending", "approved", "rejected"]


@dataclass(frozen=True, kw_only=True)
class ApprovalSettings:
    """What an organisation lets nobody hear before somebody approved it."""

    texts: bool = False
    audio: bool = False
    #: Who asks may not be who decides; then a decision needs a person, not the organisation's key.
    second_person: bool = False


@dataclass(frozen=True, kw_only=True)
class Sound:
    """An audio as far as it is approved: the same sound under another name is the same."""

    #: SHA-256 of the sound as it is played.
    content_hash: bytes
    name: str
    audio_id: str


@dataclass(frozen=True, kw_only=True)
class Comment:
    """What somebody wrote beside an approval."""

    user_id: str | None
    key_id: str | None
    comment: str
    created_at: datetime


@dataclass(frozen=True, kw_only=True)
class Approval:
    """A content, and what was decided about it."""

    id: str
    number: int
    organisation_id: str
    #: ``text`` or ``audio``.
    kind: str
    content: str
    audio_id: str | None
    state: State
    requested_by: str | None
    requested_key: str | None
    requested_at: datetime
    decided_by: str | None
    decided_key: str | None
    decided_at: datetime | None
    comments: Sequence[Comment] = ()
