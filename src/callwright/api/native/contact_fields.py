"""``/contacts/fields``: the organisation's own fields of a person."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

from fastapi import APIRouter, Response
from pydantic import BaseModel, ConfigDict, Field

from callwright.accounts import audit
from callwright.api.native.idempotent import Repeatable
from callwright.api.native.openapi import json_body, problems
from callwright.api.native.security import Caller
from callwright.api.native.services import Provided
from callwright.api.native.times import Utc
from callwright.api.native.validation import parsed
from callwright.contacts.definitions import define
from callwright.contacts.models import FieldDefinition
from callwright.errors import Forbidden

if TYPE_CHECKING:
    from callwright.store.database import Connection

router = APIRouter(tags=["contacts"])

FieldType = Literal["text", "number", "boolean", "date"]


class FieldRequest(BaseModel):
    """An own field to be defined."""

    model_config = ConfigDict(extra="forbid", strict=True)

    name: str = Field(description="As filters write it: lower-case letters, digits and `_`.")
    type: FieldType
    label: str | None = Field(default=None, max_length=100, description="As people read it; default: the name.")


class FieldView(BaseModel):
    """An own field."""

    name: str
    type: FieldType
    label: str
    created_at: Utc

    @classmethod
    def of(cls, field: FieldDefinition) -> FieldView:
        """Return the view of a definition."""
        return cls.model_validate(
            {"name": field.name, "type": str(field.type), "label": field.label, "created_at": field.created_at}
        )


class FieldList(BaseModel):
    """All own fields."""

    fields: list[FieldView]


@router.get("/contacts/fields", summary="List own fields")
async def list_contact_fields(caller: Caller, services: Provided) -> FieldList:
    """List the organisation's own fields, by name."""
    found = await services.contacts.people.definitions(caller.organisation.id)
    return FieldList(fields=[FieldView.of(field) for field in found])


@router.post(
    "/contacts/fields",
    summary="Define an own field",
    status_code=201,
    responses={
        200: {"model": FieldView, "description": "it is defined already"},
        201: {"model": FieldView},
        **problems(409),
    },
    openapi_extra=json_body(FieldRequest, {"balance": {"name": "balance", "type": "number", "label": "Balance due"}}),
)
async def define_contact_field(caller: Caller, services: Provided, submitted: Repeatable) -> Response:
    """Define an own field. Subusers cannot: fields are everybody's."""
    data = await submitted.read()

    async def action(connection: Connection) -> tuple[int, Any]:
        if caller.fence is not None:
            raise Forbidden("a subuser cannot define fields; ask a manager")
        wanted = parsed(FieldRequest, data)
        field, new = await define(
            connection, caller.organisation.id, name=wanted.name, type=wanted.type, label=wanted.label
        )
        if new:
            await audit.record(
                connection,
                caller,
                "contact_field.created",
                field.name,
                None,
                {"type": field.type, "label": field.label},
            )
        return 201 if new else 200, FieldView.of(field).model_dump(mode="json")

    return await submitted.run(action)


@router.delete("/contacts/fields/{name}", summary="Delete an own field", status_code=204, responses=problems(403, 404))
async def delete_contact_field(name: str, caller: Caller, services: Provided) -> None:
    """Delete an own field and everybody's value of it."""
    if caller.fence is not None:
        raise Forbidden("a subuser cannot delete fields; ask a manager")
    await services.contacts.people.remove_definition(caller, name)
