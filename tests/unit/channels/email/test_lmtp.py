"""The listener for reports, asked by the standard library's client."""

from __future__ import annotations

import asyncio
import contextlib
import smtplib
import socket
from collections.abc import AsyncIterator, Sequence

import pytest

from callwright.channels.email import lmtp
from callwright.channels.email.lmtp import LmtpServer


class Kept:
    """What was kept; raises while ``broken``."""

    def __init__(self) -> None:
        self.mails: list[tuple[bytes, tuple[str, ...]]] = []
        self.broken = False

    async def keep(self, octets: bytes, sent_to: Sequence[str]) -> None:
        if self.broken:
            raise ConnectionError
        self.mails.append((octets, tuple(sent_to)))


@contextlib.asynccontextmanager
async def listening(kept: Kept) -> AsyncIterator[int]:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port: int = free.getsockname()[1]
    server = LmtpServer("127.0.0.1", port, kept.keep)
    await server.start()
    while server._server is None:
        await asyncio.sleep(0)
    try:
        yield port
    finally:
        await server.stop()


def client(port: int) -> smtplib.LMTP:
    return smtplib.LMTP("127.0.0.1", port, local_hostname="test")


async def test_a_mail_is_kept_with_its_envelope() -> None:
    kept = Kept()
    text = b"Subject: x\r\n\r\n.dot\r\n..\r\n" + b"x" * 100_000 + b"\r\nend\r\n"

    def send(port: int) -> None:
        with client(port) as session:
            assert session.sendmail("", ["a+1@example.com"], text) == {}
            assert session.sendmail("x@y.example", ["c@example.com"], b"two\r\n") == {}

    async with listening(kept) as port:
        await asyncio.to_thread(send, port)
    assert kept.mails == [(text, ("a+1@example.com",)), (b"two\r\n", ("c@example.com",))]


async def test_every_recipient_gets_an_answer() -> None:
    kept = Kept()

    def send(port: int) -> list[int]:
        with client(port) as session:
            session.docmd("MAIL FROM:<>")
            session.docmd("RCPT TO:<a@example.com>")
            session.docmd("RCPT TO:<b@example.com>")
            session.docmd("DATA")
            session.send(b"x\r\n.\r\n")
            return [session.getreply()[0], session.getreply()[0]]

    async with listening(kept) as port:
        assert await asyncio.to_thread(send, port) == [250, 250]
    assert kept.mails == [(b"x\r\n", ("a@example.com", "b@example.com"))]


async def test_what_could_not_be_kept_is_sent_again() -> None:
    kept = Kept()
    kept.broken = True

    def send(port: int) -> None:
        with client(port) as session:
            with pytest.raises(smtplib.SMTPDataError) as caught:
                session.sendmail("", ["a@example.com"], b"x\r\n")
            assert caught.value.smtp_code == 451
            kept.broken = False
            assert session.sendmail("", ["a@example.com"], b"x\r\n") == {}

    async with listening(kept) as port:
        await asyncio.to_thread(send, port)
    assert len(kept.mails) == 1


async def test_commands_out_of_order() -> None:
    def send(port: int) -> None:
        with client(port) as session:
            assert session.docmd("RCPT TO:<a@example.com>")[0] == 503
            assert session.docmd("DATA")[0] == 503
            assert session.docmd("HELO x")[0] == 500
            assert session.docmd("NOOP")[0] == 250
            assert session.docmd("RSET")[0] == 250

    async with listening(Kept()) as port:
        await asyncio.to_thread(send, port)


async def test_what_is_too_large_is_read_and_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lmtp, "_LONGEST", 1000)
    kept = Kept()

    def send(port: int) -> None:
        with client(port) as session:
            with pytest.raises(smtplib.SMTPDataError) as caught:
                session.sendmail("", ["a@example.com"], b"x" * 5000 + b"\r\n")
            assert caught.value.smtp_code == 552
            assert session.sendmail("", ["a@example.com"], b"small\r\n") == {}

    async with listening(kept) as port:
        await asyncio.to_thread(send, port)
    assert [octets for octets, _ in kept.mails] == [b"small\r\n"]


async def test_a_stop_closes_what_is_connected() -> None:
    async with listening(Kept()) as port:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        assert (await reader.readline()).startswith(b"220")
    assert await reader.read() == b""
    writer.close()
