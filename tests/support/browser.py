"""Debian's Chromium, driven by Playwright: pages of the console as a person sees them, and what axe says of them."""

from __future__ import annotations

import asyncio
import json
import os
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from playwright.async_api import Browser, BrowserContext, ConsoleMessage, Page, async_playwright, expect

from support.looks import LOOKS, SHIFTS

ROOT = Path(__file__).parents[2]
#: axe-core of the console's own packages.
AXE = ROOT / "console" / "node_modules" / "axe-core" / "axe.min.js"
#: WCAG 2.2, levels A and AA, and axe's own good practice.
_TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
WIDE = (1280, 860)
TABLET = (768, 1024)
PHONE = (360, 740)
_TALLEST = 5000
#: The menu is as high as the window; in a picture of the whole page it goes on to its end.
_FROM_THE_TOP = """() => {
  scrollTo(0, 0);
  const side = document.querySelector(".side");
  if (side) side.style.height = document.documentElement.scrollHeight + "px";
}"""
_AS_BEFORE = """() => { const side = document.querySelector(".side"); if (side) side.style.height = ""; }"""

# a machine that also makes calls may be slow to answer
expect.set_options(timeout=20_000)


@asynccontextmanager
async def chromium(*, speaks: Path | None = None) -> AsyncIterator[Browser]:
    """Yield a headless Chromium whose microphone hears a WAV file over and over, or hums without one."""
    program = shutil.which("chromium")
    assert program is not None, "chromium is missing: scripts/peers brings it"
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(
            executable_path=program,
            args=[
                # its own sandbox wants rights that containers lack
                "--no-sandbox",
                "--disable-dev-shm-usage",
                "--disable-gpu",
                "--use-fake-ui-for-media-stream",
                "--use-fake-device-for-media-stream",
                "--autoplay-policy=no-user-gesture-required",
                *([] if speaks is None else [f"--use-file-for-fake-audio-capture={speaks}"]),
            ],
        )
        try:
            yield browser
        finally:
            await browser.close()


@dataclass(kw_only=True)
class Tab:
    """A page of the console and everything that went wrong in it."""

    page: Page
    #: Errors of scripts, and what the content security policy refused.
    faults: list[str] = field(default_factory=list)

    async def open(self, path: str) -> None:
        """Open a path below ``/app`` and wait until nothing loads any more."""
        await self.page.goto(f"/app{path}")
        await self.settled()

    async def settled(self) -> None:
        """Wait until the page shows its content."""
        await expect(self.page.locator("h1").first).to_be_visible()
        await expect(self.page.locator(".loading")).to_have_count(0)

    async def shot(self, name: str) -> None:
        """Leave a picture of the whole page in the folder that ``CALLWRIGHT_SHOTS`` names; without it none is made."""
        folder = os.environ.get("CALLWRIGHT_SHOTS")
        if folder is None:
            return
        Path(folder).mkdir(parents=True, exist_ok=True)
        # what sticks to the top would stand in the middle of the picture
        await self.page.evaluate(_FROM_THE_TOP)
        # a long list is drawn for minutes, and nobody looks at its end
        whole = await self.page.evaluate("document.documentElement.scrollHeight") < _TALLEST
        await self.page.screenshot(path=Path(folder) / f"{name}.png", full_page=whole, animations="disabled")
        await self.page.evaluate(_AS_BEFORE)

    async def barriers(self, rules: dict[str, Any] | None = None) -> list[str]:
        """Return what axe finds: rule, element and why. ``rules`` is axe's ``runOnly``; the default is WCAG 2.2 AA."""
        if not await self.page.evaluate("typeof window.axe === 'object'"):
            # evaluated, not added as a script: the policy would refuse that
            await self.page.evaluate(AXE.read_text(encoding="utf-8"))
        only = json.dumps(rules or {"type": "tag", "values": _TAGS})
        found: dict[str, Any] = await self.page.evaluate(
            f"axe.run(document, {{runOnly: {only}, resultTypes: ['violations']}})"
        )
        return [
            f"{violation['id']}: {node['target']}: {node['failureSummary']}"
            for violation in found["violations"]
            for node in violation["nodes"]
        ]

    async def is_sound(self, name: str, *, phone: bool = True) -> None:
        """Fail when axe finds a barrier, in light or dark, or it does not fit a tablet or a phone; leaves pictures."""
        await self.shot(name)
        await self._is_open_to_all(name)
        await self.theme("dark")
        await self.shot(f"{name}-dark")
        # all that differs in the dark are the colours
        await self._is_open_to_all(f"{name} in the dark", {"type": "rule", "values": ["color-contrast"]})
        await self.theme("light")
        if not phone:
            return
        for size in (TABLET, PHONE):
            await self.page.set_viewport_size({"width": size[0], "height": size[1]})
            await self.fits(name)
        await self.shot(f"{name}-phone")
        await self.page.set_viewport_size({"width": WIDE[0], "height": WIDE[1]})

    async def fits(self, name: str) -> None:
        """Fail when the page is wider than its window."""
        wide, window = 0, await self.page.evaluate("innerWidth")
        try:
            # charts follow the window a moment later
            async with asyncio.timeout(10):
                while (wide := await self.page.evaluate("document.documentElement.scrollWidth")) > window:
                    await asyncio.sleep(0.05)
        except TimeoutError:
            pytest.fail(f"{name}: {wide} px wide in a window of {window}")

    async def misfits(self) -> list[str]:
        """Return what does not fit into the window as it is: see ``support.looks``."""
        found: list[str] = await self.page.evaluate(LOOKS)
        return found

    async def shifts(self) -> tuple[float, list[str]]:
        """Return how far things moved while the page was loaded (CLS of Web Vitals), and which moved."""
        score, moved = await self.page.evaluate("[window.shifted.score, window.shifted.moved]")
        return float(score), list(moved)

    async def _is_open_to_all(self, name: str, rules: dict[str, Any] | None = None) -> None:
        barriers = await self.barriers(rules)
        assert not barriers, f"{name}: " + "\n".join(barriers)

    async def theme(self, name: str) -> None:
        """Show the page light or dark."""
        await self.page.evaluate(f"document.documentElement.dataset.theme = {json.dumps(name)}")


@dataclass(frozen=True, kw_only=True)
class Owner:
    """The first owner of an appliance, and the cookie that the browser keeps of her."""

    email: str
    password: str
    organisation: str
    state: Any


@asynccontextmanager
async def tab(browser: Browser, url: str, *, state: Any = None, language: str = "en-US") -> AsyncIterator[Tab]:
    """Yield a page in a context of its own; fails at the end for every error of a script or of the policy."""
    context: BrowserContext = await browser.new_context(
        base_url=url,
        storage_state=state,
        locale=language,
        timezone_id="America/New_York",
        color_scheme="light",
        reduced_motion="reduce",
        viewport={"width": WIDE[0], "height": WIDE[1]},
        permissions=["microphone", "clipboard-read", "clipboard-write"],
    )
    context.set_default_timeout(20_000)
    await context.add_init_script(SHIFTS)
    made = Tab(page=await context.new_page())

    def on_console(message: ConsoleMessage) -> None:
        # an answer such as 401 is logged by the browser itself, and is no fault
        if message.type == "error" and "Failed to load resource" not in message.text:
            made.faults.append(message.text)

    made.page.on("console", on_console)
    made.page.on("pageerror", lambda error: made.faults.append(str(error)))
    try:
        yield made
        assert made.faults == []
    finally:
        await context.close()
