"""``/do-not-call``: lists of numbers that must not be called."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

from fastapi import APIRouter, Query, Request, Response
from pydantic import BaseModel, ConfigDict, Field, StrictInt, StrictStr

from callwright.api.native.idempotent import Repeatable
from callwright.api.native.ids import DncListId
from callwright.api.native.openapi import CSV_CONTENT, json_body, problems
from callwright.api.native.paging import Page, QueryText, cut
from callwright.api.native.security import Caller
from callwright.api.native.services import Provided
from callwright.api.native.times import Utc, read_future
from callwright.api.native.uploads import save_upload
from callwright.api.native.validation import parsed
from callwright.consents.lists import MAX_DAYS, MAX_NAME, check_new
from callwright.consents.models import Binds, DncList, Kind, ListImport, NewList
from callwright.errors import FieldError, InvalidRequest
from callwright.ids import new_id
from callwright.numbers.parsing import read_number

if TYPE_CHECKING:
    from callwright.store.database import Connection

router = APIRouter(tags=["do-not-call"])

#: Of one request; more come as a file.
MAX_ENTRIES = 10_000
_TYPES = frozenset({"text/csv", "text/plain", "application/csv"})


class ListRequest(BaseModel):
    """A list to be made."""

    model_config = ConfigDict(extra="forbid", strict=True)

    name: str = Field(min_length=1, max_length=MAX_NAME)
    kind: Kind = Field(default="own", description="Whose list it is: your own, a national register's, a partner's.")
    binds: Binds | None = Field(
        default=None, description="Which calls it stops. Default: `marketing` for a national register, else `all`."
    )
    everywhere: bool = Field(default=True, description="false: only the campaigns that it is attached to.")
    expires_after_days: int | None = Field(
        default=None, ge=1, le=MAX_DAYS, description="How long an entry binds; null: for good."
    )


class ListView(BaseModel):
    """A list."""

    list_id: str
    number: int
    name: str
    kind: Kind
    binds: Binds
    everywhere: bool
    expires_after_days: int | None
    imported_at: Utc | None
    created_at: Utc

    @classmethod
    def of(cls, found: DncList) -> ListView:
        """Return the view of a list."""
        given = {name: getattr(found, name) for name in cls.model_fields if name != "list_id"}
        return cls.model_validate({**given, "list_id": found.id})


class ListDetail(ListView):
    """A list with how many numbers it has."""

    entries: int


class Lists(BaseModel):
    """A page of lists."""

    lists: list[ListView]
    next_cursor: str | None


class EntriesRequest(BaseModel):
    """Numbers to be entered."""

    model_config = ConfigDict(extra="forbid", strict=True)

    numbers: list[StrictStr | StrictInt] = Field(min_length=1, max_length=MAX_ENTRIES)
    expires_at: str | None = Field(default=None, max_length=40, description="Default: what the list says.")


class EntriesAdded(BaseModel):
    """How many numbers are new, or bind longer now."""

    added: int


class EntryView(BaseModel):
    """A number on a list."""

    to: str
    expires_at: Utc | None


class Entries(BaseModel):
    """Numbers of a list, in their order."""

    entries: list[EntryView]
    next_cursor: str | None


class EntryQuery(BaseModel):
    """Query parameters of a list's numbers."""

    model_config = ConfigDict(extra="forbid")

    to: QueryText | None = Field(default=None, description="Look one number up.")
    limit: int = Field(default=50, ge=1, le=200)
    cursor: str | None = Field(
        default=None, pattern=r"^\+[0-9]{1,15}$", description="`next_cursor` of the page before."
    )


class ImportQuery(BaseModel):
    """Where the numbers of a file go."""

    model_config = ConfigDict(extra="forbid")

    list_id: QueryText
    replace: bool = Field(default=False, description="The list has exactly these numbers afterwards.")


class RefusedLineView(BaseModel):
    """A line of a file that holds no number."""

    line: int
    value: str
    reason: str


class ImportResult(BaseModel):
    """What became of a file."""

    read: int
    added: int
    refused: int
    entries: int = Field(description="Numbers on the list now.")
    errors: list[RefusedLineView] = Field(description="The first hundred refused lines.")

    @classmethod
    def of(cls, done: ListImport) -> ImportResult:
        """Return the view of what became of a file."""
        errors = [RefusedLineView(line=e.line, value=e.value, reason=e.reason) for e in done.errors]
        return cls(read=done.read, added=done.added, refused=done.refused, entries=done.entries, errors=errors)


@router.get("/do-not-call", summary="List do-not-call lists")
async def list_do_not_call(caller: Caller, services: Provided, query: Annotated[Page, Query()]) -> Lists:
    """List the organisation's lists, newest first."""
    found = await services.consents.lists.page(caller.organisation.id, limit=query.limit + 1, before=query.before)
    shown, next_cursor = cut(found, query)
    return Lists(lists=[ListView.of(one) for one in shown], next_cursor=next_cursor)


@router.post(
    "/do-not-call",
    summary="Make a do-not-call list",
    status_code=201,
    responses={201: {"model": ListView}, **problems(409)},
    openapi_extra=json_body(ListRequest, {"national register": {"name": "National register", "kind": "national"}}),
)
async def create_do_not_call(caller: Caller, services: Provided, submitted: Repeatable) -> Response:
    """Make an empty list."""
    data = await submitted.read()

    async def action(connection: Connection) -> tuple[int, Any]:
        wanted = parsed(ListRequest, data)
        made = await services.consents.lists.create(connection, caller.actor, check_new(NewList(**wanted.model_dump())))
        return 201, ListView.of(made).model_dump(mode="json")

    return await submitted.run(action)


@router.post(
    "/do-not-call/imports",
    summary="Import numbers into a do-not-call list",
    response_model=ImportResult,
    responses=problems(404),
    openapi_extra={"requestBody": {"required": True, "content": CSV_CONTENT}},
)
async def import_do_not_call(
    request: Request, caller: Caller, services: Provided, query: Annotated[ImportQuery, Query()], submitted: Repeatable
) -> Response:
    """Take a CSV file or one number a line in. All of it binds at once, when the answer comes, or nothing does."""
    # before a gigabyte is read for nobody
    found = await services.consents.lists.get(caller.organisation.id, query.list_id)
    with tempfile.TemporaryDirectory(prefix="callwright-dnc-") as folder:
        path = Path(folder) / new_id("imp")
        upload = await save_upload(request, path, types=_TYPES)

        async def action(connection: Connection) -> tuple[int, Any]:
            done = await services.consents.lists.take_in(
                connection, caller.actor, found.id, path, region=caller.organisation.region, replace=query.replace
            )
            return 200, ImportResult.of(done).model_dump(mode="json")

        submitted.identify(upload.digest + str(query).encode())
        return await submitted.run(action)


@router.get("/do-not-call/{list_id}", summary="Show a do-not-call list", responses=problems(404))
async def show_do_not_call(list_id: DncListId, caller: Caller, services: Provided) -> ListDetail:
    """Show a list and how many numbers it has."""
    found = await services.consents.lists.get(caller.organisation.id, list_id)
    entries = await services.consents.lists.count(caller.organisation.id, list_id)
    return ListDetail(**ListView.of(found).model_dump(), entries=entries)


@router.delete("/do-not-call/{list_id}", summary="Delete a do-not-call list", status_code=204, responses=problems(404))
async def delete_do_not_call(list_id: DncListId, caller: Caller, services: Provided) -> None:
    """Delete a list and its numbers: it stops nobody any more."""
    async with services.contacts.people.transaction() as connection:
        await services.consents.lists.delete(connection, caller.actor, list_id)


@router.get("/do-not-call/{list_id}/entries", summary="List or look up numbers", responses=problems(404))
async def list_do_not_call_entries(
    list_id: DncListId, caller: Caller, services: Provided, query: Annotated[EntryQuery, Query()]
) -> Entries:
    """List the numbers of a list that bind now, or look up one."""
    organisation_id = caller.organisation.id
    await services.consents.lists.get(organisation_id, list_id)
    e164 = None
    if query.to is not None:
        e164 = read_number(query.to, field="to", region=caller.organisation.region, sandbox=caller.sandbox)
    found = await services.consents.lists.entries(
        organisation_id, list_id, e164=e164, after=query.cursor, limit=query.limit + 1
    )
    shown = found[: query.limit]
    return Entries(
        entries=[EntryView(to=entry.e164, expires_at=entry.expires_at) for entry in shown],
        next_cursor=shown[-1].e164 if len(found) > query.limit else None,
    )


@router.post(
    "/do-not-call/{list_id}/entries",
    summary="Enter numbers",
    response_model=EntriesAdded,
    responses=problems(404),
    openapi_extra=json_body(EntriesRequest, {"two numbers": {"numbers": ["+12125550100", "+12125550101"]}}),
)
async def add_do_not_call_entries(
    list_id: DncListId, caller: Caller, services: Provided, submitted: Repeatable
) -> Response:
    """Enter up to 10,000 numbers, all or none; entering one twice changes nothing."""
    data = await submitted.read()

    async def action(connection: Connection) -> tuple[int, Any]:
        wanted = parsed(EntriesRequest, data)
        numbers: list[str] = []
        errors: list[FieldError] = []
        for index, number in enumerate(wanted.numbers):
            try:
                numbers.append(
                    read_number(
                        number,
                        field=f"numbers[{index}]",
                        region=caller.organisation.region,
                        sandbox=caller.sandbox,
                    )
                )
            except InvalidRequest as error:
                errors += error.errors
        if errors:
            raise InvalidRequest(errors[:100])
        ends = read_future(
            wanted.expires_at, field="expires_at", zone=caller.organisation.time_zone, now=services.clock.now()
        )
        added = await services.consents.lists.add(connection, caller.actor, list_id, numbers, expires_at=ends)
        return 200, EntriesAdded(added=added).model_dump(mode="json")

    return await submitted.run(action)


class RemoveQuery(BaseModel):
    """Which number is taken off."""

    model_config = ConfigDict(extra="forbid")

    to: QueryText


@router.delete("/do-not-call/{list_id}/entries", summary="Take a number off", status_code=204, responses=problems(404))
async def remove_do_not_call_entry(
    list_id: DncListId, caller: Caller, services: Provided, query: Annotated[RemoveQuery, Query()]
) -> None:
    """Take one number off a list."""
    e164 = read_number(query.to, field="to", region=caller.organisation.region, sandbox=caller.sandbox)
    async with services.contacts.people.transaction() as connection:
        await services.consents.lists.remove(connection, caller.actor, list_id, e164)
