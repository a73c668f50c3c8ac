"""Every page in both languages, at each width, light and dark. It takes many minutes, so only when asked for:

    CALLWRIGHT_WALK=all CALLWRIGHT_SHOTS=/tmp/shots ./run test tests/e2e/console/test_walk.py

``CALLWRIGHT_WALK`` names languages and widths, such as ``de-768,en-1280``; ``all`` is every one. What is found is
listed at the end. With ``CALLWRIGHT_SHOTS`` the folder gets a picture and the text of each page.
"""

from __future__ import annotations

import asyncio
import os
from pathlib import Path

import httpx
import pytest
import pytest_asyncio
from playwright.async_api import Browser

from support.appliance import RunningAppliance
from support.browser import Owner, Tab, tab
from support.console_pages import LONG, PAGES, THINGS, name_of

WALK = os.environ.get("CALLWRIGHT_WALK", "")
LANGUAGES = {"en": "en-US", "de": "de-DE"}
WIDTHS = (360, 768, 1280)
#: How far things may move while a page is loaded; up to 0.1 is called good (web.dev/cls).
SHIFT = 0.05
#: Telephones of the lab: they press 1, press 2, are busy, do not exist, and answer as machines.
PEOPLE = ["+12125550011", "+13125550011", "+12125550012", "+12125550081", "+12125550083", "+12125550031"]

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.timeout(1800)]


def asked() -> list[tuple[str, int]]:
    every = [(language, width) for language in LANGUAGES for width in WIDTHS]
    return every if WALK == "all" else [(one, width) for one, width in every if f"{one}-{width}" in WALK.split(",")]


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def paths(filled: dict[str, str], owners_client: httpx.AsyncClient) -> dict[str, str]:
    """Return each page's path by the name of its picture; also of a finished campaign, a call, a flow and a draft."""

    async def made(path: str, body: dict[str, object]) -> dict[str, str]:
        answer = await owners_client.post(f"/api/v1{path}", json=body, headers={"X-Callwright-Sandbox": "1"})
        assert answer.is_success, answer.text
        done: dict[str, str] = answer.json()
        return done

    async def read(path: str) -> dict[str, object]:
        answer = await owners_client.get(f"/api/v1{path}")
        assert answer.is_success, answer.text
        found: dict[str, object] = answer.json()
        return found

    campaign = await made(
        "/campaigns",
        {
            "name": f"Reminders of {LONG}",
            "message": "Hello {NAME}. Press 1 to confirm or 2 to change.",
            "dtmf": {"1": {"action": "say", "text": "Thank you."}, "2": {"action": "hangup"}},
            "recipients": [{"to": to, "variables": {"NAME": f"{LONG} {to[-2:]}"}} for to in PEOPLE],
        },
    )
    path = f"/campaigns/{campaign['campaign_id']}"
    async with asyncio.timeout(300):
        while (await read(path))["state"] != "completed":
            await asyncio.sleep(0.5)
    people = (await read(f"{path}/recipients"))["recipients"]
    calls = (await read(f"/calls?campaign_id={campaign['campaign_id']}&status=answered"))["calls"]
    assert isinstance(people, list)
    assert isinstance(calls, list)
    flow = await made("/flows", {"name": f"Appointment {LONG}", "starter": "appointment"})
    return {
        **{name_of(path): path for path in PAGES},
        **{kind: f"{start}{filled[kind]}" for kind, start in THINGS.items()},
        "start": "/start",
        "calls": "/calls",
        "call": f"/calls/{calls[0]['call_id']}",
        "campaigns": "/campaigns",
        "campaign": path,
        "campaign-report": f"{path}/report",
        "campaign-people": f"{path}/people",
        "campaign-person": f"{path}/people/{people[0]['recipient_id']}",
        "campaign-accepts": f"{path}/accepts",
        "campaign-new": "/campaigns/new",
        "flows": "/flows",
        "flow": f"/flows/{flow['flow_id']}",
    }


async def _look(made: Tab, name: str) -> list[str]:
    """Return what is wrong with the page that is open."""
    await asyncio.sleep(0.3)
    found = await made.misfits()
    score, moved = await made.shifts()
    if score > SHIFT:
        found.append(f"moves by {score:.3f} while it is loaded: {moved[:4]}")
    found += await made.barriers()
    await made.shot(name)
    folder = os.environ.get("CALLWRIGHT_SHOTS")
    if folder is not None:
        text = await made.page.evaluate("document.body.innerText")
        (Path(folder) / f"{name}.txt").write_text(text, encoding="utf-8")
    await made.theme("dark")
    await made.shot(f"{name}-dark")
    found += [f"in the dark: {each}" for each in await made.barriers({"type": "rule", "values": ["color-contrast"]})]
    await made.theme("light")
    return found


@pytest.mark.parametrize(("language", "width"), asked())
async def test_every_page(
    site: RunningAppliance, browser: Browser, owner: Owner, paths: dict[str, str], language: str, width: int
) -> None:
    found: list[str] = []
    async with tab(browser, site.url, state=owner.state, language=LANGUAGES[language]) as made:
        await made.page.set_viewport_size({"width": width, "height": 860})
        for name, path in paths.items():
            await made.open(path)
            found += [f"{name}: {each}" for each in await _look(made, f"{name}-{language}-{width}")]
            found += [f"{name}: {each}" for each in made.faults]
            made.faults.clear()
    async with tab(browser, site.url, language=LANGUAGES[language]) as stranger:
        await stranger.page.set_viewport_size({"width": width, "height": 860})
        for path in ("/sign-in", "/reset", "/invitation", "/setup"):
            await stranger.open(path)
            found += [f"{path}: {each}" for each in await _look(stranger, f"{name_of(path)}-{language}-{width}")]
    assert not found, "\n".join(found)
