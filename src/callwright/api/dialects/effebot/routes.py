"""effebot's paths. Each takes key and fields from query, form or JSON; those that change nothing also answer GET."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request, Response

from callwright.accounts.models import Principal
from callwright.api.dialects.credentials import enter
from callwright.api.dialects.effebot import lists, records
from callwright.api.dialects.effebot.asked import LATEST, Reader, moment_of
from callwright.api.dialects.effebot.calls import DIALECT, CallObjects
from callwright.api.dialects.effebot.creating import create_calls
from callwright.api.dialects.effebot.errors import refused, render_error, success
from callwright.api.dialects.effebot.lists import MAX_IDS, numbers_of
from callwright.api.dialects.errors import dialect_route
from callwright.api.dialects.fields import Fields, Findings
from callwright.api.dialects.reading import Sent, read
from callwright.api.native.call_reading import read_due_at
from callwright.api.native.request_log import note_refusal
from callwright.api.native.services import Provided, Services
from callwright.api.native.verification_reading import read_verification
from callwright.calls.models import Call
from callwright.errors import Conflict, FieldError, InvalidRequest
from callwright.numbers.suppressions import opt_out

router = APIRouter(route_class=dialect_route(render_error))
#: Of paths that change nothing.
READS = ["GET", "POST"]
MAX_BLOCKED = 5_000


async def _sent(request: Request) -> Sent:
    return await read(request)


Body = Annotated[Sent, Depends(_sent)]


async def _enter(request: Request, services: Services, sent: Sent, permission: str) -> Principal:
    secret = sent.fields.get("apiKey")
    return await enter(
        request, services, secret if isinstance(secret, str) else None, dialect=DIALECT, permission=permission
    )


def _base(request: Request, services: Services) -> str:
    return (services.settings.public_url or str(request.base_url)).rstrip("/")


@router.post("/apiCalls/create", name="effebot_create")
async def create(request: Request, services: Provided, sent: Body) -> Response:
    """Plan calls with a record and key actions."""
    return await _create(request, services, sent, templated=False)


@router.post("/apiCalls/createWithTemplate", name="effebot_create_with_template")
async def create_with_template(request: Request, services: Provided, sent: Body) -> Response:
    """Plan calls with a template."""
    return await _create(request, services, sent, templated=True)


async def _create(request: Request, services: Services, sent: Sent, *, templated: bool) -> Response:
    caller = await _enter(request, services, sent, "calls:write")
    reader = Reader(sent.fields, region=caller.organisation.region, sandbox=caller.sandbox)
    items = await create_calls(services, caller, reader.create(templated=templated))
    if all(item.get("status") == "error" for item in items):
        await note_refusal(request, InvalidRequest([], items[0]["message"]))
        return refused(items[0]["message"], items)
    return success(items)


@router.api_route("/apiCalls/get", methods=READS, name="effebot_get")
@router.api_route("/apiCalls/getWithTemplates", methods=READS, name="effebot_get_with_templates")
async def get_calls(request: Request, services: Provided, sent: Body) -> Response:
    """Show calls; those that there are not are left out."""
    caller = await _enter(request, services, sent, "calls:read")
    wanted = numbers_of(sent, "apiCallIdList", required=True)
    found = await _calls(services, caller, wanted)
    calls = [found[number] for number in dict.fromkeys(wanted) if number in found]
    objects = CallObjects(services=services)
    return success(await objects.show(caller.organisation.id, calls, base=_base(request, services)))


@router.post("/apiCalls/update", name="effebot_update")
async def update_calls(request: Request, services: Provided, sent: Body) -> Response:
    """Give calls that wait other times: all of them, or none."""
    caller = await _enter(request, services, sent, "calls:write")
    findings = Findings()
    top = Fields(sent.fields, findings)
    times: dict[int, datetime | None] = {}
    now = services.clock.now()
    for one in top.each("callList", most=MAX_IDS, required=True):
        number = one.integer("id", 1, 2**62, required=True)
        at = one.integer("replannedAt", 0, LATEST, required=True)
        if number is not None and at is not None:
            try:
                times[number] = read_due_at(
                    moment_of(at).isoformat(), zone="UTC", now=now, field=one.where("replannedAt")
                )
            except InvalidRequest as error:
                findings.errors += error.errors
    findings.check()
    found = await _all(services, caller, list(times), "callList")
    planned = {found[number].id: at for number, at in times.items()}
    async with services.orders.transaction() as connection:
        await services.calls.reschedule(caller, planned, connection=connection)
    services.calls.wake()
    return success({"callIdList": list(times)})


@router.post("/apiCalls/remove", name="effebot_remove")
async def remove_calls(request: Request, services: Provided, sent: Body) -> Response:
    """Cancel calls; what was reserved for them comes back."""
    caller = await _enter(request, services, sent, "calls:write")
    several = sent.fields.get("idList") is not None
    wanted = numbers_of(sent, "idList" if several else "id", required=True)
    found = await _all(services, caller, wanted, "idList" if several else "id")
    over = [number for number in wanted if found[number].outcome is not None]
    if over:
        raise Conflict(f"{'idList' if several else 'id'}: the call {over[0]} is over")
    async with services.orders.transaction() as connection:
        done = await services.calls.cancel_many(
            caller, [found[number].id for number in wanted], connection=connection, strict=True
        )
    services.calls.hang_up(done.attempt_ids)
    return success({"callIdList": wanted} if several else [])


@router.post("/apiCalls/createRecord", name="effebot_create_record")
async def create_record(request: Request, services: Provided, sent: Body) -> Response:
    """Make an audio record of a text or a file."""
    caller = await _enter(request, services, sent, "audio:write")
    try:
        audio = await records.create_record(services, caller, sent)
    finally:
        for files in sent.files.values():
            for file in files:
                file.content.close()
    moderation = await records.moderation_of(services, caller, [audio])
    return success(records.show_record(services, audio, moderation, base=_base(request, services)))


@router.api_route("/apiCalls/getRecords", methods=READS, name="effebot_get_records")
async def get_records(request: Request, services: Provided, sent: Body) -> Response:
    """List audio records, newest first."""
    caller = await _enter(request, services, sent, "audio:read")
    found = await lists.all_audio(services, caller)
    moderation = await records.moderation_of(services, caller, found)
    base = _base(request, services)
    return success([records.show_record(services, audio, moderation, base=base) for audio in found])


@router.post("/apiCalls/removeRecord", name="effebot_remove_record")
async def remove_record(request: Request, services: Provided, sent: Body) -> Response:
    """Delete audio records that nothing plays any more."""
    caller = await _enter(request, services, sent, "audio:write")
    gone = await records.remove_records(services, caller, numbers_of(sent, "idList", required=True))
    moderation = await records.moderation_of(services, caller, gone)
    return success([records.show_removed(services, audio, moderation) for audio in gone])


@router.api_route("/apiCalls/userInfo", methods=READS, name="effebot_user_info")
async def user_info(request: Request, services: Provided, sent: Body) -> Response:
    """Show the account."""
    return success(await lists.user_info(services, await _enter(request, services, sent, "account:read")))


@router.api_route("/apiCalls/getPhones", methods=READS, name="effebot_get_phones")
async def get_phones(request: Request, services: Provided, sent: Body) -> Response:
    """List caller ids: the usable ones, or all."""
    caller = await _enter(request, services, sent, "numbers:read")
    return success(await lists.phones(services, caller, everything=_flag(sent, "all")))


@router.api_route("/apiCalls/getAvailableLanguages", methods=READS, name="effebot_get_languages")
async def get_languages(request: Request, services: Provided, sent: Body) -> Response:
    """List the languages that can be spoken."""
    await _enter(request, services, sent, "voices:read")
    return success(lists.languages(services))


@router.api_route("/apiCalls/getTemplates", methods=READS, name="effebot_get_templates")
async def get_templates(request: Request, services: Provided, sent: Body) -> Response:
    """List the published flows, which are the templates here."""
    caller = await _enter(request, services, sent, "flows:read")
    return success(await lists.templates(services, caller, only_moderated=_flag(sent, "onlyModerated")))


@router.post("/apiVerificationPhones/confirmPhone", name="effebot_confirm_phone")
async def confirm_phone(request: Request, services: Provided, sent: Body) -> Response:
    """Ring telephones from a number that ends in the pin."""
    caller = await _enter(request, services, sent, "verifications:write")
    findings = Findings()
    fields = Fields(sent.fields, findings)
    pin = fields.integer("pin", 0, 9999, required=True)
    many, one = fields.raw("phones"), fields.raw("phone")
    phones = fields.items("phones", most=MAX_BLOCKED) if many else [one]
    if not many and (one is None or one == ""):
        findings.wrong("phone", "is required (or phones, for several)")
    findings.check()
    wanted = [
        await read_verification(
            services,
            caller,
            to=phone,
            method="flash",
            code_length=None,
            pin=f"{pin:04}",
            language=None,
            voice=None,
            ttl_seconds=600,
        )
        for phone in phones
    ]
    async with services.orders.transaction() as connection:
        for new in wanted:
            await services.verifications.send(caller, new, connection=connection)
    services.calls.wake()
    return success("done")


@router.post("/apiBlacklist/addPhonesFromApi", name="effebot_block")
async def add_phones(request: Request, services: Provided, sent: Body) -> Response:
    """Enter people who must not be contacted; answers how many are new."""
    caller = await _enter(request, services, sent, "suppressions:write")
    reader = Reader(sent.fields, region=caller.organisation.region, sandbox=caller.sandbox)
    entries = []
    for one in reader.top.each("phones", most=MAX_BLOCKED, required=True):
        text = one.text("phone", most=40, required=True)
        comment = one.text("comment", most=500)
        number = reader.number(one, "phone", text) if text else None
        entries.append((number, comment))
    reader.findings.check()
    added = 0
    async with services.orders.transaction() as connection:
        for number, comment in sorted(entries, key=lambda entry: entry[0] or ""):
            _, new = await opt_out(
                connection,
                organisation_id=caller.organisation.id,
                e164=number or "",
                scope="organisation",
                evidence=comment or "entered by a program",
                who=caller.actor,
            )
            added += new
    return success(added)


def _flag(sent: Sent, name: str) -> bool:
    findings = Findings()
    value = Fields(sent.fields, findings).flag(name)
    findings.check()
    return bool(value)


async def _calls(services: Services, caller: Principal, numbers: list[int]) -> dict[int, Call]:
    return await services.call_queries.by_numbers(
        caller.organisation.id, numbers, sandbox=caller.sandbox, fence=caller.fence
    )


async def _all(services: Services, caller: Principal, numbers: list[int], field: str) -> dict[int, Call]:
    """Return calls by number. Raises ``InvalidRequest`` that names those that are not there."""
    found = await _calls(services, caller, numbers)
    errors: list[Any] = [
        FieldError(field=field, message=f"there is no call {number}", received=number)
        for number in numbers
        if number not in found
    ]
    if errors:
        raise InvalidRequest(errors)
    return found
