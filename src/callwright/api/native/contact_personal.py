"""What is held about one person: ``/contacts/{contact_id}/history``, ``…/export``, ``…/erase``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import orjson
from fastapi import APIRouter, Query, Response
from pydantic import BaseModel

from callwright.accounts import audit
from callwright.api.native.idempotent import Repeatable
from callwright.api.native.ids import ContactId
from callwright.api.native.openapi import problems
from callwright.api.native.paging import Page, cut
from callwright.api.native.security import Caller
from callwright.api.native.services import Provided
from callwright.api.native.times import Utc
from callwright.errors import Forbidden

if TYPE_CHECKING:
    from callwright.store.database import Connection

router = APIRouter(tags=["contacts"])


class HistoryView(BaseModel):
    """One thing that was sent to a person, or came from them."""

    kind: str
    id: str
    number: int
    direction: str
    address: str
    status: str
    at: Utc
    detail: dict[str, Any]


class HistoryList(BaseModel):
    """A page of the history."""

    history: list[HistoryView]
    next_cursor: str | None


class Erased(BaseModel):
    """What was touched, by kind."""

    contact_id: str
    erased: dict[str, int]


@router.get("/contacts/{contact_id}/history", summary="Show what was sent to a person", responses=problems(404))
async def contact_history(
    contact_id: ContactId, caller: Caller, services: Provided, query: Annotated[Page, Query()]
) -> HistoryList:
    """List every call to and from a person, newest first, those of merged contacts too."""
    found = await services.contacts.personal.history(caller, contact_id, before=query.before, limit=query.limit + 1)
    shown, next_cursor = cut(found, query)
    return HistoryList(
        history=[
            HistoryView(
                kind=item.kind,
                id=item.id,
                number=item.number,
                direction=item.direction,
                address=item.address,
                status=item.status,
                at=item.at,
                detail=dict(item.detail),
            )
            for item in shown
        ],
        next_cursor=next_cursor,
    )


@router.post(
    "/contacts/{contact_id}/export", summary="Hand out what is held about a person", responses=problems(403, 404)
)
async def export_contact(contact_id: ContactId, caller: Caller, services: Provided) -> Response:
    """Return everything that is held about a person as one JSON document, to be given to them."""
    if caller.fence is not None:
        raise Forbidden("a subuser cannot export what others hold about a person; ask a manager")
    async with services.contacts.people.transaction() as connection:
        held = await services.contacts.personal.export(connection, caller, contact_id)
        await audit.record(connection, caller, "contact.exported", contact_id)
    headers = {"Content-Disposition": f'attachment; filename="{contact_id}.json"'}
    return Response(orjson.dumps(held, option=orjson.OPT_INDENT_2), media_type="application/json", headers=headers)


@router.post(
    "/contacts/{contact_id}/erase",
    summary="Erase a person",
    response_model=Erased,
    responses=problems(403, 404, 409),
)
async def erase_contact(contact_id: ContactId, caller: Caller, services: Provided, submitted: Repeatable) -> Response:
    """Remove what tells who it was from contacts, calls, events, webhooks and files. There is no way back."""
    if caller.fence is not None:
        raise Forbidden("a subuser cannot erase a person for everybody; ask a manager")
    if caller.sandbox:
        raise Forbidden("a sandbox key cannot erase a person; use a live key")

    async def action(connection: Connection) -> tuple[int, Any]:
        touched = await services.contacts.personal.erase(connection, caller, contact_id)
        await audit.record(connection, caller, "contact.erased", contact_id, None, touched)
        return 200, Erased(contact_id=contact_id, erased=touched).model_dump(mode="json")

    return await submitted.run(action)
