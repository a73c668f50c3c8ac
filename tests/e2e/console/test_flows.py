"""The flow builder: from a starter to a published version, tried in the browser on the way."""

from __future__ import annotations

import re

import httpx
import pytest
from playwright.async_api import expect

from support.browser import Tab

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
