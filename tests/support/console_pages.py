"""The console's pages, and people and things to be seen on them."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import httpx

#: Pages to be looked at when there is something.
PAGES = [
    "/contacts/duplicates", "/contacts/fields", "/verifications",
    "/", "/contacts", "/groups", "/segments", "/imports", "/consents", "/suppressions", "/do-not-call", "/numbers",
    "/audio", "/voices?language=en-US", "/recordings", "/approvals", "/money", "/money/rates", "/money/statements",
    "/number-pools", "/senders", "/extensions", "/trunks", "/users", "/keys",
    "/webhooks", "/orders", "/request-log", "/audit", "/settings", "/health", "/you", "/messages", "/messages/texts",
    "/messages/emails", "/messages/templates", "/nowhere",
]  # fmt: skip
#: Pages of one thing: what of, and how their paths begin.
THINGS = {
    "contact": "/contacts/",
    "group": "/groups/",
    "import": "/imports/",
    "register": "/do-not-call/",
    "text": "/messages/texts/",
    "email": "/messages/emails/",
}
#: A name that has no place to be broken at.
LONG = "Wolfeschlegelsteinhausenbergerdorff"


def name_of(path: str) -> str:
    """Return what pictures of a page are called."""
    return path.partition("?")[0].strip("/").replace("/", "-") or "overview"


async def fill(client: httpx.AsyncClient, add_number: Callable[[str], object]) -> dict[str, str]:
    """Put something on every page, by the API; returns ids by what they are of (the keys of ``THINGS``).

    ``client`` acts as an owner; ``add_number`` makes a number the organisation's.
    """
    ids: dict[str, str] = {}

    async def post(path: str, body: dict[str, object], **headers: str) -> dict[str, str]:
        answer = await client.post(f"/api/v1{path}", json=body, headers=headers)
        assert answer.is_success, f"{path}: {answer.text}"
        made: dict[str, str] = answer.json()
        return made

    people = [("Ada", "Lovelace"), ("Grace", LONG), ("Lise", "Meitner")]
    for index, (first, last) in enumerate(people):
        person = await post(
            "/contacts",
            {
                "first_name": first,
                "last_name": last,
                "to": f"+1212555010{index}",
                "email": f"{first.lower()}@example.com",
                "company": "Acme",
                "tags": ["vip", "late"],
            },
        )
        ids["contact"] = person["contact_id"]
    await post("/contacts", {"first_name": "A.", "last_name": "Lovelace", "to": "+12125550100"})
    await post("/contacts/fields", {"name": "tariff", "label": f"Tariff {LONG}", "type": "text"})
    group = await post("/groups", {"name": "Class 7b", "description": LONG, "contact_ids": [ids["contact"]]})
    ids["group"] = group["group_id"]
    await post("/segments", {"name": "Acme", "filter": 'company == "Acme" and tags contains "vip"'})
    answer = await client.post("/api/v1/imports", files={"file": ("people.csv", "Name,Phone\nMiller,+12125550142\n")})
    ids["import"] = answer.json()["import"]["import_id"]
    await post(
        "/consents",
        {
            "to": "+12125550100",
            "channel": "call",
            "purpose": "marketing",
            "source": "web form",
            "wording": "Yes, call me with offers.",
        },
    )
    await post("/suppressions", {"to": "+12125550199", "evidence": "asked by letter on 2 April"})
    register = await post("/do-not-call", {"name": "State register", "kind": "national"})
    ids["register"] = register["list_id"]
    await post(f"/do-not-call/{register['list_id']}/entries", {"numbers": ["+12125550198"]})
    await post("/audio", {"source": "text", "name": "Opening hours", "text": "We open at nine."})
    await post("/approvals", {"text": "Dear customer, your order is ready."})
    await post("/users", {"email": "bob@example.com", "name": f"Bob {LONG}", "role": "agent"})
    await post("/keys", {"name": "first program", "sandbox": True})
    add_number("+12125550100")
    await post("/number-pools", {"name": LONG, "numbers": ["+12125550100"], "choice": "local"})
    await post("/senders", {"channel": "sms", "address": "ElmDental", "default": True})
    await post("/senders", {"channel": "email", "address": f"{LONG}@example.com", "name": "The office"})
    await post("/extensions", {"extension": "1000", "name": "Front desk"})
    # they wait, so that nothing has to carry them
    waits = {"scheduled_at": (datetime.now(UTC) + timedelta(hours=20)).isoformat(), "metadata": {"order": LONG}}
    sandbox = {"X-Callwright-Sandbox": "1"}
    text = {"to": "+12125550100", "message": "Dear {NAME}", "variables": {"NAME": LONG}}
    ids["text"] = (await post("/sms", {**text, **waits}, **sandbox))["message_id"]
    email = {"to": "ann@example.org", "subject": f"About {LONG}", "html": f"<p>Dear <b>{LONG}</b></p>"}
    ids["email"] = (await post("/emails", {**email, **waits}, **sandbox))["message_id"]
    # a refusal for the log
    assert (await client.post("/api/v1/calls", json={"to": LONG})).status_code == 400
    return ids
