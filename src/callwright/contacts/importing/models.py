"""An import, as a value."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from callwright.store.database import Row


@dataclass(frozen=True, kw_only=True)
class Import:
    """A file of contacts and what became of it."""

    id: str
    number: int
    organisation_id: str
    owner_id: str | None
    sandbox: bool
    #: ``uploaded``, ``queued``, ``running``, ``completed``, ``cancelled``, ``failed``, ``undoing`` or ``undone``.
    state: str
    file_name: str
    bytes: int
    encoding: str
    delimiter: str
    has_header: bool
    columns: tuple[str, ...]
    #: ``importing.plan.Plan`` as JSON, once it is started.
    plan: Mapping[str, Any] | None
    group_id: str | None
    #: Records that are done with: the sum of the four below.
    processed: int
    created: int
    updated: int
    skipped: int
    failed: int
    bytes_read: int
    cancel_requested: bool
    #: Why it failed as a whole.
    error: str | None
    #: What an undo removed, restored, and left because it was changed since.
    removed: int
    restored: int
    kept: int
    created_at: datetime
    started_at: datetime | None
    ended_at: datetime | None


def import_of(row: Row) -> Import:
    """Return the value of a row of ``imports``."""
    return Import(**{**dict(row), "columns": tuple(row["columns"])})
