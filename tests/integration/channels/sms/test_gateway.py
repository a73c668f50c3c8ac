"""Texts over HTTP: against Twilio's and Telnyx' own OpenAPI documents, and against servers that misbehave."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from datetime import timedelta

import orjson

from callwright.channels.sms.gateway import GatewayChannel
from callwright.events.http_client import GuardedClient
from callwright.messages.gateways.hooks import GatewayReceipt, read_hook
from callwright.messages.gateways.service import gateway_of
from callwright.messages.models import Outgoing, Route
from support.clocks import HandClock
from support.gateway_server import ACCOUNT, TELNYX, peer_gateway
from support.http_servers import receiving, serving

CLOCK = HandClock()
WEBHOOK = "https://calls.example.com/gateways/rte_1/secret"


def route(options, **secrets):
    return Route(
        id="rte_1",
        organisation_id="org_1",
        shared=False,
        channel="sms",
        kind="http",
        name="gateway",
        options=options,
        secrets=secrets,
        per_second=10,
        updated_at=CLOCK.now(),
    )


def twilio(base, token):
    return route({"preset": "twilio", "values": {"account": ACCOUNT, "base": base}}, token=token)


def telnyx(base, token):
    return route({"preset": "telnyx", "values": {"base": base}}, token=token, public_key="x")


def plain(url):
    return route({"send": {"url": url, "json": {"to": "{to}", "text": "{text}"}}, "answer": {"id": "id"}})


def outgoing(**changes):
    fields = {
        "id": "sms_1",
        "number": 1,
        "organisation_id": "org_1",
        "owner_id": None,
        "channel": "sms",
        "sandbox": False,
        "purpose": "transactional",
        "campaign_id": None,
        "to_address": "+15558675310",
        "from_address": "+14155552345",
        "content": {"text": "Hello"},
        "variables": {},
        "text": "Hello",
        "parts": 1,
        "media": (),
        "topic": None,
        "not_after": None,
        "attempts": 1,
        "route_id": "rte_1",
        "accepted": frozenset(),
        "not_before": CLOCK.now(),
    }
    return Outgoing(**{**fields, **changes})


@asynccontextmanager
async def channel_of(of, **limits):
    client = GuardedClient("127.0.0.0/8", **limits)
    channel = GatewayChannel(of, gateway_of(of), client, CLOCK, WEBHOOK)
    await channel.start()
    try:
        yield channel
    finally:
        await channel.stop()
        await client.close()


async def test_twilio_takes_texts_and_pictures():
    async with peer_gateway() as peer, channel_of(twilio(peer.url, peer.token)) as channel:
        first = await channel.send(outgoing(text="Grüße 👋 & more", not_after=CLOCK.now() + timedelta(days=3)))
        second = await channel.send(
            outgoing(id="sms_2", media=["https://us.example/a.png", "https://us.example/b.png"])
        )
        third = await channel.send(outgoing(id="sms_3", from_address="ACME Bank", text="Hi"))
    assert [each.verdict for each in (first, second, third)] == ["sent"] * 3
    assert peer.of("invalid") == []
    text, pictures, _ = peer.of("request")
    assert text["Body"] == "Grüße 👋 & more"
    assert (text["To"], text["From"]) == ("+15558675310", "+14155552345")
    assert text["StatusCallback"] == f"{WEBHOOK}?message=sms_1"
    assert text["ValidityPeriod"] == 36_000
    assert pictures["MediaUrl"] == ["https://us.example/a.png", "https://us.example/b.png"]
    assert "ValidityPeriod" not in pictures
    assert first.parts[0].provider_id.startswith("SM")
    assert second.parts[0].provider_id.startswith("MM")


async def test_telnyx_takes_texts_and_pictures():
    async with peer_gateway("telnyx") as peer, channel_of(telnyx(peer.url, peer.token)) as channel:
        first = await channel.send(outgoing(text="Grüße 👋 & more", not_after=CLOCK.now() + timedelta(days=3)))
        second = await channel.send(
            outgoing(id="sms_2", media=["https://us.example/a.png", "https://us.example/b.png"])
        )
        third = await channel.send(outgoing(id="sms_3", from_address="ACME Bank", text="Hi"))
    assert peer.of("invalid") == []
    assert [each.verdict for each in (first, second, third)] == ["sent"] * 3
    text, pictures, _ = peer.of("request")
    assert (text["text"], text["to"], text["from"]) == ("Grüße 👋 & more", "+15558675310", "+14155552345")
    assert text["webhook_url"] == f"{WEBHOOK}?message=sms_1"
    assert pictures["media_urls"] == ["https://us.example/a.png", "https://us.example/b.png"]
    assert len({each.parts[0].provider_id for each in (first, second, third)}) == 3


async def test_telnyx_refusals_are_told_apart():
    async with peer_gateway("telnyx") as peer, channel_of(telnyx(peer.url, peer.token)) as channel:
        bad = await channel.send(outgoing(to_address="nobody at all"))
        await peer.behave_now(status=429, code=10011, message="Too many requests", headers={"retry-after": "7"})
        later = await channel.send(outgoing())
        await peer.behave_now(status=500, code=10007, message="Unexpected error")
        open_ = await channel.send(outgoing())
    assert (bad.verdict, bad.provider_status) == ("failed", "40310")
    assert (later.verdict, later.again_after) == ("again", 7.0)
    assert (open_.verdict, open_.provider_status) == ("unknown", "10007")
    async with peer_gateway("telnyx") as peer, channel_of(telnyx(peer.url, "wrong")) as channel:
        refused = await channel.send(outgoing())
    assert (refused.verdict, refused.reason) == ("failed", "Authentication failed")


def test_what_telnyx_tells_in_its_document_is_read():
    schemas = orjson.loads(TELNYX.read_bytes())["components"]["schemas"]
    gateway = gateway_of(telnyx("https://api.telnyx.com", "t"))

    def read(event):
        return read_hook(gateway, query="", content_type="application/json", body=orjson.dumps({"data": event}))

    outbound = schemas["OutboundMessage"]["example"]
    (told,) = read(outbound)
    assert told == GatewayReceipt(provider_id=outbound["payload"]["id"], state="accepted", word="queued", error=None)
    inbound = {"event_type": "message.received", "payload": schemas["InboundMessagePayload"]["example"]}
    (text,) = read(inbound)
    assert (text.sender, text.recipient, text.text) == ("+18665550001", "+18445550001", "Hello, World!")
    # each event and each state that it names is one that we know
    named = schemas["OutboundMessagePayload"]["properties"]["to"]["items"]["properties"]["status"]["enum"]
    for event in schemas["OutboundMessage"]["properties"]["event_type"]["enum"]:
        for status in named:
            changed = {**outbound, "event_type": event}
            changed["payload"] = {**outbound["payload"], "to": [{"phone_number": "+18665550001", "status": status}]}
            (told,) = read(changed)
            assert (told.word, told.state == "unknown") == (status, status == "delivery_unconfirmed")
    assert schemas["InboundMessage"]["properties"]["event_type"]["enum"] == ["message.received"]


async def test_twilios_refusals_are_told_apart():
    async with peer_gateway() as peer, channel_of(twilio(peer.url, peer.token)) as channel:
        bad = await channel.send(outgoing(to_address="nobody at all"))
        await peer.behave_now(status=429, code=20429, message="Too Many Requests", headers={"retry-after": "7"})
        later = await channel.send(outgoing())
        assert channel.state()["problem"] == "HTTP 429: 20429 Too Many Requests"
        await peer.behave_now(status=500, code=20500, message="Internal Server Error")
        open_ = await channel.send(outgoing())
        await peer.behave_now()
        assert (await channel.send(outgoing())).verdict == "sent"
        assert channel.state()["problem"] is None
    assert (bad.verdict, bad.provider_status) == ("failed", "21211")
    assert (later.verdict, later.again_after) == ("again", 7.0)
    assert (open_.verdict, open_.provider_status) == ("unknown", "20500")
    async with peer_gateway() as peer, channel_of(twilio(peer.url, "wrong")) as channel:
        refused = await channel.send(outgoing())
    assert (refused.verdict, refused.reason) == ("failed", "Authenticate")


async def test_no_connection_is_not_yet_an_attempt_to_reach_anybody():
    async with serving(lambda reader, writer: asyncio.sleep(0)) as port:
        pass
    async with channel_of(plain(f"http://127.0.0.1:{port}/")) as channel:
        sent = await channel.send(outgoing())
    assert sent.verdict == "again"


async def test_a_server_that_hangs_up_may_have_the_message():
    async with peer_gateway() as peer, channel_of(twilio(peer.url, peer.token)) as channel:
        await peer.behave_now(hangUp=True)
        sent = await channel.send(outgoing())
    assert sent.verdict == "unknown"
    assert len(peer.of("request")) == 1


async def test_an_answer_that_does_not_come_leaves_it_open():
    async def never(_):
        await asyncio.Event().wait()

    async with receiving(never) as receiver, channel_of(plain(receiver.url), seconds=0.5) as channel:
        sent = await channel.send(outgoing())
    assert sent.verdict == "unknown"
    assert len(receiver.requests) == 1


async def test_redirects_lead_nowhere_and_private_addresses_are_refused():
    async def elsewhere(_):
        return 302, {"location": "http://127.0.0.1:1/"}

    async with receiving(elsewhere) as receiver:
        async with channel_of(plain(receiver.url)) as channel:
            assert (await channel.send(outgoing())).verdict == "failed"
        of = plain(receiver.url)
        client = GuardedClient("")
        sent = await GatewayChannel(of, gateway_of(of), client, CLOCK, None).send(outgoing())
        await client.close()
    assert sent.verdict == "again"
    assert "not public" in (sent.reason or "")
    assert len(receiver.requests) == 1
