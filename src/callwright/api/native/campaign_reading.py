"""From a request's fields to a campaign that can be written: content, hours, pace, recipients."""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from callwright.accounts.models import Principal
from callwright.api.native.call_emails import email_means
from callwright.api.native.call_flows import CompiledFlow, FlowCompiler
from callwright.api.native.call_reading import CallReader, unknown_extension
from callwright.api.native.call_requests import CallFields
from callwright.api.native.call_transfers import targets
from callwright.api.native.campaign_goals import goal_of, with_goal
from callwright.api.native.campaign_requests import CampaignFields, RecipientItem, ScheduleFields
from callwright.api.native.campaign_texts import EMAIL, missing_in_texts, read_channels, senders_if_any, spoken
from callwright.api.native.email_contents import EmailMeans
from callwright.api.native.services import Services
from callwright.api.native.times import read_time
from callwright.api.native.urls import UrlCheck
from callwright.api.native.validation import parsed, shortened
from callwright.audio.models import Audio
from callwright.calls.service import columns_of
from callwright.campaigns.models import MORE, OWN, Campaign, NewCampaign, NewRecipient
from callwright.campaigns.placing import Placer
from callwright.campaigns.writing import by_email
from callwright.errors import FieldError, InvalidRequest
from callwright.events.addresses import parse_networks
from callwright.mail.addresses import AddressError, in_ascii
from callwright.numbers.addresses import read_email
from callwright.numbers.extensions import read_extension
from callwright.numbers.parsing import read_number
from callwright.numbers.pools import NamedPool
from callwright.rules.timetables import ACCOUNT, RECIPIENT

if TYPE_CHECKING:
    from callwright.store.database import Connection

#: From what binds least to what binds most.
_PURPOSES = ("emergency", "transactional", "marketing")
#: Errors of recipients that an answer lists.
SHOWN_ERRORS = 100

#: A longer list of recipients is read in a thread.
_READ_AT_ONCE = 100


@dataclass(frozen=True, kw_only=True)
class Ground:
    """What is looked up before a request is read."""

    usable_numbers: Sequence[str]
    pools: Mapping[str, NamedPool]
    allowed_countries: Sequence[str] | None
    extensions: Collection[str]
    now: datetime
    #: What the request plays, by id.
    audio: Mapping[str, Audio] = field(default_factory=dict)
    #: Whom texts may come from; ``None``: no route carries texts.
    senders: Mapping[str, Any] | None = None
    #: The same of emails.
    emails: EmailMeans | None = None


@dataclass(frozen=True, kw_only=True)
class ReadCampaign:
    """What a request asks for, and the flow as it was compiled."""

    new: NewCampaign
    flow: CompiledFlow
    #: Variables that all recipients have.
    defaults: Mapping[str, str]

    @property
    def needed(self) -> list[str]:
        """Names of the placeholders that each recipient must fill."""
        names = [name for _, name in self.flow.missing(self.defaults)]
        return list({name.casefold(): name for name in names + missing_in_texts(self.new, self.defaults)}.values())


@dataclass(kw_only=True)
class ReadRecipients:
    """The good ones of a list, and what is wrong with the others."""

    good: list[NewRecipient] = field(default_factory=list)
    errors: list[FieldError] = field(default_factory=list)
    #: Rows that were left out.
    refused: int = 0
    duplicates: int = 0


async def look_up(
    services: Services,
    caller: Principal,
    pool: str | None,
    audio_ids: Collection[str] = (),
    *,
    templates: Collection[str] = (),
    files: Collection[str] = (),
    wanted: CampaignFields | None = None,
) -> Ground:
    """Return what reading needs of the database; ``templates`` and ``files`` are those that the request's emails name.

    ``wanted``: it is for this request alone, and what that does not name is not looked up.
    """
    extended = wanted is None or wanted.names_extensions
    texts, emails = wanted is None or wanted.writes_texts, wanted is None or wanted.writes_emails
    return Ground(
        usable_numbers=await services.numbers.usable_numbers(caller.organisation.id, fence=caller.fence),
        pools=await services.pools.named(caller, [pool]) if pool is not None else {},
        allowed_countries=(await services.call_limits.get(caller.organisation)).allowed_countries,
        extensions=await targets(services, caller.organisation.id) if extended else frozenset(),
        now=services.clock.now(),
        audio=await services.audio.items.among(caller, audio_ids),
        senders=await senders_if_any(services, caller) if texts else None,
        emails=await email_means(services, caller, templates=templates, files=files) if emails else None,
    )


def read_campaign(services: Services, caller: Principal, wanted: CampaignFields, ground: Ground) -> ReadCampaign:
    """Return the campaign that a request asks for; raises ``InvalidRequest`` that names every wrong field."""
    errors: list[FieldError] = []
    url_check = UrlCheck(parse_networks(services.settings.webhook_allow_networks))
    shared = CallFields.model_validate(
        spoken(wanted).model_dump(
            by_alias=True, include=set(CallFields.model_fields), exclude={"scheduled_at", "expires_at"}
        )
    )
    reader = CallReader(
        caller,
        shared=shared,
        usable_numbers=ground.usable_numbers,
        extensions=ground.extensions,
        compiler=FlowCompiler(
            services.voices,
            default_voice=caller.organisation.voice,
            capabilities=services.capabilities,
            url_check=url_check,
            cache=services.flows,
            audio=ground.audio,
        ),
        url_check=url_check,
        now=ground.now,
        allowed_countries=ground.allowed_countries,
        pools=ground.pools,
        senders=ground.senders,
        emails=ground.emails,
        calls=wanted.channels != [EMAIL],
    )
    call = None
    try:
        call = reader.template()
    except InvalidRequest as error:
        errors += error.errors
    purpose = _purpose(caller, wanted, errors)
    texts = read_channels(
        wanted, caller=caller, senders=ground.senders, emails=ground.emails, purpose=purpose, errors=errors
    )
    starts_at, ends_at = _span(caller, wanted, ground.now, errors)
    schedule = _schedule(wanted.schedule, errors)
    goal = goal_of(wanted.goal, errors)
    if errors or call is None:
        raise InvalidRequest(errors)
    template = {name: value for name, value in columns_of(call.new).items() if name not in OWN}
    content = {name: value for name in FlowCompiler.FIELDS if (value := getattr(shared, name)) is not None}
    template |= {
        **MORE,
        "pool_id": call.pool_id,
        "fence": caller.fence,
        "other_number_after": list(wanted.other_number_after or ()),
        "do_not_call": list(dict.fromkeys(wanted.do_not_call or ())),
        "campaign_webhook_url": _campaign_webhook(wanted, url_check),
        "content": content,
        **texts,
        "from": shared.from_,
        "from_pool": shared.from_pool,
    }
    return ReadCampaign(
        flow=call.flow,
        defaults=call.new.variables,
        new=with_goal(
            NewCampaign(
                name=" ".join(wanted.name.split()) if wanted.name else f"Campaign of {ground.now:%Y-%m-%d %H:%M} UTC",
                purpose=purpose,
                flow=call.new.flow,
                call_template=template,
                schedule=schedule,
                starts_at=starts_at,
                ends_at=ends_at,
                priority=call.new.priority,
                weight=1.0 if wanted.weight is None else wanted.weight,
                topic=call.new.topic,
                max_concurrent=wanted.max_concurrent,
                calls_per_second=None if wanted.calls_per_second is None else Decimal(str(wanted.calls_per_second)),
                hunt=bool(wanted.hunt),
                goal=goal,
                breaker=None if wanted.breaker is None else wanted.breaker.model_dump(),
                abandonment_limit=wanted.abandonment_limit,
                metadata=call.new.metadata,
            ),
            call.flow.flow,
            now=ground.now,
        ),
    )


async def read_recipients(
    services: Services,
    caller: Principal,
    given: Sequence[Any],
    *,
    ground: Ground,
    needed: Sequence[str],
    connection: Connection | None = None,
    emails: bool = False,
) -> ReadRecipients:
    """Return the recipients of a request, of whom each must fill the placeholders ``needed``.

    A long list is read in a thread, so that other requests do not wait for it. ``connection``: of a transaction that
    has made contacts. ``emails``: they are addresses, their own or their contacts'.
    """
    registry, ids = services.campaigns.registry, _contact_ids(given)
    zones = await registry.zones_of_contacts(caller, ids, connection=connection)
    addresses = await registry.addresses_of_contacts(caller, ids, connection=connection) if emails else None
    if len(given) <= _READ_AT_ONCE:
        return _read_recipients(caller, given, ground, needed, zones, addresses)
    return await asyncio.to_thread(_read_recipients, caller, given, ground, needed, zones, addresses)


async def read_more(
    services: Services, caller: Principal, campaign: Campaign, given: Sequence[Any], *, ground: Ground
) -> ReadRecipients:
    """Return recipients that are to be added to a campaign."""
    needed = await services.campaigns.registry.needed(campaign)
    emails = by_email(campaign.call_template)
    return await read_recipients(services, caller, given, ground=ground, needed=needed, emails=emails)


def _contact_ids(given: Sequence[Any]) -> list[str]:
    return [item["contact_id"] for item in given if isinstance(item, dict) and isinstance(item.get("contact_id"), str)]


def _read_recipients(
    caller: Principal,
    given: Sequence[Any],
    ground: Ground,
    needed: Sequence[str],
    zones: Mapping[str, str],
    addresses: Mapping[str, str] | None,
) -> ReadRecipients:
    placer = Placer(
        organisation_zone=caller.organisation.time_zone,
        allowed_countries=ground.allowed_countries,
        sandbox=caller.sandbox,
    )
    found = ReadRecipients()
    seen: set[str] = set()
    for index, item in enumerate(given):
        try:
            recipient = _recipient(caller, item, index, placer, ground, needed, zones, addresses)
        except InvalidRequest as error:
            found.errors += error.errors
            found.refused += 1
            continue
        if recipient.to_number in seen:
            found.duplicates += 1
            continue
        seen.add(recipient.to_number)
        found.good.append(recipient)
    return found


def _recipient(
    caller: Principal,
    given: Any,
    index: int,
    placer: Placer,
    ground: Ground,
    needed: Sequence[str],
    zones: Mapping[str, str],
    addresses: Mapping[str, str] | None,
) -> NewRecipient:
    at = f"recipients[{index}]"
    plain = not isinstance(given, dict)
    item = RecipientItem.model_construct(to=given) if plain else parsed(RecipientItem, given, prefix=at)
    to_field = at if plain else f"{at}.to"
    errors: list[FieldError] = []
    if addresses is None:
        number = _number(caller, item.to, to_field, ground, errors)
    else:
        number = _address(item, plain, to_field, addresses, errors)
    others = [
        other
        for place, given_other in enumerate((None if plain else item.other_numbers) or ())
        if (other := _number(caller, given_other, f"{at}.other_numbers[{place}]", ground, errors))
    ]
    if addresses is not None and others:
        errors.append(FieldError(field=f"{at}.other_numbers", message="are for campaigns that call"))
    contact_id = None if plain else item.contact_id
    if contact_id is not None and contact_id not in zones:
        message = "is not a contact of this organisation"
        errors.append(FieldError(field=f"{at}.contact_id", message=message, received=contact_id))
    own = {} if plain else dict(item.variables or {})
    filled = {name.casefold() for name in own}
    for name in (name for name in needed if name.casefold() not in filled):
        message = f"the placeholder {{{name}}} has no value: give it here, or for all in variables"
        errors.append(FieldError(field=f"{at}.variables", message=message, received=name))
    if errors:
        raise InvalidRequest(errors)
    place = placer.place(number, contact_zone=zones.get(contact_id or "") or None)
    faults = [(to_field, item.to, place.fault)]
    faults += [(f"{at}.other_numbers", other, placer.place(other).fault) for other in others]
    wrong = [FieldError(field=where, message=why, received=shortened(what)) for where, what, why in faults if why]
    if wrong:
        raise InvalidRequest(wrong)
    invalid = not (place.valid or any(placer.place(other).valid for other in others))
    return NewRecipient(
        outcome="invalid_number" if invalid else None,
        reason="the numbering plan has no such number" if invalid else None,
        to_number=number,
        lane=place.lane,
        zone_source=place.zone_source,
        other_numbers=others,
        contact_id=contact_id,
        variables=own or None,
    )


def _address(item: RecipientItem, plain: bool, at: str, addresses: Mapping[str, str], errors: list[FieldError]) -> str:
    """Return the address of a recipient: its own, else the first one of its contact."""
    given = item.to
    if given is None and not plain and item.contact_id is not None:
        given = addresses.get(item.contact_id)
        if given is None:
            errors.append(FieldError(field=at, message="is required: this contact has no e-mail address"))
            return ""
    try:
        address = read_email(given, field=at)
        in_ascii(address)
    except InvalidRequest as error:
        errors += error.errors
    except AddressError as error:
        errors.append(FieldError(field=at, message=str(error), received=shortened(given)))
    else:
        return address
    return ""


def _number(caller: Principal, given: Any, at: str, ground: Ground, errors: list[FieldError]) -> str:
    if given is None:
        errors.append(FieldError(field=at, message="is required"))
        return ""
    extension = read_extension(given)
    if extension is not None:
        if extension not in ground.extensions:
            errors.append(unknown_extension(at, extension))
        return extension
    try:
        return read_number(given, field=at, region=caller.organisation.region, sandbox=caller.sandbox)
    except InvalidRequest as error:
        errors += error.errors
        return ""


def _campaign_webhook(wanted: CampaignFields, url_check: UrlCheck) -> str | None:
    url = wanted.campaign_webhook_url
    if url is not None and (fault := url_check.fault(url)) is not None:
        raise InvalidRequest([FieldError(field="campaign_webhook_url", message=fault, received=shortened(url))])
    return url


def _purpose(caller: Principal, wanted: CampaignFields, errors: list[FieldError]) -> str:
    purpose = wanted.purpose or caller.purpose
    if _PURPOSES.index(purpose) < _PURPOSES.index(caller.purpose):
        message = f"this key is for {caller.purpose} calls; ask its owner for one that is for {purpose}"
        errors.append(FieldError(field="purpose", message=message, received=purpose))
    return purpose


def _span(
    caller: Principal, wanted: CampaignFields, now: datetime, errors: list[FieldError]
) -> tuple[datetime | None, datetime | None]:
    """Return start and end; ``scheduled_at`` and ``expires_at`` of a call mean the same."""
    schedule = wanted.schedule or ScheduleFields.model_construct()
    found: list[datetime | None] = []
    for name, alias in (("starts_at", "scheduled_at"), ("ends_at", "expires_at")):
        ours, theirs = getattr(schedule, name, None), getattr(wanted, alias)
        at = f"schedule.{name}" if ours is not None else alias
        if ours is not None and theirs is not None:
            errors.append(FieldError(field=alias, message=f"give either schedule.{name} or {alias}, not both"))
        try:
            found.append(read_time(ours or theirs, field=at, zone=caller.organisation.time_zone))
        except InvalidRequest as error:
            errors += error.errors
            found.append(None)
    starts_at, ends_at = found
    where = "schedule.ends_at" if wanted.expires_at is None else "expires_at"
    if ends_at is not None and ends_at <= now:
        errors.append(FieldError(field=where, message="has passed: nobody would be called", received=str(ends_at)))
    elif ends_at is not None and starts_at is not None and ends_at <= starts_at:
        message = "must be after the start: nobody would be called"
        errors.append(FieldError(field=where, message=message, received=str(ends_at)))
    return starts_at, ends_at


def _schedule(given: ScheduleFields | None, errors: list[FieldError]) -> dict[str, Any]:
    """Return the JSON of ``rules.timetables``."""
    if given is None:
        return {}
    schedule: dict[str, Any] = {}
    windows = []
    for index, window in enumerate(given.windows or ()):
        days = window.weekdays
        if days is not None and not all(1 <= day <= 7 for day in days):
            message = "weekdays are 1 (Monday) to 7 (Sunday)"
            errors.append(FieldError(field=f"schedule.windows[{index}].weekdays", message=message, received=days))
        windows.append(
            {"from": window.from_, "until": window.until, **({} if days is None else {"weekdays": sorted(set(days))})}
        )
    if given.windows is not None and not windows:
        message = "is empty: it would never open; leave it out for any hour"
        errors.append(FieldError(field="schedule.windows", message=message))
    if windows:
        schedule["windows"] = windows
    for index, day in enumerate(given.holidays or ()):
        try:
            date.fromisoformat(day)
        except ValueError:
            message = "must be a day such as 2026-12-25"
            errors.append(FieldError(field=f"schedule.holidays[{index}]", message=message, received=shortened(day)))
    if given.holidays:
        schedule["holidays"] = sorted(set(given.holidays))
    if given.time_zone is not None:
        if given.time_zone not in {RECIPIENT, ACCOUNT} and not _is_zone(given.time_zone):
            message = "must be recipient, account, or an IANA name such as America/Chicago"
            errors.append(FieldError(field="schedule.time_zone", message=message, received=given.time_zone))
        schedule["time_zone"] = given.time_zone
    if given.legal_hours is not None:
        schedule["presets"] = given.legal_hours
    return schedule


def _is_zone(name: str) -> bool:
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return False
    return True
