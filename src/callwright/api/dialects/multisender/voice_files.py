"""``/voice_files``: sound that calls play."""

from __future__ import annotations

import hashlib
import re
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

from fastapi import APIRouter, Response

from callwright.accounts import audit
from callwright.api.dialects.errors import dialect_route
from callwright.api.dialects.multisender.asking import Asked, answer, asking, asking_with_file, number_of
from callwright.api.dialects.multisender.errors import UnsupportedMedia, render_error, wrong
from callwright.api.dialects.multisender.fields import Reader, shown
from callwright.api.dialects.reading import Sent, read
from callwright.api.native.bodies import MAX_AUDIO_BYTES
from callwright.audio.models import Audio, AudioFilter
from callwright.errors import NotFound
from callwright.flows.templates import placeholders
from callwright.speech.convert.formats import HEAD_BYTES, NAMES, sniff
from callwright.speech.tts.voices import UnknownVoice

if TYPE_CHECKING:
    from callwright.store.database import Connection

router = APIRouter(route_class=dialect_route(render_error))

Reads = Annotated[Asked, asking("audio:read")]
Writes = Annotated[Asked, asking("audio:write")]
Uploads = Annotated[Asked, asking_with_file("audio:write")]
Voices = Annotated[Asked, asking("voices:read")]
_PAGE = 1000
#: The document's limit.
_MOST_WORDS = 80
_MOST_FILES = 20


@router.get("/voice_files")
async def list_voice_files(asked: Reads) -> Response:
    """List voice files, newest first."""
    found: list[Audio] = []
    before: int | None = None
    while page := await asked.services.audio.items.page(asked.who, AudioFilter(), limit=_PAGE, before=before):
        found += page
        before = page[-1].number
    return answer([voice_file(asked, audio) for audio in found])


@router.post("/voice_files")
async def upload_voice_files(asked: Uploads) -> Response:
    """Take one or several files of a form; they are ``ready`` in a few seconds."""
    if asked.request.headers.get("content-type", "").partition(";")[0].strip().lower() != "multipart/form-data":
        raise UnsupportedMedia("files come as a form: send Content-Type: multipart/form-data")
    sent = await read(asked.request)
    try:
        with tempfile.TemporaryDirectory(dir=asked.services.audio.preparation.prepare_folder()) as folder:
            taken = await _take(asked, sent, Path(folder))
    finally:
        for files in sent.files.values():
            for file in files:
                file.content.close()
    place = str(taken[0].number) if len(taken) == 1 else ""
    return asked.created({"files": [voice_file(asked, audio) for audio in taken]}, place)


@router.get("/voice_files/text_to_speech/voice_codes")
async def list_voice_codes(asked: Voices) -> Response:
    """List what ``voiceCode`` may be: languages, for which the best voice speaks, and the voices themselves."""
    moment = shown(asked.who.organisation.created_at)
    voices = asked.services.voices.voices()
    languages = sorted({voice.language.partition("-")[0].lower() for voice in voices})
    codes = [(code, f"The best voice for the language {code}") for code in languages]
    codes += [(voice.id, f"{voice.language}, {voice.gender}, {voice.engine}") for voice in voices]
    return answer(
        [
            {"voiceCode": code, "description": description, "updatedAt": moment, "createdAt": moment}
            for code, description in codes
        ]
    )


@router.post("/voice_files/text_to_speech")
async def speak_text(asked: Writes) -> Response:
    """Make a voice file of a text."""
    reader = Reader(asked.body)
    name = reader.text("name", required=True, longest=200)
    text = reader.text("text", required=True, longest=10_000)
    code = reader.text("voiceCode", required=True, longest=100)
    if text is not None and len(text.split()) > _MOST_WORDS:
        reader.fault("text", f"must have at most {_MOST_WORDS} words", f"{len(text.split())} words")
    elif text is not None and (names := list(placeholders(text))):
        reader.fault("text", f"a voice file is the same for everybody: it cannot have placeholders ({names[0]})")
    reader.done()
    try:
        voice = asked.services.voices.resolve(code).voice
    except UnknownVoice as error:
        raise wrong("voiceCode", str(error), code) from None
    said = {"text": text, "voice": voice.id, "voice_code": code}
    async with asked.services.orders.transaction() as connection:
        made = await asked.services.audio.items.from_text(connection, asked.who, said=said, name=name or "")
        await _record(connection, asked, made)
    # the address of what was made lies beside this path, not below it
    told = asked.created(voice_file(asked, made), "")
    base = str(asked.request.url.replace(query="", fragment="")).rstrip("/?").removesuffix("/text_to_speech")
    told.headers["Location"] = f"{base}/{made.number}"
    return told


@router.get("/voice_files/{voice_file_id}")
async def show_voice_file(voice_file_id: str, asked: Reads) -> Response:
    """Show a voice file, with links to its sound that are good for an hour."""
    return answer(voice_file(asked, await find_file(asked, voice_file_id)))


@router.put("/voice_files/{voice_file_id}")
async def change_voice_file(voice_file_id: str, asked: Writes) -> Response:
    """Rename or describe a voice file; its sound never changes."""
    before = await find_file(asked, voice_file_id)
    reader = Reader(asked.body)
    name = reader.text("name", required=True, longest=200)
    description = reader.text("description", longest=2000, blank=True)
    if description is None and not reader.errors:
        reader.fault("description", "is required")
    reader.done()
    async with asked.services.orders.transaction() as connection:
        _, after = await asked.services.audio.items.change(
            connection, asked.who, before.id, name=name, description=description
        )
        told = {"name": before.name}, {"name": after.name}
        await audit.record(connection, asked.who, "audio.changed", after.id, *told)
    return answer(voice_file(asked, after))


@router.delete("/voice_files/{voice_file_id}")
async def delete_voice_file(voice_file_id: str, asked: Writes) -> Response:
    """Delete a voice file. While a call that is to come plays it: 409."""
    gone = await find_file(asked, voice_file_id)
    async with asked.services.orders.transaction() as connection:
        await asked.services.audio.items.delete(connection, asked.who, gone.id)
        await audit.record(connection, asked.who, "audio.deleted", gone.id, {"name": gone.name})
    return Response(status_code=204)


async def find_file(asked: Asked, voice_file_id: Any) -> Audio:
    """Return the voice file of an id. Raises ``NotFound``."""
    number = number_of(voice_file_id)
    found = await asked.services.audio.items.by_number(asked.who, {number})
    if number not in found:
        raise NotFound(f"there is no voice file {str(voice_file_id)[:30]!r}")
    return found[number]


def voice_file(asked: Asked, audio: Audio) -> dict[str, Any]:
    """Return a voice file as it is shown. The links work once it is ``ready``."""
    links = asked.services.audio.links
    expires = links.expiry()
    base = f"{str(asked.request.base_url).rstrip('/')}/api/v1/audio/{audio.id}/file"
    wav, mp3 = (f"{base}?{links.query(audio, form, expires)}" for form in ("wav", "mp3"))
    origin = audio.origin
    return {
        "voiceFileId": str(audio.number),
        "name": audio.name,
        "description": audio.description,
        "url": wav,
        "mp3Url": mp3,
        "wavUrl": wav,
        "duration": round(audio.seconds),
        "status": audio.state,
        "text": origin.get("text") or "",
        "voiceCode": origin.get("voice_code") or origin.get("voice") or "",
        "fileName": origin.get("file_name") or "",
        "size": str(origin.get("bytes") or 0),
        "updatedAt": shown(audio.updated_at),
        "createdAt": shown(audio.created_at),
    }


async def _take(asked: Asked, sent: Sent, folder: Path) -> list[Audio]:
    named = list(_files(sent))
    if not named:
        raise wrong("files", "is required: the form has no file")
    if len(named) > _MOST_FILES:
        raise wrong("files", f"must be at most {_MOST_FILES} at a time")
    ready = []
    for index, (field, file) in enumerate(named):
        path = folder / str(index)
        if file.size > MAX_AUDIO_BYTES:
            raise wrong(field, f"must have at most {MAX_AUDIO_BYTES // (1024 * 1024)} MB")
        with path.open("xb") as copy:
            shutil.copyfileobj(file.content, copy)
        with path.open("rb") as written:
            if sniff(written.read(HEAD_BYTES)) is None:
                raise wrong(field, f"this is not a sound file: it must be {NAMES}", file.name[:200])
            written.seek(0)
            ready.append((path, hashlib.file_digest(written, "sha256").digest(), file.name))
    taken = []
    async with asked.services.orders.transaction() as connection:
        for path, digest, file_name in ready:
            audio = await asked.services.audio.items.upload(
                connection, asked.who, path=path, digest=digest, name=_name_of(file_name), file_name=file_name
            )
            await _record(connection, asked, audio)
            taken.append(audio)
    return taken


def _files(sent: Sent) -> Iterator[tuple[str, Any]]:
    for name, files in sent.files.items():
        for index, file in enumerate(files):
            yield (name if len(files) == 1 else f"{name}[{index}]"), file


def _name_of(file_name: str) -> str:
    """Return a file's name without folders and extension."""
    name = re.sub(r"\.[A-Za-z0-9]{1,5}$", "", re.split(r"[/\\]", file_name)[-1])
    return name[:200].strip() or "Voice file"


async def _record(connection: Connection, asked: Asked, audio: Audio) -> None:
    after = {"name": audio.name, "source": audio.source}
    await audit.record(connection, asked.who, "audio.created", audio.id, None, after)
