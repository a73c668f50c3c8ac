"""From the first page to a ringing telephone of the lab, watched live, and the call's own page afterwards."""

from __future__ import annotations

from playwright.async_api import expect

from support.browser import Tab


async def test_a_telephone_of_the_lab_rings(console: Tab) -> None:
    page = console.page
    await console.open("/start")
    await console.is_sound("start")
    await page.get_by_role("button", name="Call now").click()
    # it presses 1, and what was said can be heard
    await expect(page.get_by_text("Key 1").first).to_be_visible(timeout=60_000)
    await expect(page.get_by_role("button", name="Play")).to_be_visible(timeout=60_000)
    await expect(page.locator(".wave-theirs")).to_have_count(1, timeout=60_000)
    await console.is_sound("start-called")
    await page.get_by_role("link", name="Everything about this call").click()
    await expect(page.get_by_role("heading", name="+15550100011")).to_be_visible()
    await expect(page.get_by_role("heading", name="Recording")).to_be_visible()
    await expect(page.locator(".wave-mark")).not_to_have_count(0)
    await page.get_by_role("button", name="Play").click()
    await expect(page.get_by_role("button", name="Pause")).to_be_visible()
    await page.get_by_role("button", name="Pause").click()
    await console.is_sound("call")
    await console.open("/calls")
    await expect(page.get_by_role("link", name="+15550100011")).to_be_visible()
    await console.is_sound("calls")
