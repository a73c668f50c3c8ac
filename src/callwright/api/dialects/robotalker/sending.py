"""A request becomes a job: people, calls and texts, written in one transaction."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from callwright.accounts.dialects import option
from callwright.accounts.models import Principal
from callwright.api.dialects.robotalker.asked import Asked, Entry
from callwright.api.dialects.robotalker.credentials import DIALECT
from callwright.api.dialects.robotalker.flows import Heard, flow_of
from callwright.api.dialects.robotalker.message_texts import translated, variables_of
from callwright.api.dialects.robotalker.options import (
    CallOption,
    WhatToDo,
    read_call_option,
    read_priority,
    read_what_to_do,
)
from callwright.api.dialects.robotalker.times import WrongTime, read_time
from callwright.api.native.call_placing import Placement, read_placement
from callwright.api.native.message_placing import MessagePlacement, read_sms_placement
from callwright.api.native.services import Services
from callwright.calls.models import Call
from callwright.contacts.models import Contact, ContactFilter
from callwright.errors import FieldError, Forbidden, InvalidRequest
from callwright.messages.models import Message
from callwright.numbers.parsing import is_forbidden, read_number
from callwright.orders.models import NewItem, NewOrder, Order, Part
from callwright.orders.reports import ask_report

#: Of ``orders.kind``.
JOB = "job"
#: People of one job: as many as calls in one request of the native API.
MOST_PEOPLE = 10_000
_LONGEST_NAME = 200
_PAGE = 1000
_READ_IN_THREAD = 100
#: To how many addresses, and to how many numbers, a report goes.
_MOST_REPORTS = 5
_EMAIL = re.compile(r"[^\s@<>\"(),:;\\]{1,64}@[^\s@<>\"(),:;\\]+\.[^\s@<>\"(),:;\\.]+")
_LONGEST_EMAIL = 254
#: A call or text of a batch that was left out: ``calls[3].to``.
_LEFT_OUT = re.compile(r"(?:calls|messages)\[(\d+)\]")


@dataclass(frozen=True, kw_only=True)
class Person:
    """Somebody whom the job is for."""

    entry: Entry
    #: E.164; ``None``: the number cannot be dialled, for the reason in ``fault``.
    number: str | None
    fault: str | None = None


@dataclass(frozen=True, kw_only=True)
class Plan:
    """What a request asks for, checked."""

    what: WhatToDo
    name: str
    people: Sequence[Person]
    #: People to be added to the contacts, and to which groups; those of a group are known.
    contacts: bool
    caller_id: str | None
    starts_at: datetime | None
    ends_at: datetime | None
    priority: int
    flow: Mapping[str, Any] | None = None
    #: Values of placeholders that are the same for all.
    literals: Mapping[str, str] = field(default_factory=dict)
    #: ``number`` of the audio that is played; 0: none.
    message_number: int = 0
    #: ``messagetext`` in our language of placeholders, and the picture that goes with a text.
    text: str = ""
    image_url: str = ""
    #: Who is told when the job is over.
    report_emails: Sequence[str] = ()
    report_numbers: Sequence[str] = ()

    @property
    def usable(self) -> list[Person]:
        """Those who can be reached."""
        return [person for person in self.people if person.number is not None]


async def plan(services: Services, caller: Principal, asked: Asked, *, name: str | None = None) -> Plan:
    """Return what a request asks for, under a ``name`` of its own or the usual one. Raises ``InvalidRequest``."""
    what = _read("whattodo", read_what_to_do, asked["whattodo"])
    _check_permissions(caller, what)
    zone = caller.organisation.time_zone
    starts_at = _time("rundatetime", asked["rundatetime"], zone)
    ends_at = _time("enddate", asked["enddate"], zone, end_of_day=True)
    now = services.clock.now()
    if ends_at is not None and ends_at <= max(now, starts_at or now):
        raise wrong("enddate", "has passed, or is before rundatetime: nobody would be called")
    if starts_at is not None and starts_at <= now:
        starts_at = None
    caller_id = await _caller_id(services, caller, asked, what)
    people = await _people(services, caller, asked)
    text, literals = translated(asked["messagetext"])
    plan = Plan(
        what=what,
        name=name or job_name(asked),
        people=people,
        contacts=not asked.to_group,
        caller_id=caller_id,
        starts_at=starts_at,
        ends_at=ends_at,
        priority=_read("priority", read_priority, asked["priority"]),
        text=text,
        literals=literals,
        image_url=asked["imageurl"],
        report_emails=_report_emails(asked),
        report_numbers=_report_numbers(caller, asked),
    )
    if not plan.usable:
        fault = next((person.fault for person in people if person.fault), None)
        raise wrong("phonenumber", fault or "is needed: a number, a list of numbers, or 0 for a group")
    if what.sms and not text and not plan.image_url:
        raise wrong("messagetext", "is needed: there is nothing to write")
    return await _with_flow(services, caller, asked, plan) if what.call else plan


async def carry_out(services: Services, caller: Principal, asked: Asked, wanted: Plan) -> tuple[Order, Sequence[Part]]:
    """Write a job with its calls and texts, all or nothing. Raises ``InvalidRequest`` and ``PaymentRequired``."""
    calls = await _calls(services, caller, wanted) if wanted.what.call else None
    texts = await _texts(services, caller, wanted) if wanted.what.sms else None
    new = NewOrder(
        dialect=DIALECT, kind=JOB, name=wanted.name, asked=_shown_again(wanted), ignored_fields=asked.ignored
    )
    made: Mapping[str, Call] = {}
    async with services.orders.transaction() as connection:
        if wanted.contacts:
            await _know(services, caller, asked, wanted, connection)
        written: Mapping[int, Message] = {}
        if texts is not None:
            sent = await texts.create(connection, forward_replies_to=wanted.caller_id)
            written = dict(zip(_places(texts), sent, strict=True))
        message_ids = {index: message.id for index, message in written.items()}
        refused = _refused(texts) | _refused(calls)

        def items(call_ids: Sequence[str]) -> list[NewItem]:
            placed = () if calls is None else zip(_places(calls), call_ids, strict=True)
            return _items(wanted, calls=dict(placed), messages=message_ids, refused=refused)

        if calls is None:
            parts: Sequence[NewItem] = items(())
            order = await services.orders.create(caller, new, parts, connection=connection)
        else:
            beside = services.orders.beside(caller, new, items)
            made = {call.id: call for call in await calls.create(connection, beside=beside)}
            order, parts = await beside.written(connection), beside.items
        await ask_report(connection, order, emails=wanted.report_emails, numbers=wanted.report_numbers)
    if calls is not None:
        services.calls.wake()
    if texts is not None:
        services.messages.service.wake()
    by_message = {message.id: message for message in written.values()}
    return order, [
        Part(
            order_id=order.id,
            position=position,
            to_number=item.to_number,
            refused=item.refused,
            detail=item.detail,
            call=made.get(item.call_id or ""),
            message_id=item.message_id,
            message=None if item.message_id is None else by_message[item.message_id]._asdict(),
        )
        for position, item in enumerate(parts)
    ]


def _places(placement: Placement | MessagePlacement) -> list[int]:
    return [index for index, _ in placement.reads]


def _refused(placement: Placement | MessagePlacement | None) -> dict[int, str]:
    """Return why some were left out, by their place among those who can be reached."""
    errors = () if placement is None else placement.errors
    return {int(found[1]): error.message for error in errors if (found := _LEFT_OUT.match(error.field))}


def _items(
    wanted: Plan, *, calls: Mapping[int, str], messages: Mapping[int, str], refused: Mapping[int, str]
) -> list[NewItem]:
    """Return the parts of a job, one a person."""
    items = []
    index = 0
    for person in wanted.people:
        call_id = message_id = reason = None
        if person.number is not None:
            call_id, message_id, reason = calls.get(index), messages.get(index), refused.get(index)
            index += 1
        items.append(
            NewItem(
                call_id=call_id,
                message_id=message_id,
                to_number=person.number or person.entry.phone[:_LONGEST_NAME],
                refused=person.fault or reason,
                detail={"name": person.entry.name},
            )
        )
    return items


def job_name(asked: Asked) -> str:
    """Return the name of the job: the new group's, else what the program calls it."""
    return kept_name(asked["phonenumbergroupname"] or asked["optname"]) or "API"


def kept_name(text: str) -> str:
    """Return as much of a name as is kept: its words with a blank between them, at most 200 characters."""
    return " ".join(text.split())[:_LONGEST_NAME]


def wrong(name: str, message: str) -> InvalidRequest:
    """Return the error that names a field."""
    return InvalidRequest([FieldError(field=name, message=message)])


def _check_permissions(caller: Principal, what: WhatToDo) -> None:
    for needed, permission in ((what.call, "calls:write"), (what.sms, "sms:write")):
        if needed and not caller.may(permission):
            raise Forbidden(f"this needs the permission {permission!r}, which this key does not have")


def _read(name: str, reader: Any, text: str) -> Any:
    try:
        return reader(text)
    except ValueError as error:
        raise wrong(name, str(error).removeprefix(f"{name} ")) from None


def _time(name: str, text: str, zone: str, *, end_of_day: bool = False) -> datetime | None:
    try:
        return read_time(text, zone, end_of_day=end_of_day)
    except WrongTime as error:
        raise wrong(name, str(error)) from None


def _report_emails(asked: Asked) -> list[str]:
    emails = _several(asked["extrareportemail"])
    for email in emails:
        if not _EMAIL.fullmatch(email) or len(email) > _LONGEST_EMAIL:
            raise wrong("extrareportemail", f"{email[:80]!r} is no address such as ann@example.com")
    return emails


def _report_numbers(caller: Principal, asked: Asked) -> list[str]:
    found = []
    for text in _several(asked["txtreportnumber"]):
        number = read_number(text, field="txtreportnumber", region=caller.organisation.region, sandbox=caller.sandbox)
        if not caller.sandbox and (fault := is_forbidden(number)):
            raise wrong("txtreportnumber", fault)
        found.append(number)
    if found and not caller.may("sms:write"):
        raise Forbidden("a report by text needs the permission 'sms:write', which this key does not have")
    return found


def _several(text: str) -> list[str]:
    """Return the parts of a text between commas and semicolons."""
    parts = [part.strip() for part in re.split("[,;]", text)]
    found = [part for part in parts if part]
    if len(found) > _MOST_REPORTS:
        raise wrong("extrareportemail", f"has more than {_MOST_REPORTS} parts")
    return found


async def _caller_id(services: Services, caller: Principal, asked: Asked, what: WhatToDo) -> str | None:
    """Return what calls show, and where answers to texts go."""
    if not asked["optcallerid"]:
        return None
    number = read_number(
        asked["optcallerid"], field="optcallerid", region=caller.organisation.region, sandbox=caller.sandbox
    )
    # of calls it is looked at when they are read
    if not what.call and not await services.numbers.usable_caller_id(caller, number):
        raise wrong("optcallerid", "is not a verified number of this account")
    return number


async def _people(services: Services, caller: Principal, asked: Asked) -> list[Person]:
    entries = await _members(services, caller, asked) if asked.to_group else asked.people
    if len(entries) > MOST_PEOPLE:
        raise wrong("phonenumber", f"has more than {MOST_PEOPLE} numbers; send the rest in another request")
    if len(entries) > _READ_IN_THREAD:
        # so that other requests do not wait for them
        return await asyncio.to_thread(lambda: [_person(caller, entry) for entry in entries])
    return [_person(caller, entry) for entry in entries]


def _person(caller: Principal, entry: Entry) -> Person:
    try:
        number = read_number(
            entry.phone, field="phonenumber", region=caller.organisation.region, sandbox=caller.sandbox
        )
    except InvalidRequest as error:
        return Person(entry=entry, number=None, fault=error.errors[0].message)
    fault = None if caller.sandbox else is_forbidden(number)
    return Person(entry=entry, number=None if fault else number, fault=fault)


async def _members(services: Services, caller: Principal, asked: Asked) -> list[Entry]:
    """Return the people of the group that ``optname`` names."""
    name = asked["optname"] or asked["phonenumbergroupname"]
    group_id = await services.contacts.known.group(caller, name) if name else None
    if group_id is None:
        raise wrong("optname", f"there is no group {name[:80]!r}; phonenumber 0 calls the group that optname names")
    people: list[Contact] = []
    before: int | None = None
    while len(people) <= MOST_PEOPLE:
        page = await services.contacts.people.page(caller, ContactFilter(group_id=group_id), limit=_PAGE, before=before)
        people += page
        if len(page) < _PAGE:
            break
        before = page[-1].number
    # oldest first, as they were added
    entries = [
        Entry(phone=person.numbers[0].e164, name=_name_of(person), variables=_variables_of(person))
        for person in reversed(people)
        if person.numbers
    ]
    if not entries:
        raise wrong("optname", f"the group {name[:80]!r} has nobody with a number")
    return entries


def _name_of(person: Contact) -> str:
    return " ".join(part for part in (person.texts["first_name"], person.texts["last_name"]) if part)


def _variables_of(person: Contact) -> Mapping[str, str]:
    """Return a contact's own fields that are called like the document's variables."""
    return {name: str(value) for name, value in person.fields.items() if value is not None}


async def _with_flow(services: Services, caller: Principal, asked: Asked, plan: Plan) -> Plan:
    """Return the plan with what its calls say and do."""
    call_option = _read("calloptions", read_call_option, asked["calloptions"])
    if call_option is CallOption.RINGLESS and not option(caller.organisation.dialect_options, "robotalker_ringless"):
        raise wrong("calloptions", "RinglessVm is turned off; the operator turns it on for an account")
    message_id = asked.message_id("messageid") if plan.what.audio else ""
    if message_id:
        live, number = await _audio(services, caller, "messageid", message_id)
    elif plan.text:
        live, number = Heard(text=plan.text), 0
    else:
        raise wrong("messagetext", "is needed: there is nothing to say")
    voicemail = None
    if asked.message_id("vmmessageid"):
        voicemail, _ = await _audio(services, caller, "vmmessageid", asked.message_id("vmmessageid"))
    transfer_to = ""
    if call_option is CallOption.TRANSFER:
        transfer_to = _transfer_to(caller, asked)
    flow = flow_of(
        live,
        option=call_option,
        voicemail=voicemail,
        transfer_to=transfer_to,
        caller=caller.organisation.spoken_name or caller.organisation.name,
        # an artificial voice that sells offers a way out (47 CFR 64.1200 (b) (3))
        opt_out_key=caller.purpose == "marketing",
    )
    voice = _voice(services, caller)
    return replace(plan, flow=flow if voice is None else {**flow, "voice": voice}, message_number=number)


def _transfer_to(caller: Principal, asked: Asked) -> str:
    name = "transferringnumber" if asked["transferringnumber"] else "optcallerid"
    if not asked[name]:
        raise wrong("transferringnumber", "is needed for TransOnAnswer (or optcallerid): nobody to transfer to")
    return read_number(asked[name], field=name, region=caller.organisation.region, sandbox=caller.sandbox)


async def _audio(services: Services, caller: Principal, name: str, message_id: str) -> tuple[Heard, int]:
    """Return the audio of a number, or of an id of ours."""
    if message_id.isascii() and message_id.isdigit() and len(message_id) < 19:
        found = (await services.audio.items.by_number(caller, [int(message_id)])).get(int(message_id))
    else:
        found = (await services.audio.items.among(caller, [message_id])).get(message_id)
    if found is None or found.deleted_at is not None:
        raise wrong(name, f"{message_id[:40]} does not exist")
    return Heard(audio=found.id), found.number


def _voice(services: Services, caller: Principal) -> str | None:
    """Return the voice of the gender that the account has for this dialect; ``None``: its usual one has it."""
    gender = option(caller.organisation.dialect_options, "robotalker_gender")
    usual = services.voices.resolve(caller.organisation.voice).voice
    wanted = services.voices.resolve(caller.organisation.voice, gender=gender).voice
    return None if wanted.id == usual.id else wanted.id


async def _calls(services: Services, caller: Principal, wanted: Plan) -> Placement:
    body = _shared(wanted) | {"from": wanted.caller_id, "flow": wanted.flow}
    if len(wanted.usable) > 1:
        body |= {"campaign_name": wanted.name}
    return await read_placement(services, caller, body | _each(wanted, "calls"))


async def _texts(services: Services, caller: Principal, wanted: Plan) -> MessagePlacement:
    body = _shared(wanted) | {
        "message": wanted.text or None,
        "media_urls": [wanted.image_url] if wanted.image_url else None,
    }
    return await read_sms_placement(services, caller, body | _each(wanted, "messages"))


def _shared(wanted: Plan) -> dict[str, Any]:
    """Return the fields of a native request that calls and texts have in common."""
    return {
        "priority": wanted.priority,
        "scheduled_at": None if wanted.starts_at is None else wanted.starts_at.isoformat(),
        "expires_at": None if wanted.ends_at is None else wanted.ends_at.isoformat(),
        "variables": dict(wanted.literals),
    }


def _each(wanted: Plan, name: str) -> dict[str, Any]:
    """Return the fields of a native request that say who: one person, or a list under ``name``."""
    usable = wanted.usable
    if len(usable) == 1:
        return {"to": usable[0].number, "variables": {**variables_of(usable[0].entry), **wanted.literals}}
    people = [{"to": person.number, "variables": dict(variables_of(person.entry))} for person in usable]
    return {"partial": True, name: people}


async def _know(services: Services, caller: Principal, asked: Asked, wanted: Plan, connection: Any) -> None:
    """Find or add the people as contacts, and put them into the groups that the request names."""
    if not caller.may("contacts:write"):
        return
    named = [(person.number, person.entry.name) for person in wanted.usable if person.number is not None]
    known = await services.contacts.known.ensure(connection, caller, named)
    groups: dict[str, list[str]] = {}
    for person in wanted.usable:
        for name in (asked["phonenumbergroupname"], person.entry.group):
            if name and person.number is not None:
                groups.setdefault(name, []).append(known[person.number].id)
    if groups and not caller.may("groups:write"):
        raise Forbidden("this needs the permission 'groups:write', which this key does not have")
    # in one order, so that two requests do not wait for each other
    for name in sorted(groups):
        await services.contacts.known.ensure_group(connection, caller, name, groups[name])


def _shown_again(wanted: Plan) -> dict[str, Any]:
    return {
        "whattodo": wanted.what.name,
        "starts_at": None if wanted.starts_at is None else wanted.starts_at.isoformat(),
        "message_number": wanted.message_number,
    }
