"""What requests say of audio, and how it is shown."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, StrictInt, StrictStr

from callwright.api.native.paging import Page, QueryText
from callwright.api.native.times import Utc
from callwright.audio.models import Audio, AudioFilter, Source, State
from callwright.audio.preparing import shown_origin
from callwright.audio.service import MAX_DESCRIPTION, MAX_LABEL, MAX_LABELS, MAX_NAME
from callwright.flows.fields import MAX_TEXT

Label = Annotated[str, Field(min_length=1, max_length=MAX_LABEL)]
Labels = Annotated[list[Label], Field(max_length=MAX_LABELS)]


class AudioRequest(BaseModel):
    """Audio that is not sent as a file: fetched from `url`, spoken from `text`, or recorded in a call to `to`."""

    model_config = ConfigDict(extra="forbid", strict=True)

    name: str | None = Field(default=None, max_length=MAX_NAME, description="Absent: made of what it comes from.")
    labels: Labels = Field(default_factory=list)
    source: Literal["url", "text", "phone"] | None = Field(default=None, description="Follows from the other fields.")
    to: StrictStr | StrictInt | None = Field(
        default=None, description="Whom to call: a number, or `Ext:1000`. They speak, hear it, and keep it with 1."
    )
    from_: StrictStr | StrictInt | None = Field(default=None, alias="from", description="With `to`: a number of yours.")
    url: str | None = Field(default=None, max_length=2000, description="Fetched once; redirects are followed.")
    text: str | None = Field(
        default=None, min_length=1, max_length=MAX_TEXT, description="Spoken as it is: placeholders are not filled."
    )
    voice: str | None = Field(default=None, max_length=100, examples=["en-US-Neural-F"])
    language: str | None = Field(default=None, max_length=50, examples=["en-US"])
    rate: float | None = Field(default=None, ge=0.5, le=2)
    pitch: float | None = Field(default=None, ge=0.5, le=2)


class AudioChange(BaseModel):
    """What to change of an audio; its sound never changes."""

    model_config = ConfigDict(extra="forbid", strict=True)

    name: str | None = Field(default=None, max_length=MAX_NAME)
    labels: Labels | None = None
    description: str | None = Field(default=None, max_length=MAX_DESCRIPTION)


class UploadQuery(BaseModel):
    """What the file itself does not say; parts of a form with these names do the same."""

    model_config = ConfigDict(extra="forbid")

    name: QueryText | None = None
    file_name: QueryText | None = None
    label: list[QueryText] = Field(default_factory=list)


class AudioQuery(Page):
    """Query parameters of the list."""

    state: State | None = None
    source: Source | None = None
    name: QueryText | None = Field(default=None, description="A part of the name.")
    label: QueryText | None = None
    number: int | None = Field(default=None, ge=1, le=2**62)

    @property
    def wanted(self) -> AudioFilter:
        """The filter."""
        return AudioFilter(state=self.state, source=self.source, name=self.name, label=self.label, number=self.number)


class FileQuery(BaseModel):
    """A link's query, as it was made."""

    model_config = ConfigDict(extra="forbid")

    format: Literal["mp3", "wav"] = "mp3"
    expires: int = Field(ge=0, le=2**40)
    signature: str = Field(max_length=60, pattern=r"^[A-Za-z0-9_-]+$")


class AudioLinksView(BaseModel):
    """Where the sound can be had without a key, for a while."""

    mp3: str
    wav: str
    expires_at: Utc


class AudioView(BaseModel):
    """An audio."""

    audio_id: str = Field(examples=["aud_06e4k1q0s8b2n4p6r8t0"])
    number: int
    name: str
    description: str
    labels: list[str]
    source: Source
    state: State = Field(description="pending: it is being converted. Flows play what is ready.")
    reason: str | None = Field(description="Why it failed.")
    duration_seconds: float | None
    file_name: str | None
    url: str | None = Field(description="Without its query.")
    text: str | None
    voice: str | None
    to: str | None = Field(description="Who records it by telephone.")
    call_id: str | None
    format: str | None = Field(description="Of the file as it came.")
    codec: str | None
    sample_rate: int | None
    channels: int | None
    original_loudness_dbfs: float | None
    loudness_dbfs: float | None = Field(description="As it is played: speech without its pauses, full scale is 0.")
    peak_dbfs: float | None
    bytes: int | None = Field(description="Of the file as it came.")
    sandbox: bool
    links: AudioLinksView | None = Field(description="null until it is ready.")
    created_at: Utc
    updated_at: Utc

    @classmethod
    def of(cls, audio: Audio, links: AudioLinksView | None) -> AudioView:
        """Return the view of an audio."""
        facts = audio.facts or {}
        origin = shown_origin(audio.origin)
        named: dict[str, Any] = {
            name: facts.get(name)
            for name in (
                *("format", "codec", "sample_rate", "channels"),
                *("original_loudness_dbfs", "loudness_dbfs", "peak_dbfs"),
            )
        }
        return cls(
            audio_id=audio.id,
            number=audio.number,
            name=audio.name,
            description=audio.description,
            labels=list(audio.labels),
            source=audio.source,
            state=audio.state,
            reason=audio.reason,
            duration_seconds=facts.get("seconds"),
            file_name=origin.get("file_name") or None,
            url=origin.get("url"),
            text=origin.get("text"),
            voice=origin.get("voice"),
            to=origin.get("to"),
            call_id=origin.get("call_id"),
            bytes=audio.origin.get("bytes"),
            sandbox=audio.sandbox,
            links=links,
            created_at=audio.created_at,
            updated_at=audio.updated_at,
            **named,
        )


class AudioList(BaseModel):
    """A page of audio."""

    audio: list[AudioView]
    next_cursor: str | None
