"""``/imports``: files of contacts."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Annotated, Any, Literal

import orjson
from fastapi import APIRouter, Query, Request, Response
from fastapi.responses import StreamingResponse
from pydantic import BaseModel, ConfigDict, Field

from callwright.accounts import audit
from callwright.accounts.models import Principal
from callwright.api.native.idempotent import Repeatable
from callwright.api.native.ids import ImportId
from callwright.api.native.openapi import CSV_CONTENT, json_body, problems
from callwright.api.native.paging import Page, QueryText, cut
from callwright.api.native.refused import refused_records
from callwright.api.native.security import Caller
from callwright.api.native.services import Provided, Services
from callwright.api.native.times import Utc
from callwright.api.native.uploads import upload_to_keep
from callwright.api.native.validation import parsed
from callwright.contacts.importing.looking import Look, look
from callwright.contacts.importing.models import Import
from callwright.contacts.importing.plan import guess
from callwright.contacts.importing.service import Start
from callwright.ids import new_id

if TYPE_CHECKING:
    from callwright.store.database import Connection

router = APIRouter(tags=["imports"])

_TYPES = frozenset({"text/csv", "text/plain", "text/tab-separated-values", "application/csv"})
_SHOWN_CELL = 200

State = Literal["uploaded", "queued", "running", "completed", "cancelled", "failed", "undoing", "undone"]


class ImportView(BaseModel):
    """An import."""

    import_id: str
    number: int
    state: State
    file_name: str
    bytes: int
    encoding: str
    delimiter: str
    has_header: bool
    columns: list[str]
    group_id: str | None
    progress: float = Field(description="Part of the file that was read, 0 to 1.")
    processed: int = Field(description="Records: the sum of the next four.")
    created: int
    updated: int
    skipped: int
    failed: int
    error: str | None
    removed: int = Field(description="People that an undo removed.")
    restored: int
    kept: int = Field(description="People that an undo left, because they were changed since.")
    created_at: Utc
    started_at: Utc | None
    ended_at: Utc | None

    @classmethod
    def of(cls, job: Import) -> ImportView:
        """Return the view of an import."""
        read = 1.0 if job.state in {"completed", "undoing", "undone"} else min(job.bytes_read / max(job.bytes, 1), 1.0)
        given = {name: getattr(job, name) for name in cls.model_fields if name not in {"import_id", "progress"}}
        return cls.model_validate(
            {**given, "columns": list(job.columns), "import_id": job.id, "progress": round(read, 3)}
        )


class Preview(BaseModel):
    """The first records of a file and a guess at what its columns are."""

    mapping: dict[str, str | None] = Field(description="A proposal; send it back, corrected, to start.")
    rows: list[list[str]]


class ImportPreview(BaseModel):
    """A file that waits to be started."""

    import_: ImportView = Field(serialization_alias="import")
    preview: Preview


class ImportList(BaseModel):
    """A page of imports."""

    imports: list[ImportView]
    next_cursor: str | None


class StartRequest(BaseModel):
    """How a file is to be taken in."""

    model_config = ConfigDict(extra="forbid", strict=True)

    mapping: dict[str, str | None] = Field(
        description="By column: `first_name`, `tags`, `number`, `number:work`, `email`, `fields.balance`, "
        "`fields.balance:number` for a field to be defined, or null."
    )
    on_duplicate: Literal["skip", "update", "create"] = "update"
    match_by: Literal["number", "email", "external_id"] = "number"
    date_order: Literal["ymd", "dmy", "mdy"] = "ymd"
    region: str | None = Field(default=None, description="Whose national numbers are read; default: the account's.")
    group_id: str | None = Field(default=None, description="Everybody in the file is put into this group.")


class UploadQuery(BaseModel):
    """What the file itself does not say."""

    model_config = ConfigDict(extra="forbid")

    file_name: QueryText | None = None
    delimiter: Literal[",", ";", "\t", "|"] | None = None
    has_header: bool | None = None


@router.post(
    "/imports",
    summary="Upload a file of contacts",
    status_code=201,
    response_model=ImportPreview,
    openapi_extra={"requestBody": {"required": True, "content": CSV_CONTENT}},
)
async def upload_import(
    request: Request, caller: Caller, services: Provided, query: Annotated[UploadQuery, Query()], submitted: Repeatable
) -> Response:
    """Upload a CSV file, up to 1 GB. It is looked at, and nothing is taken in before `start`."""
    imports = services.contacts.imports
    imports.prepare_folder()
    import_id = new_id("imp")
    path = imports.path_of(import_id)
    async with upload_to_keep(request, path, types=_TYPES) as (upload, keep):
        # a large file takes a second to be looked through
        seen = await asyncio.to_thread(look, path, delimiter=query.delimiter, has_header=query.has_header)

        async def action(connection: Connection) -> tuple[int, Any]:
            file_name = query.file_name or upload.name or "contacts.csv"
            job = await imports.add(
                connection, caller, import_id, file_name=file_name[-200:], size=upload.size, seen=seen
            )
            await audit.record(connection, caller, "import.uploaded", job.id, None, {"bytes": job.bytes})
            keep()
            return 201, await _preview(services, caller, job, seen)

        submitted.identify(upload.digest + str(query).encode())
        return await submitted.run(action)


async def _preview(services: Services, caller: Principal, job: Import, seen: Look) -> Any:
    own = {field.name: field.type for field in await services.contacts.people.definitions(caller.organisation.id)}
    preview = Preview(
        mapping=guess(job.columns, own),
        rows=[[text[:_SHOWN_CELL] for text in row] for row in seen.rows],
    )
    return ImportPreview(import_=ImportView.of(job), preview=preview).model_dump(mode="json", by_alias=True)


@router.get("/imports", summary="List imports")
async def list_imports(caller: Caller, services: Provided, query: Annotated[Page, Query()]) -> ImportList:
    """List imports, newest first."""
    found = await services.contacts.imports.page(caller, limit=query.limit + 1, before=query.before)
    shown, next_cursor = cut(found, query)
    return ImportList(imports=[ImportView.of(job) for job in shown], next_cursor=next_cursor)


@router.get("/imports/{import_id}", summary="Show an import", responses=problems(404))
async def show_import(import_id: ImportId, caller: Caller, services: Provided) -> ImportView:
    """Show an import and how far it is."""
    return ImportView.of(await services.contacts.imports.get(caller, import_id))


@router.get(
    "/imports/{import_id}/preview",
    summary="Look at an uploaded file again",
    response_model=ImportPreview,
    responses=problems(404, 409),
)
async def preview_import(import_id: ImportId, caller: Caller, services: Provided) -> Any:
    """Show the first records of a file that was not started yet."""
    job = await services.contacts.imports.get(caller, import_id)
    seen = await asyncio.to_thread(services.contacts.imports.look_again, job)
    return Response(orjson.dumps(await _preview(services, caller, job, seen)), media_type="application/json")


@router.post(
    "/imports/{import_id}/start",
    summary="Start an import",
    status_code=202,
    responses={202: {"model": ImportView}, **problems(403, 404, 409)},
    openapi_extra=json_body(
        StartRequest,
        {"file": {"mapping": {"Name": "last_name", "Phone": "number", "Balance": "fields.balance:number"}}},
    ),
)
async def start_import(import_id: ImportId, caller: Caller, services: Provided, submitted: Repeatable) -> Response:
    """Take the file in, in the background."""
    data = await submitted.read()

    async def action(connection: Connection) -> tuple[int, Any]:
        wanted = parsed(StartRequest, data)
        start = Start(
            mapping=wanted.mapping,
            on_duplicate=wanted.on_duplicate,
            match_by=wanted.match_by,
            date_order=wanted.date_order,
            region=(wanted.region or caller.organisation.region).upper(),
            group_id=wanted.group_id,
        )
        job = await services.contacts.imports.start(connection, caller, import_id, start)
        await audit.record(
            connection,
            caller,
            "import.started",
            job.id,
            None,
            {"on_duplicate": start.on_duplicate, "group": start.group_id},
        )
        return 202, ImportView.of(job).model_dump(mode="json")

    return await submitted.run(action)


@router.post(
    "/imports/{import_id}/cancel",
    summary="Cancel an import",
    response_model=ImportView,
    responses=problems(404, 409),
)
async def cancel_import(import_id: ImportId, caller: Caller, services: Provided, submitted: Repeatable) -> Response:
    """Stop after the batch of 10,000 records that is being taken in; what is in stays until `undo`."""

    async def action(connection: Connection) -> tuple[int, Any]:
        job = await services.contacts.imports.cancel(connection, caller, import_id)
        await audit.record(connection, caller, "import.cancelled", job.id)
        return 200, ImportView.of(job).model_dump(mode="json")

    return await submitted.run(action)


@router.post(
    "/imports/{import_id}/undo",
    summary="Undo an import",
    status_code=202,
    responses={202: {"model": ImportView}, **problems(404, 409)},
)
async def undo_import(import_id: ImportId, caller: Caller, services: Provided, submitted: Repeatable) -> Response:
    """Remove whom the import made and restore whom it changed, but for those that were changed since."""

    async def action(connection: Connection) -> tuple[int, Any]:
        job = await services.contacts.imports.ask_undo(connection, caller, import_id)
        await audit.record(connection, caller, "import.undone", job.id)
        return 202, ImportView.of(job).model_dump(mode="json")

    return await submitted.run(action)


@router.get(
    "/imports/{import_id}/errors",
    summary="Download what was refused",
    response_class=StreamingResponse,
    responses=problems(404),
)
async def import_errors(import_id: ImportId, caller: Caller, services: Provided) -> StreamingResponse:
    """Stream the refused records as CSV: line, field, reason, value."""
    job = await services.contacts.imports.get(caller, import_id)

    return refused_records(job.id, lambda after: services.contacts.imports.errors(caller, job.id, after=after))
