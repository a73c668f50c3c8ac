"""What each role sees of the console, and signing in with a second factor."""

from __future__ import annotations

import re
from datetime import UTC, datetime

import httpx
import pytest
from playwright.async_api import Browser, expect

from callwright.accounts import totp
from support.appliance import RunningAppliance
from support.browser import Tab, tab

PASSWORD = "nine green owls whistle"

#: Links of the menu that a role has, and that it has not.
MENU = {
    "manager": (
        {
            "Campaigns",
            "Contacts",
            "Number pools",
            "Senders",
            "Extensions",
            "Orders",
            "Users",
            "API keys",
            "Refused requests",
            "Audit log",
            "Money",
        },
        {"Settings"},
    ),
    "agent": (
        {
            "Getting started",
            "Campaigns",
            "Contacts",
            "Verifications",
            "Number pools",
            "Senders",
            "Extensions",
            "Orders",
            "API keys",
        },
        {"Users", "Refused requests", "Audit log", "Money", "Settings"},
    ),
    "read-only": (
        {"Campaigns", "Contacts", "Number pools", "Senders", "Extensions", "Orders", "Users", "Money"},
        {"Getting started", "API keys", "Refused requests", "Audit log", "Settings"},
    ),
}
#: Pages on which agents change nothing, and the button that owners and managers find there.
ADDING = {"/senders": "Add a sender", "/number-pools": "New pool", "/extensions": "Add an extension"}


async def invited(api: httpx.AsyncClient, email: str, role: str) -> None:
    """Make somebody who has accepted an invitation."""
    made = await api.post("/api/v1/users", json={"email": email, "role": role, "name": f"The {role}"})
    assert made.status_code == 201, made.text
    body = {"token": made.json()["invitation_token"], "password": PASSWORD}
    assert (await api.post("/api/v1/invitations/accept", json=body)).status_code == 200


async def sign_in(made: Tab, email: str, code: str | None = None) -> None:
    page = made.page
    await page.goto("/app/sign-in")
    await page.get_by_label("Email").fill(email)
    await page.get_by_label("Password").fill(PASSWORD)
    await page.get_by_role("button", name="Sign in").click()
    if code is not None:
        await page.get_by_label("Code of your second factor").fill(code)
        await page.get_by_role("button", name="Sign in").click()
    await page.wait_for_url(re.compile(r"/app/?$"))
    await made.settled()


@pytest.mark.parametrize("role", MENU)
async def test_a_role_sees_what_it_may(
    site: RunningAppliance, browser: Browser, api: httpx.AsyncClient, role: str
) -> None:
    email = f"{role}@example.com"
    await invited(api, email, role)
    async with tab(browser, site.url) as made:
        await sign_in(made, email)
        menu = made.page.get_by_role("navigation", name="Main navigation")
        links = set(await menu.get_by_role("link").all_inner_texts())
        seen, hidden = MENU[role]
        assert seen <= links
        assert not hidden & links
        if role == "read-only":
            # it sees people, and nothing that would change them
            await made.open("/contacts")
            await expect(made.page.get_by_role("button", name="Add a person")).to_have_count(0)
        if role != "manager":
            # what texts and calls come from is seen by all, and changed by owners and managers
            for path, button in ADDING.items():
                await made.open(path)
                await expect(made.page.get_by_role("button", name=button)).to_have_count(0)


async def test_a_second_factor(site: RunningAppliance, browser: Browser, api: httpx.AsyncClient) -> None:
    await invited(api, "two@example.com", "manager")
    async with tab(browser, site.url) as made:
        page = made.page
        await sign_in(made, "two@example.com")
        await made.open("/you")
        card = page.get_by_role("heading", name="Second factor").locator("xpath=ancestor::section")
        await card.get_by_label("Current password").fill(PASSWORD)
        await card.get_by_role("button", name="Set it up").click()
        await expect(card.get_by_role("img", name="Picture for the authenticator")).to_be_visible()
        secret = totp.from_text((await card.get_by_label("Secret for the authenticator").inner_text()).strip())
        await made.is_sound("second-factor")
        used = totp.step_at(datetime.now(UTC))
        await card.get_by_label("Code of your second factor").fill(totp.code_of(secret, used))
        await card.get_by_role("button", name="Turn it on").click()
        await expect(page.get_by_text("Keep these ten codes on paper", exact=False)).to_be_visible()
        await page.get_by_role("button", name="Your account: The manager").click()
        await page.get_by_role("menuitem", name="Sign out").click()
        await page.wait_for_url("**/app/sign-in")
        # each code is good once, and one step ahead counts
        step = max(used + 1, totp.step_at(datetime.now(UTC)))
        await sign_in(made, "two@example.com", totp.code_of(secret, step))
        await expect(page.get_by_role("heading", name="Hello, The manager")).to_be_visible()
