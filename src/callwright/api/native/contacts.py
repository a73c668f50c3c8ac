"""``/contacts``: people, created, found, changed, deleted."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any, Literal

from fastapi import APIRouter, Query, Response
from fastapi.responses import StreamingResponse

from callwright.accounts import audit
from callwright.accounts.models import Principal
from callwright.api.native.contact_requests import EXAMPLES, ContactRequest
from callwright.api.native.contact_views import ContactList, ContactView
from callwright.api.native.idempotent import Change, Repeatable
from callwright.api.native.ids import ContactId
from callwright.api.native.openapi import json_body, problems
from callwright.api.native.paging import FilterText, Page, QueryText, cut
from callwright.api.native.security import Caller
from callwright.api.native.services import Provided, Services
from callwright.api.native.validation import parsed
from callwright.contacts.definitions import own_kinds
from callwright.contacts.models import Contact, ContactFilter
from callwright.contacts.service import get_contact
from callwright.contacts.values import read_address, read_changes
from callwright.numbers.parsing import read_number
from callwright.numbers.suppressions import opt_out

if TYPE_CHECKING:
    from callwright.store.database import Connection

router = APIRouter(tags=["contacts"])

_EVIDENCE = "entered by API"


class ContactQuery(Page):
    """What a list of people is narrowed to; all that is given must hold."""

    q: QueryText | None = None
    to: QueryText | None = None
    email: QueryText | None = None
    external_id: QueryText | None = None
    group_id: QueryText | None = None
    segment_id: QueryText | None = None
    filter: FilterText | None = None


class ExportQuery(ContactQuery):
    """What an export is narrowed to, and its form."""

    format: Literal["csv", "jsonl"] = "csv"


async def narrowed(services: Services, caller: Principal, query: ContactQuery) -> ContactFilter:
    """Return what a query asks for; raises ``InvalidRequest`` and ``NotFound``."""
    expression = None
    if query.filter is not None:
        expression = await services.contacts.people.expression(caller, query.filter, field="filter")
    if query.segment_id is not None:
        segment = await services.contacts.segments.get(caller, query.segment_id)
        expression = await services.contacts.people.both(caller, segment.expression, expression)
    if query.group_id is not None:
        await services.contacts.groups.get(caller, query.group_id)
    e164 = None
    if query.to is not None:
        e164 = read_number(query.to, field="to", region=caller.organisation.region, sandbox=caller.sandbox)
    return ContactFilter(
        search=query.q,
        e164=e164,
        email=None if query.email is None else read_address(query.email, field="email"),
        external_id=query.external_id,
        group_id=query.group_id,
        expression=expression,
    )


@router.get("/contacts", summary="List contacts")
async def list_contacts(caller: Caller, services: Provided, query: Annotated[ContactQuery, Query()]) -> ContactList:
    """List people, newest first. `q` finds beginnings of names, numbers and addresses; `filter` is an expression."""
    found = await services.contacts.people.page(
        caller, await narrowed(services, caller, query), limit=query.limit + 1, before=query.before
    )
    shown, next_cursor = cut(found, query)
    return ContactList(contacts=[ContactView.of(contact) for contact in shown], next_cursor=next_cursor)


@router.post(
    "/contacts",
    summary="Add a contact",
    status_code=201,
    responses={201: {"model": ContactView}, **problems(409)},
    openapi_extra=json_body(ContactRequest, EXAMPLES),
)
async def create_contact(caller: Caller, services: Provided, submitted: Repeatable) -> Response:
    """Add a person."""
    data = await submitted.read()

    async def action(connection: Connection) -> tuple[int, Any]:
        sent = parsed(ContactRequest, data).data()
        changes = read_changes(
            sent,
            kinds=await own_kinds(connection, caller.organisation.id),
            region=caller.organisation.region,
            sandbox=caller.sandbox,
        )
        created = await services.contacts.people.create(connection, caller, changes)
        created = await _silence(connection, caller, created, sent)
        await audit.record(connection, caller, "contact.created", created.id)
        return 201, ContactView.of(created).model_dump(mode="json")

    return await submitted.run(action)


@router.get("/contacts/export", summary="Export contacts", response_class=StreamingResponse, responses=problems(404))
async def export_contacts(
    caller: Caller, services: Provided, query: Annotated[ExportQuery, Query()]
) -> StreamingResponse:
    """Stream people as CSV, which an import reads back, or as JSON lines; `limit` and `cursor` mean nothing here."""
    return export_answer(services, caller, await narrowed(services, caller, query), query.format)


def export_answer(services: Services, caller: Principal, wanted: ContactFilter, form: str) -> StreamingResponse:
    """Return a file of contacts as an answer that is made while it is sent."""
    if form == "csv":
        body, media_type = services.contacts.export.csv(caller, wanted), "text/csv; charset=utf-8"
    else:
        body, media_type = services.contacts.export.json_lines(caller, wanted), "application/jsonl"
    headers = {"Content-Disposition": f'attachment; filename="contacts.{form}"'}
    return StreamingResponse(body, media_type=media_type, headers=headers)


@router.get("/contacts/{contact_id}", summary="Show a contact", responses=problems(404))
async def show_contact(contact_id: ContactId, caller: Caller, services: Provided) -> ContactView:
    """Show a person; the id of one that was merged shows the one that was kept."""
    return ContactView.of(await services.contacts.people.get(caller, contact_id))


@router.patch(
    "/contacts/{contact_id}",
    summary="Change a contact",
    response_model=ContactView,
    responses=problems(404, 409),
    openapi_extra=json_body(ContactRequest, {"balance": {"fields": {"balance": 0}, "tags": []}}),
)
async def change_contact(contact_id: ContactId, caller: Caller, services: Provided, submitted: Change) -> Response:
    """Change what is sent: `null` empties, lists replace, own fields are set one by one."""
    data = await submitted.read()

    async def action(connection: Connection) -> tuple[int, Any]:
        sent = parsed(ContactRequest, data).data()
        changes = read_changes(
            sent,
            kinds=await own_kinds(connection, caller.organisation.id),
            region=caller.organisation.region,
            sandbox=caller.sandbox,
        )
        changed = await services.contacts.people.update(connection, caller, contact_id, changes)
        changed = await _silence(connection, caller, changed, sent)
        # names alone: an audit log cannot be corrected, and values of people are theirs
        await audit.record(connection, caller, "contact.changed", contact_id, None, {"changed": sorted(sent)})
        return 200, ContactView.of(changed).model_dump(mode="json")

    return await submitted.run(action)


@router.delete("/contacts/{contact_id}", summary="Delete a contact", status_code=204, responses=problems(404, 409))
async def delete_contact(contact_id: ContactId, caller: Caller, services: Provided) -> None:
    """Delete a person's record. Calls to them stay; `POST …/erase` removes those traces too."""
    async with services.contacts.people.transaction() as connection:
        await services.contacts.people.delete(connection, caller, contact_id)
        await audit.record(connection, caller, "contact.deleted", contact_id)


async def _silence(connection: Connection, caller: Principal, contact: Contact, sent: dict[str, Any]) -> Contact:
    """Enter a person's numbers and addresses on the list when the request says so."""
    if not sent.get("opted_out"):
        return contact
    for address in (*(n.e164 for n in contact.numbers), *(e.address for e in contact.emails)):
        await opt_out(
            connection,
            organisation_id=caller.organisation.id,
            e164=address,
            scope="organisation",
            evidence=_EVIDENCE,
            who=caller.actor,
        )
    return await get_contact(connection, caller, contact.id)
