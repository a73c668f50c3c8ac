"""``/accounts/filters``: saved filters of people."""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING, Annotated, Any

from fastapi import APIRouter, Response

from callwright.accounts import audit
from callwright.api.dialects.errors import dialect_route
from callwright.api.dialects.multisender.accounts import define_own
from callwright.api.dialects.multisender.asking import Asked, answer, asking, number_of
from callwright.api.dialects.multisender.errors import render_error
from callwright.api.dialects.multisender.fields import shown
from callwright.api.dialects.multisender.filter_fields import own_compared, read_filters, shown_filters
from callwright.contacts.definitions import own_kinds
from callwright.contacts.filters.language import Expression, to_json
from callwright.contacts.filters.text import render
from callwright.contacts.models import Segment
from callwright.contacts.service import read_expression
from callwright.errors import NotFound

if TYPE_CHECKING:
    from callwright.store.database import Connection

router = APIRouter(route_class=dialect_route(render_error))

Reads = Annotated[Asked, asking("segments:read")]
Writes = Annotated[Asked, asking("segments:write")]
_PAGE = 1000
#: Of a name that is made of the filter's text; a few random characters tell equal ones apart.
_LONGEST_NAME = 180


@router.post("/accounts/filters")
async def create_filter(asked: Writes) -> Response:
    """Save a filter. It gets a name for the native API and the console, made of what it says."""
    segments = asked.services.contacts.segments
    async with asked.services.contacts.people.transaction() as connection:
        expression = await _expression(connection, asked)
        name = f"{render(expression)[:_LONGEST_NAME]} #{secrets.token_hex(3)}"
        made = await segments.create(connection, asked.who, name, expression)
        await audit.record(connection, asked.who, "segment.created", made.id, None, {"name": made.name})
    return asked.created(_filter(made), str(made.number))


@router.get("/accounts/filters")
async def list_filters(asked: Reads) -> Response:
    """List filters, newest first; those that this dialect cannot write are left out."""
    found: list[Segment] = []
    before: int | None = None
    while page := await asked.services.contacts.segments.page(asked.who, limit=_PAGE, before=before):
        found += page
        before = page[-1].number
    return answer([_filter(each) for each in found if shown_filters(each.expression) is not None])


@router.get("/accounts/filters/{filter_id}")
async def show_filter(filter_id: str, asked: Reads) -> Response:
    """Show a filter."""
    return answer(_filter(await _find(asked, filter_id)))


@router.put("/accounts/filters/{filter_id}")
async def change_filter(filter_id: str, asked: Writes) -> Response:
    """Replace what a filter says."""
    before = await _find(asked, filter_id)
    segments = asked.services.contacts.segments
    async with asked.services.contacts.people.transaction() as connection:
        expression = await _expression(connection, asked)
        after = await segments.update(connection, asked.who, before.id, expression=expression)
        await audit.record(connection, asked.who, "segment.changed", after.id)
    return answer(_filter(after))


@router.delete("/accounts/filters/{filter_id}")
async def delete_filter(filter_id: str, asked: Writes) -> Response:
    """Delete a filter; the document answers 201 with what it was."""
    gone = await _find(asked, filter_id)
    async with asked.services.contacts.people.transaction() as connection:
        await asked.services.contacts.segments.delete(connection, asked.who, gone.id)
        await audit.record(connection, asked.who, "segment.deleted", gone.id, {"name": gone.name})
    return answer(_filter(gone), 201)


async def _find(asked: Asked, filter_id: str) -> Segment:
    missing = NotFound(f"there is no filter {filter_id[:30]!r}")
    try:
        found = await asked.services.contacts.segments.by_number(asked.who, number_of(filter_id))
    except NotFound:
        raise missing from None
    if shown_filters(found.expression) is None:
        raise missing
    return found


async def _expression(connection: Connection, asked: Asked) -> Expression:
    expression = read_filters(asked.body.get("filters"), region=asked.who.organisation.region)
    await define_own(connection, asked, own_compared(expression))
    own = await own_kinds(connection, asked.who.organisation.id)
    return read_expression(to_json(expression), own, field="filters")


def _filter(segment: Segment) -> dict[str, Any]:
    return {
        "filterId": segment.number,
        "filters": shown_filters(segment.expression),
        "updatedAt": shown(segment.updated_at),
        "createdAt": shown(segment.created_at),
    }
