"""``/extensions``: softphones that register with this appliance and are called as ``Ext:1000``."""

from __future__ import annotations

from fastapi import APIRouter, Request
from pydantic import BaseModel, ConfigDict, Field

from callwright.api.native.bodies import read_object
from callwright.api.native.ids import ExtensionId
from callwright.api.native.openapi import json_body, problems
from callwright.api.native.security import Caller
from callwright.api.native.services import Provided
from callwright.api.native.times import Utc
from callwright.api.native.validation import parsed
from callwright.errors import Forbidden
from callwright.numbers.extensions import Extension

router = APIRouter(tags=["extensions"])


class ExtensionRequest(BaseModel):
    """An extension to be made."""

    model_config = ConfigDict(extra="forbid", strict=True)

    extension: str = Field(pattern="^[0-9]{2,6}$", description="2 to 6 digits.", examples=["1000"])
    name: str | None = Field(
        default=None, min_length=1, max_length=80, description="Shown on other telephones.", examples=["Front desk"]
    )


class ExtensionView(BaseModel):
    """An extension."""

    extension_id: str
    number: int
    extension: str
    name: str
    #: What ``to`` of a call says.
    to: str = Field(examples=["Ext:1000"])
    username: str
    created_at: Utc

    @classmethod
    def of(cls, extension: Extension) -> ExtensionView:
        """Return the view of an extension."""
        return cls(
            extension_id=extension.id,
            number=extension.number,
            extension=extension.extension,
            name=extension.name,
            to=extension.destination,
            username=extension.username,
            created_at=extension.created_at,
        )


class NewExtensionView(ExtensionView):
    """An extension that was just made, with what the softphone must be told."""

    server: str
    port: int
    password: str = Field(description="Shown now and never again.")


class ExtensionList(BaseModel):
    """The organisation's extensions."""

    extensions: list[ExtensionView]


@router.get("/extensions", summary="List extensions")
async def list_extensions(caller: Caller, services: Provided) -> ExtensionList:
    """List the organisation's extensions by their digits."""
    found = await services.extensions.of_organisation(caller.organisation.id)
    return ExtensionList(extensions=[ExtensionView.of(extension) for extension in found])


@router.post(
    "/extensions",
    summary="Make an extension",
    status_code=201,
    responses=problems(403, 409),
    openapi_extra=json_body(ExtensionRequest, {"desk": {"extension": "1000", "name": "Front desk"}}),
)
async def create_extension(request: Request, caller: Caller, services: Provided) -> NewExtensionView:
    """Make an extension and its password, which is shown once. The engine knows it within seconds.

    There is no `Idempotency-Key` here: its answers are kept, and a password is not. A repeat is a 409.
    """
    data = await read_object(request)
    if caller.sandbox:
        raise Forbidden("a sandbox key may not make extensions; use a live key")
    wanted = parsed(ExtensionRequest, data)
    made = await services.extensions.add(caller.organisation.id, wanted.extension, wanted.name, who=caller.actor)
    view = ExtensionView.of(made.extension)
    return NewExtensionView(
        # the view's own values: its times are text when dumped
        **{name: getattr(view, name) for name in ExtensionView.model_fields},
        server=services.settings.sip_external_host or services.settings.sip_host,
        port=services.settings.sip_port,
        password=made.password,
    )


@router.delete(
    "/extensions/{extension_id}", summary="Remove an extension", status_code=204, responses=problems(403, 404)
)
async def delete_extension(extension_id: ExtensionId, caller: Caller, services: Provided) -> None:
    """Remove an extension; its calls in the air go on."""
    if caller.sandbox:
        raise Forbidden("a sandbox key may not remove extensions; use a live key")
    await services.extensions.remove(caller.organisation.id, extension_id, who=caller.actor)
