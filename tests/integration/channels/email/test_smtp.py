"""Mails into Postfix, and what it says of them: at once, and later by reports over LMTP and IMAP."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Callable, Iterator
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from pathlib import Path

import dkim
import pytest

from callwright.channels.email.imap import ImapReader
from callwright.channels.email.options import read_options
from callwright.mail.dkim import Signer, new_key
from support.certificates import make_certificate
from support.dovecot import PASSWORD, USERNAME, dovecot
from support.mail_channels import TOKENS, Desk, channel_of, mail_route, mail_to
from support.postfix import Postfix, postfix


def _free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port: int = free.getsockname()[1]
        return port


#: Where Postfix brings what comes back to ``lmtp.example``.
LMTP_PORT = _free_port()


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Postfix]:
    certificate, key = make_certificate(tmp_path_factory.mktemp("tls"))
    transports = {"lmtp.example": f"lmtp:inet:127.0.0.1:{LMTP_PORT}"}
    with postfix(transports=transports, certificate=certificate, key=key) as running:
        yield running


async def until(condition: Callable[[], object], what: Callable[[], str]) -> None:
    """Wait for a condition."""
    try:
        async with asyncio.timeout(30):
            while not condition():
                await asyncio.sleep(0.02)
    except TimeoutError:
        pytest.fail(what())


def read(octets: bytes) -> EmailMessage:
    mail = message_from_bytes(octets, policy=default)
    assert isinstance(mail, EmailMessage)
    return mail


async def test_a_mail_arrives_signed_and_whole(server: Postfix) -> None:
    key = new_key()
    desk = Desk(name="Jörgs Laden", signer=Signer(domain="example.com", selector="s", key=key.private))
    mail = mail_to("ann+first@example.org", html="<p>Grüße, {NAME}</p>" * 40, purpose="marketing")
    async with channel_of(mail_route(server.port, bounce_address="bounces@example.com"), desk) as channel:
        await until(lambda: channel.ready, lambda: str(channel.state()))
        sent = await channel.send(mail)
    assert (sent.verdict, [part.provider_id for part in sent.parts]) == ("sent", [mail.id])
    await until(lambda: server.delivered("ann"), lambda: server.log)
    octets = server.delivered("ann")[-1]
    arrived = read(octets)
    assert arrived["From"] == "Jörgs Laden <shop@example.com>"
    assert arrived["Subject"] == "Hello Ann"
    assert arrived["Return-Path"] == f"<{TOKENS.return_path(mail.id, 'bounces@example.com')}>"
    assert arrived["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    body = arrived.get_body(("plain",))
    assert body is not None
    assert "https://calls.example.com/unsubscribe/x" in body.get_content()
    # Postfix added headers of its own in front of what we signed
    assert dkim.verify(
        octets.replace(b"\r\n", b"\n").replace(b"\n", b"\r\n"), dnsfunc=lambda *_, **__: key.record.encode()
    )


async def test_a_mail_over_tls(server: Postfix) -> None:
    mail = mail_to("bob@example.org")
    async with channel_of(mail_route(server.port, security="starttls", verify=False), Desk()) as channel:
        await until(lambda: channel.ready, lambda: str(channel.state()))
        assert (await channel.send(mail)).verdict == "sent"
    await until(lambda: server.delivered("bob"), lambda: server.log)
    assert "TLS" in server.log or read(server.delivered("bob")[0])["Received"]


async def test_a_certificate_that_nobody_signed_is_refused(server: Postfix) -> None:
    async with channel_of(mail_route(server.port, security="starttls"), Desk()) as channel:
        await until(lambda: "certificate" in str(channel.state()["problem"]), lambda: str(channel.state()))
        assert not channel.ready
        sent = await channel.send(mail_to("ann@example.org"))
    assert sent.verdict == "back"


async def test_an_address_that_does_not_exist_is_never_written_to_again(server: Postfix) -> None:
    desk = Desk()
    mail = mail_to("nobody@example.org")
    async with channel_of(mail_route(server.port), desk) as channel:
        sent = await channel.send(mail)
    assert sent.verdict == "failed"
    assert (sent.provider_status or "").startswith("550 5.1.1")
    assert list(desk.stopped) == [mail.id]


async def test_a_domain_that_is_too_busy_is_left_alone(server: Postfix) -> None:
    async with channel_of(mail_route(server.port), Desk()) as channel:
        busy = await channel.send(mail_to("busy@example.org"))
        other = await channel.send(mail_to("ann@example.org"))
        elsewhere = await channel.send(mail_to("shop@example.com"))
    assert (busy.verdict, busy.again_after) == ("again", pytest.approx(30, abs=1))
    assert other.verdict == "back"
    assert other.again_after is not None
    assert elsewhere.verdict == "sent"


async def test_a_person_who_is_refused_for_now_delays_nobody_else(server: Postfix) -> None:
    async with channel_of(mail_route(server.port), Desk()) as channel:
        grey = await channel.send(mail_to("grey@example.org"))
        other = await channel.send(mail_to("ann@example.org"))
    assert (grey.verdict, grey.again_after) == ("again", None)
    assert other.verdict == "sent"


async def test_bounces_come_by_lmtp(server: Postfix) -> None:
    desk = Desk()
    gone, full = mail_to("ann@gone.example"), mail_to("ann@full.example")
    route = mail_route(server.port, bounce_address="bounces@lmtp.example", lmtp_port=LMTP_PORT)
    async with channel_of(route, desk) as channel:
        await until(lambda: channel.state()["lmtp_problem"] is None, lambda: str(channel.state()))
        for mail in (gone, full):
            assert (await channel.send(mail)).verdict == "sent"
        await until(lambda: len(desk.receipts_) == 2, lambda: server.log)
    told = {receipt.provider_id: receipt for receipt in desk.receipts_}
    assert {receipt.state for receipt in told.values()} == {"undelivered"}
    assert (told[gone.id].error or "").startswith("5.1.1 550 5.1.1")
    assert (told[full.id].error or "").startswith("5.2.2 552 5.2.2")
    assert list(desk.stopped) == [gone.id]


async def test_bounces_come_by_imap(server: Postfix) -> None:
    desk = Desk()
    gone = mail_to("bob@gone.example")
    before = len(server.delivered("bounces"))
    async with channel_of(mail_route(server.port, bounce_address="bounces@example.com"), desk) as channel:
        assert (await channel.send(gone)).verdict == "sent"
    await until(lambda: len(server.delivered("bounces")) > before, lambda: server.log)
    folder: Path = server.folder / "mail" / "bounces"
    with dovecot(folder) as port:
        mailbox = {"host": "127.0.0.1", "port": port, "security": "none", "username": USERNAME, "poll_seconds": 1}
        route = mail_route(server.port, imap=mailbox, secrets={"imap_password": PASSWORD})
        async with channel_of(route, desk) as channel:
            await until(lambda: gone.id in desk.stopped, lambda: f"{channel.state()} {server.log}")
            await until(lambda: [r for r in desk.receipts_ if r.provider_id == gone.id], lambda: str(desk))
        # what was read is not read again
        again: list[bytes] = []

        async def keep(octets: bytes) -> None:
            again.append(octets)

        reader = ImapReader(read_options(route.options, route.secrets).mailbox or pytest.fail("no mailbox"), keep)
        assert await reader.look() == 0
        await reader.stop()
    assert not again


async def test_a_wrong_password_of_the_mailbox_is_told(server: Postfix) -> None:
    folder = server.folder / "mail" / "shop"
    async with channel_of(mail_route(server.port), Desk()) as channel:
        await channel.send(mail_to("shop@example.com"))
    await until(lambda: server.delivered("shop"), lambda: server.log)
    with dovecot(folder) as port:
        mailbox = {"host": "127.0.0.1", "port": port, "security": "none", "username": USERNAME}
        route = mail_route(server.port, imap=mailbox, secrets={"imap_password": "wrong"})
        async with channel_of(route, Desk()) as channel:
            await until(lambda: channel.state()["imap_problem"], lambda: str(channel.state()))
            assert "wrong" not in str(channel.state())
