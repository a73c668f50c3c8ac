"""Taking an import back: whom it made is removed, whom it changed gets back what was there.

Who was changed by anybody else since is left alone and listed among the import's errors.
"""

from __future__ import annotations

from callwright.contacts.importing.models import Import, import_of
from callwright.contacts.importing.taking import SQL
from callwright.store.database import Database

_BATCH = 2000
_LEFT = "was changed since the import and is left as it is"


async def undo(database: Database, import_id: str) -> None:
    """Take an import back that is ``undoing``; what was done before an interruption is not done twice."""
    row = await database.fetchrow(SQL["import_to_undo"], import_id)
    if row is None:
        return
    job = import_of(row)
    if job.group_id is not None:
        await database.execute(SQL["leave_group"], job.id, job.group_id)
    last = 0
    while (reached := await _remove(database, job, last)) is not None:
        last = reached
    while await _restore(database, job):
        pass
    await database.execute(SQL["end_undo"], job.id)


async def _remove(database: Database, job: Import, last: int) -> int | None:
    """Remove some whom the import made, with numbers above ``last``; returns the last number, ``None`` at the end."""
    async with database.transaction() as connection:
        rows = await connection.fetch(SQL["created_by_import"], job.id, last, _BATCH)
        if not rows:
            return None
        untouched = [row["id"] for row in rows if row["revision"] == 1]
        changed = [row["id"] for row in rows if row["revision"] != 1]
        await connection.execute(SQL["delete_created"], untouched)
        await connection.execute(SQL["release_created"], changed)
        await connection.executemany(
            SQL["report"], [(job.organisation_id, job.id, _LEFT, contact_id) for contact_id in changed]
        )
        await connection.execute(SQL["count_undone"], job.id, len(untouched), 0, len(changed))
    number: int = rows[-1]["number"]
    return number


async def _restore(database: Database, job: Import) -> bool:
    """Restore some whom the import changed; returns whether there were any."""
    async with database.transaction() as connection:
        rows = await connection.fetch(SQL["changed_by_import"], job.id, _BATCH)
        if not rows:
            return False
        unchanged = [row["contact_id"] for row in rows if row["unchanged"]]
        changed = [row["contact_id"] for row in rows if not row["unchanged"]]
        await connection.execute(SQL["restore_contacts"], job.id, unchanged)
        for statement in ("drop_numbers", "drop_emails"):
            await connection.execute(SQL[statement], unchanged)
        for statement in ("restore_numbers", "restore_emails"):
            await connection.execute(SQL[statement], job.id, unchanged)
        await connection.execute(SQL["forget_restored"], job.id, unchanged + changed)
        await connection.executemany(
            SQL["report"], [(job.organisation_id, job.id, _LEFT, contact_id) for contact_id in changed]
        )
        await connection.execute(SQL["count_undone"], job.id, 0, len(unchanged), len(changed))
    return True
