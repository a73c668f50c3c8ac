"""Recordings as the API shows them."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from callwright.api.native.paging import Page, QueryText
from callwright.api.native.times import Utc
from callwright.recordings.models import RecordingView

State = Literal["recording", "processing", "ready", "failed", "deleted"]


class RecordingLinksOut(BaseModel):
    """Links to the sound, for whoever has one."""

    wav: str
    mp3: str
    flac: str
    expires_at: Utc


class RecordingSummary(BaseModel):
    """A recording, as its call names it."""

    recording_id: str
    kind: Literal["call", "answer"] = Field(
        description="call: both sides, the person on the left, we or the other leg on the right. "
        "answer: what the person said at a `record` step."
    )
    step: str | None = Field(description="Of an answer: the step.")
    state: State
    seconds: float | None

    @classmethod
    def of_call(cls, recording: RecordingView) -> RecordingSummary:
        """Return what its call shows of a recording."""
        return cls(
            recording_id=recording.id,
            kind=recording.kind,
            step=recording.step,
            state=recording.state,
            seconds=recording.seconds,
        )


class RecordingOut(RecordingSummary):
    """A recording."""

    number: int
    call_id: str
    attempt_id: str
    reason: str | None = Field(description="Why it failed or was deleted.")
    paused: bool = Field(description="Silence is being recorded because somebody asked for it.")
    channels: int | None
    size_bytes: int | None = Field(description="Of what is stored (FLAC).")
    sha256: str | None = Field(description="Of what is stored (FLAC).")
    transcript: dict[str, Any] | None
    transcript_state: Literal["waiting", "ready", "failed"] | None = Field(
        description="null: no recogniser writes one here."
    )
    sandbox: bool
    links: RecordingLinksOut | None = Field(description="null unless it is ready.")
    created_at: Utc
    ready_at: Utc | None
    expires_at: Utc | None = Field(description="When its sound is deleted; null: not by itself.")
    deleted_at: Utc | None

    @classmethod
    def of(cls, recording: RecordingView, links: RecordingLinksOut | None) -> RecordingOut:
        """Return the view of a recording."""
        return cls.model_validate(
            {
                **RecordingSummary.of_call(recording).model_dump(),
                **{name: getattr(recording, name) for name in cls.model_fields if hasattr(recording, name)},
                "links": links,
            }
        )


class RecordingList(BaseModel):
    """A page of recordings, newest first."""

    recordings: list[RecordingOut]
    next_cursor: str | None


class RecordingQuery(Page):
    """What a list of recordings is narrowed to."""

    call_id: QueryText | None = None
    kind: Literal["call", "answer"] | None = None
    state: State | None = Field(default=None, description="Deleted ones are left out unless this asks for them.")
    created_after: datetime | None = None
    created_before: datetime | None = None


class FileQuery(BaseModel):
    """What a link to a recording says."""

    model_config = ConfigDict(extra="forbid")

    format: Literal["wav", "mp3", "flac"] = "wav"
    expires: int = Field(ge=0, le=2**40)
    signature: str = Field(max_length=60)


class KeptView(BaseModel):
    """How long recordings are kept."""

    kept_days: int | None = Field(description="Days after which the sound is deleted; null: it is kept.")


class KeptChange(BaseModel):
    """How long recordings shall be kept."""

    model_config = ConfigDict(extra="forbid", strict=True)

    kept_days: int | None = Field(default=None, ge=1, le=3650)
