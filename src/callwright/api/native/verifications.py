"""``/verifications``: whether a telephone number is a person's own, by a flash call, a spoken or a written code."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

from fastapi import APIRouter, Query, Request, Response
from pydantic import BaseModel, ConfigDict, Field, StrictInt

from callwright.api.native.bodies import read_object
from callwright.api.native.idempotent import Repeatable
from callwright.api.native.ids import VerificationId
from callwright.api.native.number_proofs import CodeAnswer
from callwright.api.native.openapi import json_body, problems
from callwright.api.native.paging import Page, QueryText, cut
from callwright.api.native.security import Caller, needs
from callwright.api.native.services import Provided
from callwright.api.native.times import Utc
from callwright.api.native.validation import parsed
from callwright.api.native.verification_reading import read_verification
from callwright.errors import FieldError, InvalidRequest
from callwright.numbers.parsing import read_number
from callwright.verifications.codes import LONGEST, SHORTEST
from callwright.verifications.models import Method, State, Verification

if TYPE_CHECKING:
    from callwright.store.database import Connection

router = APIRouter(tags=["verifications"])


class VerificationRequest(BaseModel):
    """A code that is sent to a person."""

    model_config = ConfigDict(extra="forbid", strict=True)

    to: str | StrictInt
    method: Method = Field(
        description="`flash`: a call that only rings; the code is the last four digits of its number. `spoken`: a call "
        "that says the code. `sms`: a text with the code."
    )
    code_length: int | None = Field(
        default=None,
        ge=SHORTEST,
        le=LONGEST,
        description="Of a spoken or written code, 6 if absent; a flash code has 4.",
    )
    pin: str | None = Field(
        default=None,
        pattern=rf"^[0-9]{{{SHORTEST},{LONGEST}}}$",
        description="The code, if you choose it. For `flash` one of your verified numbers must end so.",
    )
    language: str | None = Field(default=None, max_length=35, description="BCP 47; null: of the account's voice.")
    voice: str | None = Field(default=None, max_length=100)
    ttl_seconds: int = Field(default=600, ge=60, le=3600, description="How long the code can be given back.")


class VerificationView(BaseModel):
    """A code that was sent, and whether it came back."""

    verification_id: str
    number: int
    to: str
    method: Method
    state: State
    reason: str | None
    code_length: int
    language: str | None
    attempts_left: int
    call_id: str | None
    message_id: str | None
    created_at: Utc
    expires_at: Utc
    ended_at: Utc | None

    @classmethod
    def of(cls, verification: Verification) -> VerificationView:
        """Return the view of a verification."""
        return cls(
            verification_id=verification.id,
            number=verification.number,
            to=verification.to_number,
            method=verification.method,
            state=verification.state,
            reason=verification.reason,
            code_length=verification.code_length,
            language=verification.language,
            attempts_left=verification.attempts_left,
            call_id=verification.call_id,
            message_id=verification.message_id,
            created_at=verification.created_at,
            expires_at=verification.expires_at,
            ended_at=verification.ended_at,
        )


class VerificationSent(VerificationView):
    """The same, when it was made."""

    code: str | None = Field(description="Shown to sandbox keys only: their calls reach nobody who could tell it.")


class VerificationChecked(BaseModel):
    """Whether the code was right."""

    valid: bool
    attempts_left: int
    state: State


class VerificationList(BaseModel):
    """A page of verifications."""

    verifications: list[VerificationView]
    next_cursor: str | None


class VerificationFilter(Page):
    """Query parameters of the list."""

    to: QueryText | None = None


class VerificationLimitsChange(BaseModel):
    """What is to be changed; what is left out stays."""

    model_config = ConfigDict(extra="forbid", strict=True)

    per_destination_hour: int = Field(default=5, ge=1, le=100, description="Codes an hour to one number.")
    per_key_hour: int = Field(default=200, ge=1, le=1_000_000, description="Codes an hour of one key.")
    per_organisation_day: int = Field(default=1000, ge=1, le=10_000_000, description="Codes a day of all keys.")


BODIES = [VerificationRequest, VerificationLimitsChange]
_EXAMPLES = {
    "spoken": {"to": "+12125550142", "method": "spoken", "language": "en-US"},
    "flash": {"to": "+12125550142", "method": "flash", "ttl_seconds": 300},
    "sms": {"to": "+12125550142", "method": "sms", "language": "es"},
}


@router.post(
    "/verifications",
    summary="Send a code",
    status_code=201,
    responses={
        201: {"model": VerificationSent, "description": "the call or the text with the code is on its way"},
        **problems(409),
    },
    openapi_extra=json_body(VerificationRequest, _EXAMPLES),
)
async def create_verification(caller: Caller, services: Provided, submitted: Repeatable) -> Response:
    """Send a code to a person by a call or a text."""
    data = await submitted.read()
    if (earlier := await submitted.earlier()) is not None:
        return earlier
    wanted = parsed(VerificationRequest, data)
    new = await read_verification(
        services,
        caller,
        to=wanted.to,
        method=wanted.method,
        code_length=wanted.code_length,
        pin=wanted.pin,
        language=wanted.language,
        voice=wanted.voice,
        ttl_seconds=wanted.ttl_seconds,
    )

    async def action(connection: Connection) -> tuple[int, Any]:
        sent = await services.verifications.send(caller, new, connection=connection)
        view = VerificationView.of(sent).model_dump(mode="json")
        return 201, view | {"code": new.code if caller.sandbox else None}

    answer = await submitted.run(action)
    services.verifications.wake()
    return answer


@router.get("/verifications", summary="List verifications")
async def list_verifications(
    caller: Caller, services: Provided, query: Annotated[VerificationFilter, Query()]
) -> VerificationList:
    """List verifications, newest first."""
    to = None
    if query.to is not None:
        to = read_number(query.to, field="to", region=caller.organisation.region, sandbox=caller.sandbox)
    found = await services.verifications.page(caller, to_number=to, limit=query.limit + 1, before=query.before)
    shown, next_cursor = cut(found, query)
    return VerificationList(verifications=[VerificationView.of(one) for one in shown], next_cursor=next_cursor)


@router.get("/verifications/limits", summary="Show the limits of codes")
async def show_verification_limits(caller: Caller, services: Provided) -> VerificationLimitsChange:
    """Show how many codes may be sent."""
    limits = await services.verifications.limits(caller.organisation.id)
    return VerificationLimitsChange(
        per_destination_hour=limits.per_destination_hour,
        per_key_hour=limits.per_key_hour,
        per_organisation_day=limits.per_organisation_day,
    )


@router.patch(
    "/verifications/limits",
    summary="Change the limits of codes",
    responses={200: {"model": VerificationLimitsChange}, **problems(403)},
    openapi_extra=json_body(VerificationLimitsChange, {"more": {"per_organisation_day": 5000}}),
)
@needs("limits:write")
async def change_verification_limits(request: Request, caller: Caller, services: Provided) -> VerificationLimitsChange:
    """Change how many codes may be sent; owners may."""
    data = await read_object(request)
    wanted = parsed(VerificationLimitsChange, data)
    given = {name: getattr(wanted, name) for name in wanted.model_fields_set}
    if not given:
        raise InvalidRequest([FieldError(field="body", message="names nothing to change")])
    await services.verifications.change_limits(caller, given)
    return await show_verification_limits(caller, services)


@router.get("/verifications/{verification_id}", summary="Show a verification", responses=problems(404))
async def show_verification(verification_id: VerificationId, caller: Caller, services: Provided) -> VerificationView:
    """Show whether a code came back."""
    return VerificationView.of(await services.verifications.get(caller, verification_id))


@router.post(
    "/verifications/{verification_id}/check",
    summary="Check a code",
    responses={200: {"model": VerificationChecked}, **problems(404, 409)},
    openapi_extra=json_body(CodeAnswer, {"plain": {"code": "482913"}}),
)
async def check_verification(
    verification_id: VerificationId, request: Request, caller: Caller, services: Provided
) -> VerificationChecked:
    """Try the code that the person gives; five wrong ones end it. One that has ended is a 409."""
    data = await read_object(request)
    wanted = parsed(CodeAnswer, data)
    checked = await services.verifications.check(caller, verification_id, wanted.code)
    found = checked.verification
    return VerificationChecked(valid=checked.valid, attempts_left=found.attempts_left, state=found.state)


@router.post(
    "/verifications/{verification_id}/cancel",
    summary="Cancel a verification",
    responses={200: {"model": VerificationView}, **problems(404, 409)},
)
async def cancel_verification(verification_id: VerificationId, caller: Caller, services: Provided) -> VerificationView:
    """End a pending verification and its call or text; the code is worth nothing afterwards."""
    return VerificationView.of(await services.verifications.cancel(caller, verification_id))
