"""``/campaign-drafts``: forms that somebody is filling in for a campaign."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

from fastapi import APIRouter, Query, Response
from pydantic import BaseModel, ConfigDict, Field

from callwright.api.native.idempotent import Change, Repeatable
from callwright.api.native.ids import DraftId
from callwright.api.native.openapi import json_body, problems
from callwright.api.native.paging import Page, cut
from callwright.api.native.security import Caller
from callwright.api.native.services import Provided
from callwright.api.native.times import Utc
from callwright.api.native.validation import parsed
from callwright.campaigns.drafts import Draft

if TYPE_CHECKING:
    from callwright.store.database import Connection

router = APIRouter(tags=["campaigns"])


class DraftRequest(BaseModel):
    """A form to be kept."""

    model_config = ConfigDict(extra="forbid", strict=True)

    name: str = Field(min_length=1, max_length=200, pattern=r"\S")
    form: dict[str, Any] = Field(description="What is filled in so far; only the form reads it. At most 4 MB.")


class DraftChange(BaseModel):
    """What to change of a form; what is absent stays."""

    model_config = ConfigDict(extra="forbid", strict=True)

    name: str | None = Field(default=None, min_length=1, max_length=200, pattern=r"\S")
    form: dict[str, Any] | None = None


class DraftSummary(BaseModel):
    """A form as lists show it."""

    draft_id: str
    number: int
    name: str
    created_at: Utc
    updated_at: Utc


class DraftView(DraftSummary):
    """A form."""

    form: dict[str, Any]


class DraftList(BaseModel):
    """A page of forms, newest first."""

    drafts: list[DraftSummary]
    next_cursor: str | None


@router.get("/campaign-drafts", summary="List drafts of campaigns")
async def list_drafts(caller: Caller, services: Provided, query: Annotated[Page, Query()]) -> DraftList:
    """List forms that are being filled in, newest first."""
    found = await services.campaigns.drafts.page(caller, limit=query.limit + 1, before=query.before)
    shown, next_cursor = cut(found, query)
    return DraftList(drafts=[DraftSummary(**_fields(draft)) for draft in shown], next_cursor=next_cursor)


@router.post(
    "/campaign-drafts",
    summary="Keep a draft of a campaign",
    status_code=201,
    responses={201: {"model": DraftView}},
    openapi_extra=json_body(DraftRequest, {"begun": {"name": "Snow day", "form": {"step": "audience"}}}),
)
async def create_draft(caller: Caller, services: Provided, submitted: Repeatable) -> Response:
    """Keep what is filled in so far. A draft that nobody touches for 90 days is deleted."""
    data = await submitted.read()

    async def action(connection: Connection) -> tuple[int, Any]:
        wanted = parsed(DraftRequest, data)
        draft = await services.campaigns.drafts.create(connection, caller, wanted.name, wanted.form)
        return 201, _view(draft).model_dump(mode="json")

    return await submitted.run(action)


@router.get("/campaign-drafts/{draft_id}", summary="Show a draft of a campaign", responses=problems(404))
async def show_draft(draft_id: DraftId, caller: Caller, services: Provided) -> DraftView:
    """Show what was filled in."""
    return _view(await services.campaigns.drafts.get(caller, draft_id))


@router.patch(
    "/campaign-drafts/{draft_id}",
    summary="Change a draft of a campaign",
    response_model=DraftView,
    responses=problems(404),
    openapi_extra=json_body(DraftChange, {"more": {"form": {"step": "message"}}}),
)
async def change_draft(draft_id: DraftId, caller: Caller, services: Provided, submitted: Change) -> Response:
    """Keep what is filled in now."""
    data = await submitted.read()

    async def action(connection: Connection) -> tuple[int, Any]:
        wanted = parsed(DraftChange, data)
        draft = await services.campaigns.drafts.change(connection, caller, draft_id, name=wanted.name, form=wanted.form)
        return 200, _view(draft).model_dump(mode="json")

    return await submitted.run(action)


@router.delete(
    "/campaign-drafts/{draft_id}", summary="Delete a draft of a campaign", status_code=204, responses=problems(404)
)
async def delete_draft(draft_id: DraftId, caller: Caller, services: Provided) -> None:
    """Throw it away, or say that the campaign was made of it."""
    async with services.campaigns.registry.transaction() as connection:
        await services.campaigns.drafts.delete(connection, caller, draft_id)


def _view(draft: Draft) -> DraftView:
    return DraftView(**_fields(draft), form=dict(draft.form))


def _fields(draft: Draft) -> dict[str, Any]:
    return {
        "draft_id": draft.id,
        "number": draft.number,
        "name": draft.name,
        "created_at": draft.created_at,
        "updated_at": draft.updated_at,
    }
