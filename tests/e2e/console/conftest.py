"""One appliance and one browser for the tests of the console; its first owner signs up as a person would."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator, Iterator

import httpx
import pytest
import pytest_asyncio
from playwright.async_api import Browser, expect

from support.appliance import RunningAppliance, appliance
from support.browser import Owner, Tab, chromium, tab
from support.console_pages import fill

#: The walk through every page takes many minutes: it is there when it is asked for.
collect_ignore = [] if os.environ.get("CALLWRIGHT_WALK") else ["test_walk.py"]

EMAIL = "ann@example.com"
PASSWORD = "seven blue herons sing"
ORGANISATION = "Elm Street Dental"


@pytest.fixture(scope="session")
def site() -> Iterator[RunningAppliance]:
    """A started appliance that nobody has claimed."""
    with appliance() as made:
        made.start()
        yield made


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def browser() -> AsyncIterator[Browser]:
    """Chromium."""
    async with chromium() as made:
        yield made


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def owner(site: RunningAppliance, browser: Browser) -> Owner:
    """Ann, who opened the set-up link in the browser and is signed in."""
    link = site.cli("setup-link").strip()
    async with tab(browser, site.url) as made:
        page = made.page
        await page.goto(link)
        await page.get_by_label("Name of your organisation").fill(ORGANISATION)
        await page.get_by_label("Your name").fill("Ann Lee")
        await page.get_by_label("Email").fill(EMAIL)
        await page.get_by_label("Password").fill("short")
        await page.get_by_role("button", name="Begin").click()
        await expect(page.get_by_text("at least 12 characters", exact=False).last).to_be_visible()
        await made.is_sound("setup")
        await page.get_by_label("Password").fill(PASSWORD)
        await page.get_by_label("Country of your numbers").select_option("US")
        await page.get_by_role("button", name="Begin").click()
        await page.wait_for_url("**/app/start")
        await made.settled()
        state = await page.context.storage_state()
    return Owner(email=EMAIL, password=PASSWORD, organisation=ORGANISATION, state=state)


@pytest_asyncio.fixture(loop_scope="session")
async def console(site: RunningAppliance, browser: Browser, owner: Owner) -> AsyncIterator[Tab]:
    """A page of the owner's."""
    async with tab(browser, site.url, state=owner.state) as made:
        yield made


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def owners_client(site: RunningAppliance, owner: Owner) -> AsyncIterator[httpx.AsyncClient]:
    """The native API as the owner's browser reaches it."""
    cookies = {each["name"]: each["value"] for each in owner.state["cookies"]}
    async with httpx.AsyncClient(
        base_url=site.url,
        cookies=cookies,
        headers={"X-Callwright-Console": "1"},
        trust_env=False,
        timeout=90,
    ) as client:
        yield client


@pytest.fixture
def api(owners_client: httpx.AsyncClient) -> httpx.AsyncClient:
    """The native API: ``await api.get("/api/v1/calls")``."""
    return owners_client


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def filled(site: RunningAppliance, owners_client: httpx.AsyncClient, owner: Owner) -> dict[str, str]:
    """People and things on every page; ids by what they are of."""
    return await fill(owners_client, lambda number: site.cli("numbers", "add", number, "--org", owner.organisation))


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Give tests of a browser longer: their first one starts an appliance and Chromium."""
    for item in items:
        if "/e2e/console/" in item.path.as_posix():
            item.add_marker(pytest.mark.timeout(300))
