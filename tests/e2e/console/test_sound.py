"""The browser's microphone: a message recorded in the page, and a word said to a flow that is tried."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import httpx
import numpy as np
import pytest
import soundfile
from playwright.async_api import expect

from support.appliance import RunningAppliance
from support.browser import Tab, chromium, tab
from support.sound_files import samples_of
from support.spoken import spoken

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.timeout(400)]


async def test_a_message_is_recorded_in_the_browser(console: Tab, api: httpx.AsyncClient) -> None:
    page = console.page
    await console.open("/audio")
    await page.get_by_role("button", name="Add a recording").first.click()
    form = page.get_by_role("dialog")
    await form.get_by_label("How", exact=True).select_option(label="Record here")
    await form.get_by_role("button", name="Record").click()
    await expect(form.get_by_text("Recording …")).to_be_visible()
    await console.shot("audio-recording")
    # the browser's own microphone beeps once a second
    await page.wait_for_timeout(2_500)
    await form.get_by_role("button", name="Stop").click()
    await expect(form.get_by_label("Your recording")).to_be_visible()
    await form.get_by_label("Name").fill("From the browser")
    await console.is_sound("audio-recorded")
    await form.get_by_role("button", name="Add").click()
    row = page.get_by_role("row", name="From the browser")
    await expect(row).to_contain_text("Ready")
    (made,) = (await api.get("/api/v1/audio", params={"name": "From the browser"})).json()["audio"]
    assert made["duration_seconds"] > 1
    sound = samples_of((await api.get(made["links"]["wav"])).content, 8000)
    assert float(np.abs(sound).max()) > 0.05


async def test_a_word_is_said_to_a_flow(
    site: RunningAppliance, owner: Any, api: httpx.AsyncClient, evidence: Path
) -> None:
    rate = 48_000
    word = np.repeat(spoken("Yes."), rate // 8000)
    said = np.concatenate([np.zeros(rate, np.int16), word, np.zeros(2 * rate, np.int16)])
    soundfile.write(evidence / "yes.wav", said, rate, subtype="PCM_16")
    ask = {
        "type": "gather",
        "id": "question",
        "prompt": [{"type": "say", "text": "Yes, or a representative?"}],
        "attempts": 5,
        "keywords": [
            {"words": ["Yes"], "next": [{"type": "say", "text": "Good.", "id": "said-yes"}]},
            # the microphone repeats its file, so the first that is heard may be half a word: nothing that is short
            {"words": ["Representative"], "next": [{"type": "say", "text": "One moment.", "id": "said-other"}]},
        ],
    }
    draft = {"voice": "en-US-f", "steps": [ask]}
    flow = await api.post("/api/v1/flows", json={"name": "Yes or somebody", "draft": draft})
    assert flow.is_success, flow.text
    async with (
        chromium(speaks=evidence / "yes.wav") as browser,
        tab(browser, site.url, state=owner.state) as made,
    ):
        page = made.page
        await made.open(f"/flows/{flow.json()['flow_id']}")
        # a program wrote lists of steps
        await page.get_by_role("button", name="Open in the builder").click()
        await page.get_by_role("button", name="Try it", exact=True).click()
        await page.get_by_role("button", name="Call this page").click()
        await page.get_by_role("button", name="Answer", exact=True).click()
        await page.get_by_role("button", name="Speak").click()
        await expect(page.get_by_role("button", name="Listening")).to_be_visible()
        log = page.get_by_role("log", name="What happened")
        await expect(log).to_contain_text(re.compile("Answer: yes", re.IGNORECASE), timeout=60_000)
        await expect(log).to_contain_text("Ended", timeout=60_000)
        await expect(page.locator(".react-flow__node .step-now")).to_contain_text("Good.")
        await made.shot("flow-spoken")
