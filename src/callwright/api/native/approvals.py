"""``/approvals``: texts and recordings that somebody has to approve before they are heard."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated, Any, Literal

from fastapi import APIRouter, Query, Request, Response
from pydantic import BaseModel, ConfigDict, Field

from callwright.api.native.bodies import read_object
from callwright.api.native.idempotent import Repeatable
from callwright.api.native.ids import ApprovalId
from callwright.api.native.openapi import json_body, problems
from callwright.api.native.paging import Page, cut
from callwright.api.native.security import Caller, needs
from callwright.api.native.services import Provided
from callwright.api.native.times import Utc
from callwright.api.native.validation import parsed
from callwright.approvals.models import Approval
from callwright.calls.holding import sound_of
from callwright.errors import FieldError, Forbidden, InvalidRequest

if TYPE_CHECKING:
    from callwright.accounts.models import Principal
    from callwright.store.database import Connection

router = APIRouter(tags=["approvals"])

State = Literal["pending", "approved", "rejected"]


class SettingsChange(BaseModel):
    """What has to be approved; what is left out stays."""

    model_config = ConfigDict(extra="forbid", strict=True)

    texts: bool = Field(default=False, description="Texts, before they are spoken or sent.")
    audio: bool = Field(default=False, description="Recordings, before they are played.")
    second_person: bool = Field(default=False, description="Who asks may not be who decides.")


class TextRequest(BaseModel):
    """A text, or an audio, to be approved before it is used."""

    model_config = ConfigDict(extra="forbid", strict=True)

    text: str | None = Field(
        default=None, min_length=1, max_length=20_000, description="As a message has it, with its placeholders."
    )
    audio_id: str | None = Field(default=None, max_length=60, description="Instead of `text`: an audio that is ready.")


class Decision(BaseModel):
    """A word with a decision."""

    model_config = ConfigDict(extra="forbid", strict=True)

    comment: str | None = Field(default=None, min_length=1, max_length=2000)


class CommentRequest(BaseModel):
    """A word beside an approval."""

    model_config = ConfigDict(extra="forbid", strict=True)

    comment: str = Field(min_length=1, max_length=2000)


class CommentView(BaseModel):
    """What somebody wrote."""

    user_id: str | None
    key_id: str | None
    comment: str
    created_at: Utc


class ApprovalView(BaseModel):
    """A content and what was decided about it."""

    approval_id: str
    number: int
    kind: Literal["text", "audio"]
    content: str
    audio_id: str | None
    state: State
    requested_by: str | None
    requested_key: str | None
    requested_at: Utc
    decided_by: str | None
    decided_key: str | None
    decided_at: Utc | None
    comments: list[CommentView]

    @classmethod
    def of(cls, approval: Approval) -> ApprovalView:
        """Return the view of an approval."""
        fields = asdict(approval)
        fields["approval_id"] = fields.pop("id")
        del fields["organisation_id"]
        return cls.model_validate(fields)


class ApprovalList(BaseModel):
    """A page of approvals."""

    approvals: list[ApprovalView]
    next_cursor: str | None


class ApprovalFilter(Page):
    """Query parameters of the list."""

    state: State | None = None
    kind: Literal["text", "audio"] | None = None


BODIES = [SettingsChange, TextRequest, Decision, CommentRequest]


@router.get("/approvals", summary="List approvals")
async def list_approvals(caller: Caller, services: Provided, query: Annotated[ApprovalFilter, Query()]) -> ApprovalList:
    """List approvals, newest first; `state=pending` is the queue."""
    found = await services.approvals.page(
        caller.organisation.id, state=query.state, kind=query.kind, limit=query.limit + 1, before=query.before
    )
    shown, next_cursor = cut(found, query)
    return ApprovalList(approvals=[ApprovalView.of(approval) for approval in shown], next_cursor=next_cursor)


@router.post(
    "/approvals",
    summary="Ask for an approval",
    status_code=201,
    responses={201: {"model": ApprovalView}, **problems(403)},
    openapi_extra=json_body(TextRequest, {"reminder": {"text": "Hello {NAME}, your appointment is {WHEN}."}}),
)
async def ask_for_approval(caller: Caller, services: Provided, submitted: Repeatable) -> Response:
    """Ask for a text or an audio before it is used.

    What was asked for already is answered with what became of it.
    """
    data = await submitted.read()
    _live(caller)

    async def action(connection: Connection) -> tuple[int, Any]:
        wanted = parsed(TextRequest, data)
        if (wanted.text is None) == (wanted.audio_id is None):
            message = "give text or audio_id" if wanted.text is None else "give either text or audio_id, not both"
            raise InvalidRequest([FieldError(field="text", message=message)])
        if wanted.text is not None:
            asked = await services.approvals.submit(caller, wanted.text, connection=connection)
        else:
            audio = (await services.audio.items.among(caller, [wanted.audio_id or ""])).get(wanted.audio_id or "")
            if audio is None or audio.state != "ready":
                message = "is not an audio of this organisation" if audio is None else f"is {audio.state}"
                raise InvalidRequest([FieldError(field="audio_id", message=message, received=wanted.audio_id)])
            asked = await services.approvals.submit_audio(caller, sound_of(audio), connection=connection)
        return 201, ApprovalView.of(asked).model_dump(mode="json")

    return await submitted.run(action)


@router.get("/approvals/settings", summary="Show what has to be approved")
async def show_approval_settings(caller: Caller, services: Provided) -> SettingsChange:
    """Show what nobody hears before somebody approved it."""
    return SettingsChange(**asdict(await services.approvals.settings(caller.organisation.id)))


@router.patch(
    "/approvals/settings",
    summary="Change what has to be approved",
    responses={200: {"model": SettingsChange}, **problems(403)},
    openapi_extra=json_body(SettingsChange, {"texts": {"texts": True, "second_person": True}}),
)
@needs("account:write")
async def change_approval_settings(request: Request, caller: Caller, services: Provided) -> SettingsChange:
    """Change what has to be approved; owners may. Calls that are held already stay held until somebody decides."""
    data = await read_object(request)
    wanted = parsed(SettingsChange, data)
    fields = {name: getattr(wanted, name) for name in wanted.model_fields_set}
    if not fields:
        raise InvalidRequest([FieldError(field="body", message="names nothing to change")])
    return SettingsChange(**asdict(await services.approvals.change_settings(caller, fields)))


@router.get("/approvals/{approval_id}", summary="Show an approval", responses=problems(404))
async def show_approval(approval_id: ApprovalId, caller: Caller, services: Provided) -> ApprovalView:
    """Show a content, what was decided about it, and what was written beside it."""
    return ApprovalView.of(await services.approvals.get(caller.organisation.id, approval_id))


@router.post(
    "/approvals/{approval_id}/approve",
    summary="Approve",
    responses={200: {"model": ApprovalView}, **problems(403, 404, 409)},
    openapi_extra=json_body(Decision, {"plain": {}, "with a word": {"comment": "fine for this week"}}),
)
async def approve(approval_id: ApprovalId, request: Request, caller: Caller, services: Provided) -> ApprovalView:
    """Approve a content: calls that waited for nothing else go on at once."""
    return await _decide(approval_id, request, caller, services, "approved")


@router.post(
    "/approvals/{approval_id}/reject",
    summary="Reject",
    responses={200: {"model": ApprovalView}, **problems(403, 404, 409)},
    openapi_extra=json_body(Decision, {"with a word": {"comment": "please name the clinic"}}),
)
async def reject(approval_id: ApprovalId, request: Request, caller: Caller, services: Provided) -> ApprovalView:
    """Reject a content: calls that waited for it end as skipped, and new ones that hold it are refused."""
    return await _decide(approval_id, request, caller, services, "rejected")


@router.post(
    "/approvals/{approval_id}/comments",
    summary="Comment on an approval",
    status_code=201,
    responses={201: {"model": ApprovalView}, **problems(403, 404)},
    openapi_extra=json_body(CommentRequest, {"question": {"comment": "Is the date right?"}}),
)
async def comment_on_approval(
    approval_id: ApprovalId, request: Request, caller: Caller, services: Provided
) -> ApprovalView:
    """Write beside an approval."""
    data = await read_object(request)
    _live(caller)
    wanted = parsed(CommentRequest, data)
    return ApprovalView.of(await services.approvals.comment(caller, approval_id, wanted.comment))


async def _decide(
    approval_id: str, request: Request, caller: Principal, services: Provided, state: State
) -> ApprovalView:
    _live(caller)
    # a decision needs no words
    data = await read_object(request) if await request.body() else {}
    wanted = parsed(Decision, data)
    decided = await services.approvals.decide(caller, approval_id, state, wanted.comment)
    services.calls.wake()
    return ApprovalView.of(decided)


def _live(caller: Principal) -> None:
    if caller.sandbox:
        raise Forbidden("a sandbox key may not change approvals; use a live key")
