"""``/recordings``: what was recorded; ``/calls/{call_id}/recording``: pausing it."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Annotated

from fastapi import APIRouter, BackgroundTasks, Query, Request
from fastapi.responses import FileResponse
from pydantic import BaseModel

from callwright.accounts import audit
from callwright.api.native.bodies import read_object
from callwright.api.native.ids import CallId, RecordingId
from callwright.api.native.openapi import json_body, problems
from callwright.api.native.paging import cut
from callwright.api.native.recording_views import (
    FileQuery,
    KeptChange,
    KeptView,
    RecordingLinksOut,
    RecordingList,
    RecordingOut,
    RecordingQuery,
)
from callwright.api.native.security import Caller, client_address
from callwright.api.native.services import Provided, Services
from callwright.api.native.times import aware
from callwright.api.native.validation import parsed
from callwright.errors import FieldError, Forbidden, InvalidRequest
from callwright.recordings.models import RecordingFilter, RecordingView
from callwright.recordings.sound import FORMATS

router = APIRouter(tags=["recordings"])
BODIES: tuple[type[BaseModel], ...] = (KeptChange,)

_BINARY = {"schema": {"type": "string", "format": "binary"}}


@router.get("/recordings", summary="List recordings")
async def list_recordings(
    request: Request, caller: Caller, services: Provided, query: Annotated[RecordingQuery, Query()]
) -> RecordingList:
    """List recordings of calls and of answers, newest first."""
    zone = caller.organisation.time_zone
    found = await services.recordings.page(
        caller.organisation.id,
        RecordingFilter(
            call_id=query.call_id,
            kind=query.kind,
            state=query.state,
            created_after=aware(query.created_after, zone),
            created_before=aware(query.created_before, zone),
        ),
        limit=query.limit + 1,
        before=query.before,
        sandbox=caller.sandbox,
    )
    shown, next_cursor = cut(found, query)
    return RecordingList(recordings=[view(request, services, each) for each in shown], next_cursor=next_cursor)


@router.get("/recordings/settings", summary="Show how long recordings are kept")
async def show_kept(caller: Caller, services: Provided) -> KeptView:
    """Show after how many days the sound of a recording is deleted."""
    return KeptView(kept_days=await services.recordings.kept_days(caller.organisation.id))


@router.patch(
    "/recordings/settings",
    summary="Change how long recordings are kept",
    response_model=KeptView,
    openapi_extra=json_body(KeptChange, {"a month": {"kept_days": 30}}),
)
async def change_kept(request: Request, caller: Caller, services: Provided) -> KeptView:
    """Set it, for what is there as well; owners and managers with a live key may."""
    if caller.sandbox:
        raise Forbidden("a sandbox key cannot change how long live recordings are kept")
    data = await read_object(request)
    wanted = parsed(KeptChange, data)
    if "kept_days" not in wanted.model_fields_set:
        raise InvalidRequest([FieldError(field="kept_days", message="is required: 1 to 3650, or null to keep them")])
    organisation_id = caller.organisation.id
    before = await services.recordings.kept_days(organisation_id)
    async with services.recordings.transaction() as connection:
        await services.recordings.keep(connection, organisation_id, wanted.kept_days)
        await audit.record(
            connection,
            caller,
            "recordings.kept_days_changed",
            organisation_id,
            {"kept_days": before},
            {"kept_days": wanted.kept_days},
        )
    return KeptView(kept_days=wanted.kept_days)


@router.get("/recordings/{recording_id}", summary="Show a recording", responses=problems(404))
async def show_recording(
    recording_id: RecordingId, request: Request, caller: Caller, services: Provided
) -> RecordingOut:
    """Show a recording, with links to its sound that are good for an hour."""
    found = await services.recordings.get(caller.organisation.id, recording_id, sandbox=caller.sandbox)
    return view(request, services, found)


@router.delete(
    "/recordings/{recording_id}", summary="Delete a recording", status_code=204, responses=problems(404, 409)
)
async def delete_recording(recording_id: RecordingId, caller: Caller, services: Provided) -> None:
    """Delete its sound and its transcript; that there was one stays on record. While it is being made: 409."""
    async with services.recordings.transaction() as connection:
        await services.recordings.delete_in(connection, caller.organisation.id, recording_id, sandbox=caller.sandbox)
        await audit.record(connection, caller, "recording.deleted", recording_id, {})


@router.get(
    "/recordings/{recording_id}/file",
    summary="Fetch the sound",
    response_class=FileResponse,
    responses={200: {"content": dict.fromkeys(FORMATS.values(), _BINARY)}, **problems(403, 404)},
)
async def fetch_recording(
    recording_id: RecordingId,
    request: Request,
    services: Provided,
    query: Annotated[FileQuery, Query()],
    background: BackgroundTasks,
) -> FileResponse:
    """Fetch the sound by a link of `GET /recordings/{recording_id}`: the signature stands for a key."""
    address = client_address(request)
    await services.limits.come_from(address)
    recording = await services.recordings.of_link(recording_id)
    try:
        services.recording_links.check(recording, query.format, expires=query.expires, signature=query.signature)
    except Forbidden:
        await services.limits.unknown_from(address)
        raise
    with tempfile.NamedTemporaryFile(prefix="callwright-", suffix=f".{query.format}", delete=False) as file:
        path = Path(file.name)
        try:
            await services.recordings.write(recording.organisation_id, recording_id, query.format, file)
        except BaseException:
            path.unlink()
            raise
    background.add_task(path.unlink)
    return FileResponse(
        path,
        media_type=FORMATS[query.format],
        filename=f"{recording_id}.{query.format}",
        content_disposition_type="inline",
        background=background,
    )


@router.post("/calls/{call_id}/recording/pause", summary="Pause a recording", responses=problems(404, 409, 503))
async def pause_recording(call_id: CallId, request: Request, caller: Caller, services: Provided) -> RecordingOut:
    """Record silence in place of a call in the air, as while a card number is read out; the answer says it is so."""
    return await _pause(call_id, request, caller, services, paused=True)


@router.post("/calls/{call_id}/recording/resume", summary="Resume a recording", responses=problems(404, 409, 503))
async def resume_recording(call_id: CallId, request: Request, caller: Caller, services: Provided) -> RecordingOut:
    """Record the call again."""
    return await _pause(call_id, request, caller, services, paused=False)


async def _pause(call_id: str, request: Request, caller: Caller, services: Services, *, paused: bool) -> RecordingOut:
    organisation_id = caller.organisation.id
    await services.call_queries.get(organisation_id, call_id, sandbox=caller.sandbox, fence=caller.fence)
    return view(request, services, await services.recordings.pause(organisation_id, call_id, paused=paused))


def view(request: Request, services: Services, recording: RecordingView) -> RecordingOut:
    """Return what a caller sees of a recording."""
    links = None
    if recording.state == "ready":
        expires_at = services.recording_links.expiry()
        base = f"{str(request.base_url).rstrip('/')}/api/v1/recordings/{recording.id}/file"
        links = RecordingLinksOut(
            wav=f"{base}?{services.recording_links.query(recording, 'wav', expires_at)}",
            mp3=f"{base}?{services.recording_links.query(recording, 'mp3', expires_at)}",
            flac=f"{base}?{services.recording_links.query(recording, 'flac', expires_at)}",
            expires_at=expires_at,
        )
    return RecordingOut.of(recording, links)
