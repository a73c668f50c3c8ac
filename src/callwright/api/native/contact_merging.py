"""``/contacts/duplicates`` and the merging of two records that are one person."""

from __future__ import annotations

import base64
import binascii
from typing import TYPE_CHECKING, Annotated, Any, Literal

from fastapi import APIRouter, Query, Response
from pydantic import BaseModel, ConfigDict, Field

from callwright.accounts import audit
from callwright.api.native.contact_views import ContactView
from callwright.api.native.idempotent import Repeatable
from callwright.api.native.ids import ContactId
from callwright.api.native.openapi import json_body, problems
from callwright.api.native.security import Caller
from callwright.api.native.services import Provided
from callwright.api.native.validation import parsed
from callwright.errors import FieldError, InvalidRequest

if TYPE_CHECKING:
    from callwright.store.database import Connection

router = APIRouter(tags=["contacts"])


class DuplicateView(BaseModel):
    """People who share a value."""

    value: str
    people: int
    contact_ids: list[str] = Field(description="The first 20 of them, oldest first.")


class DuplicateList(BaseModel):
    """A page of duplicates."""

    duplicates: list[DuplicateView]
    next_cursor: str | None


class DuplicateQuery(BaseModel):
    """By what duplicates are found."""

    model_config = ConfigDict(extra="forbid")

    by: Literal["number", "email", "name"] = Field(default="number", description="`name`: with the postcode.")
    limit: int = Field(default=50, ge=1, le=200)
    cursor: str | None = Field(default=None, max_length=2000, description="`next_cursor` of the page before.")

    @property
    def after(self) -> str:
        """The value after which the page begins; raises ``InvalidRequest``."""
        try:
            value = base64.b64decode((self.cursor or "").encode(), altchars=b"-_", validate=True).decode()
        except (binascii.Error, ValueError):
            value = "\x00"
        if "\x00" in value:
            raise InvalidRequest([FieldError(field="cursor", message="is not one of ours", received=self.cursor)])
        return value


class MergeRequest(BaseModel):
    """Who is the same person."""

    model_config = ConfigDict(extra="forbid", strict=True)

    contact_id: str = Field(description="The one that is merged into the one of the path.")


class Parted(BaseModel):
    """The two that were one."""

    kept: ContactView
    contact: ContactView


@router.get("/contacts/duplicates", summary="Find duplicates")
async def list_duplicates(
    caller: Caller, services: Provided, query: Annotated[DuplicateQuery, Query()]
) -> DuplicateList:
    """List people who share a number, an address, or name and postcode."""
    found = await services.contacts.merges.duplicates(caller, query.by, after=query.after, limit=query.limit + 1)
    shown = found[: query.limit]
    more = base64.urlsafe_b64encode(shown[-1].value.encode()).decode() if len(found) > query.limit else None
    return DuplicateList(
        duplicates=[
            DuplicateView(value=each.value, people=each.people, contact_ids=list(each.contact_ids)) for each in shown
        ],
        next_cursor=more,
    )


@router.post(
    "/contacts/{contact_id}/merge",
    summary="Merge a contact into this one",
    response_model=ContactView,
    responses=problems(404, 409),
    openapi_extra=json_body(MergeRequest, {"same": {"contact_id": "con_06e4k1q0s8b2n4p6r8t1"}}),
)
async def merge_contacts(contact_id: ContactId, caller: Caller, services: Provided, submitted: Repeatable) -> Response:
    """Join numbers, addresses, tags, groups and history; where both have a value this one's stays."""
    data = await submitted.read()

    async def action(connection: Connection) -> tuple[int, Any]:
        wanted = parsed(MergeRequest, data)
        kept = await services.contacts.merges.merge(connection, caller, contact_id, wanted.contact_id)
        await audit.record(connection, caller, "contact.merged", kept.id, None, {"contact_id": wanted.contact_id})
        return 200, ContactView.of(kept).model_dump(mode="json")

    return await submitted.run(action)


@router.post(
    "/contacts/{contact_id}/unmerge",
    summary="Part a merged contact again",
    response_model=Parted,
    responses=problems(404, 409),
)
async def unmerge_contacts(
    contact_id: ContactId, caller: Caller, services: Provided, submitted: Repeatable
) -> Response:
    """Make the merged contact of this id its own again, within 30 days and while the kept one was not changed."""

    async def action(connection: Connection) -> tuple[int, Any]:
        kept, other = await services.contacts.merges.unmerge(connection, caller, contact_id)
        await audit.record(connection, caller, "contact.unmerged", other.id, None, {"contact_id": kept.id})
        return 200, Parted(kept=ContactView.of(kept), contact=ContactView.of(other)).model_dump(mode="json")

    return await submitted.run(action)
