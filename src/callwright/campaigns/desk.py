"""The services of this package, put together."""

from __future__ import annotations

from dataclasses import dataclass

from callwright.calls.service import CallService
from callwright.campaigns.again import CampaignRetries
from callwright.campaigns.audiences import AudienceFilling
from callwright.campaigns.background import CampaignJobs
from callwright.campaigns.breakers import Breakers
from callwright.campaigns.drafts import CampaignDrafts
from callwright.campaigns.goals import Acceptances
from callwright.campaigns.preflight import CampaignPreflight
from callwright.campaigns.replies import Replies
from callwright.campaigns.reports import CampaignReports
from callwright.campaigns.results import CampaignResults
from callwright.campaigns.service import CampaignService
from callwright.campaigns.shared import ResultLinks
from callwright.campaigns.states import CampaignStates
from callwright.campaigns.statistics import CampaignStatistics
from callwright.campaigns.uploads import CampaignUploads
from callwright.clock import Clock
from callwright.store.database import Database


@dataclass(frozen=True, kw_only=True)
class Campaigns:
    """An organisation's campaigns and what is done with them."""

    registry: CampaignService
    states: CampaignStates
    statistics: CampaignStatistics
    acceptances: Acceptances
    breakers: Breakers
    uploads: CampaignUploads
    audiences: AudienceFilling
    retries: CampaignRetries
    preflight: CampaignPreflight
    results: CampaignResults
    reports: CampaignReports
    links: ResultLinks
    drafts: CampaignDrafts
    replies: Replies

    @classmethod
    def on(cls, database: Database, clock: Clock, *, calls: CallService, jobs: CampaignJobs) -> Campaigns:
        """Return the services on a database."""
        jobs.waking.wake = calls.wake
        return cls(
            registry=CampaignService(database, calls=calls),
            states=CampaignStates(clock),
            statistics=CampaignStatistics(database),
            acceptances=Acceptances(database),
            breakers=Breakers(database, clock),
            uploads=jobs.uploads,
            audiences=jobs.audiences,
            retries=jobs.retries,
            results=CampaignResults(database),
            reports=CampaignReports(database),
            links=ResultLinks(database, clock),
            drafts=CampaignDrafts(database),
            replies=Replies(database),
            preflight=CampaignPreflight(database, CampaignStatistics(database)),
        )
