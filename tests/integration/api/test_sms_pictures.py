"""Pictures of inbound texts: fetched, looked at, kept, served to who has the link, erased with the person."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest

from callwright.events.http_client import GuardedClient
from callwright.messages.inbound import InboundText, InboundTexts
from callwright.messages.picture_fetching import MOST_BYTES, PictureFetcher, type_of
from callwright.messages.routes import NewRoute
from support.api import ApiUnderTest
from support.http_servers import serving

pytestmark = pytest.mark.postgres

OURS, THEIRS = "+12125550100", "+12125550123"
PNG = b"\x89PNG\r\n\x1a\n" + bytes(100)
PAGES = {
    "/a.png": PNG,
    "/page": b"<html><script>alert(1)</script></html>",
    "/huge": b"\xff\xd8\xff" + bytes(MOST_BYTES),
}


@asynccontextmanager
async def provider() -> AsyncIterator[str]:
    """Serve the pages as pictures, whatever they are."""

    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = await reader.readuntil(b"\r\n\r\n")
        found = PAGES.get(head.split(b" ")[1].decode())
        status, body = (404, b"") if found is None else (200, found)
        lines = f"HTTP/1.1 {status} X", "content-type: image/png", f"content-length: {len(body)}", "connection: close"
        writer.write("\r\n".join([*lines, "", ""]).encode() + body)
        writer.close()

    async with serving(handle) as port:
        yield f"http://127.0.0.1:{port}"


async def came(api: ApiUnderTest, *urls: str) -> str:
    """Let a text with pictures come in; return its id."""
    routes = api.services.messages.routes
    made = await routes.add(api.organisation.id, NewRoute(channel="sms", kind="smpp", name="centre"), replace=True)
    route = await routes.opened(made.id)
    text = InboundText(sender=THEIRS, recipient=OURS, text="Look", media=urls)
    async with api.database.transaction() as connection:
        message_id = await InboundTexts(api.database, api.services.messages.service).take(connection, route, text)
    assert message_id is not None
    return message_id


async def fetched(api: ApiUnderTest, *, allow: str = "127.0.0.0/8") -> None:
    """Fetch everything that is due."""
    client = GuardedClient(allow)
    try:
        while await PictureFetcher(api.database, client).look():
            pass
    finally:
        await client.close()


async def pictures(api: ApiUnderTest, message_id: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = (await api.live.get(f"/api/v1/sms/{message_id}")).json()["pictures"]
    return found


async def test_a_picture_is_kept_and_served_to_who_has_the_link(api: ApiUnderTest) -> None:
    async with provider() as base:
        message_id = await came(api, f"{base}/a.png")
        [waiting] = await pictures(api, message_id)
        assert (waiting["state"], waiting["url"]) == ("waiting", None)
        await fetched(api)
    [kept] = await pictures(api, message_id)
    assert (kept["state"], kept["content_type"], kept["bytes"]) == ("kept", "image/png", len(PNG))
    served = await api.nobody.get(kept["url"])
    assert (served.status_code, served.content, served.headers["content-type"]) == (200, PNG, "image/png")
    assert served.headers["x-content-type-options"] == "nosniff"
    path, _, query = kept["url"].partition("?")
    for wrong in (f"{path}?expires=9999999999&signature=x", f"{path[:-1]}2?{query}"):
        assert (await api.nobody.get(wrong)).status_code == 403
    [conversation] = (await api.live.get("/api/v1/conversations")).json()["conversations"]
    listed = await api.live.get(f"/api/v1/conversations/{conversation['conversation_id']}/messages")
    assert listed.json()["messages"][0]["pictures"][0]["state"] == "kept"


async def test_what_is_no_picture_too_large_or_not_there_is_said(api: ApiUnderTest) -> None:
    async with provider() as base:
        message_id = await came(api, f"{base}/page", f"{base}/huge", f"{base}/nothing")
        await fetched(api)
    page, huge, nothing = await pictures(api, message_id)
    assert (page["state"], page["reason"]) == ("failed", "is no picture (JPEG, PNG, GIF, WebP)")
    assert (huge["state"], huge["reason"]) == ("waiting", "the file is larger than 4 MB")
    assert (nothing["state"], nothing["reason"]) == ("waiting", "the server answered 404")
    await api.database.execute("UPDATE inbound_pictures SET due_at = now(), attempts = 9 WHERE state = 'waiting'")
    await fetched(api)
    assert {each["state"] for each in await pictures(api, message_id)} == {"failed"}


async def test_addresses_inside_are_not_asked(api: ApiUnderTest) -> None:
    async with provider() as base:
        message_id = await came(api, f"{base}/a.png")
        await fetched(api, allow="")
    [refused] = await pictures(api, message_id)
    assert (refused["url"], refused["bytes"]) == (None, None)
    assert "public" in refused["reason"]


async def test_they_are_erased_with_the_person(api: ApiUnderTest) -> None:
    made = await api.live.post("/api/v1/contacts", json={"to": THEIRS})
    async with provider() as base:
        message_id = await came(api, f"{base}/a.png")
        await fetched(api)
    [kept] = await pictures(api, message_id)
    path = f"/api/v1/contacts/{made.json()['contact_id']}"
    exported = await api.live.post(f"{path}/export")
    assert exported.status_code == 200, exported.text
    assert "iVBORw0KGgo" in exported.text
    assert (await api.live.post(f"{path}/erase", json={})).status_code == 200
    assert await api.database.fetchval("SELECT count(*) FROM inbound_pictures") == 0
    assert (await api.nobody.get(kept["url"])).status_code == 404


@pytest.mark.parametrize(
    ("octets", "kind"),
    [
        (b"\xff\xd8\xff\xe0", "image/jpeg"),
        (b"GIF89a..", "image/gif"),
        (b"RIFF\0\0\0\0WEBPVP8 ", "image/webp"),
        (b"RIFF\0\0\0\0WAVEfmt ", None),
        (b"<svg", None),
        (b"", None),
    ],
    ids=["jpeg", "gif", "webp", "wave", "svg", "nothing"],
)
def test_types_are_read_from_the_bytes(octets: bytes, kind: str | None) -> None:
    assert type_of(octets) == kind
