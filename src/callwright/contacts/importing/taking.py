"""One batch of an import into the database, in one transaction."""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from callwright.contacts.importing.models import Import
from callwright.contacts.importing.plan import Plan
from callwright.contacts.importing.worker import STAGED
from callwright.store.statements import statements

if TYPE_CHECKING:
    from callwright.store.database import Connection

SQL = statements("callwright.contacts", "imports.sql")
#: Errors that are kept; beyond them records are only counted.
MAX_ERRORS = 100_000


@dataclass(frozen=True, kw_only=True)
class Encoded:
    """A batch as the reading process sends it."""

    records: int
    skipped: int
    updated: int
    failed: int
    errors: Sequence[tuple[int, str, str, str | None]]
    bytes_read: int
    #: Rows for COPY in its CSV form, columns ``STAGED``.
    rows: bytes


async def take(
    connection: Connection, job: Import, plan: Plan, batch: Encoded, *, done: int, failed: int
) -> tuple[bool, int] | None:
    """Take a batch in, in the caller's transaction; ``done`` records are in already, ``failed`` of them were refused.

    Returns whether the import shall end, and how many records of the batch were refused; ``None`` when another process
    has taken the batch in, and the caller's transaction must be rolled back. Raises ``UniqueViolationError`` when
    somebody took an external id of the batch at this moment: try again.
    """
    organisation_id = job.organisation_id
    await connection.execute(SQL["create_staged"])
    await connection.copy_to_table("staged", source=io.BytesIO(batch.rows), columns=STAGED, format="csv")
    if plan.on_duplicate != "create":
        # without it PostgreSQL takes the table for a small one and joins it row by row
        await connection.execute(SQL["analyze_staged"])
        await connection.execute(SQL[f"match_by_{plan.match_by}"], organisation_id, plan.fence)
    errors = list(batch.errors)
    refused = batch.failed
    if plan.on_duplicate != "skip" or plan.match_by != "external_id":
        taken = await connection.fetch(SQL["refuse_taken"], organisation_id)
        refused += len(taken)
        errors += [(row["line"], "external_id", "is another contact's", row["external_id"]) for row in taken]
    existing = await connection.fetchrow(SQL["count_existing"])
    assert existing is not None  # noqa: S101  (an aggregate always has a row)
    await connection.execute(SQL["insert_contacts"], organisation_id, job.owner_id, job.id, job.sandbox)
    await connection.execute(SQL["insert_staged_numbers"], organisation_id)
    await connection.execute(SQL["insert_staged_emails"], organisation_id)
    skipped, updated = batch.skipped, batch.updated
    if plan.on_duplicate == "update":
        updated += existing["existing"]
        await _update(connection, job)
    else:
        skipped += existing["existing"]
    if job.group_id is not None:
        await connection.execute(SQL["join_group"], organisation_id, job.group_id, job.id)
    await _keep_errors(connection, job, errors[: max(0, MAX_ERRORS - failed)])
    counted = await connection.fetchrow(
        SQL["count_batch"],
        job.id,
        done,
        batch.records,
        existing["new"],
        updated,
        skipped,
        refused,
        batch.bytes_read,
    )
    return None if counted is None else (counted["cancel_requested"], refused)


async def _update(connection: Connection, job: Import) -> None:
    """Update the people who were there, each as often as there are records of them."""
    await connection.execute(SQL["lock_existing"])
    await connection.execute(SQL["give_turns"], job.sandbox)
    for turn in range(1, await connection.fetchval(SQL["last_turn"]) + 1):
        await connection.execute(SQL["save_before"], job.organisation_id, job.id, turn)
        await connection.execute(SQL["update_existing"], job.id, turn)
        await connection.execute(SQL["add_numbers"], job.organisation_id, turn)
        await connection.execute(SQL["add_emails"], job.organisation_id, turn)


async def _keep_errors(connection: Connection, job: Import, errors: Sequence[tuple[Any, ...]]) -> None:
    if errors:
        await connection.copy_records_to_table(
            "import_errors",
            records=[(job.organisation_id, job.id, *error) for error in errors],
            columns=("organisation_id", "import_id", "line", "field", "reason", "value"),
        )
