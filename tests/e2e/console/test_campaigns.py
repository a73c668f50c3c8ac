"""Campaigns in the console: a live one in the lab, its results, a link for others, and the wizard with a bad CSV."""

from __future__ import annotations

import httpx
import pytest
from playwright.async_api import Browser, FilePayload, expect

from support.appliance import RunningAppliance
from support.browser import Tab, tab

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.timeout(400)]

#: Handsets of the lab: press 1, press 2, are busy, do not exist.
PEOPLE = ["+12125550011", "+13125550011", "+12125550012", "+12125550081", "+12125550083"]


async def test_a_campaign_is_watched_paused_and_shared(
    console: Tab, api: httpx.AsyncClient, site: RunningAppliance, browser: Browser
) -> None:
    page = console.page
    await console.open("/campaigns")
    await console.is_sound("campaigns-empty")
    body = {
        "name": "A reminder with quite a long name, so that one sees where it wraps",
        "message": "Hello. Press 1 to confirm or 2 to change.",
        "dtmf": {"1": {"action": "say", "text": "Thank you."}, "2": {"action": "hangup"}},
        "recipients": PEOPLE,
        "max_concurrent": 2,
        "start": False,
    }
    made = await api.post("/api/v1/campaigns", json=body, headers={"X-Callwright-Sandbox": "1"})
    assert made.status_code == 201, made.text
    campaign_id = made.json()["campaign_id"]
    await console.open(f"/campaigns/{campaign_id}")
    await page.get_by_role("button", name="Start").click()
    await expect(page.locator(".badge-live").get_by_text("Running")).to_be_visible()
    await page.get_by_role("button", name="Pause").click()
    await expect(page.get_by_text("Paused", exact=True)).to_be_visible()
    await page.get_by_role("button", name="Resume").click()
    await expect(page.get_by_role("table", name="Calls in the air").get_by_role("link").first).to_be_visible()
    await console.shot("campaign-live")
    await expect(page.get_by_text("Completed", exact=True)).to_be_visible(timeout=60_000)
    await expect(page.locator(".bars kbd")).to_have_text(["1", "2"])
    await console.is_sound("campaign")

    await page.get_by_role("link", name="People", exact=True).click()
    await expect(page.get_by_role("row")).to_have_count(1 + len(PEOPLE))
    await console.is_sound("campaign-people")
    await page.get_by_role("table").get_by_role("link", name=PEOPLE[0]).click()
    await expect(page.get_by_role("list", name="What happened").get_by_role("listitem").first).to_be_visible()
    await console.is_sound("campaign-person")
    await page.get_by_role("button", name="Call again").click()
    await expect(page.get_by_role("dialog").get_by_role("checkbox", name="Busy")).to_be_checked()
    await page.keyboard.press("Escape")

    await page.get_by_role("link", name="Results").click()
    await expect(page.locator(".chart svg").first).to_be_visible()
    await console.is_sound("campaign-report")
    await page.get_by_role("button", name="Share").click()
    await page.get_by_role("button", name="Make a link").click()
    link = await page.get_by_label("Copy it now").inner_text()
    await console.shot("campaign-share")
    async with tab(browser, site.url) as stranger:
        await stranger.page.goto(link)
        await expect(stranger.page.get_by_role("heading", level=1)).to_contain_text("A reminder")
        await expect(stranger.page.get_by_text(PEOPLE[0])).to_have_count(0)
        await expect(stranger.page.locator(".chart svg").first).to_be_visible()
        await stranger.is_sound("shared")
    await console.open("/campaigns")
    await expect(page.get_by_role("link", name="A reminder")).to_be_visible()
    await console.is_sound("campaigns")


async def test_the_wizard_writes_emails(console: Tab, api: httpx.AsyncClient) -> None:
    page = console.page
    await console.open("/campaigns/new")
    await page.wait_for_url("**/app/campaigns/new/cdr_*")
    await page.get_by_label("Name of the campaign").fill("A newsletter")
    await page.get_by_label("By an email").check()
    await page.get_by_label("One email address a line").fill("email, NAME\nada@example.com, Ada")
    await expect(page.get_by_label("Column email")).to_have_value("-to")
    await console.is_sound("wizard-addresses")
    await page.get_by_role("button", name="Next").click()
    await page.get_by_label("Subject").fill("News for {NAME}")
    await page.get_by_label("Text", exact=True).fill("Dear {NAME}, we open at nine.")
    files = page.get_by_label("Files that go along")
    await files.set_input_files([_file("prices.pdf", b"%PDF-1.4"), _file("hours.txt", b"nine to five")])
    await page.get_by_role("button", name="Remove hours.txt").click()
    listed = page.get_by_role("list", name="Chosen files").get_by_role("listitem")
    await expect(listed).to_have_text(["prices.pdf8 B"])
    await console.is_sound("wizard-written")
    await page.get_by_role("button", name="Next").click()
    # what only calls have is not asked
    await expect(page.get_by_label("Purpose")).to_be_visible()
    await expect(page.get_by_label("Calls at once", exact=False)).to_have_count(0)
    await expect(page.get_by_text("Draft saved")).to_be_visible()
    # a draft that is opened another day has the file's name alone
    await page.reload()
    await page.get_by_role("button", name="Back to Message").click()
    await expect(page.get_by_text("prices.pdf is not in this page any more")).to_be_visible()
    await expect(page.get_by_role("button", name="Next")).to_be_disabled()
    await files.set_input_files([_file("prices.pdf", b"%PDF-1.5")])
    await page.get_by_role("button", name="Next").click()
    await page.get_by_label("Only to the handset lab").check()
    await page.get_by_role("button", name="Next").click()
    await page.get_by_role("button", name="Keep as a draft").click()
    await page.wait_for_url("**/app/campaigns/cmp_*")
    made = await api.get(f"/api/v1/campaigns/{page.url.rpartition('/')[2]}")
    [file] = made.json()["email"]["attachments"]
    assert (file["filename"], file["content_type"], file["bytes"]) == ("prices.pdf", "application/pdf", 8)
    assert (await api.delete(f"/api/v1/campaigns/{made.json()['campaign_id']}")).status_code == 204


def _file(name: str, octets: bytes) -> FilePayload:
    kind = "application/pdf" if name.endswith(".pdf") else "text/plain"
    return {"name": name, "mimeType": kind, "buffer": octets}


CSV = """Name,Phone,Day
Ada,+1 212 555 0011,Monday
"Bo, Jr.",none,Tuesday
Cy,+13125550012,"Wednesday
at noon"
Dee,ask her,Friday
"""


async def test_the_wizard_shows_what_is_wrong_with_a_csv_and_starts(console: Tab, api: httpx.AsyncClient) -> None:
    page = console.page
    await console.open("/campaigns/new")
    await page.wait_for_url("**/app/campaigns/new/cdr_*")
    await console.is_sound("wizard-audience")
    await page.get_by_label("Name of the campaign").fill("Check-ups")
    await page.get_by_label("A CSV file").check()
    upload = {"name": "people.csv", "mimeType": "text/csv", "buffer": CSV.encode()}
    await page.get_by_label("CSV file", exact=True).set_input_files(upload)
    await expect(page.get_by_label("Column Phone")).to_have_value("-to")
    await expect(page.get_by_text("2 lines cannot be called and will be left out")).to_be_visible()
    wrong = page.locator(".cells tr.wrong")
    await expect(wrong).to_have_count(2)
    await expect(wrong.first).to_contain_text("Bo, Jr.")
    await expect(wrong.first.locator(".reason")).to_contain_text("number")
    await console.is_sound("wizard-list")
    await page.get_by_role("button", name="Next").click()

    await page.get_by_label("Text", exact=True).fill("Hello {Name}, see you on {Day}. Press 1 to confirm.")
    await page.get_by_role("button", name="Add a key").click()
    await page.get_by_role("button", name="Hear it").click()
    await expect(page.get_by_role("button", name="Pause")).to_be_visible()
    await expect(page.get_by_role("button", name="Hear it")).to_be_visible()
    await console.is_sound("wizard-message")
    await page.get_by_role("button", name="Next").click()

    await page.get_by_label("At any hour").check()
    await page.get_by_label("09:00").check()
    await expect(page.get_by_role("img", name="America/Chicago")).to_be_visible()
    await console.is_sound("wizard-when")
    await page.get_by_label("At any hour").check()
    await page.get_by_label("Only to the handset lab").check()
    # a closed page loses nothing
    await expect(page.get_by_text("Draft saved")).to_be_visible()
    await page.reload()
    await console.settled()
    await expect(page.get_by_label("Only to the handset lab")).to_be_checked()
    await page.get_by_role("button", name="Next").click()

    await expect(page.locator(".said").first).to_have_text(
        "Hello Ada, see you on Monday. Press 1 to confirm.\nThank you. Goodbye."
    )
    await page.get_by_role("button", name="Ring a lab phone").click()
    await expect(page.get_by_role("link", name="Watch the call")).to_be_visible()
    await console.is_sound("wizard-check")
    await page.get_by_role("button", name="Start the campaign").click()
    await page.wait_for_url("**/app/campaigns/cmp_*")
    await expect(page.get_by_role("heading", level=1)).to_have_text("Check-ups")
    await expect(page.get_by_text("Completed", exact=True)).to_be_visible(timeout=60_000)
    await expect(page.locator(".bars kbd")).to_have_text(["1"])
    # the draft has done its work; those of others are theirs
    drafts = (await api.get("/api/v1/campaign-drafts")).json()["drafts"]
    assert "Check-ups" not in [draft["name"] for draft in drafts]
