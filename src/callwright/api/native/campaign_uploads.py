"""``POST /campaigns/{campaign_id}/recipients``: more people, as JSON or as a file, and what became of the files."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Annotated, Any, Literal

import orjson
from fastapi import APIRouter, Query, Request, Response
from fastapi.responses import StreamingResponse
from pydantic import BaseModel, ConfigDict, Field

from callwright.accounts import audit
from callwright.accounts.models import Principal
from callwright.api.native.campaign_reading import SHOWN_ERRORS, look_up, read_more
from callwright.api.native.campaign_requests import RecipientsRequest
from callwright.api.native.idempotent import Repeatable, Submission
from callwright.api.native.ids import CampaignId, UploadId
from callwright.api.native.openapi import CSV_CONTENT, problems
from callwright.api.native.paging import QueryText
from callwright.api.native.problems import ProblemError
from callwright.api.native.refused import refused_records
from callwright.api.native.security import Caller
from callwright.api.native.services import Provided, Services
from callwright.api.native.times import Utc
from callwright.api.native.uploads import upload_to_keep
from callwright.api.native.validation import parsed
from callwright.campaigns.models import Campaign
from callwright.campaigns.service import check_takes_recipients
from callwright.campaigns.upload_plan import plan_of
from callwright.campaigns.uploads import Upload
from callwright.campaigns.writing import by_email
from callwright.contacts.importing.looking import look
from callwright.errors import FieldError, InvalidRequest
from callwright.ids import new_id

if TYPE_CHECKING:
    from callwright.store.database import Connection

router = APIRouter(tags=["campaigns"])

_TYPES = frozenset({"text/csv", "text/plain", "text/tab-separated-values", "application/csv"})


class UploadView(BaseModel):
    """A file of recipients."""

    upload_id: str = Field(examples=["upl_06e4k1q0s8b2n4p6r8t2"])
    campaign_id: str
    state: str = Field(description="queued, running, completed, failed or cancelled.")
    file_name: str
    bytes: int
    mapping: dict[str, str] = Field(description="What each column was taken for.")
    progress: float = Field(description="Part of the file that was read, 0 to 1.")
    processed: int = Field(description="Records: the sum of the next three.")
    added: int
    duplicates: int = Field(description="Numbers that the campaign had already.")
    failed: int = Field(description="See `errors`.")
    error: str | None = Field(description="Why the file as a whole could not be read to its end.")
    created_at: Utc
    started_at: Utc | None
    ended_at: Utc | None

    @classmethod
    def of(cls, upload: Upload) -> UploadView:
        """Return the view of a file."""
        plan = upload.plan
        mapping = {plan.columns[index]: f"variables.{name}" for name, index in plan.variables.items()}
        mapping |= {plan.columns[index]: "other_number" for index in plan.others}
        mapping[plan.columns[plan.number]] = "to"
        read = 1.0 if upload.state == "completed" else min(upload.bytes_read / max(upload.bytes, 1), 1.0)
        same = ("state", "file_name", "bytes", "processed", "added", "duplicates", "failed", "error", "campaign_id")
        times = ("created_at", "started_at", "ended_at")
        return cls(
            upload_id=upload.id,
            mapping=mapping,
            progress=round(read, 3),
            **{name: getattr(upload, name) for name in (*same, *times)},
        )


class UploadList(BaseModel):
    """The files of a campaign, newest first."""

    uploads: list[UploadView]


class AddedRecipients(BaseModel):
    """What became of a list."""

    added: int
    duplicates: int
    refused: int
    errors: list[ProblemError] = Field(description="The first 100; only with `skip`.")


class FileQuery(BaseModel):
    """What a file itself does not say."""

    model_config = ConfigDict(extra="forbid")

    file_name: QueryText | None = None
    delimiter: Literal[",", ";", "\t", "|"] | None = None
    has_header: bool | None = None
    mapping: str | None = Field(
        default=None,
        max_length=20_000,
        description='A JSON object by column: `to`, `other_number`, `variables.NAME` or null, such as {"Phone": "to"}. '
        "Absent: guessed from the names; what is no number is a variable.",
    )


@router.post(
    "/campaigns/{campaign_id}/recipients",
    summary="Add recipients",
    response_model=AddedRecipients,
    responses={
        202: {"model": UploadView, "description": "a file: it is stored, and taken in now"},
        **problems(404, 409),
    },
    openapi_extra={
        "requestBody": {
            "required": True,
            "content": {
                "application/json": {
                    "schema": {"$ref": "#/components/schemas/RecipientsRequest"},
                    "examples": {"two more": {"value": {"recipients": ["+12125550107", {"to": "+12125550108"}]}}},
                },
                **CSV_CONTENT,
            },
        }
    },
)
async def add_recipients(
    campaign_id: CampaignId,
    request: Request,
    caller: Caller,
    services: Provided,
    query: Annotated[FileQuery, Query()],
    submitted: Repeatable,
) -> Response:
    """Add people: a JSON list, or a CSV file of up to 1 GB. Who is in the campaign already stays as they are."""
    campaign = await services.campaigns.registry.get(caller, campaign_id)
    check_takes_recipients(campaign)
    kind = request.headers.get("content-type", "application/json").partition(";")[0].strip().lower()
    if kind.endswith("json"):
        return await _add_list(caller, services, campaign, submitted)
    return await _add_file(request, caller, services, campaign, query, submitted)


async def _add_list(caller: Principal, services: Services, campaign: Campaign, submitted: Submission) -> Response:
    data = await submitted.read()
    if (earlier := await submitted.earlier()) is not None:
        return earlier
    wanted = parsed(RecipientsRequest, data)
    ground = await look_up(services, caller, None)
    people = await read_more(services, caller, campaign, wanted.recipients, ground=ground)
    if people.errors and (wanted.on_bad_recipients == "refuse" or not people.good):
        raise InvalidRequest(people.errors)

    async def action(connection: Connection) -> tuple[int, Any]:
        locked = await services.campaigns.registry.lock_to_fill(connection, caller, campaign.id)
        added = await services.campaigns.registry.add(connection, locked, people.good)
        await audit.record(connection, caller, "campaign.recipients_added", campaign.id, None, {"added": added})
        return 200, AddedRecipients(
            added=added,
            duplicates=people.duplicates + len(people.good) - added,
            refused=people.refused,
            errors=[
                ProblemError(field=error.field, message=error.message, received=error.received)
                for error in people.errors[:SHOWN_ERRORS]
            ],
        ).model_dump(mode="json")

    answer = await submitted.run(action)
    services.campaigns.registry.wake()
    return answer


async def _add_file(
    request: Request,
    caller: Principal,
    services: Services,
    campaign: Campaign,
    query: FileQuery,
    submitted: Submission,
) -> Response:
    uploads = services.campaigns.uploads
    uploads.prepare_folder()
    upload_id = new_id("upl")
    path = uploads.path_of(upload_id)
    async with upload_to_keep(request, path, types=_TYPES) as (saved, keep):
        seen = await asyncio.to_thread(look, path, delimiter=query.delimiter, has_header=query.has_header)
        plan = plan_of(
            seen,
            None if query.mapping is None else _mapping(query.mapping),
            needed=await services.campaigns.registry.needed(campaign),
            region=caller.organisation.region,
            sandbox=caller.sandbox,
            organisation_zone=caller.organisation.time_zone,
            allowed_countries=(await services.call_limits.get(caller.organisation)).allowed_countries,
            emails=by_email(campaign.call_template),
        )

        async def action(connection: Connection) -> tuple[int, Any]:
            locked = await services.campaigns.registry.lock(connection, caller, campaign.id)
            name = (query.file_name or saved.name or "recipients.csv")[-200:]
            upload = await uploads.add(connection, locked, upload_id, file_name=name, size=saved.size, plan=plan)
            await audit.record(
                connection, caller, "campaign.file_added", campaign.id, None, {"upload_id": upload.id, "file": name}
            )
            keep()
            return 202, UploadView.of(upload).model_dump(mode="json")

        submitted.identify(saved.digest + str(query).encode())
        return await submitted.run(action)


@router.get("/campaigns/{campaign_id}/uploads", summary="List files of recipients", responses=problems(404))
async def list_uploads(campaign_id: CampaignId, caller: Caller, services: Provided) -> UploadList:
    """List the files that were uploaded, newest first, and how far each is."""
    campaign = await services.campaigns.registry.get(caller, campaign_id)
    return UploadList(uploads=[UploadView.of(upload) for upload in await services.campaigns.uploads.of(campaign)])


@router.get(
    "/campaigns/{campaign_id}/uploads/{upload_id}", summary="Show a file of recipients", responses=problems(404)
)
async def show_upload(campaign_id: CampaignId, upload_id: UploadId, caller: Caller, services: Provided) -> UploadView:
    """Show a file and how far it is."""
    campaign = await services.campaigns.registry.get(caller, campaign_id)
    return UploadView.of(await services.campaigns.uploads.get(campaign, upload_id))


@router.get(
    "/campaigns/{campaign_id}/uploads/{upload_id}/errors",
    summary="Download what was refused of a file",
    response_class=StreamingResponse,
    responses=problems(404),
)
async def upload_errors(
    campaign_id: CampaignId, upload_id: UploadId, caller: Caller, services: Provided
) -> StreamingResponse:
    """Stream the refused records as CSV: line, field, reason, value."""
    campaign = await services.campaigns.registry.get(caller, campaign_id)
    upload = await services.campaigns.uploads.get(campaign, upload_id)

    uploads = services.campaigns.uploads
    return refused_records(upload.id, lambda after: uploads.errors(caller, upload.id, after=after))


def _mapping(text: str) -> dict[str, str | None]:
    try:
        mapping = orjson.loads(text)
    except orjson.JSONDecodeError:
        mapping = None
    if not isinstance(mapping, dict) or not all(value is None or isinstance(value, str) for value in mapping.values()):
        message = 'must be a JSON object such as {"Phone": "to", "Name": "variables.NAME"}'
        raise InvalidRequest([FieldError(field="mapping", message=message, received=text[:200])])
    return mapping
