"""``create`` and ``createWithTemplate``: from what is asked to calls, one item a number."""

from __future__ import annotations

import random
import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from callwright.accounts.dialects import option
from callwright.accounts.models import Principal
from callwright.api.dialects.effebot.asked import Asked, Record, moment_of
from callwright.api.dialects.effebot.calls import DIALECT
from callwright.api.dialects.effebot.flows import Built, build, caller_id_of
from callwright.api.dialects.effebot.records import check_language
from callwright.api.dialects.effebot.rendering import created
from callwright.api.native.call_placing import Placement, read_placement
from callwright.api.native.call_requests import audio_named
from callwright.api.native.services import Services
from callwright.approvals.content import texts_of
from callwright.audio.models import Audio
from callwright.callflows.models import SavedFlow
from callwright.calls.holding import sound_of
from callwright.errors import Conflict, FieldError, InvalidRequest
from callwright.flows.templates import placeholders
from callwright.numbers.service import SANDBOX_CALLER_ID
from callwright.orders.models import NewOrder

#: What a program is told of a call beside its end.
EVENTS = ("call.dialing", "call.answered")
_ITEM = re.compile(r"calls\[(\d+)\]\.to")
_CHANCE = random.SystemRandom()


async def create_calls(services: Services, caller: Principal, asked: Asked) -> list[dict[str, Any]]:
    """Make the calls and return an item for each number, in order: a call, or why there is none.

    Raises ``InvalidRequest`` for what is wrong with all of them; then nothing is made.
    """
    built = await _built(services, caller, asked)
    await _check_approved(services, caller, built)
    sender = await _sender(services, caller, asked)
    every = option(caller.organisation.dialect_options, "effebot_webhook") == "every_change"
    body: dict[str, Any] = {
        "flow": built.flow,
        "variables": {**asked.variables, **built.variables},
        "from": sender,
        "calls": [{"to": phone} for phone in asked.phones],
        "partial": True,
    }
    if asked.webhook_url is not None:
        body |= {"webhook_url": asked.webhook_url, "webhook_events": list(EVENTS) if every else []}
    if asked.planned_at is not None:
        body["scheduled_at"] = moment_of(asked.planned_at).isoformat()
    if asked.hours is not None:
        body["hours"] = asked.hours
    if asked.ring_seconds is not None:
        body["ring_timeout_seconds"] = asked.ring_seconds
    if asked.delay is not None:
        again = {"count": 1, "delay_seconds": asked.delay * 60}
        body["retry"] = {"busy": again, "no_answer": again}
    refused: dict[int, str] = {}
    placement: Placement | None = None
    try:
        placement = await read_placement(services, caller, body)
        refused = _refused(placement.errors)
    except InvalidRequest as error:
        refused = _refused(error.errors)
        if not refused or len(refused) < len({fault.field for fault in error.errors}):
            raise type(error)(_renamed(error.errors, built), None if error.errors else str(error)) from None
    items = {
        index: {"status": "error", "phone": str(asked.phones[index]), "message": message}
        for index, message in refused.items()
    }
    if placement is not None:
        items |= await _placed(services, caller, asked, built, placement)
    return [items[index] for index in sorted(items)]


async def _placed(
    services: Services, caller: Principal, asked: Asked, built: Built, placement: Placement
) -> dict[int, dict[str, Any]]:
    """Write the calls and the order; return what is answered, by the number's place."""
    shown: dict[str, Any] = {
        "needRecording": int(built.recorded),
        "label": asked.label or caller.address,
        "actions": built.actions,
    }
    shown |= {} if asked.webhook_parameters is None else {"webhookParameters": asked.webhook_parameters}
    shown |= {} if asked.comment is None else {"comment": asked.comment}
    order = NewOrder(dialect=DIALECT, name=asked.label, asked=shown, ignored_fields=asked.ignored)
    beside = services.orders.beside(caller, order, placement.items)
    async with services.orders.transaction() as connection:
        calls = await placement.create(connection, webhook_format=DIALECT, beside=beside)
        await beside.written(connection)
    services.calls.wake()
    return {
        index: created(call, recording=built.recorded) for (index, _), call in zip(placement.reads, calls, strict=True)
    }


async def _built(services: Services, caller: Principal, asked: Asked) -> Built:
    default = services.voices.language_of(caller.organisation.voice)
    if asked.language is not None:
        check_language(services, asked.language, "lang")
    if asked.template is None:
        records = _records(asked)
        audio = await services.audio.items.by_number(caller, [record.number for record in records if record.number])
        unknown = [
            FieldError(field=f"{record.at}.id", message="is not an audio record of yours", received=record.number)
            for record in records
            if record.number and record.number not in audio
        ]
        if unknown:
            raise InvalidRequest(unknown)
        return build(asked, audio={number: one.id for number, one in audio.items()}, default_language=default)
    saved = await template_of(services, caller, asked.template)
    bodies = {} if saved is None else await services.saved_flows.published(caller, [saved.id])
    if saved is None or saved.id not in bodies:
        message = "is not a template of yours (getTemplates lists them)"
        raise InvalidRequest([FieldError(field="templateId", message=message, received=asked.template)])
    flow = dict(bodies[saved.id])
    # what the request says goes before what the template says
    if asked.recording is False:
        flow["recording"] = None
    elif asked.recording and flow.get("recording") is None:
        flow["recording"] = True
    if asked.manager_sees_sender is not None:
        shown = {"caller_id": caller_id_of(asked)}
        flow["steps"] = {
            name: {**step, **shown} if step.get("type") == "transfer" else step for name, step in flow["steps"].items()
        }
    if asked.language is not None:
        flow["language"] = asked.language.replace("_", "-")
    return Built(flow=flow)


async def template_of(services: Services, caller: Principal, number: int) -> SavedFlow | None:
    """Return the saved flow of a number, ``None`` when there is none."""
    # the newest one below the next number
    found = await services.saved_flows.page(caller, limit=1, before=number + 1)
    return found[0] if found and found[0].number == number else None


def _records(asked: Asked) -> list[Record]:
    """Return every record that a request names."""
    found = [asked.record] if asked.record is not None else []
    waiting = list(asked.actions)
    while waiting:
        action = waiting.pop(0)
        found += [action.record] if action.record is not None else []
        waiting += action.actions
    return found


async def _sender(services: Services, caller: Principal, asked: Asked) -> str:
    if asked.sender is not None:
        return asked.sender
    usable = await services.numbers.usable_numbers(caller.organisation.id, fence=caller.fence)
    if not usable and not caller.sandbox:
        raise InvalidRequest([FieldError(field="dutyPhone", message="you have no verified number that could be shown")])
    return _CHANCE.choice(usable) if usable else SANDBOX_CALLER_ID


async def _check_approved(services: Services, caller: Principal, built: Built) -> None:
    """Refuse texts and records that somebody has to approve first, and ask for the approval.

    Natively such calls wait; this document says that nothing is made before.
    """
    wanted = await services.approvals.settings(caller.organisation.id)
    if caller.sandbox or not (wanted.texts or wanted.audio):
        return
    texts = texts_of(built.flow) if wanted.texts else []
    sounds = await services.audio.items.among(caller, audio_named(built.flow)) if wanted.audio else {}
    approvals = services.approvals
    async with services.orders.transaction() as connection:
        states = {("text", (await approvals.submit(caller, text, connection=connection)).state) for text in texts}
        for sound in sounds.values():
            if sound.content_hash is not None:
                asked = await approvals.submit_audio(caller, sound_of(sound), connection=connection)
                states.add(("record", asked.state))
    for what in ("text", "record"):
        if (what, "rejected") in states:
            raise Conflict(f"record: this {what} was rejected by the moderator")
        if (what, "pending") in states:
            raise Conflict(f"record: this {what} waits for the moderator; send the request again when it is approved")


def _refused(errors: Sequence[FieldError]) -> dict[int, str]:
    """Return what is said of the numbers that were refused, by their place."""
    found = {}
    for error in errors:
        item = _ITEM.fullmatch(error.field)
        if item is not None:
            found[int(item[1])] = f"phone: {error.message}"
    return found


_FIELDS: Mapping[str, str] = {
    "from": "outgoingPhone",
    "scheduled_at": "plannedAt",
    "webhook_url": "webhookUrl",
    "variables": "variables",
    "language": "lang",
}


def _renamed(errors: Sequence[FieldError], built: Built) -> list[FieldError]:
    """Return faults of the native body with the names of this request."""
    found: dict[str, FieldError] = {}
    for error in errors:
        step = re.match(r"flow\.steps\.(\w+)", error.field)
        head = error.field.partition(".")[0]
        item = _ITEM.fullmatch(error.field)
        if item is not None:
            field = f"phones[{item[1]}]"
        elif step is not None:
            field = built.places.get(step[1], "templateId" if not built.places else "ivrs")
        else:
            field = _FIELDS.get(head, head)
        found.setdefault(field, replace(error, field=field))
    return list(found.values())


def show_template(
    flow: SavedFlow, body: Mapping[str, Any], *, moderated: bool, sounds: Mapping[str, Audio]
) -> dict[str, Any]:
    """Return a saved flow as one of effebot's templates; ``moderated``: something of it waits for an approval.

    ``sounds`` are those that it plays, by id.
    """
    steps: Mapping[str, Mapping[str, Any]] = body.get("steps") or {}
    asks = next((step for step in steps.values() if step.get("type") == "gather"), None)
    said = texts_of(body)
    names = sorted({name for text in said for name in placeholders(text)})
    played = [sounds[name] for name in sorted(audio_named(body)) if name in sounds]
    record = {"text": said[0]} if said else {"id": played[0].number} if played else None
    ivrs: list[dict[str, Any]] = []
    if asks is not None:
        ivrs = [{"digit": int(key)} for key in sorted(asks.get("branches") or {}) if key.isdecimal() and len(key) == 1]
        ivrs += [{"keyWords": "|".join(choice["words"])} for choice in asks.get("keywords") or ()]
    return {
        "id": flow.number,
        "name": flow.name,
        "status": "moderation" if moderated else "ready",
        "needModeration": int(moderated),
        "variables": names,
        "record": record,
        "ivrs": ivrs,
    }
