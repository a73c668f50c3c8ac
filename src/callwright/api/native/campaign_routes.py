"""The routes that are about campaigns, and the bodies that they read."""

from __future__ import annotations

from callwright.api.native import (
    campaign_changes,
    campaign_drafts,
    campaign_goals,
    campaign_mailing,
    campaign_preflight,
    campaign_recipients,
    campaign_reports,
    campaign_requests,
    campaign_results,
    campaign_states,
    campaign_uploads,
    campaigns,
)

RESOURCES = (
    campaigns,
    campaign_states,
    campaign_recipients,
    campaign_uploads,
    campaign_preflight,
    campaign_changes,
    campaign_results,
    campaign_reports,
    campaign_mailing,
    campaign_drafts,
    campaign_goals,
)
BODIES = (
    campaign_requests.CampaignRequest,
    campaign_requests.CampaignChange,
    campaign_requests.RecipientItem,
    campaign_requests.RecipientsRequest,
    campaign_changes.CloneRequest,
    campaign_states.CancelRequest,
    campaign_states.RetryRequest,
    campaign_reports.LinkRequest,
    *campaign_mailing.BODIES,
    campaign_drafts.DraftRequest,
    campaign_drafts.DraftChange,
)
