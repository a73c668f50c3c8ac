"""Saved flows as the API shows them, and what requests for them may say."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from callwright.api.native.times import Utc
from callwright.callflows.models import FlowVersion, Running, SavedFlow
from callwright.callflows.starters import Starter

_LAYOUT = 'Where a builder shows each step: `{"menu": {"x": 0, "y": 120}}`. Calls do not read it.'


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)


class FlowRequest(_Strict):
    """A flow to be kept under a name."""

    name: str
    description: str = Field(default="", max_length=1000)
    draft: dict[str, Any] | None = Field(default=None, description="A flow; it may be unfinished.")
    layout: dict[str, Any] | None = Field(default=None, description=_LAYOUT)
    starter: str | None = Field(
        default=None, max_length=40, description="Instead of `draft`: the id of one of `GET /flows/starters`."
    )
    language: str | None = Field(default=None, max_length=50, description="Of the starter.", examples=["de"])


class FlowChange(_Strict):
    """What to change of a flow; what is absent stays."""

    name: str | None = None
    description: str | None = Field(default=None, max_length=1000)
    draft: dict[str, Any] | None = None
    layout: dict[str, Any] | None = Field(default=None, description=_LAYOUT)
    revision: int | None = Field(
        default=None, ge=1, description="That of the draft which was changed; another one is a 409. Absent: not asked."
    )


class PublishRequest(_Strict):
    """A draft to be published."""

    revision: int = Field(ge=1, description="Of the draft that is meant; another one is a 409.")
    note: str = Field(default="", max_length=500, description="What changed, for those who look at the versions.")


class SavedFlowSummary(BaseModel):
    """A flow as lists show it."""

    flow_id: str
    number: int
    name: str
    description: str
    revision: int = Field(description="Counts changes of draft and layout.")
    published_version: int | None = Field(description="The newest version; null: it was never published.")
    created_at: Utc
    updated_at: Utc


class RunningView(BaseModel):
    """A campaign that has not ended and runs a version."""

    campaign_id: str
    name: str
    state: str
    version: int


class SavedFlowDetail(SavedFlowSummary):
    """All of a flow."""

    draft: dict[str, Any]
    layout: dict[str, Any]
    running: list[RunningView] = Field(description="Campaigns that have not ended and run a version of it.")


class SavedFlowList(BaseModel):
    """A page of flows, newest first."""

    flows: list[SavedFlowSummary]
    next_cursor: str | None


class VersionSummary(BaseModel):
    """A version as lists show it."""

    flow_id: str
    version: int
    note: str
    published_by: str | None = Field(description="Id of a user or a key.")
    published_at: Utc


class VersionView(VersionSummary):
    """A version."""

    flow: dict[str, Any] = Field(description="In its canonical form.")
    layout: dict[str, Any]


class VersionList(BaseModel):
    """A page of versions, newest first."""

    versions: list[VersionSummary]
    next_cursor: str | None = Field(description="A version: the page before it follows.")


class Published(BaseModel):
    """What was published, and the flow as it is now."""

    flow: SavedFlowDetail
    version: VersionView


class StarterView(BaseModel):
    """A flow to begin from."""

    starter: str
    language: str
    name: str
    description: str
    flow: dict[str, Any]
    layout: dict[str, Any]


class StarterList(BaseModel):
    """Flows to begin from."""

    starters: list[StarterView]


def summary(saved: SavedFlow) -> SavedFlowSummary:
    """Return a flow as lists show it."""
    return SavedFlowSummary(**_fields(saved))


def detail(saved: SavedFlow, running: list[Running]) -> SavedFlowDetail:
    """Return all of a flow."""
    shown = [
        RunningView(campaign_id=each.campaign_id, name=each.name, state=each.state, version=each.version)
        for each in running
    ]
    return SavedFlowDetail(**_fields(saved), draft=dict(saved.draft), layout=dict(saved.layout), running=shown)


def version_summary(version: FlowVersion) -> VersionSummary:
    """Return a version as lists show it."""
    return VersionSummary(**_version_fields(version))


def version_view(version: FlowVersion) -> VersionView:
    """Return all of a version."""
    return VersionView(**_version_fields(version), flow=dict(version.body), layout=dict(version.layout))


def starter_view(starter: Starter) -> StarterView:
    """Return the view of a starter."""
    return StarterView(
        starter=starter.id,
        language=starter.language,
        name=starter.name,
        description=starter.description,
        flow=dict(starter.flow),
        layout=dict(starter.layout),
    )


def _fields(saved: SavedFlow) -> dict[str, Any]:
    return {
        "flow_id": saved.id,
        "number": saved.number,
        "name": saved.name,
        "description": saved.description,
        "revision": saved.revision,
        "published_version": saved.published,
        "created_at": saved.created_at,
        "updated_at": saved.updated_at,
    }


def _version_fields(version: FlowVersion) -> dict[str, Any]:
    return {
        "flow_id": version.flow_id,
        "version": version.version,
        "note": version.note,
        "published_by": version.published_by,
        "published_at": version.published_at,
    }
