"""Every page of the console: what it says when it is empty, and what it looks like with people and things in it."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest
import pytest_asyncio
from playwright.async_api import Browser, expect

from support.appliance import RunningAppliance
from support.browser import Tab, tab

#: Pages that say what to do as long as there is nothing, and what they say.
EMPTY = {
    "/contacts": "Nobody is here yet",
    "/contacts/duplicates": "Nobody is here twice",
    "/contacts/fields": "No own fields yet",
    "/groups": "No groups yet",
    "/segments": "No filters yet",
    "/imports": "Nothing was imported yet",
    "/consents": "No consents on record",
    "/verifications": "No code was sent yet",
    "/suppressions": "Nobody is on the list",
    "/do-not-call": "No do-not-call lists",
    "/numbers": "No caller id yet",
    "/audio": "No recordings of your own yet",
    "/number-pools": "No number pools yet",
    "/senders": "No senders yet",
    "/extensions": "No extensions yet",
    "/approvals": "Nothing waits for approval",
    "/keys": "No keys yet",
    "/webhooks": "Nothing is told to anybody yet",
    # whatever a test before did wrong, none spoke this interface
    "/request-log?interface=multisender": "No request is like that",
    "/orders?dialect=multisender": "No order is like that",
}
#: Pages to be looked at when there is something.
PAGES = [
    "/contacts/duplicates", "/contacts/fields", "/verifications",
    "/", "/contacts", "/groups", "/segments", "/imports", "/consents", "/suppressions", "/do-not-call", "/numbers",
    "/audio", "/voices?language=en-US", "/recordings", "/approvals", "/money", "/money/rates", "/money/statements",
    "/number-pools", "/senders", "/extensions", "/trunks", "/users", "/keys",
    "/webhooks", "/orders", "/request-log", "/audit", "/settings", "/health", "/you", "/messages", "/messages/texts",
    "/messages/emails", "/messages/templates", "/nowhere",
]  # fmt: skip
LONG = "Wolfeschlegelsteinhausenbergerdorff"


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def one_tab(site: RunningAppliance, browser: Browser, owner: Any) -> AsyncIterator[Tab]:
    """A tab that goes from page to page, as a person's does: what all pages have in common is loaded once."""
    async with tab(browser, site.url, state=owner.state) as made:
        yield made


@pytest.fixture
def console(one_tab: Tab) -> Iterator[Tab]:
    """The tab; what went wrong in it counts for the page that it shows."""
    yield one_tab
    faults, one_tab.faults = one_tab.faults, []
    assert faults == []


def name_of(path: str) -> str:
    return path.partition("?")[0].strip("/").replace("/", "-") or "overview"


@pytest.mark.parametrize("path", EMPTY, ids=name_of)
async def test_an_empty_page_says_what_to_do(console: Tab, path: str) -> None:
    await console.open(path)
    await expect(console.page.get_by_role("heading", name=EMPTY[path])).to_be_visible()
    await console.shot(f"empty-{name_of(path)}")


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def filled(site: RunningAppliance, owner: object) -> dict[str, str]:
    """Put something on every page, by the API; returns ids by what they are of."""
    cookies = {each["name"]: each["value"] for each in owner.state["cookies"]}  # type: ignore[attr-defined]
    ids: dict[str, str] = {}
    async with httpx.AsyncClient(
        base_url=f"{site.url}/api/v1",
        cookies=cookies,
        headers={"X-Callwright-Console": "1"},
        trust_env=False,
        timeout=90,
    ) as client:

        async def post(path: str, body: dict[str, object], **headers: str) -> dict[str, str]:
            answer = await client.post(path, json=body, headers=headers)
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
        answer = await client.post("/imports", files={"file": ("people.csv", "Name,Phone\nMiller,+12125550142\n")})
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
        organisation = owner.organisation  # type: ignore[attr-defined]
        site.cli("numbers", "add", "+12125550100", "--org", organisation)
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
        assert (await client.post("/calls", json={"to": LONG})).status_code == 400
    return ids


@pytest.mark.parametrize("path", PAGES, ids=name_of)
async def test_a_page_with_something_on_it(console: Tab, filled: dict[str, str], path: str) -> None:
    del filled
    await console.open(path)
    await console.is_sound(name_of(path))


@pytest.mark.parametrize(
    ("kind", "path"),
    [
        ("contact", "/contacts/"),
        ("group", "/groups/"),
        ("import", "/imports/"),
        ("register", "/do-not-call/"),
        ("text", "/messages/texts/"),
        ("email", "/messages/emails/"),
    ],
)
async def test_a_thing_of_its_own(console: Tab, filled: dict[str, str], kind: str, path: str) -> None:
    await console.open(f"{path}{filled[kind]}")
    await console.is_sound(kind)


async def test_german(site: RunningAppliance, browser: Browser, owner: object, filled: object) -> None:
    del filled
    state = owner.state  # type: ignore[attr-defined]
    async with tab(browser, site.url, state=state, language="de-DE") as made:
        await made.open("/contacts")
        await expect(made.page.get_by_role("heading", name="Kontakte", exact=True)).to_be_visible()
        assert await made.page.evaluate("document.documentElement.lang") == "de"
        await made.is_sound("contacts-de")
