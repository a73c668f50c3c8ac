"""``/request-log``: requests of this organisation that were refused, and why; and who writes them down."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

from fastapi import APIRouter, Query, Request
from pydantic import BaseModel, Field

from callwright.accounts.models import Principal
from callwright.accounts.request_log import NATIVE, Refusal, RefusedRequest, RequestFilter
from callwright.api.native.observing import STATE
from callwright.api.native.openapi import problems
from callwright.api.native.paging import Page, QueryText, cut
from callwright.api.native.security import INTERFACE, WHO, Caller
from callwright.api.native.services import Provided, Services
from callwright.api.native.times import Utc, aware
from callwright.errors import CallwrightError

router = APIRouter(tags=["request log"])


class RefusedRequestView(BaseModel):
    """A request that was refused."""

    number: int = Field(description="Grows with time.")
    at: Utc
    interface: str = Field(description="`native`, `robotalker`, `robocall`, `effebot` or `multisender`.")
    method: str
    path: str = Field(description="Without the query.")
    status: int = Field(description="What was wrong as an HTTP status, also where the dialect answers it with 200.")
    code: str = Field(examples=["invalid_request"])
    reason: str = Field(examples=["phonenumber: '12' is not a possible telephone number"])
    key_id: str | None
    key_name: str | None
    user_id: str | None
    user_email: str | None
    sandbox: bool
    request_id: str | None = Field(description="`X-Request-Id` of the answer.")
    address: str | None

    @classmethod
    def of(cls, entry: RefusedRequest) -> RefusedRequestView:
        """Return the view of an entry."""
        return cls(**{name: getattr(entry, name) for name in cls.model_fields})


class RequestLogView(BaseModel):
    """A page of refused requests."""

    requests: list[RefusedRequestView]
    next_cursor: str | None


class RequestLogQuery(Page):
    """Query parameters of the log."""

    interface: Literal["native", "robotalker", "robocall", "effebot", "multisender"] | None = None
    key_id: QueryText | None = None
    status: int | None = Field(default=None, ge=400, le=499)
    at_after: datetime | None = None
    at_before: datetime | None = None


@router.get("/request-log", summary="Show refused requests", responses=problems(403))
async def list_request_log(
    caller: Caller, services: Provided, query: Annotated[RequestLogQuery, Query()]
) -> RequestLogView:
    """Show which requests of this organisation were refused and why, newest first; a sandbox key sees the sandbox's."""
    zone = caller.organisation.time_zone
    found = await services.accounts.request_log.page(
        caller,
        RequestFilter(
            interface=query.interface,
            key_id=query.key_id,
            status=query.status,
            at_after=aware(query.at_after, zone),
            at_before=aware(query.at_before, zone),
        ),
        limit=query.limit + 1,
        before=query.before,
    )
    shown, next_cursor = cut(found, query)
    return RequestLogView(requests=[RefusedRequestView.of(entry) for entry in shown], next_cursor=next_cursor)


async def note_refusal(request: Request, error: CallwrightError) -> None:
    """Write down that a request was refused, when it is known who sent it and the fault is theirs."""
    who: Principal | None = getattr(request.state, WHO, None)
    # too many requests would only be more of them
    if who is None or not 400 <= error.status < 500 or error.status == 429:
        return
    services: Services = request.app.state.services
    await services.accounts.request_log.record(
        Refusal(
            who=who,
            interface=getattr(request.state, INTERFACE, NATIVE),
            method=request.method,
            path=request.scope["path"],
            status=error.status,
            code=error.code,
            reason=str(error),
            request_id=getattr(request.state, STATE, None),
        )
    )
