"""The services of this package, put together."""

from __future__ import annotations

from dataclasses import dataclass

from callwright.calls.service import CallService
from callwright.campaigns.service import CampaignService
from callwright.campaigns.states import CampaignStates
from callwright.campaigns.statistics import CampaignStatistics
from callwright.clock import Clock
from callwright.store.database import Database


@dataclass(frozen=True, kw_only=True)
class Campaigns:
    """An organisation's campaigns and what is done with them."""

    registry: CampaignService
    states: CampaignStates
    statistics: CampaignStatistics

    @classmethod
    def on(cls, database: Database, clock: Clock, *, calls: CallService) -> Campaigns:
        """Return the services on a database."""
        return cls(
            registry=CampaignService(database, calls=calls),
            states=CampaignStates(clock),
            statistics=CampaignStatistics(database),
        )
