"""Getting in: the set-up link, signing in, and what somebody sees who is not signed in."""

from __future__ import annotations

import gzip

import httpx
from playwright.async_api import Browser, expect

from support.appliance import RunningAppliance
from support.browser import Tab, tab

FIRST_VIEW_BYTES = 200_000


async def test_nobody_claims_an_appliance_a_second_time(site: RunningAppliance, owner: object) -> None:
    del owner
    async with httpx.AsyncClient(base_url=site.url, trust_env=False) as client:
        assert (await client.get("/api/v1/setup")).json() == {"open": False}


async def test_sign_in(site: RunningAppliance, browser: Browser, owner: object) -> None:
    del owner
    async with tab(browser, site.url) as made:
        await made.page.goto("/app/calls?status=busy")
        await expect(made.page.get_by_role("heading", name="Sign in")).to_be_visible()
        await made.page.get_by_label("Email").fill("ann@example.com")
        await made.page.get_by_label("Password").fill("not that one at all")
        await made.page.get_by_role("button", name="Sign in").click()
        await expect(made.page.get_by_role("alert")).to_contain_text("wrong")
        await made.is_sound("sign-in")
        await made.page.get_by_label("Password").fill("seven blue herons sing")
        await made.page.get_by_role("button", name="Sign in").click()
        await made.page.wait_for_url("**/app/calls?status=busy")
        await expect(made.page.get_by_role("heading", name="Calls", exact=True)).to_be_visible()


async def test_calls_list_empty(console: Tab) -> None:
    await console.open("/calls")
    await console.is_sound("calls-empty")


async def test_first_view_is_small(site: RunningAppliance, browser: Browser, owner: object) -> None:
    del owner
    async with tab(browser, site.url) as made:
        sizes: dict[str, int] = {}

        async def note(response: object) -> None:
            url = getattr(response, "url", "")
            if "/app/" in url:
                body = await response.body()  # type: ignore[attr-defined]
                sizes[url] = len(gzip.compress(body, 9))

        made.page.on("response", note)
        await made.open("/sign-in")
        await made.page.wait_for_load_state("networkidle")
        assert sum(sizes.values()) < FIRST_VIEW_BYTES, sizes
