"""The flow builder: from a starter to a published version, tried in the browser on the way."""

from __future__ import annotations

import json
import re

import httpx
import pytest
from playwright.async_api import Browser, expect

from support.appliance import RunningAppliance
from support.browser import Tab, tab

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.timeout(400)]


async def test_a_flow_is_built_tried_and_published(console: Tab, api: httpx.AsyncClient) -> None:
    page = console.page
    await console.open("/flows")
    await page.get_by_role("button", name="New flow").first.click()
    await page.get_by_label("Name").fill("Check-up")
    await page.get_by_role("button", name="Appointment reminder").click()
    await page.wait_for_url("**/app/flows/flo_*")
    await console.settled()
    await expect(page.locator(".react-flow__node")).to_have_count(7)
    await console.is_sound("flow-builder")

    # a step is chosen in the list, changed, and the change is undone and done again
    await page.get_by_role("button", name=re.compile("Thank you. We look forward")).click()
    text = page.get_by_label("What is said")
    await text.fill("")
    await expect(page.get_by_text("Some fields", exact=False)).to_have_count(0)
    await expect(page.locator(".step-wrong")).to_have_count(1)
    await page.get_by_role("button", name="Undo").click()
    await expect(text).to_have_value(re.compile("^Thank you"))
    await expect(page.locator(".step-wrong")).to_have_count(0)
    await text.fill("Thank you, {FIRST_NAME}. Goodbye.")
    await expect(page.get_by_text("All changes saved")).to_be_visible()

    # tried: the page rings, is answered, a key is pressed, the way lights up
    await page.get_by_role("button", name="← Steps").click()
    await page.get_by_role("button", name="Try it", exact=True).click()
    await page.get_by_label("FIRST_NAME").fill("Ada")
    await page.get_by_role("button", name="Call this page").click()
    await page.get_by_role("button", name="Answer", exact=True).click()
    log = page.get_by_role("log", name="What happened")
    await expect(log).to_contain_text("Step choice")
    await console.shot("flow-trial")
    await page.get_by_role("group", name="Keys").get_by_role("button", name="1", exact=True).click()
    await expect(log).to_contain_text("Answer: 1")
    await expect(log).to_contain_text("Ended")
    await expect(page.locator(".react-flow__node .step-now")).to_contain_text("Thank you, {FIRST_NAME}")
    await console.is_sound("flow-tried", phone=False)

    await page.get_by_role("button", name="Publish").click()
    await page.get_by_role("dialog").get_by_role("button", name="Publish").click()
    await expect(page.get_by_text("Version 1 is published.")).to_be_visible()
    (flow,) = (await api.get("/api/v1/flows", params={"name": "Check-up"})).json()["flows"]
    version = (await api.get(f"/api/v1/flows/{flow['flow_id']}/versions/1")).json()
    assert version["flow"]["steps"]["confirmed"]["text"] == "Thank you, {FIRST_NAME}. Goodbye."

    await console.open("/flows")
    await expect(page.get_by_role("link", name="Check-up")).to_be_visible()
    await console.is_sound("flows")


async def test_a_file_takes_the_place_of_the_draft_and_readers_change_nothing(
    console: Tab, api: httpx.AsyncClient, site: RunningAppliance, browser: Browser
) -> None:
    page = console.page
    made = await api.post("/api/v1/flows", json={"name": "From a file"})
    path = f"/flows/{made.json()['flow_id']}"
    await console.open(path)
    await page.get_by_role("button", name="Actions").click()
    await page.get_by_role("menuitem", name="Import JSON").click()
    lists = {"steps": [{"type": "say", "text": "Hello."}, {"type": "say", "text": "Goodbye."}]}
    file = {"name": "flow.json", "mimeType": "application/json", "buffer": json.dumps(lists).encode()}
    await page.get_by_label("File", exact=True).set_input_files({**file, "buffer": b'{"steps": [{"type": "say"}]}'})
    await expect(page.get_by_role("dialog")).to_contain_text("is required")
    await page.get_by_label("File", exact=True).set_input_files(file)
    await expect(page.locator(".react-flow__node")).to_have_count(2)
    # without a mouse: a step is chosen on the canvas and where it leads is changed
    # (the dialog gives the focus back; a step is hidden, and takes none, until it was measured)
    await expect(page.get_by_role("button", name="Actions")).to_be_focused()
    first = page.locator(".react-flow__node").first
    await expect(first).to_be_visible()
    await first.focus()
    await page.keyboard.press("Enter")
    await page.get_by_label("Then", exact=True).select_option("")
    await expect(page.locator(".react-flow__edge")).to_have_count(0)
    # Escape closes its fields, on the canvas and beside it; the focus is where it came from
    await first.focus()
    await page.keyboard.press("Escape")
    line = page.get_by_role("button", name=re.compile("Hello"))
    await expect(line).to_be_visible()
    await expect(first).to_be_focused()
    await line.focus()
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("button", name="← Steps")).to_be_focused()
    await page.get_by_label("What is said").focus()
    await page.keyboard.press("Escape")
    await expect(line).to_be_focused()
    await expect(page.get_by_text("All changes saved")).to_be_visible()
    async with page.expect_download() as download:
        await page.get_by_role("button", name="Actions").click()
        await page.get_by_role("menuitem", name="Export as JSON").click()
    exported = json.loads((await (await download.value).path()).read_text(encoding="utf-8"))
    assert {step["text"] for step in exported["steps"].values()} == {"Hello.", "Goodbye."}

    invited = await api.post("/api/v1/users", json={"email": "reader@example.com", "role": "read-only"})
    password = "seven blue herons sing"
    token = invited.json()["invitation_token"]
    assert (await api.post("/api/v1/invitations/accept", json={"token": token, "password": password})).is_success
    async with tab(browser, site.url, language="de-DE") as reader:
        signed_in = await reader.page.request.post(
            "/api/v1/sessions", data={"email": "reader@example.com", "password": password, "cookie": True}
        )
        assert signed_in.ok
        await reader.open(path)
        await expect(reader.page.get_by_text("Sie dürfen ihn ansehen, nicht ändern.")).to_be_visible()
        await expect(reader.page.get_by_role("button", name="Veröffentlichen")).to_have_count(0)
        await reader.is_sound("flow-read-only", phone=False)
