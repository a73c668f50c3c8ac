"""``/numbers``: adding a caller id and proving by a call or a text that it is yours."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

from fastapi import APIRouter, Request, Response
from pydantic import BaseModel, ConfigDict, Field, StrictInt

from callwright.api.native.bodies import read_object
from callwright.api.native.code_calls import language_for, number_to_call, voice_for
from callwright.api.native.idempotent import Repeatable
from callwright.api.native.ids import NumberId
from callwright.api.native.numbers import NumberView
from callwright.api.native.openapi import json_body, problems
from callwright.api.native.security import Caller
from callwright.api.native.services import Provided
from callwright.api.native.times import Utc
from callwright.api.native.validation import parsed
from callwright.errors import FieldError, InvalidRequest

if TYPE_CHECKING:
    from callwright.store.database import Connection

router = APIRouter(tags=["numbers"])


class NewNumber(BaseModel):
    """A number that calls shall show."""

    model_config = ConfigDict(extra="forbid", strict=True)

    number: str | StrictInt
    method: Literal["call", "sms"] = Field(default="call", description="How the code is sent.")
    language: str | None = Field(default=None, max_length=35, description="BCP 47; null: of the account's voice.")
    voice: str | None = Field(default=None, max_length=100)


class CodeAnswer(BaseModel):
    """The code as it was heard."""

    model_config = ConfigDict(extra="forbid", strict=True)

    code: str = Field(min_length=1, max_length=40, description="Spaces and hyphens do not count.")


class CodeSent(BaseModel):
    """A number that waits for its code."""

    number: NumberView
    method: Literal["call", "sms"]
    call_id: str | None
    message_id: str | None
    expires_at: Utc
    attempts_left: int
    code: str | None = Field(description="Shown to sandbox keys only: their calls reach nobody who could tell it.")


class NumberChecked(BaseModel):
    """Whether the code was right."""

    valid: bool
    attempts_left: int
    number: NumberView


BODIES = [NewNumber, CodeAnswer]


@router.post(
    "/numbers",
    summary="Add a caller id",
    status_code=201,
    responses={201: {"model": CodeSent, "description": "a code was sent to the number"}, **problems(409)},
    openapi_extra=json_body(
        NewNumber,
        {
            "by a call": {"number": "+12125550177", "method": "call"},
            "by a text": {"number": "+12125550177", "method": "sms"},
        },
    ),
)
async def add_number(caller: Caller, services: Provided, submitted: Repeatable) -> Response:
    """Add a number that calls shall show, and send it a code; for one that is there, send another code."""
    data = await submitted.read()
    if (earlier := await submitted.earlier()) is not None:
        return earlier
    wanted = parsed(NewNumber, data)
    number = await number_to_call(services, caller, wanted.number, field="number")
    voice: str | None = None
    if wanted.method == "sms":
        if wanted.voice is not None:
            message = "a text says nothing; leave it out"
            raise InvalidRequest([FieldError(field="voice", message=message, received=wanted.voice)])
        language = language_for(services, caller, wanted.language)
    else:
        language, voice = voice_for(services, caller, language=wanted.language, voice=wanted.voice)

    async def action(connection: Connection) -> tuple[int, Any]:
        sent = await services.caller_ids.begin(caller, number, language=language, voice=voice, connection=connection)
        shown = CodeSent(
            number=NumberView.of(sent.caller_id),
            method=wanted.method,
            call_id=sent.verification.call_id,
            message_id=sent.verification.message_id,
            expires_at=sent.verification.expires_at,
            attempts_left=sent.verification.attempts_left,
            code=sent.code,
        )
        return 201, shown.model_dump(mode="json")

    answer = await submitted.run(action)
    services.verifications.wake()
    return answer


@router.post(
    "/numbers/{number_id}/verify",
    summary="Prove a caller id",
    responses={200: {"model": NumberChecked}, **problems(404, 409)},
    openapi_extra=json_body(CodeAnswer, {"plain": {"code": "482913"}}),
)
async def verify_number(number_id: NumberId, request: Request, caller: Caller, services: Provided) -> NumberChecked:
    """Give the code back; five wrong ones end it. Afterwards calls may show the number."""
    data = await read_object(request)
    wanted = parsed(CodeAnswer, data)
    checked, number = await services.caller_ids.verify(caller, number_id, wanted.code)
    return NumberChecked(
        valid=checked.valid, attempts_left=checked.verification.attempts_left, number=NumberView.of(number)
    )
