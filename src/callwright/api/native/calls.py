"""``/calls``: placing, showing, listing and cancelling calls."""

from __future__ import annotations

import asyncio
from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Any, Literal

import orjson
from fastapi import APIRouter, Query, Request, Response
from pydantic import BaseModel, ConfigDict, Field

from callwright.accounts.models import Principal
from callwright.api.native import call_views as views
from callwright.api.native.bodies import read_object
from callwright.api.native.call_batches import ReadBatch, read_batch
from callwright.api.native.call_emails import email_means
from callwright.api.native.call_prices import CallPrices, check_covered, price_batch
from callwright.api.native.call_reading import read_due_at
from callwright.api.native.call_requests import EXAMPLES, CallsRequest
from callwright.api.native.call_texts import text_senders
from callwright.api.native.call_transfers import targets
from callwright.api.native.flow_references import with_saved_flows
from callwright.api.native.idempotent import Repeatable
from callwright.api.native.ids import CallId
from callwright.api.native.openapi import json_body, problems
from callwright.api.native.paging import Page, QueryText, cut
from callwright.api.native.security import Caller
from callwright.api.native.services import Provided, Services
from callwright.api.native.times import aware
from callwright.api.native.urls import UrlCheck
from callwright.api.native.validation import parsed
from callwright.calls.models import CallFilter
from callwright.events.addresses import parse_networks
from callwright.numbers.extensions import read_extension
from callwright.numbers.parsing import read_number
from callwright.rules.outcomes import Outcome

if TYPE_CHECKING:
    from callwright.store.database import Connection

router = APIRouter(tags=["calls"])

#: Larger batches are read in a thread, so that other requests do not wait for them.
_READ_IN_THREAD = 100

Status = Literal[
    "queued",
    "dialing",
    "ringing",
    "in_progress",
    "answered",
    "voicemail",
    "no_answer",
    "busy",
    "rejected",
    "failed",
    "cancelled",
]


class CallQuery(Page):
    """Query parameters of the list of calls."""

    status: Status | None = None
    outcome: Outcome | None = None
    direction: Literal["outbound", "inbound"] | None = None
    to: QueryText | None = None
    campaign_id: QueryText | None = None
    number: int | None = Field(default=None, ge=1, le=2**62)
    created_after: datetime | None = None
    created_before: datetime | None = None


@router.post(
    "/calls",
    summary="Place calls",
    status_code=201,
    responses={
        200: {"description": "`dry_run`: what would be said; nothing was created"},
        201: {
            "model": views.CreatedCall | views.CreatedCalls,
            "description": "the calls are committed and will be made",
        },
        **problems(402, 409, 503),
    },
    openapi_extra=json_body(CallsRequest, EXAMPLES),
)
async def create_calls(caller: Caller, services: Provided, submitted: Repeatable) -> Response:
    """Place one call (`to`), or a batch (`to` as a list, or `calls`)."""
    data = await submitted.read()
    if (earlier := await submitted.earlier()) is not None:
        return earlier
    wanted = parsed(CallsRequest, await with_saved_flows(services, caller, data))
    batch = await read_calls(services, caller, wanted)
    batch, prices = await price_batch(services, caller, wanted, batch)
    if wanted.dry_run:
        return await _dry_run(services, caller, batch, prices)
    await check_covered(services, caller, batch, prices)

    async def action(connection: Connection) -> tuple[int, Any]:
        taken = batch
        if batch.callees_of_pools:
            # a sandbox key sees what would be shown, and takes no turn of the live calls
            shown = await services.pools.take(connection, caller, batch.callees_of_pools, keep=not caller.sandbox)
            taken = batch.shown_from(shown)
        created = await services.calls.create(
            caller, [call.new for _, call in taken.calls], campaign_name=batch.campaign_name, connection=connection
        )
        return 201, batch.answer(created)

    answer = await submitted.run(action)
    services.calls.wake()
    return answer


@router.get("/calls", summary="List calls")
async def list_calls(caller: Caller, services: Provided, query: Annotated[CallQuery, Query()]) -> views.CallList:
    """List calls, newest first."""
    organisation = caller.organisation
    to_number = None
    if query.to is not None:
        to_number = read_extension(query.to) or read_number(
            query.to, field="to", region=organisation.region, sandbox=caller.sandbox
        )
    narrowed = CallFilter(
        status=query.status,
        outcome=query.outcome,
        direction=query.direction,
        to_number=to_number,
        campaign_id=query.campaign_id,
        number=query.number,
        created_after=aware(query.created_after, organisation.time_zone),
        created_before=aware(query.created_before, organisation.time_zone),
    )
    found = await services.call_queries.page(
        organisation.id,
        narrowed,
        limit=query.limit + 1,
        before=query.before,
        sandbox=caller.sandbox,
        fence=caller.fence,
    )
    shown, next_cursor = cut(found, query)
    return views.CallList(calls=[views.summary(call) for call in shown], next_cursor=next_cursor)


@router.get("/calls/{call_id}", summary="Show a call", responses=problems(404))
async def show_call(call_id: CallId, caller: Caller, services: Provided) -> views.CallDetail:
    """Show a call, its attempts, why it was or was not made, and what was recorded of it."""
    organisation_id = caller.organisation.id
    call = await services.call_queries.get(organisation_id, call_id, sandbox=caller.sandbox, fence=caller.fence)
    attempts = await services.call_queries.attempts(organisation_id, call_id)
    decisions = await services.call_queries.decisions(organisation_id, call_id)
    recordings = await services.recordings.of_call(organisation_id, call_id)
    return views.detail(call, attempts, decisions, recordings)


@router.post(
    "/calls/{call_id}/cancel",
    summary="Cancel a call",
    response_model=views.CallSummary,
    responses={
        202: {"model": views.CallSummary, "description": "the call is in the air and was asked to hang up"},
        **problems(404, 409),
    },
)
async def cancel_call(call_id: CallId, caller: Caller, services: Provided, submitted: Repeatable) -> Response:
    """Cancel a queued call, or hang up one that is in the air. One that has ended is a 409."""
    # cancelling twice is harmless, but a repeat after success must not become a 409
    if (earlier := await submitted.earlier()) is not None:
        return earlier
    call = await services.calls.cancel(caller, call_id)

    async def action(_: Connection) -> tuple[int, Any]:
        return 200 if call.outcome is not None else 202, views.summary(call).model_dump(mode="json", by_alias=True)

    return await submitted.run(action)


class CallChange(BaseModel):
    """What is to be changed of a call that waits."""

    model_config = ConfigDict(extra="forbid", strict=True)

    scheduled_at: str | None = Field(
        max_length=40, description="Not before this time, null: at once. Without a zone: the account's."
    )


@router.patch(
    "/calls/{call_id}",
    summary="Give a call another time",
    response_model=views.CallSummary,
    responses=problems(404, 409),
    openapi_extra=json_body(
        CallChange, {"later": {"scheduled_at": "2027-01-15T10:30:00Z"}, "now": {"scheduled_at": None}}
    ),
)
async def change_call(call_id: CallId, request: Request, caller: Caller, services: Provided) -> Response:
    """Give a call that waits another time. One that was begun is a 409."""
    data = await read_object(request)
    wanted = parsed(CallChange, data)
    due_at = read_due_at(wanted.scheduled_at, zone=caller.organisation.time_zone, now=services.clock.now())
    async with services.orders.transaction() as connection:
        (call,) = await services.calls.reschedule(caller, {call_id: due_at}, connection=connection)
    services.calls.wake()
    return Response(
        orjson.dumps(views.summary(call).model_dump(mode="json", by_alias=True)), media_type="application/json"
    )


async def read_calls(services: Services, caller: Principal, wanted: CallsRequest) -> ReadBatch:
    """Return the calls that a request asks for; raises ``InvalidRequest`` that names every wrong field."""
    usable = await services.numbers.usable_numbers(caller.organisation.id, fence=caller.fence)
    pools = await services.pools.named(caller, wanted.pools) if wanted.pools else {}
    audio = await services.audio.items.among(caller, wanted.audio_ids)
    limits = await services.call_limits.get(caller.organisation)
    senders = await text_senders(services, caller) if wanted.texts else {}
    emails = None
    if wanted.emails:
        emails = await email_means(services, caller, templates=wanted.email_templates, files=wanted.email_files)
    extensions: frozenset[str] = frozenset()
    if wanted.names_extensions:
        extensions = await targets(services, caller.organisation.id)

    def read() -> ReadBatch:
        return read_batch(
            wanted,
            caller=caller,
            usable_numbers=usable,
            extensions=extensions,
            voices=services.voices,
            capabilities=services.capabilities,
            url_check=UrlCheck(parse_networks(services.settings.webhook_allow_networks)),
            now=services.clock.now(),
            flows=services.flows,
            allowed_countries=limits.allowed_countries,
            pools=pools,
            audio=audio,
            senders=senders,
            emails=emails,
        )

    if wanted.size > _READ_IN_THREAD:
        return await asyncio.to_thread(read)
    return read()


async def _dry_run(services: Services, caller: Principal, batch: ReadBatch, prices: CallPrices) -> Response:
    if batch.callees_of_pools:
        batch = batch.shown_from(await services.pools.look(caller, batch.callees_of_pools))
    numbers = {call.new.to_number for _, call in batch.calls}
    suppressed = await services.numbers.suppressions.among(caller.organisation.id, numbers, channel="call")
    shown = batch.dry_run(suppressed, estimate=prices.estimate, currency=prices.currency)
    return Response(orjson.dumps(shown), media_type="application/json")
