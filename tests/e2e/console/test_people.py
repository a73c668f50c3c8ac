"""People in the console: a text that came in is read and answered, an import is looked at and taken back."""

from __future__ import annotations

import json
from pathlib import Path
from urllib.parse import urlencode

import httpx
import pytest
from playwright.async_api import expect

from callwright.messages.gateways.proofs import twilio_signature
from support.appliance import RunningAppliance
from support.browser import Tab
from support.gateway_server import ACCOUNT, peer_gateway

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.timeout(400)]

OURS, THEIRS = "+12125550160", "+12125550163"
ORGANISATION = "Elm Street Dental"


async def test_a_text_comes_in_and_is_answered(
    console: Tab, api: httpx.AsyncClient, site: RunningAppliance, tmp_path: Path
) -> None:
    page = console.page
    async with peer_gateway() as peer:
        options = tmp_path / "options.json"
        options.write_text(json.dumps({"preset": "twilio", "values": {"account": ACCOUNT, "base": peer.url}}))
        arguments = ["--org", ORGANISATION, "--options-file", str(options)]
        site.cli("routes", "add", "http", "texts", *arguments, "--secrets", json.dumps({"token": peer.token}))
        site.cli("senders", "add", OURS, "--org", ORGANISATION)
        address = site.cli("routes", "address", "texts", "--org", ORGANISATION)
        path = "/gateways/" + address.split("/gateways/")[1].split()[0]
        text = "Can I come at ten instead of nine, and bring my sister? " * 3
        fields = {"MessageSid": "SM" + "1" * 32, "SmsStatus": "received", "From": THEIRS, "To": OURS, "Body": text}
        body = urlencode(fields).encode()
        headers = {
            "Content-Type": "application/x-www-form-urlencoded",
            "X-Twilio-Signature": twilio_signature(peer.token, f"{site.url}{path}", body),
        }
        answer = await api.post(path, content=body, headers=headers)
        assert answer.status_code == 200, answer.text

        await console.open("/messages")
        row = page.get_by_role("row", name=THEIRS)
        await expect(row).to_contain_text("1 new")
        await console.is_sound("messages-new")
        await row.get_by_role("link", name=THEIRS).click()
        thread = page.get_by_role("list", name="Conversations")
        await expect(thread).to_contain_text("bring my sister")
        hours = (await api.get("/api/v1/account")).json()["organisation"]["calling_hours"]
        await api.patch("/api/v1/account", json={"calling_hours": None})
        await page.get_by_label("Your answer").fill("Ten is fine. Both of you are welcome.")
        await page.get_by_role("button", name="Send").click()
        await expect(thread).to_contain_text("Both of you are welcome.")
        await peer.wait_for("request", 1)
        await api.patch("/api/v1/account", json={"calling_hours": hours})
        assert [(sent["To"], sent["Body"]) for sent in peer.of("request")] == [
            (THEIRS, "Ten is fine. Both of you are welcome.")
        ]
        await expect(page.get_by_label("Your answer")).to_have_value("")
        await expect(thread).to_contain_text("Sent")
        await console.is_sound("conversation")
        # what was on the screen has been read
        await console.open("/messages")
        await expect(row).to_be_visible()
        await expect(row).not_to_contain_text("new")
        site.cli("routes", "disable", "texts", "--org", ORGANISATION)


CSV = """Given name,Family name,Mobile,Klasse
Ada,Lovelace,+12125550171,7b
Grace,Hopper,+12125550172,7b
Nobody,Here,ask her,7c
"""


async def test_an_import_is_looked_at_and_taken_back(console: Tab, api: httpx.AsyncClient) -> None:
    page = console.page
    await console.open("/imports")
    upload = {"name": "class 7.csv", "mimeType": "text/csv", "buffer": CSV.encode()}
    await page.get_by_label("CSV file").set_input_files(upload)
    await page.get_by_role("button", name="Upload").click()
    await page.wait_for_url("**/app/imports/imp_*")
    await expect(page.get_by_label("Meaning: Given name")).to_have_value("first_name")
    await expect(page.get_by_label("Meaning: Mobile")).to_have_value("number:mobile")
    await page.get_by_label("Meaning: Klasse").select_option(label="Own field “klasse”")
    await console.is_sound("import-mapping")
    await page.get_by_role("button", name="Start the import").click()
    await expect(page.get_by_text("Done", exact=True)).to_be_visible()
    await expect(page.locator(".stat", has_text="New").locator(".stat-value")).to_have_text("2")
    await expect(page.locator(".stat", has_text="Refused").locator(".stat-value")).to_have_text("1")
    async with page.expect_download() as download:
        await page.get_by_role("link", name="Download as CSV").click()
    assert "ask her" in (await (await download.value).path()).read_text(encoding="utf-8")
    await console.is_sound("import-done")
    found = (await api.get("/api/v1/contacts", params={"to": "+12125550171"})).json()["contacts"]
    assert [each["fields"]["klasse"] for each in found] == ["7b"]

    await page.get_by_role("button", name="Take it back").click()
    await page.get_by_role("dialog").get_by_role("button", name="Take it back").click()
    await expect(page.get_by_text("Taken back", exact=True)).to_be_visible()
    assert (await api.get("/api/v1/contacts", params={"to": "+12125550171"})).json()["contacts"] == []
