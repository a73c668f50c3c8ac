"""``/audio``: sound that flows play."""

from __future__ import annotations

import re
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

from fastapi import APIRouter, Query, Request, Response
from fastapi.responses import FileResponse

from callwright.accounts import audit
from callwright.accounts.models import Principal
from callwright.api.native.audio_dictation import dictate, read_dictation
from callwright.api.native.audio_views import (
    AudioChange,
    AudioLinksView,
    AudioList,
    AudioQuery,
    AudioRequest,
    AudioView,
    FileQuery,
    UploadQuery,
)
from callwright.api.native.bodies import MAX_AUDIO_BYTES
from callwright.api.native.idempotent import Change, Repeatable, Submission
from callwright.api.native.ids import AudioId
from callwright.api.native.openapi import json_body, problems
from callwright.api.native.paging import cut
from callwright.api.native.security import Caller, client_address
from callwright.api.native.services import Provided, Services
from callwright.api.native.uploads import Upload, save_upload
from callwright.api.native.urls import UrlCheck
from callwright.api.native.validation import parsed, shortened
from callwright.audio.models import Audio
from callwright.errors import FieldError, Forbidden, InvalidRequest
from callwright.events.addresses import parse_networks
from callwright.flows.templates import placeholders
from callwright.speech.convert.formats import HEAD_BYTES, NAMES, sniff
from callwright.speech.tts.voices import UnknownVoice

if TYPE_CHECKING:
    from callwright.store.database import Connection

router = APIRouter(tags=["audio"])
BODIES = (AudioRequest, AudioChange)

#: What a body that is the file itself may be called; its bytes say what it is.
_TYPES = frozenset(
    {
        "application/octet-stream",
        "application/ogg",
        *(f"audio/{name}" for name in ("aac", "basic", "flac", "m4a", "mp3", "mp4", "mpeg", "ogg", "opus", "vnd.wave")),
        *(f"audio/{name}" for name in ("vorbis", "wav", "wave", "x-flac", "x-m4a", "x-wav")),
    }
)
_MEDIA_TYPES = {"mp3": "audio/mpeg", "wav": "audio/wav"}
_EXAMPLES = {
    "from a URL": {"name": "Holiday greeting", "url": "https://example.com/greeting.mp3", "labels": ["holidays"]},
    "by telephone": {"name": "Mayor's greeting", "to": "+12125550100"},
    "from a text": {"name": "Closed", "text": "The office is closed tomorrow.", "voice": "en-US-Neural-F"},
}
_BINARY = {"schema": {"type": "string", "format": "binary"}}
_FORM = {
    "schema": {
        "type": "object",
        "properties": {
            "file": {"type": "string", "format": "binary"},
            "name": {"type": "string"},
            "labels": {"type": "string", "description": "With commas between them."},
        },
        "required": ["file"],
    }
}
_BODY = json_body(AudioRequest, _EXAMPLES)
_BODY["requestBody"]["content"] |= {"multipart/form-data": _FORM, "audio/*": _BINARY}


@router.post(
    "/audio",
    summary="Add audio",
    status_code=201,
    responses={201: {"model": AudioView, "description": "taken, and stored; it is `ready` in a few seconds"}},
    openapi_extra=_BODY,
)
async def create_audio(
    request: Request,
    caller: Caller,
    services: Provided,
    query: Annotated[UploadQuery, Query()],
    submitted: Repeatable,
) -> Response:
    """Add audio: a file (wav, mp3, ogg, opus, m4a, flac; as the body, or in a form), or JSON with `url`,
    `text` or `to`: whom we call to record it by telephone.

    It is converted in the background, or when the call has ended; `GET /audio/{audio_id}`, or the events
    `audio.ready` and `audio.failed`, tell when it is done.
    """
    kind = request.headers.get("content-type", "application/json").partition(";")[0].strip().lower()
    if kind == "application/json":
        return await _from_json(request, caller, services, submitted)
    return await _from_file(request, caller, services, query, submitted)


async def _from_file(
    request: Request, caller: Principal, services: Services, query: UploadQuery, submitted: Submission
) -> Response:
    folder = services.audio.preparation.prepare_folder()
    with tempfile.TemporaryDirectory(dir=folder, prefix="upload-") as work:
        path = Path(work) / "file"
        upload = await save_upload(request, path, types=_TYPES)
        _check_file(path, upload)
        file_name = query.file_name or upload.name
        name = query.name or upload.fields.get("name") or _name_of(file_name) or "Audio"
        labels = query.label or [text for text in upload.fields.get("labels", "").split(",") if text.strip()]

        async def action(connection: Connection) -> tuple[int, Any]:
            taken = await services.audio.items.upload(
                connection,
                caller,
                path=path,
                digest=upload.content_digest,
                name=name,
                labels=labels,
                file_name=file_name,
            )
            await _record(connection, caller, taken)
            return 201, _shown(request, services, taken)

        submitted.identify(upload.digest + f"{name}\n{labels}".encode())
        return await submitted.run(action)


async def _from_json(request: Request, caller: Principal, services: Services, submitted: Submission) -> Response:
    data = await submitted.read()
    if (earlier := await submitted.earlier()) is not None:
        return earlier
    wanted = parsed(AudioRequest, data)
    source = _source_of(wanted)
    dictated = await read_dictation(services, caller, wanted) if source == "phone" else None

    async def action(connection: Connection) -> tuple[int, Any]:
        if dictated is not None:
            taken = await dictate(services, caller, wanted, dictated, connection)
        elif source == "url":
            assert wanted.url is not None  # noqa: S101  (its source)
            networks = parse_networks(services.settings.webhook_allow_networks)
            if (fault := UrlCheck(networks).fault(wanted.url)) is not None:
                raise _wrong("url", fault, shortened(wanted.url))
            taken = await services.audio.items.from_url(
                connection,
                caller,
                url=wanted.url,
                name=wanted.name or _name_of(wanted.url.partition("?")[0]) or "Audio",
                labels=wanted.labels,
            )
        else:
            taken = await services.audio.items.from_text(
                connection,
                caller,
                said=_said(wanted, caller, services),
                name=wanted.name or " ".join((wanted.text or "").split())[:60],
                labels=wanted.labels,
            )
        await _record(connection, caller, taken)
        return 201, _shown(request, services, taken)

    answer = await submitted.run(action)
    if dictated is not None:
        services.calls.wake()
    return answer


@router.get("/audio", summary="List audio")
async def list_audio(
    request: Request, caller: Caller, services: Provided, query: Annotated[AudioQuery, Query()]
) -> AudioList:
    """List audio, newest first."""
    found = await services.audio.items.page(caller, query.wanted, limit=query.limit + 1, before=query.before)
    shown, next_cursor = cut(found, query)
    return AudioList(audio=[_view(request, services, audio) for audio in shown], next_cursor=next_cursor)


@router.get("/audio/{audio_id}", summary="Show audio", responses=problems(404))
async def show_audio(audio_id: AudioId, request: Request, caller: Caller, services: Provided) -> AudioView:
    """Show an audio, with links to its sound that are good for an hour."""
    return _view(request, services, await services.audio.items.get(caller, audio_id))


@router.patch(
    "/audio/{audio_id}",
    summary="Change audio",
    response_model=AudioView,
    responses=problems(404),
    openapi_extra=json_body(AudioChange, {"name": {"name": "Spring greeting", "labels": ["spring"]}}),
)
async def change_audio(
    audio_id: AudioId, request: Request, caller: Caller, services: Provided, submitted: Change
) -> Response:
    """Rename or label an audio. Another sound is another audio."""
    data = await submitted.read()

    async def action(connection: Connection) -> tuple[int, Any]:
        wanted = parsed(AudioChange, data)
        before, after = await services.audio.items.change(
            connection,
            caller,
            audio_id,
            name=wanted.name,
            labels=wanted.labels,
            description=wanted.description,
        )
        await audit.record(
            connection,
            caller,
            "audio.changed",
            audio_id,
            {"name": before.name, "labels": list(before.labels), "description": before.description},
            {"name": after.name, "labels": list(after.labels), "description": after.description},
        )
        return 200, _shown(request, services, after)

    return await submitted.run(action)


@router.delete("/audio/{audio_id}", summary="Delete audio", status_code=204, responses=problems(404, 409))
async def delete_audio(audio_id: AudioId, caller: Caller, services: Provided) -> None:
    """Delete an audio and its sound. While a call, a campaign or a number that is to come plays it: 409."""
    async with services.contacts.people.transaction() as connection:
        gone = await services.audio.items.delete(connection, caller, audio_id)
        await audit.record(connection, caller, "audio.deleted", audio_id, {"name": gone.name})


@router.get(
    "/audio/{audio_id}/file",
    summary="Fetch the sound",
    response_class=FileResponse,
    responses={200: {"content": dict.fromkeys(_MEDIA_TYPES.values(), _BINARY)}, **problems(404)},
)
async def fetch_audio(
    audio_id: AudioId, request: Request, services: Provided, query: Annotated[FileQuery, Query()]
) -> FileResponse:
    """Fetch the sound by a link of `GET /audio/{audio_id}`: the signature stands for a key."""
    address = client_address(request)
    await services.limits.come_from(address)
    audio = await services.audio.items.of_link(audio_id)
    try:
        services.audio.links.check(audio, query.format, expires=query.expires, signature=query.signature)
    except Forbidden:
        await services.limits.unknown_from(address)
        raise
    path = await services.audio.shelf.download(audio, query.format)
    return FileResponse(
        path,
        media_type=_MEDIA_TYPES[query.format],
        filename=f"{_plain(audio.name)}.{query.format}",
        content_disposition_type="inline",
    )


def _view(request: Request, services: Services, audio: Audio) -> AudioView:
    links = None
    if audio.state == "ready":
        expires_at = services.audio.links.expiry()
        base = f"{str(request.base_url).rstrip('/')}/api/v1/audio/{audio.id}/file"
        links = AudioLinksView(
            mp3=f"{base}?{services.audio.links.query(audio, 'mp3', expires_at)}",
            wav=f"{base}?{services.audio.links.query(audio, 'wav', expires_at)}",
            expires_at=expires_at,
        )
    return AudioView.of(audio, links)


def _shown(request: Request, services: Services, audio: Audio) -> dict[str, Any]:
    return _view(request, services, audio).model_dump(mode="json")


async def _record(connection: Connection, caller: Principal, audio: Audio) -> None:
    await audit.record(
        connection, caller, "audio.created", audio.id, None, {"name": audio.name, "source": audio.source}
    )


def _check_file(path: Path, upload: Upload) -> None:
    """Refuse at once what no conversion can make sound of."""
    if upload.size > MAX_AUDIO_BYTES:
        raise _wrong("file", f"must have at most {MAX_AUDIO_BYTES // (1024 * 1024)} MB", None)
    with path.open("rb") as file:
        if sniff(file.read(HEAD_BYTES)) is None:
            raise _wrong("file", f"this is not a sound file: it must be {NAMES}", upload.name[:200] or None)


def _source_of(wanted: AudioRequest) -> str:
    given = [name for name in ("url", "text", "to") if getattr(wanted, name) is not None]
    if len(given) != 1:
        field = given[-1] if given else "to" if wanted.source == "phone" else "url"
        raise _wrong(field, "give a file, or one of url, text and to", None)
    source = "phone" if given[0] == "to" else given[0]
    if wanted.source not in (None, source):
        raise _wrong("source", f"does not fit: {given[0]} is given", wanted.source)
    if source != "text":
        for name in ("voice", "language", "rate", "pitch"):
            if getattr(wanted, name) is not None:
                raise _wrong(name, "is for audio that is spoken from a text", None)
    if source != "phone" and wanted.from_ is not None:
        raise _wrong("from", "is for audio that is recorded in a call", None)
    return source


def _said(wanted: AudioRequest, caller: Principal, services: Services) -> dict[str, Any]:
    """Return what is to be spoken, with the voice that will speak it."""
    text = (wanted.text or "").strip()
    if not text:
        raise _wrong("text", "must not be blank", None)
    if names := list(placeholders(text)):
        raise _wrong("text", f"an audio is the same for everybody: it cannot have placeholders ({names[0]})", None)
    try:
        voice = services.voices.resolve(wanted.voice or caller.organisation.voice, language=wanted.language).voice
    except UnknownVoice as error:
        field = "language" if wanted.voice is None else "voice"
        raise _wrong(field, str(error), wanted.voice or wanted.language) from None
    said = {"text": text, "voice": voice.id, "language": wanted.language, "rate": wanted.rate, "pitch": wanted.pitch}
    return {name: value for name, value in said.items() if value is not None}


def _name_of(path: str) -> str:
    """Return the last part of a path without its extension."""
    return re.sub(r"\.[A-Za-z0-9]{1,5}$", "", re.split(r"[/\\]", path)[-1])[:200].strip()


def _plain(name: str) -> str:
    return re.sub(r"[^\w .()-]+", "_", name)[:100].strip(" .") or "audio"


def _wrong(field: str, message: str, received: Any) -> InvalidRequest:
    return InvalidRequest([FieldError(field=field, message=message, received=received)])
