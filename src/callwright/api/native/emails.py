"""``/emails``: sending, showing, listing and cancelling emails."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Annotated, Any, Literal

import orjson
from fastapi import APIRouter, Query, Response
from pydantic import BaseModel

from callwright.accounts.models import Principal
from callwright.api.native import email_views as views
from callwright.api.native.email_contents import look_up_means
from callwright.api.native.email_prices import EmailPrices, price_emails
from callwright.api.native.email_reading import ReadEmails, read_emails
from callwright.api.native.email_requests import EXAMPLES, EmailOfBatch, EmailRequest
from callwright.api.native.idempotent import Repeatable
from callwright.api.native.ids import EmailId
from callwright.api.native.openapi import json_body, problems
from callwright.api.native.paging import Page, QueryText, cut
from callwright.api.native.problems import listed
from callwright.api.native.security import Caller
from callwright.api.native.services import Provided, Services
from callwright.api.native.times import aware
from callwright.api.native.validation import parsed
from callwright.api.native.written_emails import EmailAttachment
from callwright.errors import Conflict
from callwright.mail.building import Template
from callwright.mail.content import read_content
from callwright.messages.emails import UNSUBSCRIBE_VARIABLE
from callwright.messages.models import Message, MessageFilter
from callwright.numbers.addresses import read_email

if TYPE_CHECKING:
    from callwright.store.database import Connection

router = APIRouter(tags=["emails"])

#: Larger batches, HTML and files are read in a thread, so that other requests do not wait for them.
_READ_IN_THREAD = 20

Status = Literal[
    "queued", "sending", "sent", "delivered", "failed", "undelivered", "expired", "cancelled", "skipped", "unknown"
]
#: Request bodies, for the documentation.
BODIES: list[type[BaseModel]] = [EmailRequest, EmailOfBatch, EmailAttachment]


class EmailQuery(Page):
    """Query parameters of the list of emails."""

    status: Status | None = None
    address: QueryText | None = None
    campaign_id: QueryText | None = None
    created_after: datetime | None = None
    created_before: datetime | None = None


@router.post(
    "/emails",
    summary="Send emails",
    status_code=201,
    responses={
        200: {"description": "`dry_run`: what would be read, and the cost; nothing was created"},
        201: {
            "model": views.CreatedEmail | views.CreatedEmails,
            "description": "the emails are committed and will be sent",
        },
        **problems(402, 409, 503),
    },
    openapi_extra=json_body(EmailRequest, EXAMPLES),
)
async def create_emails(caller: Caller, services: Provided, submitted: Repeatable) -> Response:
    """Send one email (`to`), or a batch (`to` as a list, or `messages`)."""
    data = await submitted.read()
    if (earlier := await submitted.earlier()) is not None:
        return earlier
    wanted = parsed(EmailRequest, data)
    emails = await read_request(services, caller, wanted)
    emails, prices = await price_emails(services, caller, wanted, emails)
    if wanted.dry_run:
        return await _dry_run(services, caller, emails, prices)
    if not await services.messages.routes.can_carry(caller.organisation.id, "email", sandbox=caller.sandbox):
        raise Conflict("no route carries emails of this organisation: the operator adds one (callwright routes add)")
    await prices.check_covered(services, caller, emails)

    async def action(connection: Connection) -> tuple[int, Any]:
        created = await services.messages.service.create(
            caller, [email.new for _, email in emails.emails], connection=connection
        )
        if emails.single:
            return 201, views.created(created[0])
        shown = [
            views.created(message, index if emails.partial else None)
            for message, (index, _) in zip(created, emails.emails, strict=True)
        ]
        return 201, {"messages": shown} | _left_out(emails)

    answer = await submitted.run(action)
    services.messages.service.wake()
    return answer


@router.get("/emails", summary="List emails")
async def list_emails(caller: Caller, services: Provided, query: Annotated[EmailQuery, Query()]) -> views.EmailList:
    """List emails, newest first."""
    organisation = caller.organisation
    narrowed = MessageFilter(
        channel="email",
        status=query.status,
        address=None if query.address is None else read_email(query.address, field="address"),
        campaign_id=query.campaign_id,
        created_after=aware(query.created_after, organisation.time_zone),
        created_before=aware(query.created_before, organisation.time_zone),
    )
    found = await services.messages.queries.page(
        organisation.id,
        narrowed,
        limit=query.limit + 1,
        before=query.before,
        sandbox=caller.sandbox,
        fence=caller.fence,
    )
    shown, next_cursor = cut(found, query)
    return views.EmailList(messages=[views.summary(message) for message in shown], next_cursor=next_cursor)


@router.get("/emails/{email_id}", summary="Show an email", responses=problems(404))
async def show_email(email_id: EmailId, caller: Caller, services: Provided) -> views.EmailDetail:
    """Show an email as its reader sees it, what was counted of it, and why it was or was not sent."""
    organisation_id, queries = caller.organisation.id, services.messages.queries
    message = await queries.get(organisation_id, email_id, channel="email", sandbox=caller.sandbox, fence=caller.fence)
    body = await queries.content(message)
    shown, files = await asyncio.to_thread(_shown, message, body) if body else ({}, [])
    counts = await services.emails.emails.counts(organisation_id, email_id)
    return views.detail(message, shown, files, counts, await queries.decisions(organisation_id, email_id))


@router.post(
    "/emails/{email_id}/cancel",
    summary="Cancel an email",
    response_model=views.EmailSummary,
    responses=problems(404, 409),
)
async def cancel_email(email_id: EmailId, caller: Caller, services: Provided, submitted: Repeatable) -> Response:
    """Cancel an email that has not left. One that has is a 409."""
    if (earlier := await submitted.earlier()) is not None:
        return earlier
    message = await services.messages.service.cancel(caller, email_id, channel="email")

    async def action(_: Connection) -> tuple[int, Any]:
        return 200, views.summary(message).model_dump(mode="json", by_alias=True)

    return await submitted.run(action)


async def read_request(services: Services, caller: Principal, wanted: EmailRequest) -> ReadEmails:
    """Return the emails that a request asks for; raises ``InvalidRequest`` that names every wrong field."""
    means = await look_up_means(services, caller, templates=wanted.template_names, files=wanted.file_names)
    if wanted.size > _READ_IN_THREAD or wanted.html is not None or wanted.attachments is not None:
        return await asyncio.to_thread(read_emails, wanted, means)
    return read_emails(wanted, means)


def _shown(message: Message, body: Mapping[str, Any]) -> tuple[dict[str, str], list[views.FileOut]]:
    if "subject" not in body:
        # the person was erased, and what was written with them
        return {}, []
    content = read_content(body)
    return Template(content).preview(message.variables), [views.FileOut.of(file) for file in content.attachments]


async def _dry_run(services: Services, caller: Principal, emails: ReadEmails, prices: EmailPrices) -> Response:
    addresses = {email.new.to_address for _, email in emails.emails}
    suppressed = await services.numbers.suppressions.among(caller.organisation.id, addresses, channel="email")
    shown, total = [], Decimal(0)
    templates: dict[int, Template] = {}
    for index, read in emails.emails:
        cost = prices.cost(read)
        total += cost or 0
        template = templates.get(id(read.content)) or templates.setdefault(id(read.content), Template(read.content))
        variables = {UNSUBSCRIBE_VARIABLE: "https://…/unsubscribe/…", **read.new.variables}
        one: dict[str, Any] = {
            "to": read.new.to_address,
            "from": read.new.from_address,
            **template.preview(variables),
            "attachments": [file.filename for file in read.content.attachments],
            "warnings": ["this person has opted out; the email will be skipped"]
            if read.new.to_address in suppressed
            else [],
            "estimated_cost": prices.written(cost),
            "currency": prices.currency,
        }
        shown.append(one | ({"index": index} if emails.partial else {}))
    body = {"dry_run": True, "messages": shown, "estimated_cost": prices.written(total if prices.currency else None)}
    return Response(
        orjson.dumps(body | {"currency": prices.currency} | _left_out(emails)), media_type="application/json"
    )


def _left_out(emails: ReadEmails) -> dict[str, Any]:
    if not emails.partial:
        return {}
    return {"errors": listed(emails.errors)}
