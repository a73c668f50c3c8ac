"""Keys of programs written for another service: the command that the console shows works, and its order appears."""

from __future__ import annotations

import itertools
import shlex

import httpx
import pytest
from playwright.async_api import expect

from support.browser import Tab

pytestmark = pytest.mark.asyncio(loop_scope="session")


async def test_a_dialects_key_comes_with_a_command_that_works(console: Tab) -> None:
    page = console.page
    await console.open("/keys")
    await page.get_by_role("button", name="Make a key").click()
    dialog = page.get_by_role("dialog")
    await dialog.get_by_label("Name").fill("a program of theirs")
    await dialog.get_by_label("Which interface").select_option(label="RoboTalker")
    await dialog.get_by_role("button", name="Make a key").click()
    shown = await dialog.get_by_label("curl").inner_text()
    command = shlex.split(shown.replace("\\\n", " "))
    assert command[0] == "curl"
    form = dict(each.split("=", 1) for word, each in itertools.pairwise(command) if word == "--data-urlencode")
    async with httpx.AsyncClient(trust_env=False, timeout=20) as client:
        answer = await client.post(command[1], data=form)
    assert answer.status_code == 200, answer.text
    assert answer.json()[0]["ToNumber"] == "2125550011"
    await console.shot("key-of-a-dialect")

    await console.open("/orders?dialect=robotalker")
    await page.get_by_role("table").get_by_role("link").first.click()
    await expect(page.get_by_role("heading", level=1)).to_contain_text("First job")
    await expect(page.get_by_role("table", name="Numbers").get_by_role("link", name="+12125550011")).to_be_visible()
    await console.is_sound("order")
