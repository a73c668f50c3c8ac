"""Every page of the console: what it says when it is empty, and what it looks like with people and things in it."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator

import pytest
import pytest_asyncio
from playwright.async_api import Browser, expect

from support.appliance import RunningAppliance
from support.browser import Owner, Tab, tab
from support.console_pages import PAGES, THINGS, name_of

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


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def one_tab(site: RunningAppliance, browser: Browser, owner: Owner) -> AsyncIterator[Tab]:
    """A tab that goes from page to page, as a person's does: what all pages have in common is loaded once."""
    async with tab(browser, site.url, state=owner.state) as made:
        yield made


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def german_tab(site: RunningAppliance, browser: Browser, owner: Owner) -> AsyncIterator[Tab]:
    """Such a tab of somebody whose browser speaks German."""
    async with tab(browser, site.url, state=owner.state, language="de-DE") as made:
        yield made


@pytest.fixture
def console(one_tab: Tab) -> Iterator[Tab]:
    """The tab; what went wrong in it counts for the page that it shows."""
    yield from _watched(one_tab)


@pytest.fixture
def german(german_tab: Tab) -> Iterator[Tab]:
    """The German tab, as ``console``."""
    yield from _watched(german_tab)


def _watched(made: Tab) -> Iterator[Tab]:
    yield made
    faults, made.faults = made.faults, []
    assert faults == []


@pytest.mark.parametrize("path", EMPTY, ids=name_of)
async def test_an_empty_page_says_what_to_do(console: Tab, path: str) -> None:
    await console.open(path)
    await expect(console.page.get_by_role("heading", name=EMPTY[path])).to_be_visible()
    await console.shot(f"empty-{name_of(path)}")


@pytest.mark.parametrize(("place", "path"), list(enumerate(PAGES)), ids=[name_of(path) for path in PAGES])
async def test_a_page_with_something_on_it(
    console: Tab, german: Tab, filled: dict[str, str], place: int, path: str
) -> None:
    del filled
    # every second one in German; tests/e2e/console/test_walk.py shows each in both
    made, language = (console, "en") if place % 2 == 0 else (german, "de")
    await made.open(path)
    assert await made.page.evaluate("document.documentElement.lang") == language
    await made.is_sound(name_of(path))


@pytest.mark.parametrize("kind", THINGS)
async def test_a_thing_of_its_own(console: Tab, filled: dict[str, str], kind: str) -> None:
    await console.open(f"{THINGS[kind]}{filled[kind]}")
    await console.is_sound(kind)


async def test_german(german: Tab, filled: dict[str, str]) -> None:
    del filled
    await german.open("/contacts")
    await expect(german.page.get_by_role("heading", name="Kontakte", exact=True)).to_be_visible()
    await german.is_sound("contacts-de")
