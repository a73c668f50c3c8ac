"""effebot's audio records: the organisation's audio, by number."""

from __future__ import annotations

import asyncio
import hashlib
import shutil
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from callwright.accounts import audit
from callwright.accounts.models import Principal
from callwright.api.dialects.effebot.rendering import seconds
from callwright.api.dialects.fields import Fields, Findings
from callwright.api.dialects.reading import Sent, SentFile
from callwright.api.native.bodies import MAX_AUDIO_BYTES
from callwright.api.native.services import Services
from callwright.approvals.models import Approval
from callwright.audio.models import Audio
from callwright.errors import Conflict, FieldError, InvalidRequest
from callwright.flows.fields import MAX_TEXT
from callwright.speech.convert.formats import HEAD_BYTES, NAMES, sniff

MAX_NAME = 200
MAX_IDS = 5_000


async def create_record(services: Services, caller: Principal, sent: Sent) -> Audio:
    """Make a record of a text or of a file. Raises ``InvalidRequest``."""
    findings = Findings()
    fields = Fields(sent.fields, findings)
    fields.raw("apiKey")
    name = fields.text("name", most=MAX_NAME, required=True)
    source = fields.one_of("source", {"text", "file"})
    if source is None and not findings.errors:
        findings.wrong("source", "is required: text or file")
    gender = fields.integer("gender", 0, 1)
    language = fields.text("lang", most=20) or None
    text = fields.text("text", most=MAX_TEXT, required=source == "text")
    file = next(iter(sent.files.values()), [None])[0]
    if source == "file" and file is None:
        findings.wrong("file", "is required: send the sound in a multipart form")
    findings.check()
    if source == "text":
        voice = _voice(services, caller, language, male=gender == 1)
        async with services.orders.transaction() as connection:
            audio = await services.audio.items.from_text(
                connection, caller, said={"text": text, "voice": voice}, name=name or ""
            )
            await _record(connection, caller, audio)
        return audio
    assert file is not None  # noqa: S101  (the findings above)
    return await _uploaded(services, caller, name or "", file)


def _voice(services: Services, caller: Principal, language: str | None, *, male: bool) -> str:
    """Return the name of a voice. Raises ``InvalidRequest`` for a language that nobody speaks."""
    tag = (language or services.voices.language_of(caller.organisation.voice)).replace("_", "-")
    check_language(services, tag, "lang")
    return f"{tag}-{'M' if male else 'F'}"


def check_language(services: Services, tag: str, field: str) -> None:
    """Raise ``InvalidRequest`` for a language that no voice speaks."""
    known = services.voices.languages()
    primary = tag.replace("_", "-").lower().partition("-")[0]
    if not any(one.lower().partition("-")[0] == primary for one in known):
        message = f"nobody here speaks it; there are {', '.join(known)}"
        raise InvalidRequest([FieldError(field=field, message=message, received=tag)])


async def _uploaded(services: Services, caller: Principal, name: str, file: SentFile) -> Audio:
    if file.size > MAX_AUDIO_BYTES:
        message = f"must have at most {MAX_AUDIO_BYTES // (1024 * 1024)} MB"
        raise InvalidRequest([FieldError(field="file", message=message)])
    if sniff(file.content.read(HEAD_BYTES)) is None:
        message = f"this is not a sound file: it must be {NAMES}"
        raise InvalidRequest([FieldError(field="file", message=message, received=file.name[:200])])
    file.content.seek(0)
    folder = services.audio.preparation.prepare_folder()
    with tempfile.TemporaryDirectory(dir=folder, prefix="upload-") as work:
        path = Path(work) / "file"
        digest = await asyncio.to_thread(_save, file, path)
        async with services.orders.transaction() as connection:
            audio = await services.audio.items.upload(
                connection, caller, path=path, digest=digest, name=name, file_name=file.name
            )
            await _record(connection, caller, audio)
    return audio


def _save(file: SentFile, path: Path) -> bytes:
    path.touch(mode=0o600, exist_ok=False)
    with path.open("wb") as target:
        shutil.copyfileobj(file.content, target)
    with path.open("rb") as saved:
        return hashlib.file_digest(saved, "sha256").digest()


async def _record(connection: Any, caller: Principal, audio: Audio) -> None:
    after = {"name": audio.name, "source": audio.source}
    await audit.record(connection, caller, "audio.created", audio.id, None, after)


async def remove_records(services: Services, caller: Principal, numbers: list[int]) -> list[Audio]:
    """Delete records, all of them or none. Raises ``InvalidRequest`` for unknown ones, ``Conflict`` for used ones."""
    found = await services.audio.items.by_number(caller, numbers)
    unknown = [
        FieldError(field=f"idList[{index}]", message=f"there is no audio record {number}", received=number)
        for index, number in enumerate(numbers)
        if number not in found
    ]
    if unknown:
        raise InvalidRequest(unknown)
    gone = []
    async with services.orders.transaction() as connection:
        for number in sorted(set(numbers)):
            try:
                gone.append(await services.audio.items.delete(connection, caller, found[number].id))
            except Conflict as error:
                raise Conflict(f"idList: the audio record {number} cannot be removed: {error}") from None
            await audit.record(connection, caller, "audio.deleted", found[number].id, {"name": found[number].name})
    return gone


@dataclass(frozen=True, kw_only=True)
class Moderation:
    """What moderators have to do with an organisation's records."""

    #: Whether somebody approves audio before it is played.
    needed: bool
    #: What was asked and decided, by the hash of the sound.
    decided: Mapping[bytes, Approval]


async def moderation_of(services: Services, caller: Principal, found: Sequence[Audio]) -> Moderation:
    """Return what moderators said of records."""
    organisation_id = caller.organisation.id
    hashes = [audio.content_hash for audio in found if audio.content_hash is not None]
    return Moderation(
        needed=(await services.approvals.settings(organisation_id)).audio,
        decided=await services.approvals.of_sounds(organisation_id, hashes) if hashes else {},
    )


def show_record(services: Services, audio: Audio, moderation: Moderation, *, base: str) -> dict[str, Any]:
    """Return a record as the document shows it; one that was rejected, or waits for the moderator, says so."""
    links = services.audio.links
    path = None
    if audio.state == "ready" and audio.deleted_at is None:
        path = f"{base}/api/v1/audio/{audio.id}/file?{links.query(audio, 'mp3', links.expiry())}"
    status, comment = str(audio.state), audio.reason
    asked = None if audio.content_hash is None else moderation.decided.get(audio.content_hash)
    if asked is not None:
        if asked.state == "rejected" or (asked.state == "pending" and moderation.needed):
            status = asked.state
        if asked.comments:
            comment = asked.comments[-1].comment
    return {
        "id": audio.number,
        "createdAt": seconds(audio.created_at),
        "needModeration": int(moderation.needed),
        "moderatorComment": comment,
        "name": audio.name,
        "path": path,
        "status": status,
        "recordText": audio.origin.get("text"),
        "cost": 0,
    }


def show_removed(services: Services, audio: Audio, moderation: Moderation) -> dict[str, Any]:
    """Return a record that was removed now."""
    shown = show_record(services, audio, moderation, base="")
    names = ("id", "createdAt", "name", "path", "moderatorComment", "needModeration", "status")
    return {name: shown[name] for name in names} | {"deletedAt": seconds(services.clock.now())}
