"""``/number-pools``: caller ids from which calls take theirs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

from fastapi import APIRouter, Query, Response
from pydantic import BaseModel, ConfigDict, Field

from callwright.accounts import audit
from callwright.api.native.idempotent import Change, Repeatable
from callwright.api.native.ids import PoolId
from callwright.api.native.openapi import json_body, problems
from callwright.api.native.paging import Page, cut
from callwright.api.native.security import Caller
from callwright.api.native.services import Provided
from callwright.api.native.times import Utc
from callwright.api.native.validation import parsed
from callwright.errors import FieldError, InvalidRequest
from callwright.numbers.choosing import Choice
from callwright.numbers.pools import MAX_NUMBERS, NumberPool

if TYPE_CHECKING:
    from callwright.store.database import Connection

router = APIRouter(tags=["numbers"])

_NUMBERS = Field(
    min_length=1,
    max_length=MAX_NUMBERS,
    description="Verified numbers of the organisation, as E.164 or by id.",
)
_CHOICE = (
    "`rotate`: the number that was taken longest ago. `random`: any. `local`: of the callee's country, with the most "
    "of the callee's area code, in turn; where there is none of that country, all in turn."
)


class PoolRequest(BaseModel):
    """A pool to be made."""

    model_config = ConfigDict(extra="forbid", strict=True)

    name: str
    numbers: list[str] = _NUMBERS
    choice: Choice = Field(default="rotate", description=_CHOICE)


class PoolChange(BaseModel):
    """What to change of a pool; what is left out stays."""

    model_config = ConfigDict(extra="forbid", strict=True)

    name: str | None = None
    numbers: list[str] | None = Field(default=None, min_length=1, max_length=MAX_NUMBERS)
    choice: Choice | None = Field(default=None, description=_CHOICE)


class PooledNumberView(BaseModel):
    """A number of a pool."""

    number_id: str
    e164: str
    usable: bool = Field(description="false: no call takes it until it is verified and enabled.")


class PoolView(BaseModel):
    """A pool of caller ids."""

    pool_id: str
    number: int
    name: str
    choice: Choice
    numbers: list[PooledNumberView]
    created_at: Utc

    @classmethod
    def of(cls, pool: NumberPool) -> PoolView:
        """Return the view of a pool."""
        return cls(
            pool_id=pool.id,
            number=pool.number,
            name=pool.name,
            choice=pool.choice,
            numbers=[
                PooledNumberView(number_id=number.number_id, e164=number.e164, usable=number.usable)
                for number in pool.numbers
            ],
            created_at=pool.created_at,
        )


class PoolList(BaseModel):
    """A page of pools."""

    number_pools: list[PoolView]
    next_cursor: str | None


#: Request bodies, for the documentation.
BODIES: list[type[BaseModel]] = [PoolRequest, PoolChange]
_EXAMPLE = {"name": "East coast", "numbers": ["+18005550199", "+12125550142"], "choice": "local"}


@router.get("/number-pools", summary="List number pools")
async def list_number_pools(caller: Caller, services: Provided, page: Annotated[Page, Query()]) -> PoolList:
    """List pools of caller ids, newest first."""
    found = await services.pools.page(caller, limit=page.limit + 1, before=page.before)
    shown, next_cursor = cut(found, page)
    return PoolList(number_pools=[PoolView.of(pool) for pool in shown], next_cursor=next_cursor)


@router.post(
    "/number-pools",
    summary="Make a number pool",
    status_code=201,
    responses={201: {"model": PoolView}, **problems(409)},
    openapi_extra=json_body(PoolRequest, {"local presence": _EXAMPLE}),
)
async def create_number_pool(caller: Caller, services: Provided, submitted: Repeatable) -> Response:
    """Make a pool of verified numbers; calls name it as `from_pool`."""
    data = await submitted.read()

    async def action(connection: Connection) -> tuple[int, Any]:
        wanted = parsed(PoolRequest, data)
        pool = await services.pools.create(
            connection, caller, name=wanted.name, numbers=wanted.numbers, choice=wanted.choice
        )
        await audit.record(connection, caller, "number_pool.created", pool.id, None, _audited(pool))
        return 201, PoolView.of(pool).model_dump(mode="json")

    return await submitted.run(action)


@router.get("/number-pools/{pool_id}", summary="Show a number pool", responses=problems(404))
async def show_number_pool(pool_id: PoolId, caller: Caller, services: Provided) -> PoolView:
    """Show a pool and its numbers."""
    return PoolView.of(await services.pools.get(caller, pool_id))


@router.patch(
    "/number-pools/{pool_id}",
    summary="Change a number pool",
    response_model=PoolView,
    responses=problems(404, 409),
    openapi_extra=json_body(PoolChange, {"choice": {"choice": "random"}}),
)
async def change_number_pool(pool_id: PoolId, caller: Caller, services: Provided, submitted: Change) -> Response:
    """Change a pool. Numbers that stay keep their turn; calls that took one keep it."""
    data = await submitted.read()

    async def action(connection: Connection) -> tuple[int, Any]:
        wanted = parsed(PoolChange, data)
        if all(getattr(wanted, name) is None for name in PoolChange.model_fields):
            raise InvalidRequest([FieldError(field="body", message="names nothing to change")])
        before = await services.pools.get(caller, pool_id, connection=connection)
        pool = await services.pools.change(
            connection, caller, pool_id, name=wanted.name, numbers=wanted.numbers, choice=wanted.choice
        )
        await audit.record(connection, caller, "number_pool.changed", pool.id, _audited(before), _audited(pool))
        return 200, PoolView.of(pool).model_dump(mode="json")

    return await submitted.run(action)


@router.delete("/number-pools/{pool_id}", summary="Delete a number pool", status_code=204, responses=problems(404))
async def delete_number_pool(pool_id: PoolId, caller: Caller, services: Provided) -> None:
    """Delete a pool; its numbers, and the calls that took one, stay as they are."""
    async with services.contacts.people.transaction() as connection:
        await services.pools.delete(connection, caller, pool_id)
        await audit.record(connection, caller, "number_pool.deleted", pool_id)


def _audited(pool: NumberPool) -> dict[str, Any]:
    return {"name": pool.name, "choice": pool.choice, "numbers": [number.e164 for number in pool.numbers]}
