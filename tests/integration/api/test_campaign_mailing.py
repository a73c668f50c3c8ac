"""Reports of campaigns by email: once, to everybody, when the campaign is over."""

from __future__ import annotations

import pytest

from callwright.accounts.models import Principal
from callwright.errors import InvalidRequest
from callwright.store.database import Connection
from support.api import ApiUnderTest

pytestmark = pytest.mark.postgres

CAMPAIGN = {
    "name": "Reminder",
    "message": "Hello {NAME}",
    "recipients": [{"to": "+12125550145", "variables": {"NAME": "Ann"}}],
    "start": False,
}


async def test_a_report_goes_once_to_everybody(api: ApiUnderTest) -> None:
    brought: list[tuple[str, str, str, str | None, bytes]] = []

    async def bring(_: Connection, to: str, subject: str, text: str, file: str | None, octets: bytes) -> None:
        brought.append((to, subject, text, file, octets))

    made = await api.live.post("/api/v1/campaigns", json=CAMPAIGN)
    assert made.status_code == 201, made.text
    campaign_id = made.json()["campaign_id"]
    path = f"/api/v1/campaigns/{campaign_id}/report-to"
    refused = await api.live.put(path, json={"emails": ["ann@example.org"]})
    assert (refused.status_code, "CALLWRIGHT_MAIL_FROM" in refused.text) == (409, True)

    who = Principal(organisation=api.organisation, key_id=None, sandbox=False, purpose="transactional")
    campaign = await api.services.campaigns.registry.get(who, campaign_id)
    reports = api.services.mailed_reports
    with pytest.raises(InvalidRequest):
        await reports.set(who, campaign, ["nobody"])
    await reports.set(who, campaign, ["Ann@Example.org", "bob@example.org"])
    await reports.set(who, campaign, ["ann@example.org", "cat@example.org"])
    assert await reports.look(bring) == 0
    assert (await api.live.post(f"/api/v1/campaigns/{campaign_id}/cancel")).is_success
    assert await reports.look(bring) == 1
    assert await reports.look(bring) == 0
    assert [to for to, *_ in brought] == ["ann@example.org", "cat@example.org"]
    _, subject, text, file, octets = brought[0]
    assert subject == "Reminder: cancelled"
    assert "People: 1" in text
    assert file == f"{campaign_id}.csv"
    assert b"+12125550145" in octets
    shown = (await api.live.get(path)).json()["emails"]
    assert [each["email"] for each in shown] == ["ann@example.org", "cat@example.org"]
    assert all(each["sent_at"] for each in shown)
