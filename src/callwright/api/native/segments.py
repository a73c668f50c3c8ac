"""``/segments``: saved filters."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated, Any

from fastapi import APIRouter, Query, Request, Response
from pydantic import BaseModel, ConfigDict, Field

from callwright.accounts import audit
from callwright.api.native.bodies import read_object
from callwright.api.native.contact_views import ContactList, ContactView, SegmentList, SegmentView
from callwright.api.native.idempotent import Change, Repeatable
from callwright.api.native.ids import SegmentId
from callwright.api.native.openapi import json_body, problems
from callwright.api.native.paging import Page, cut
from callwright.api.native.security import Caller
from callwright.api.native.services import Provided
from callwright.api.native.validation import parsed
from callwright.contacts.definitions import own_kinds
from callwright.contacts.filters.language import MAX_TEXT, Expression, to_json
from callwright.contacts.filters.text import render
from callwright.contacts.filters.types import Kind
from callwright.contacts.models import ContactFilter
from callwright.contacts.service import read_expression
from callwright.errors import FieldError, InvalidRequest

if TYPE_CHECKING:
    from callwright.store.database import Connection

router = APIRouter(tags=["segments"])

_EXAMPLE = 'balance > 100 and (city == "Springfield" or tags contains "late")'


class FilterRequest(BaseModel):
    """A filter, as text or as a tree."""

    model_config = ConfigDict(extra="forbid", strict=True)

    filter: str | None = Field(default=None, max_length=MAX_TEXT, examples=[_EXAMPLE])
    expression: dict[str, Any] | None = Field(default=None, description="Instead of `filter`: the same as a tree.")

    def read(self, own: Mapping[str, Kind]) -> Expression | None:
        """Return the filter, checked; ``None`` when there is none. Raises ``InvalidRequest``."""
        if self.filter is not None and self.expression is not None:
            raise InvalidRequest([FieldError(field="filter", message="send 'filter' or 'expression', not both")])
        if self.filter is not None:
            return read_expression(self.filter, own, field="filter")
        if self.expression is not None:
            return read_expression(self.expression, own, field="expression")
        return None


class SegmentRequest(FilterRequest):
    """A filter to be saved."""

    name: str


class SegmentChange(FilterRequest):
    """What to change of a segment."""

    name: str | None = None


class SegmentPreview(BaseModel):
    """How many people a filter finds, and the newest of them."""

    count: int
    contacts: list[ContactView]
    filter: str
    expression: dict[str, Any]


def _needed(expression: Expression | None) -> Expression:
    if expression is None:
        raise InvalidRequest([FieldError(field="filter", message="is required")])
    return expression


@router.get("/segments", summary="List segments")
async def list_segments(caller: Caller, services: Provided, query: Annotated[Page, Query()]) -> SegmentList:
    """List saved filters, newest first."""
    found = await services.contacts.segments.page(caller, limit=query.limit + 1, before=query.before)
    shown, next_cursor = cut(found, query)
    return SegmentList(segments=[SegmentView.of(segment) for segment in shown], next_cursor=next_cursor)


@router.post(
    "/segments",
    summary="Save a filter",
    status_code=201,
    responses={201: {"model": SegmentView}, **problems(409)},
    openapi_extra=json_body(SegmentRequest, {"segment": {"name": "Owes more than 100", "filter": _EXAMPLE}}),
)
async def create_segment(caller: Caller, services: Provided, submitted: Repeatable) -> Response:
    """Save a filter. Who is in the segment is found out each time it is asked for."""
    data = await submitted.read()

    async def action(connection: Connection) -> tuple[int, Any]:
        wanted = parsed(SegmentRequest, data)
        expression = _needed(wanted.read(await own_kinds(connection, caller.organisation.id)))
        segment = await services.contacts.segments.create(connection, caller, wanted.name, expression)
        await audit.record(connection, caller, "segment.created", segment.id, None, {"filter": render(expression)})
        return 201, SegmentView.of(segment).model_dump(mode="json")

    return await submitted.run(action)


@router.post(
    "/segments/preview",
    summary="Try a filter",
    response_model=SegmentPreview,
    openapi_extra=json_body(FilterRequest, {"filter": {"filter": _EXAMPLE}}),
)
async def preview_segment(request: Request, caller: Caller, services: Provided) -> SegmentPreview:
    """Count whom a filter finds and show the newest ten; nothing is saved."""
    data = await read_object(request)
    wanted = parsed(FilterRequest, data)
    own = {field.name: field.type for field in await services.contacts.people.definitions(caller.organisation.id)}
    narrowed = ContactFilter(expression=_needed(wanted.read(own)))
    return SegmentPreview(
        count=await services.contacts.people.count(caller, narrowed),
        contacts=[
            ContactView.of(c) for c in await services.contacts.people.page(caller, narrowed, limit=10, before=None)
        ],
        filter=render(_needed(narrowed.expression)),
        expression=to_json(_needed(narrowed.expression)),
    )


@router.get("/segments/{segment_id}", summary="Show a segment", responses=problems(404))
async def show_segment(segment_id: SegmentId, caller: Caller, services: Provided) -> SegmentView:
    """Show a saved filter."""
    return SegmentView.of(await services.contacts.segments.get(caller, segment_id))


@router.patch(
    "/segments/{segment_id}",
    summary="Change a segment",
    response_model=SegmentView,
    responses=problems(404, 409),
    openapi_extra=json_body(SegmentChange, {"filter": {"filter": "balance > 200"}}),
)
async def change_segment(segment_id: SegmentId, caller: Caller, services: Provided, submitted: Change) -> Response:
    """Rename a segment or save another filter in it."""
    data = await submitted.read()

    async def action(connection: Connection) -> tuple[int, Any]:
        wanted = parsed(SegmentChange, data)
        expression = wanted.read(await own_kinds(connection, caller.organisation.id))
        before = await services.contacts.segments.get(caller, segment_id)
        segment = await services.contacts.segments.update(
            connection, caller, segment_id, name=wanted.name, expression=expression
        )
        await audit.record(
            connection,
            caller,
            "segment.changed",
            segment.id,
            {"name": before.name, "filter": render(before.expression)},
            {"name": segment.name, "filter": render(segment.expression)},
        )
        return 200, SegmentView.of(segment).model_dump(mode="json")

    return await submitted.run(action)


@router.delete("/segments/{segment_id}", summary="Delete a segment", status_code=204, responses=problems(404))
async def delete_segment(segment_id: SegmentId, caller: Caller, services: Provided) -> None:
    """Delete a saved filter."""
    async with services.contacts.people.transaction() as connection:
        await services.contacts.segments.delete(connection, caller, segment_id)
        await audit.record(connection, caller, "segment.deleted", segment_id)


@router.get("/segments/{segment_id}/contacts", summary="List the people of a segment", responses=problems(404))
async def list_segment_contacts(
    segment_id: SegmentId, caller: Caller, services: Provided, query: Annotated[Page, Query()]
) -> ContactList:
    """List whom the filter finds now, newest first."""
    segment = await services.contacts.segments.get(caller, segment_id)
    narrowed = ContactFilter(expression=await services.contacts.people.both(caller, segment.expression, None))
    found = await services.contacts.people.page(caller, narrowed, limit=query.limit + 1, before=query.before)
    shown, next_cursor = cut(found, query)
    return ContactList(contacts=[ContactView.of(contact) for contact in shown], next_cursor=next_cursor)
