"""``/numbers``: caller ids."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query
from pydantic import BaseModel

from callwright.api.native.paging import Page, cut
from callwright.api.native.security import Caller
from callwright.api.native.services import Provided
from callwright.api.native.times import Utc
from callwright.numbers.models import CallerId

router = APIRouter(tags=["numbers"])


class NumberView(BaseModel):
    """A caller id."""

    number_id: str
    number: int
    e164: str
    verified_by: str | None
    verified_at: Utc | None
    enabled: bool
    created_at: Utc

    @classmethod
    def of(cls, caller_id: CallerId) -> NumberView:
        """Return the view of a caller id."""
        return cls(
            number_id=caller_id.id,
            number=caller_id.number,
            e164=caller_id.e164,
            verified_by=caller_id.verified_by,
            verified_at=caller_id.verified_at,
            enabled=caller_id.enabled,
            created_at=caller_id.created_at,
        )


class NumberList(BaseModel):
    """A page of caller ids."""

    numbers: list[NumberView]
    next_cursor: str | None


@router.get("/numbers", summary="List caller ids")
async def list_numbers(caller: Caller, services: Provided, page: Annotated[Page, Query()]) -> NumberList:
    """List the organisation's caller ids, newest first."""
    found = await services.numbers.numbers(
        caller.organisation.id, limit=page.limit + 1, before=page.before, fence=caller.fence
    )
    shown, next_cursor = cut(found, page)
    return NumberList(numbers=[NumberView.of(number) for number in shown], next_cursor=next_cursor)
