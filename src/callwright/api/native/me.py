"""``/users/me``: what people do about themselves: password and second factor."""

from __future__ import annotations

from fastapi import APIRouter, Request, Response
from pydantic import BaseModel, ConfigDict, Field

from callwright.accounts.models import Principal
from callwright.api.native.bodies import read_object
from callwright.api.native.openapi import json_body, problems
from callwright.api.native.security import Caller, needs
from callwright.api.native.services import Provided
from callwright.api.native.sessions import person_of
from callwright.api.native.users import UserView, changes
from callwright.api.native.validation import parsed
from callwright.errors import Forbidden

router = APIRouter(tags=["users"])

_PASSWORD = Field(max_length=1000)


class MeChange(BaseModel):
    """What is to be changed of yourself; what is left out stays."""

    model_config = ConfigDict(extra="forbid", strict=True)

    name: str = Field(default="", max_length=200)
    phone: str | None = Field(default=None, max_length=31)
    company: str | None = Field(default=None, max_length=200)


class PasswordRequest(BaseModel):
    """Your password once more, so that a screen left open is not enough."""

    model_config = ConfigDict(extra="forbid", strict=True)

    password: str = _PASSWORD


class PasswordChange(BaseModel):
    """Another password."""

    model_config = ConfigDict(extra="forbid", strict=True)

    current_password: str = _PASSWORD
    new_password: str = Field(max_length=1000, description="At least 12 characters; no rules but that.")


class CodeRequest(BaseModel):
    """The code that the authenticator shows now."""

    model_config = ConfigDict(extra="forbid", strict=True)

    code: str = Field(max_length=20, examples=["492039"])


class SecondFactorEnd(PasswordRequest):
    """What turns the second factor off."""

    code: str = Field(max_length=60, description="Of the authenticator, or a recovery code.")


class SecondFactor(BaseModel):
    """What an authenticator application needs. It counts after the first code."""

    secret: str = Field(description="Base32, to be typed.")
    otpauth_uri: str = Field(description="To be shown as a QR code.")


class RecoveryCodes(BaseModel):
    """Each is good for one sign-in without the authenticator. They are shown this once."""

    recovery_codes: list[str]


def signed_in(caller: Principal) -> str:
    """Return the id of who is signed in. Raises ``Forbidden`` for a key: it must not take over an account."""
    if caller.session_id is None:
        raise Forbidden("only a person who is signed in may do this, not a key")
    return person_of(caller)


@router.get("/users/me", summary="Show yourself", responses=problems(403))
@needs(None)
async def show_me(caller: Caller, services: Provided) -> UserView:
    """Show the person behind this session or key."""
    return UserView.of(await services.accounts.users.get(caller.organisation.id, person_of(caller)))


@router.patch(
    "/users/me",
    summary="Change yourself",
    responses={200: {"model": UserView}, **problems(403)},
    openapi_extra=json_body(MeChange, {"name": {"name": "Ann Lee"}}),
)
@needs(None)
async def change_me(request: Request, caller: Caller, services: Provided) -> UserView:
    """Change your name, telephone or company."""
    data = await read_object(request)
    fields = changes(parsed(MeChange, data))
    return UserView.of(await services.accounts.users.change(signed_in(caller), fields, who=caller.actor))


@router.put(
    "/users/me/password",
    summary="Change your password",
    status_code=204,
    responses=problems(403, 429),
    openapi_extra=json_body(
        PasswordChange,
        {"change": {"current_password": "seven blue herons sing", "new_password": "nine grey storks dance"}},
    ),
)
@needs(None)
async def change_password(request: Request, caller: Caller, services: Provided) -> Response:
    """Choose another password; your other sessions end."""
    user_id = signed_in(caller)
    data = await read_object(request)
    wanted = parsed(PasswordChange, data)
    await services.accounts.credentials.change_password(
        user_id, wanted.current_password, wanted.new_password, who=caller.actor, session_id=caller.session_id
    )
    return Response(status_code=204)


@router.post(
    "/users/me/second-factor",
    summary="Start a second factor",
    status_code=201,
    responses=problems(403, 409, 429),
    openapi_extra=json_body(PasswordRequest, {"start": {"password": "seven blue herons sing"}}),
)
@needs(None)
async def start_second_factor(request: Request, caller: Caller, services: Provided) -> SecondFactor:
    """Get a secret for an authenticator application (RFC 6238)."""
    user_id = signed_in(caller)
    data = await read_object(request)
    wanted = parsed(PasswordRequest, data)
    secret, uri = await services.accounts.credentials.start_second_factor(user_id, wanted.password, who=caller.actor)
    return SecondFactor(secret=secret, otpauth_uri=uri)


@router.post(
    "/users/me/second-factor/confirm",
    summary="Turn the second factor on",
    responses={200: {"model": RecoveryCodes}, **problems(403, 409, 429)},
    openapi_extra=json_body(CodeRequest, {"first code": {"code": "492039"}}),
)
@needs(None)
async def confirm_second_factor(request: Request, caller: Caller, services: Provided) -> RecoveryCodes:
    """Turn it on with the first code, and get the recovery codes."""
    user_id = signed_in(caller)
    data = await read_object(request)
    wanted = parsed(CodeRequest, data)
    codes = await services.accounts.credentials.confirm_second_factor(user_id, wanted.code, who=caller.actor)
    return RecoveryCodes(recovery_codes=codes)


@router.post(
    "/users/me/second-factor/remove",
    summary="Turn the second factor off",
    status_code=204,
    responses=problems(403, 409, 429),
    openapi_extra=json_body(SecondFactorEnd, {"off": {"password": "seven blue herons sing", "code": "492039"}}),
)
@needs(None)
async def remove_second_factor(request: Request, caller: Caller, services: Provided) -> Response:
    """Turn it off, with the password and a code."""
    user_id = signed_in(caller)
    data = await read_object(request)
    wanted = parsed(SecondFactorEnd, data)
    await services.accounts.credentials.end_second_factor(user_id, wanted.password, wanted.code, who=caller.actor)
    return Response(status_code=204)


@router.post(
    "/users/me/recovery-codes",
    summary="Replace the recovery codes",
    status_code=201,
    responses=problems(403, 409, 429),
    openapi_extra=json_body(PasswordRequest, {"replace": {"password": "seven blue herons sing"}}),
)
@needs(None)
async def replace_recovery_codes(request: Request, caller: Caller, services: Provided) -> RecoveryCodes:
    """Get new recovery codes; the old ones are worthless."""
    user_id = signed_in(caller)
    data = await read_object(request)
    wanted = parsed(PasswordRequest, data)
    codes = await services.accounts.credentials.new_recovery_codes(user_id, wanted.password, who=caller.actor)
    return RecoveryCodes(recovery_codes=codes)
