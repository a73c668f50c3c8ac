"""What of campaigns runs in the background: files taken in, audiences filled in."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from callwright.campaigns.again import RUN as AGAIN
from callwright.campaigns.again import CampaignRetries
from callwright.campaigns.audiences import RUN as FILL
from callwright.campaigns.audiences import AudienceFilling
from callwright.campaigns.drafts import CampaignDrafts
from callwright.campaigns.uploads import RUN as UPLOAD
from callwright.campaigns.uploads import CampaignUploads
from callwright.contacts.importing.service import Enqueue
from callwright.store.database import Database


class Jobs(Protocol):
    """Where background jobs are registered (``callwright.jobs.Jobs``)."""

    def register(self, name: str, handler: Callable[[bytes], Awaitable[object]]) -> None:
        """Say what runs the jobs of a name."""
        ...

    def every(self, name: str, cron: str, handler: Callable[[], Awaitable[object]]) -> None:
        """Say what runs by the clock."""
        ...


@dataclass(kw_only=True)
class Waking:
    """Whom to tell that there is somebody to call; set once the dialer is there, after the jobs."""

    wake: Callable[[], None] = lambda: None

    def __call__(self) -> None:
        """Tell them."""
        self.wake()


@dataclass(frozen=True, kw_only=True)
class CampaignJobs:
    """The background jobs of campaigns."""

    uploads: CampaignUploads
    audiences: AudienceFilling
    retries: CampaignRetries
    drafts: CampaignDrafts
    waking: Waking = field(default_factory=Waking)

    @classmethod
    def on(cls, database: Database, *, data_dir: Path, enqueue: Enqueue) -> CampaignJobs:
        """Return the jobs on a database; ``data_dir`` is the appliance's, ``enqueue`` adds background jobs."""
        waking = Waking()
        folder = data_dir / "campaign-uploads"
        return cls(
            uploads=CampaignUploads(database, folder=folder, enqueue=enqueue, on_added=waking),
            audiences=AudienceFilling(database, enqueue=enqueue, on_added=waking),
            retries=CampaignRetries(database, enqueue=enqueue, on_added=waking),
            drafts=CampaignDrafts(database),
            waking=waking,
        )

    def register(self, jobs: Jobs) -> None:
        """Say what carries them out."""
        jobs.register(UPLOAD, self.uploads.run)
        jobs.register(FILL, self.audiences.run)
        jobs.register(AGAIN, self.retries.run)
        jobs.every("campaigns.forget", "29 * * * *", self.drafts.forget_old)
