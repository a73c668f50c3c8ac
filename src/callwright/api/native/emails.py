"""``/emails``: sending, showing, listing and cancelling emails."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query, Response
from pydantic import BaseModel

from callwright.accounts.models import Principal
from callwright.api.native import email_views as views
from callwright.api.native import message_answers as answers
from callwright.api.native.email_contents import NO_MAIL_ROUTE, look_up_means
from callwright.api.native.email_reading import ReadEmail, read_emails
from callwright.api.native.email_requests import EXAMPLES, EmailOfBatch, EmailRequest
from callwright.api.native.idempotent import Repeatable
from callwright.api.native.ids import EmailId
from callwright.api.native.message_batches import Batch
from callwright.api.native.message_prices import MessagePrices, price_messages
from callwright.api.native.openapi import json_body, problems
from callwright.api.native.paging import Page, QueryText
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
    emails = await read_mails(services, caller, wanted)
    emails, prices = await price_messages(services, caller, emails)
    if wanted.dry_run:
        return await _dry_run(services, caller, emails, prices)
    await check_mail_route(services, caller)
    await prices.check_covered(services, caller, emails)
    return await answers.send(services, caller, submitted, emails, views.created)


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
    shown, next_cursor = await answers.page(services, caller, query, narrowed)
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
    return await answers.cancel(services, caller, submitted, email_id, "email", views.summary)


async def read_mails(services: Services, caller: Principal, wanted: EmailRequest) -> Batch[ReadEmail]:
    """Return the emails that a request asks for; raises ``InvalidRequest`` that names every wrong field."""
    means = await look_up_means(services, caller, templates=wanted.template_names, files=wanted.file_names)
    if wanted.size > _READ_IN_THREAD or wanted.html is not None or wanted.attachments is not None:
        return await asyncio.to_thread(read_emails, wanted, means)
    return read_emails(wanted, means)


async def check_mail_route(services: Services, caller: Principal) -> None:
    """Raise ``Conflict`` where nothing carries emails: they would wait for ever."""
    if not await services.messages.routes.can_carry(caller.organisation.id, "email", sandbox=caller.sandbox):
        raise Conflict(NO_MAIL_ROUTE)


def _shown(message: Message, body: Mapping[str, Any]) -> tuple[dict[str, str], list[views.FileOut]]:
    if "subject" not in body:
        # the person was erased, and what was written with them
        return {}, []
    content = read_content(body)
    return Template(content).preview(message.variables), [views.FileOut.of(file) for file in content.attachments]


async def _dry_run(services: Services, caller: Principal, emails: Batch[ReadEmail], prices: MessagePrices) -> Response:
    addresses = {email.new.to_address for _, email in emails.messages}
    suppressed = await services.numbers.suppressions.among(caller.organisation.id, addresses, channel="email")
    templates: dict[int, Template] = {}

    def show(read: ReadEmail) -> dict[str, Any]:
        template = templates.get(id(read.content)) or templates.setdefault(id(read.content), Template(read.content))
        return {
            "to": read.new.to_address,
            "from": read.new.from_address,
            **template.preview({UNSUBSCRIBE_VARIABLE: "https://…/unsubscribe/…", **read.new.variables}),
            "attachments": [file.filename for file in read.content.attachments],
            "warnings": ["this person has opted out; the email will be skipped"]
            if read.new.to_address in suppressed
            else [],
        }

    return answers.dry_run(emails, prices, show)
