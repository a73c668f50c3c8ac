"""``/keys``: making, rotating and revoking keys. Answers that hold a secret are stored nowhere."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Annotated, Literal

from fastapi import APIRouter, Query, Request, Response
from fastapi.responses import JSONResponse
from pydantic import BaseModel, ConfigDict, Field

from callwright.accounts.dialects import program_settings
from callwright.accounts.models import ApiKey, Organisation, Principal
from callwright.api.native.bodies import read_object
from callwright.api.native.ids import KeyId
from callwright.api.native.openapi import json_body, problems
from callwright.api.native.paging import IdPage, cut_by_id
from callwright.api.native.security import Caller
from callwright.api.native.services import Provided
from callwright.api.native.times import Utc, aware
from callwright.api.native.validation import parsed
from callwright.errors import Forbidden

router = APIRouter(tags=["keys"])

Dialect = Literal["robotalker", "robocall", "effebot", "multisender"]
Purpose = Literal["emergency", "transactional", "marketing"]
#: Who manages people sees the organisation's keys and everybody's.
_ALL_KEYS = "users:write"
_A_DAY = 86_400


class KeyRequest(BaseModel):
    """A key to be made."""

    # not strict: a time is text in JSON
    model_config = ConfigDict(extra="forbid")

    name: str = Field(min_length=1, max_length=200, pattern=r"^[^\x00]*$", description="What it is for.")
    sandbox: bool = Field(description="Its calls reach the handset lab only and cost nothing.", strict=True)
    purpose: Purpose = "transactional"
    permissions: list[str] = Field(
        default=["*"],
        min_length=1,
        max_length=200,
        description="`resource:read`, `resource:write`, `*:read`, `*`: never more than you may do.",
    )
    expires_at: datetime | None = None
    organisation: bool = Field(
        default=False, description="It acts for the organisation and outlives you; else it acts for you.", strict=True
    )
    dialect: Dialect | None = Field(
        default=None, description="For a program written for this service: only this dialect takes it."
    )


class RotateRequest(BaseModel):
    """How a key is to be replaced."""

    model_config = ConfigDict(extra="forbid", strict=True)

    overlap_seconds: int = Field(default=_A_DAY, ge=0, le=30 * _A_DAY, description="How long both work.")


class KeyView(BaseModel):
    """A key; never its secret."""

    key_id: str
    name: str
    begins: str
    sandbox: bool
    purpose: str
    permissions: list[str]
    user_id: str | None = Field(description="Whom it acts for, and never does more than; null: the organisation.")
    dialect: str | None
    rotated_from: str | None
    created_at: Utc
    expires_at: Utc | None
    revoked_at: Utc | None
    last_used_at: Utc | None = Field(description="To the minute.")

    @classmethod
    def of(cls, key: ApiKey) -> KeyView:
        """Return the view of a key."""
        return cls(
            key_id=key.id,
            name=key.name,
            begins=key.prefix,
            sandbox=key.sandbox,
            purpose=key.purpose,
            permissions=list(key.permissions),
            user_id=key.user_id,
            dialect=key.dialect,
            rotated_from=key.rotated_from,
            created_at=key.created_at,
            expires_at=key.expires_at,
            revoked_at=key.revoked_at,
            last_used_at=key.last_used_at,
        )


class CreatedKey(KeyView):
    """A key and its secret, which is shown this once."""

    secret: str = Field(examples=["live_mfkq9r8gkyqrtwjupd8ilpzio2lalasw"])
    dialect_settings: dict[str, str] | None = Field(
        default=None, description="Of a dialect's key: what its program has to be given, by the program's names."
    )


class RotatedKey(BaseModel):
    """The new key and the old one, which works until its `expires_at`."""

    key: CreatedKey
    old: KeyView


class KeyList(BaseModel):
    """A page of keys."""

    keys: list[KeyView]
    next_cursor: str | None


@router.get("/keys", summary="List keys", responses=problems(403))
async def list_keys(caller: Caller, services: Provided, page: Annotated[IdPage, Query()]) -> KeyList:
    """List your keys, newest first; who manages people sees all of the organisation."""
    found = await services.accounts.key_service.page(
        caller.organisation.id, user_id=_only_of(caller), limit=page.limit + 1, before=page.cursor
    )
    shown, next_cursor = cut_by_id(found, page)
    return KeyList(keys=[KeyView.of(key) for key in shown], next_cursor=next_cursor)


@router.post(
    "/keys",
    summary="Make a key",
    status_code=201,
    response_model=CreatedKey,
    responses=problems(403),
    openapi_extra=json_body(
        KeyRequest,
        {
            "placing calls": {
                "name": "web shop",
                "sandbox": False,
                "permissions": ["calls:read", "calls:write"],
                "expires_at": "2027-01-01T00:00:00Z",
            }
        },
    ),
)
async def create_key(request: Request, caller: Caller, services: Provided) -> Response:
    """Make a key. Its secret is in this answer and nowhere else, so `Idempotency-Key` is not read."""
    data = await read_object(request)
    wanted = parsed(KeyRequest, data)
    if wanted.organisation and not caller.may(_ALL_KEYS):
        raise Forbidden("only who manages people may make a key of the organisation; make one of your own")
    key, secret = await services.accounts.key_service.create(
        caller.organisation.id,
        wanted.name,
        sandbox=wanted.sandbox,
        purpose=wanted.purpose,
        expires_at=aware(wanted.expires_at, caller.organisation.time_zone),
        permissions=wanted.permissions,
        user_id=None if wanted.organisation else caller.user_id,
        dialect=wanted.dialect,
        who=caller.actor,
    )
    return JSONResponse(_created(key, secret, caller.organisation).model_dump(mode="json"), status_code=201)


@router.post(
    "/keys/{key_id}/rotate",
    summary="Replace a key",
    status_code=201,
    response_model=RotatedKey,
    responses=problems(403, 404, 409),
    openapi_extra=json_body(RotateRequest, {"a week for both": {"overlap_seconds": 604_800}}),
)
async def rotate_key(key_id: KeyId, request: Request, caller: Caller, services: Provided) -> Response:
    """Make a key like this one; the old one ends after the overlap."""
    data = await read_object(request)
    wanted = parsed(RotateRequest, data)
    old, key, secret = await services.accounts.key_service.rotate(
        key_id, overlap=timedelta(seconds=wanted.overlap_seconds), who=caller.actor, only_of=_only_of(caller)
    )
    rotated = RotatedKey(key=_created(key, secret, caller.organisation), old=KeyView.of(old))
    return JSONResponse(rotated.model_dump(mode="json"), status_code=201)


@router.delete("/keys/{key_id}", summary="Revoke a key", status_code=204, responses=problems(403, 404))
async def revoke_key(key_id: KeyId, caller: Caller, services: Provided) -> None:
    """End a key, at once."""
    await services.accounts.key_service.revoke(key_id, who=caller.actor, only_of=_only_of(caller))


def _only_of(caller: Principal) -> str | None:
    """Return whose keys the caller may see: ``None`` for all."""
    if caller.may(_ALL_KEYS):
        return None
    # a key of the organisation that does not manage people has nobody's keys
    return caller.user_id or "nobody"


def _created(key: ApiKey, secret: str, organisation: Organisation) -> CreatedKey:
    settings = program_settings(key, secret, organisation)
    return CreatedKey(**KeyView.of(key).model_dump(), secret=secret, dialect_settings=settings)
