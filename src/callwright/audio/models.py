"""Audio as values."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

Source = Literal["upload", "url", "text", "phone"]
State = Literal["pending", "ready", "failed"]


@dataclass(frozen=True, kw_only=True)
class Audio:
    """A piece of sound that flows can play once it is ready; its sound never changes."""

    id: str
    number: int
    organisation_id: str
    owner_id: str | None
    #: Made with a sandbox key: live calls do not play it.
    sandbox: bool
    name: str
    labels: Sequence[str]
    source: Source
    #: What it is made of, by source: ``file_name``; ``url``; ``text``, ``voice``, …; ``to``, ``call_id``.
    origin: Mapping[str, Any]
    state: State
    #: Why it failed.
    reason: str | None
    tries: int
    #: SHA-256 of the file as it came, and of the sound as it is played.
    source_hash: bytes | None
    content_hash: bytes | None
    #: ``seconds``, ``format``, ``codec``, ``sample_rate``, ``channels``, ``original_loudness_dbfs``, ``loudness_dbfs``,
    #: ``peak_dbfs``; ``None`` until it is ready.
    facts: Mapping[str, Any] | None
    created_at: datetime
    updated_at: datetime
    ended_at: datetime | None
    deleted_at: datetime | None
    #: As people read it.
    description: str = ""

    @property
    def seconds(self) -> float:
        """Its length; 0 until it is ready."""
        return float(self.facts["seconds"]) if self.facts else 0.0


@dataclass(frozen=True, kw_only=True)
class AudioFilter:
    """Which of an organisation's audio is wanted; absent fields do not narrow."""

    state: State | None = None
    source: Source | None = None
    #: A part of its name, in any case.
    name: str | None = None
    label: str | None = None
    number: int | None = None
