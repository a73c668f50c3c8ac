"""Emails through the whole appliance: the lab's mailbox, a call's flow, and Postfix."""

from __future__ import annotations

import asyncio
import base64
import mailbox
from collections.abc import Awaitable, Callable

from support.appliance import RunningAppliance
from support.postfix import postfix

#: A file.
MAP = bytes(range(256)) * 1000
FLOW = {
    "steps": [
        {"type": "say", "text": "We mail you the address."},
        {"type": "email", "to": "{MAIL}", "subject": "The address, {NAME}", "text": "1 Main Street"},
    ]
}


async def until(condition: Callable[[], Awaitable[bool]]) -> None:
    """Wait for a condition."""
    async with asyncio.timeout(60):
        while not await condition():
            await asyncio.sleep(0.1)


async def test_sandbox_emails_and_a_calls_email_reach_the_labs_mailbox(running: RunningAppliance) -> None:
    key = running.key(running.organisation("Letters"), "--sandbox")
    async with running.client(key) as client:
        body = {"to": "ann+bounce@example.org", "subject": "Hello {NAME}", "html": "<p>Dear {NAME}</p>"}
        sent = await client.post("/api/v1/emails", json={**body, "variables": {"NAME": "Ann"}})
        assert sent.status_code == 201, sent.text
        path = f"/api/v1/emails/{sent.json()['message_id']}"

        async def came_back() -> bool:
            return bool((await client.get(path)).json()["status"] == "undelivered")

        await until(came_back)
        variables = {"MAIL": "cat@example.org", "NAME": "Cat"}
        called = await client.post("/api/v1/calls", json={"to": "+12125550001", "flow": FLOW, "variables": variables})
        assert called.status_code == 201, called.text

        async def mailed() -> bool:
            listed = (await client.get("/api/v1/emails", params={"address": "cat@example.org"})).json()["messages"]
            return [each["status"] for each in listed] == ["sent"]

        await until(mailed)
        [email] = (await client.get("/api/v1/emails", params={"address": "cat@example.org"})).json()["messages"]
        assert email["call_id"] == called.json()["call_id"]
        shown = (await client.get(f"/api/v1/emails/{email['message_id']}")).json()
        assert (shown["subject"], shown["text"]) == ("The address, Cat", "1 Main Street")
        file = {"filename": "map.bin", "content": base64.b64encode(MAP).decode()}
        written = {"subject": "The map", "text": "It is attached.", "attachments": [file]}
        campaign = {"name": "Maps", "channels": ["email"], "email": written, "recipients": ["dan@example.org"]}
        made = await client.post("/api/v1/campaigns", json=campaign)
        assert made.status_code == 201, made.text

        async def completed() -> bool:
            found = (await client.get(f"/api/v1/campaigns/{made.json()['campaign_id']}")).json()
            return bool(found["state"] == "completed")

        await until(completed)
    [mapped] = [
        mail for mail in mailbox.Maildir(running.data_dir / "mail", create=False) if mail["To"] == "dan@example.org"
    ]
    assert [part.get_payload(decode=True) for part in mapped.walk() if part.get_filename() == "map.bin"] == [MAP]
    kept = {str(mail["To"]): str(mail["Subject"]) for mail in mailbox.Maildir(running.data_dir / "mail", create=False)}
    assert kept["ann+bounce@example.org"] == "Hello Ann"
    assert kept["cat@example.org"] == "The address, Cat"


async def test_an_email_over_a_mail_server(running: RunningAppliance) -> None:
    organisation = running.organisation("Mailers")
    with postfix() as server:
        options = ["host=127.0.0.1", f"port={server.port}", "security=none", "hello=test.example"]
        running.cli("routes", "add", "smtp", "mailers", *options, "--org", organisation)
        running.cli("senders", "add", "shop@example.com", "--org", organisation, "--name", "The Shop")
        async with running.client(running.key(organisation, "--live")) as client:
            sent = await client.post("/api/v1/emails", json={"to": "ann@example.org", "subject": "Hello", "text": "x"})
            assert sent.status_code == 201, sent.text

            async def arrived() -> bool:
                return bool(server.delivered("ann"))

            await until(arrived)
        assert b"From: The Shop <shop@example.com>" in server.delivered("ann")[0]
        running.cli("routes", "disable", "mailers", "--org", organisation)
