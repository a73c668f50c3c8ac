"""``/sms``: sending, showing, listing and cancelling text messages."""

from __future__ import annotations

import asyncio
from datetime import datetime
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query, Response
from pydantic import BaseModel

from callwright.accounts.models import Principal
from callwright.api.native import message_answers as answers
from callwright.api.native import sms_views as views
from callwright.api.native.idempotent import Repeatable
from callwright.api.native.ids import SmsId
from callwright.api.native.message_batches import Batch
from callwright.api.native.message_prices import MessagePrices, price_messages
from callwright.api.native.openapi import json_body, problems
from callwright.api.native.paging import Page, QueryText
from callwright.api.native.security import Caller
from callwright.api.native.services import Provided, Services
from callwright.api.native.sms_pictures import pictures_of
from callwright.api.native.sms_reading import ReadText, TextMeans, read_texts
from callwright.api.native.sms_requests import EXAMPLES, SmsItem, SmsRequest
from callwright.api.native.times import aware
from callwright.api.native.urls import UrlCheck
from callwright.api.native.validation import parsed
from callwright.errors import Conflict
from callwright.events.addresses import parse_networks
from callwright.messages.addresses import read_text_sender
from callwright.messages.models import MessageFilter
from callwright.numbers.parsing import is_valid

router = APIRouter(tags=["sms"])

#: Larger batches are read in a thread, so that other requests do not wait for them.
_READ_IN_THREAD = 100

Status = Literal[
    "queued",
    "sending",
    "sent",
    "delivered",
    "failed",
    "undelivered",
    "expired",
    "cancelled",
    "skipped",
    "unknown",
    "received",
]
#: Request bodies, for the documentation.
BODIES: list[type[BaseModel]] = [SmsRequest, SmsItem]


class SmsQuery(Page):
    """Query parameters of the list of texts."""

    status: Status | None = None
    direction: Literal["outbound", "inbound"] | None = None
    address: QueryText | None = None
    campaign_id: QueryText | None = None
    conversation_id: QueryText | None = None
    created_after: datetime | None = None
    created_before: datetime | None = None


@router.post(
    "/sms",
    summary="Send texts",
    status_code=201,
    responses={
        200: {"description": "`dry_run`: parts and cost; nothing was created"},
        201: {
            "model": views.CreatedSms | views.CreatedTexts,
            "description": "the texts are committed and will be sent",
        },
        **problems(402, 409, 503),
    },
    openapi_extra=json_body(SmsRequest, EXAMPLES),
)
async def create_sms(caller: Caller, services: Provided, submitted: Repeatable) -> Response:
    """Send one text (`to`), or a batch (`to` as a list, or `messages`)."""
    data = await submitted.read()
    if (earlier := await submitted.earlier()) is not None:
        return earlier
    wanted = parsed(SmsRequest, data)
    texts = await read_sms(services, caller, wanted)
    texts, prices = await price_messages(services, caller, texts)
    if wanted.dry_run:
        return await _dry_run(services, caller, texts, prices)
    await check_route(services, caller, media=any(text.new.media for _, text in texts.messages))
    await prices.check_covered(services, caller, texts)
    return await answers.send(services, caller, submitted, texts, views.created)


@router.get("/sms", summary="List texts")
async def list_sms(caller: Caller, services: Provided, query: Annotated[SmsQuery, Query()]) -> views.SmsList:
    """List texts, sent and received, newest first."""
    organisation = caller.organisation
    address = None
    if query.address is not None:
        address = read_text_sender(query.address, region=organisation.region, field="address", sandbox=caller.sandbox)
    narrowed = MessageFilter(
        channel="sms",
        direction=query.direction,
        status=query.status,
        address=address,
        campaign_id=query.campaign_id,
        conversation_id=query.conversation_id,
        created_after=aware(query.created_after, organisation.time_zone),
        created_before=aware(query.created_before, organisation.time_zone),
    )
    shown, next_cursor = await answers.page(services, caller, query, narrowed)
    return views.SmsList(messages=[views.summary(message) for message in shown], next_cursor=next_cursor)


@router.get("/sms/{sms_id}", summary="Show a text", responses=problems(404))
async def show_sms(sms_id: SmsId, caller: Caller, services: Provided) -> views.SmsDetail:
    """Show a text, its parts as the provider knows them, and why it was or was not sent."""
    organisation_id, queries = caller.organisation.id, services.messages.queries
    message = await queries.get(organisation_id, sms_id, channel="sms", sandbox=caller.sandbox, fence=caller.fence)
    parts = await queries.parts(organisation_id, sms_id)
    decisions = await queries.decisions(organisation_id, sms_id)
    pictures = await pictures_of(services, organisation_id, [message])
    return views.detail(message, parts, decisions, pictures.get(sms_id, ()))


@router.post(
    "/sms/{sms_id}/cancel", summary="Cancel a text", response_model=views.SmsSummary, responses=problems(404, 409)
)
async def cancel_sms(sms_id: SmsId, caller: Caller, services: Provided, submitted: Repeatable) -> Response:
    """Cancel a text that has not left. One that has is a 409."""
    return await answers.cancel(services, caller, submitted, sms_id, "sms", views.summary)


async def read_sms(services: Services, caller: Principal, wanted: SmsRequest) -> Batch[ReadText]:
    """Return the texts that a request asks for; raises ``InvalidRequest`` that names every wrong field."""
    bodies = await answers.templates_named(services, caller, wanted.template_names, "sms")
    limits = await services.call_limits.get(caller.organisation)
    means = TextMeans(
        caller=caller,
        usable=await services.messages.senders.usable(caller.organisation.id, "sms", fence=caller.fence),
        templates={name: str(body["text"]) for name, body in bodies.items()},
        url_check=UrlCheck(parse_networks(services.settings.webhook_allow_networks)),
        now=services.clock.now(),
        allowed_countries=limits.allowed_countries,
    )
    if wanted.size > _READ_IN_THREAD:
        return await asyncio.to_thread(read_texts, wanted, means)
    return read_texts(wanted, means)


async def check_route(services: Services, caller: Principal, *, media: bool) -> None:
    """Raise ``Conflict`` where nothing carries texts: they would wait for ever."""
    routes, organisation_id = services.messages.routes, caller.organisation.id
    if not await routes.can_carry(organisation_id, "sms", sandbox=caller.sandbox, media=media):
        what = "pictures" if media else "texts"
        raise Conflict(f"no route carries {what} of this organisation: the operator adds one (callwright routes add)")


async def _dry_run(services: Services, caller: Principal, texts: Batch[ReadText], prices: MessagePrices) -> Response:
    numbers = {text.new.to_address for _, text in texts.messages}
    suppressed = await services.numbers.suppressions.among(caller.organisation.id, numbers, channel="sms")

    def show(read: ReadText) -> dict[str, Any]:
        warnings = []
        if not is_valid(read.new.to_address) and not caller.sandbox:
            warnings.append("the number is not valid in its country's numbering plan; the text will be skipped")
        if read.new.to_address in suppressed:
            warnings.append("this person has opted out; the text will be skipped")
        return {
            "to": read.new.to_address,
            "from": read.new.from_address,
            "text": read.new.text,
            "media_urls": list(read.new.media),
            "parts": read.new.parts,
            "encoding": read.new.encoding,
            "units": None if read.text is None else read.text.units,
            "units_per_part": None if read.text is None else read.text.capacity,
            "outside_gsm7": [] if read.text is None else list(read.text.outside),
            "warnings": warnings,
        }

    return answers.dry_run(texts, prices, show)
