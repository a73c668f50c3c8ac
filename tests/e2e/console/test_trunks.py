"""Lines in the console: a trunk with its test and trace, a number that its code proves, a message recorded by phone.

The name of the file puts it after ``test_pages.py``, which looks at pages that are still empty.
"""

from __future__ import annotations

import asyncio
import contextlib
import re
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest
from playwright.async_api import expect

from callwright.telephony.simulator import Callee, Press
from support.appliance import RunningAppliance, ended
from support.browser import Tab
from support.rtp_voice import speaking
from support.sipp import Sipp, free_ports
from support.spoken_codes import digits_in

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.timeout(400)]

#: The first number, for which the operator vouches: the code's call must come from somewhere.
FIRST = "+12125550100"


@contextlib.asynccontextmanager
async def at_any_hour(api: httpx.AsyncClient) -> AsyncIterator[None]:
    """Let people be called whatever the clock says: tests run at night too."""
    hours = (await api.get("/api/v1/account")).json()["organisation"]["calling_hours"]
    assert (await api.patch("/api/v1/account", json={"calling_hours": None})).is_success
    yield
    assert (await api.patch("/api/v1/account", json={"calling_hours": hours})).is_success


async def add_trunk(console: Tab, name: str, port: int, **fields: str) -> None:
    """Add a trunk to this machine in the browser."""
    page = console.page
    await console.open("/trunks")
    await page.get_by_role("button", name="Add a trunk").click()
    form = page.get_by_role("dialog")
    await form.get_by_label("Name", exact=True).fill(name)
    await form.get_by_label("Host", exact=True).fill("127.0.0.1")
    await form.get_by_role("textbox", name="Port").fill(str(port))
    if fields:
        await form.get_by_text("Everything else a provider may ask for").click()
    for label, value in fields.items():
        await form.get_by_label(label).fill(value)
    await form.get_by_role("button", name="Save").click()
    await expect(page.get_by_role("row", name=name)).to_be_visible()


async def remove_trunk(console: Tab, name: str) -> None:
    page = console.page
    await console.open("/trunks")
    await page.get_by_role("row", name=name).get_by_role("button", name="Remove").click()
    await page.get_by_role("dialog").get_by_role("button", name="Remove").click()
    await expect(page.get_by_role("dialog")).to_have_count(0)


async def test_a_trunk_is_added_tested_traced_and_a_number_proved_over_it(
    console: Tab, api: httpx.AsyncClient, site: RunningAppliance
) -> None:
    page = console.page
    await console.open("/trunks")
    await page.get_by_role("button", name="Add a trunk").click()
    form = page.get_by_role("dialog")
    await form.get_by_label("Name", exact=True).fill("My Line")
    await form.get_by_role("button", name="Save").click()
    # what is wrong stands at its field
    await expect(form.get_by_text("small letters", exact=False)).to_be_visible()
    await expect(form.get_by_text("a host name or an address", exact=False)).to_be_visible()
    await console.is_sound("trunk-form")
    await page.keyboard.press("Escape")

    # the lab's telephones as a provider's
    await add_trunk(console, "provider", site.internal_port_base + 3)
    row = page.get_by_role("row", name="provider")
    await row.get_by_role("button", name="Test").click()
    await expect(page.get_by_role("dialog")).to_contain_text("The provider answers.")
    await expect(page.get_by_role("dialog")).to_contain_text("200 OK")
    await console.shot("trunk-test")
    await page.keyboard.press("Escape")
    await add_trunk(console, "dead", free_ports(1), **{"Carries numbers that begin with": "+44"})
    await page.get_by_role("row", name="dead").get_by_role("button", name="Test").click()
    await expect(page.get_by_role("dialog")).to_contain_text("No answer in 3 seconds")
    await page.keyboard.press("Escape")
    await console.is_sound("trunks")

    # a number is called with a code, which is typed in
    site.cli("numbers", "add", FIRST, "--org", "Elm Street Dental")
    number = "+12125550190"
    async with at_any_hour(api):
        await console.open("/numbers")
        await page.get_by_role("button", name="Add a number").click()
        await page.get_by_label("Number", exact=True).fill(number)
        await page.get_by_role("button", name="Call it now").click()
        await expect(page.get_by_text(f"{number} is being called")).to_be_visible()
        (call,) = (await api.get("/api/v1/calls", params={"to": number})).json()["calls"]
        assert (await ended(api, call["call_id"]))["outcome"] == "answered"
        (heard,) = site.heard(number)
        said = await digits_in(heard, site.data_dir / "audio")
        code = said[: len(said) // 2]
        # it is said twice
        assert said == code + code
        await page.get_by_label("Code").fill(str((int(code) + 1) % 10 ** len(code)).zfill(len(code)))
        await page.get_by_role("button", name="Check").click()
        await expect(page.get_by_text("That is not the code")).to_be_visible()
        await console.is_sound("number-code", phone=False)
        await page.get_by_label("Code").fill(code)
        await page.get_by_role("button", name="Check").click()
        await expect(page.get_by_role("row", name=number)).to_contain_text("Proven")

        # the trace of the next call over it
        await console.open("/trunks")
        await row.get_by_role("button", name="Trace").click()
        await page.get_by_label("Seconds").fill("6")
        await page.get_by_role("button", name="Listen").click()
        # the engine listens from here on
        await expect(page.get_by_role("button", name="Listen")).to_be_disabled()
        body = {"to": "+12125550031", "from": FIRST, "message": "Hello"}
        async with asyncio.timeout(60):
            while not await page.get_by_label("Trace", exact=True).count():
                await api.post("/api/v1/calls", json=body)
                await asyncio.sleep(2)
        await expect(page.get_by_label("Trace", exact=True)).to_contain_text("INVITE sip:+12125550031")
    await page.keyboard.press("Escape")
    await row.get_by_role("switch").click()
    await expect(row).to_contain_text("Off")
    await remove_trunk(console, "dead")
    await expect(page.get_by_role("row", name="dead")).to_have_count(0)
    await remove_trunk(console, "provider")


@pytest.mark.sipp
async def test_a_message_is_recorded_by_phone(
    console: Tab, api: httpx.AsyncClient, site: RunningAppliance, evidence: Path
) -> None:
    page = console.page
    first = free_ports(4)
    # the pound key ends the recording; 1 is pressed until the question has come
    presses = (Press(digits="#", after=8.5), *(Press(digits="1", after=11.0 + 2.0 * at) for at in range(12)))
    callee = Callee(rings_for=0.3, presses=presses)
    sipp = Sipp(evidence / "sipp", callee, port=first, rtp_port=first + 2, info=True)
    site.cli("numbers", "add", FIRST, "--org", "Elm Street Dental")
    await add_trunk(console, "telephone", sipp.port, **{"Carries numbers that begin with": "+1212555017"})
    sipp.start()
    try:
        async with speaking(first + 2, 700.0), at_any_hour(api):
            await console.open("/audio")
            await page.get_by_role("button", name="Add a recording").first.click()
            await page.get_by_label("How", exact=True).select_option(label="Record by telephone")
            await page.get_by_role("dialog").get_by_label(re.compile("number")).fill("+12125550177")
            await page.get_by_label("Name").last.fill("Spoken by Ann")
            await page.get_by_role("dialog").get_by_role("button", name="Add").click()
            row = page.get_by_role("row", name="Spoken by Ann")
            await expect(row).to_contain_text("Being prepared")
            await expect(row).to_contain_text("Ready", timeout=120_000)
            await expect(row).to_contain_text("Telephone")
            await expect(row.get_by_role("button", name=re.compile("Play"))).to_be_visible()
    finally:
        sipp.stop()
    await remove_trunk(console, "telephone")
