"""What messages and calls come from, in the console: senders, pools, extensions; a text that is called back.

The name of the file puts it after ``test_pages.py``, which looks at pages that are still empty.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import httpx
import pytest
from playwright.async_api import expect

from support.appliance import RunningAppliance
from support.browser import Tab

pytestmark = pytest.mark.asyncio(loop_scope="session")

ORGANISATION = "Elm Street Dental"
NUMBER = "+12125550100"


async def test_a_sender_is_added_signs_and_goes(console: Tab, site: RunningAppliance) -> None:
    page = console.page
    await console.open("/senders")
    await page.get_by_role("button", name="Add a sender").click()
    form = page.get_by_role("dialog")
    await form.get_by_label("For", exact=True).select_option(label="Emails")
    await form.get_by_label("Sender", exact=True).fill("nowhere")
    await form.get_by_role("button", name="Add").click()
    await expect(form.get_by_label("Sender", exact=True)).to_have_attribute("aria-invalid", "true")
    await console.is_sound("sender-add", phone=False)
    await form.get_by_label("Sender", exact=True).fill("desk@elm.example")
    await form.get_by_role("button", name="Add").click()
    row = page.get_by_role("row", name="desk@elm.example")
    await expect(row).to_contain_text("Not proven yet")
    # this appliance has no mail of its own to send the code with, and says so
    await row.get_by_role("button", name="Actions for desk@elm.example").click()
    await page.get_by_role("menuitem", name="Prove it").click()
    await page.get_by_role("button", name="Mail the code").click()
    await expect(page.get_by_role("dialog")).to_contain_text("ask its operator to prove the address")
    await page.get_by_role("button", name="I have a code").click()
    await page.get_by_label("Code").fill("123456")
    await page.get_by_role("button", name="Check").click()
    await expect(page.get_by_role("dialog")).to_contain_text("there is no code that counts")
    await console.is_sound("sender-code", phone=False)
    await page.keyboard.press("Escape")

    # one that its operator proved signs
    site.cli("senders", "add", "news@elm.example", "--org", ORGANISATION)
    await console.open("/senders")
    row = page.get_by_role("row", name="news@elm.example")
    await row.get_by_role("button", name="Actions for").click()
    await page.get_by_role("menuitem", name="Signature (DKIM)").click()
    await page.get_by_role("button", name="Make a key").click()
    await expect(page.get_by_label("Name of the record")).to_have_text("callwright._domainkey.elm.example")
    await expect(page.get_by_label("Value of the record")).to_contain_text("v=DKIM1")
    await console.is_sound("sender-key")
    await page.get_by_role("button", name="Remove the key").click()
    await page.get_by_role("dialog", name="Sign no more?").get_by_role("button", name="Remove the key").click()
    await expect(page.get_by_role("dialog")).to_have_count(0)
    for address in ("news@elm.example", "desk@elm.example"):
        row = page.get_by_role("row", name=address)
        await row.get_by_role("button", name="Actions for").click()
        await page.get_by_role("menuitem", name="Remove").click()
        await page.get_by_role("dialog").get_by_role("button", name="Remove").click()
        await expect(row).to_have_count(0)


async def test_a_pool_is_made_changed_and_deleted(console: Tab, site: RunningAppliance) -> None:
    page = console.page
    site.cli("numbers", "add", NUMBER, "--org", ORGANISATION)
    await console.open("/number-pools")
    await page.get_by_role("button", name="New pool").click()
    form = page.get_by_role("dialog")
    await form.get_by_label("Name", exact=True).fill("East coast")
    await form.get_by_label("Numbers", exact=True).fill(NUMBER)
    await form.get_by_role("button", name="Save").click()
    row = page.get_by_role("row", name="East coast")
    await expect(row).to_contain_text("In turn")
    await row.get_by_role("button", name="Edit").click()
    await form.get_by_label("Which number a call shows").select_option(label="Any of them")
    await console.is_sound("pool-edit", phone=False)
    await form.get_by_role("button", name="Save").click()
    await expect(row).to_contain_text("Any of them")
    await row.get_by_role("button", name="Delete").click()
    await page.get_by_role("dialog").get_by_role("button", name="Delete").click()
    await expect(row).to_have_count(0)


async def test_an_extension_shows_its_password_once(console: Tab, site: RunningAppliance) -> None:
    page = console.page
    await console.open("/extensions")
    await page.get_by_role("button", name="Add an extension").first.click()
    form = page.get_by_role("dialog")
    await form.get_by_label("Extension", exact=True).fill("4711")
    await form.get_by_role("button", name="Add").click()
    await expect(form).to_contain_text(site.environment["CALLWRIGHT_SIP_PORT"])
    password = (await form.get_by_label("Password").inner_text()).strip()
    assert len(password) >= 16
    await console.is_sound("extension-made")
    await form.get_by_role("button", name="I have it").click()
    row = page.get_by_role("row", name="4711")
    await expect(row).to_contain_text("Ext:4711")
    await console.open("/extensions")
    await expect(row).to_be_visible()
    assert password not in await page.content()
    await row.get_by_role("button", name="Remove").click()
    await page.get_by_role("dialog").get_by_role("button", name="Remove").click()
    await expect(row).to_have_count(0)


async def test_a_text_that_waits_is_cancelled(console: Tab, api: httpx.AsyncClient) -> None:
    page = console.page
    later = (datetime.now(UTC) + timedelta(hours=20)).isoformat()
    body = {"to": "+12125550144", "message": "We open at ten.", "scheduled_at": later}
    made = await api.post("/api/v1/sms", json=body, headers={"X-Callwright-Sandbox": "1"})
    assert made.status_code == 201, made.text
    await console.open("/messages/texts")
    await page.get_by_role("link", name="+12125550144").click()
    await expect(page.get_by_text("We open at ten.")).to_be_visible()
    await page.get_by_role("button", name="Cancel the message").click()
    await page.get_by_role("dialog").get_by_role("button", name="Cancel the message").click()
    await expect(page.get_by_text("cancelled before it was sent")).to_be_visible()
    await expect(page.get_by_role("button", name="Cancel the message")).to_have_count(0)


async def test_a_refused_request_stands_in_the_log(console: Tab, api: httpx.AsyncClient) -> None:
    assert (await api.post("/api/v1/number-pools", json={"name": "Nothing in it", "numbers": []})).status_code == 400
    await console.open("/request-log?status=400")
    row = console.page.get_by_role("row", name="POST /api/v1/number-pools").first
    await expect(row).to_contain_text("ann@example.com")


async def test_statements_go_out_by_email_where_the_appliance_has_mail(console: Tab) -> None:
    page = console.page
    await console.open("/money/statements")
    await page.get_by_role("button", name="Set up").click()
    form = page.get_by_role("dialog")
    await form.get_by_label("Email addresses").fill("office@example.com")
    await form.get_by_role("button", name="Save").click()
    # this one has none, and says what its operator does about it
    await expect(form).to_contain_text("CALLWRIGHT_MAIL_FROM")
    await console.is_sound("statement-mailing", phone=False)
