"""Saved flows and their versions, as values."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from callwright.store.database import Row


@dataclass(frozen=True, kw_only=True)
class SavedFlow:
    """A flow under a name: what its author works on, and how often it was published."""

    id: str
    number: int
    organisation_id: str
    owner_id: str | None
    name: str
    description: str
    #: As its author left it; it may be unfinished.
    draft: Mapping[str, Any]
    #: Where a builder shows each step, ``{"menu": {"x": 0, "y": 120}}``.
    layout: Mapping[str, Any]
    #: Counts changes of draft and layout.
    revision: int
    #: The newest version; ``None``: it was never published.
    published: int | None
    created_at: datetime
    updated_at: datetime


@dataclass(frozen=True, kw_only=True)
class FlowVersion:
    """What was published once, and never changes."""

    flow_id: str
    version: int
    #: Canonical JSON.
    body: Mapping[str, Any]
    layout: Mapping[str, Any]
    note: str
    #: Id of the user or key.
    published_by: str | None
    published_at: datetime


@dataclass(frozen=True, kw_only=True)
class Running:
    """A campaign that has not ended and calls with a version."""

    campaign_id: str
    name: str
    state: str
    version: int


def saved_flow_of(row: Row) -> SavedFlow:
    """Return the value of a row of ``saved_flows``."""
    return SavedFlow(
        id=row["id"],
        number=row["number"],
        organisation_id=row["organisation_id"],
        owner_id=row["owner_id"],
        name=row["name"],
        description=row["description"],
        draft=row["draft"],
        layout=row["layout"],
        revision=row["revision"],
        published=row["published"],
        created_at=row["created_at"],
        updated_at=row["updated_at"],
    )


def version_of(row: Row) -> FlowVersion:
    """Return the value of a row of ``flow_versions``."""
    return FlowVersion(
        flow_id=row["saved_flow_id"],
        version=row["version"],
        body=row["body"],
        layout=row["layout"],
        note=row["note"],
        published_by=row["published_by"],
        published_at=row["published_at"],
    )
