"""Where pgqueuer's tables live, for the migration that makes them and for the code that uses them."""

from __future__ import annotations

from pgqueuer.domain.settings import DBSettings, Durability
from pgqueuer.domain.types import Channel


def job_settings() -> DBSettings:
    """Return pgqueuer's names, all in the schema ``jobs``.

    Each is written out: what is not, pgqueuer reads from environment variables, even from plain ``CHANNEL``,
    ``FUNCTION`` or ``TRIGGER``.
    """
    return DBSettings(
        prefix="",
        db_schema="jobs",
        channel=Channel("callwright_jobs"),
        function="fn_pgqueuer_changed",
        statistics_table="pgqueuer_statistics",
        queue_status_type="pgqueuer_status",
        queue_table="pgqueuer",
        queue_table_log="pgqueuer_log",
        trigger="tg_pgqueuer_changed",
        schedules_table="pgqueuer_schedules",
        durability=Durability.durable,
        widen_id=True,
    )
