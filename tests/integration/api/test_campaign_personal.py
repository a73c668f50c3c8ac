"""What campaigns hold about a person: in the history, handed out, erased."""

from __future__ import annotations

from typing import Any

import pytest

from support.api import ApiUnderTest

pytestmark = pytest.mark.postgres

NUMBER = "+12125550177"


async def person_in_a_list(api: ApiUnderTest) -> tuple[str, str]:
    contact = (await api.live.post("/api/v1/contacts", json={"to": NUMBER, "first_name": "Zanzibar"})).json()
    body: dict[str, Any] = {
        "name": "Recall",
        "message": "Hello {NAME}.",
        "recipients": [
            {"to": NUMBER, "variables": {"NAME": "Zanzibar"}, "contact_id": contact["contact_id"]},
            {"to": "+12125550178", "variables": {"NAME": "Tom"}},
        ],
    }
    made = await api.live.post("/api/v1/campaigns", json=body)
    assert made.status_code == 201, made.text
    return f"/api/v1/contacts/{contact['contact_id']}", f"/api/v1/campaigns/{made.json()['campaign_id']}"


async def test_the_history_shows_lists_on_which_they_wait(api: ApiUnderTest) -> None:
    contact, campaign = await person_in_a_list(api)
    answer = await api.live.get(f"{contact}/history")
    (item,) = answer.json()["history"]
    assert (item["kind"], item["id"], item["status"]) == ("campaign", campaign.rpartition("/")[2], "waiting")
    assert item["detail"]["name"] == "Recall"


async def test_they_are_taken_off_the_list_when_they_are_erased(api: ApiUnderTest) -> None:
    contact, campaign = await person_in_a_list(api)
    answer = await api.live.post(f"{contact}/erase", json={})
    assert answer.status_code == 200, answer.text
    people = (await api.live.get(f"{campaign}/recipients")).json()["recipients"]
    assert [(r["state"], r["outcome"], r["reason"]) for r in people] == [
        ("done", "cancelled", "the person was erased"),
        ("waiting", None, None),
    ]
    rows = await api.database.fetch("SELECT r::text AS row FROM recipients r")
    assert not [row["row"] for row in rows if NUMBER in row["row"] or "Zanzibar" in row["row"]]
