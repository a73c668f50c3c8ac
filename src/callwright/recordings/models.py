"""Recordings as values."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    from callwright.store.database import Row

State = Literal["recording", "processing", "ready", "failed", "deleted"]
Kind = Literal["call", "answer"]


@dataclass(frozen=True, kw_only=True)
class RecordingView:
    """A recording as the API shows it."""

    id: str
    number: int
    organisation_id: str
    call_id: str
    attempt_id: str
    sandbox: bool
    #: ``call``: both sides, the callee left and we right. ``answer``: what the callee said at a step.
    kind: Kind
    #: Id of the flow's step that asked for an answer.
    step: str | None
    #: ``recording`` in the air, ``processing`` until it is stored, then ``ready``, ``failed`` or ``deleted``.
    state: State
    #: Why it failed or was deleted.
    reason: str | None
    #: Silence is recorded now because somebody asked for it.
    paused: bool
    seconds: float | None
    channels: int | None
    size_bytes: int | None
    #: SHA-256 of the stored file, hexadecimal.
    sha256: str | None
    transcript: Mapping[str, Any] | None
    #: ``None``: nobody wrote or will write one.
    transcript_state: str | None
    created_at: datetime
    ready_at: datetime | None
    #: When its sound is deleted by the organisation's setting; ``None``: not by itself.
    expires_at: datetime | None
    deleted_at: datetime | None


@dataclass(frozen=True, kw_only=True)
class RecordingFilter:
    """What a list of recordings is narrowed to."""

    call_id: str | None = None
    kind: Kind | None = None
    state: State | None = None
    created_after: datetime | None = None
    created_before: datetime | None = None


def recording_of(row: Row) -> RecordingView:
    """Return the value of a row of ``page_of_recordings`` and its like."""
    return RecordingView(
        id=row["id"],
        number=row["number"],
        organisation_id=row["organisation_id"],
        call_id=row["call_id"],
        attempt_id=row["attempt_id"],
        sandbox=row["sandbox"],
        kind=row["kind"],
        step=row["step"],
        state=row["state"],
        reason=row["reason"],
        paused=row["paused"],
        seconds=row["seconds"],
        channels=row["channels"],
        size_bytes=row["size_bytes"],
        sha256=row["hash"].hex() if row["hash"] is not None else None,
        transcript=row["transcript"],
        transcript_state=row["transcript_state"],
        created_at=row["created_at"],
        ready_at=row["ready_at"],
        expires_at=row["expires_at"] if row["state"] == "ready" else None,
        deleted_at=row["deleted_at"],
    )
