"""What becomes of a mail by what its server says, and when it says nothing."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from aiosmtpd.smtp import AuthResult

from callwright.channels.email.connections import Connections, Letter, NotConnected, Refused, Taken, Unknown
from callwright.channels.email.options import SmtpOptions
from support.mail_servers import Script, hang_up, mail_server

LETTER = Letter(return_path="bounces@example.com", to="ann@example.org", octets=b"Subject: x\r\n\r\nhello\r\n.\r\n")


def connections(port: int, **changes: Any) -> Connections:
    options: dict[str, Any] = {"host": "127.0.0.1", "port": port, "security": "none", "hello": "test", "connections": 2}
    return Connections(SmtpOptions(**(options | changes)))


async def test_a_mail_is_handed_over_as_it_is() -> None:
    async with mail_server() as server:
        ours = connections(server.port)
        assert isinstance(await ours.deliver(LETTER), Taken)
        await ours.close()
    (envelope,) = server.sent
    assert (envelope.mail_from, envelope.rcpt_tos) == ("bounces@example.com", ["ann@example.org"])
    assert envelope.original_content == LETTER.octets
    assert ours.open == 0


async def test_a_connection_serves_many_mails_and_there_are_no_more_than_allowed() -> None:
    async with mail_server() as server:
        ours = connections(server.port)
        answers = await asyncio.gather(*(ours.deliver(LETTER) for _ in range(20)))
        await ours.close()
    assert all(isinstance(answer, Taken) for answer in answers)
    assert server.sessions <= 2


async def test_a_connection_is_made_anew_after_so_many_mails() -> None:
    async with mail_server() as server:
        ours = connections(server.port, connections=1, mails_per_connection=3)
        for _ in range(7):
            await ours.deliver(LETTER)
        await ours.close()
    assert server.sessions == 3


@pytest.mark.parametrize(
    ("script", "command", "code", "permanent"),
    [
        (Script(mail="550 5.7.1 not you"), "MAIL", 550, True),
        (Script(rcpt=lambda _: "550 5.1.1 nobody"), "RCPT", 550, True),
        (Script(rcpt=lambda _: "451 4.7.1 later"), "RCPT", 451, False),
        (Script(data=lambda _: "554 5.6.0 spam"), "DATA", 554, True),
        (Script(data=lambda _: "452 4.3.1 full"), "DATA", 452, False),
    ],
    ids=["sender", "recipient", "greylisted", "text", "full"],
)
async def test_a_refusal_is_told_and_the_next_mail_goes(
    script: Script, command: str, code: int, permanent: bool
) -> None:
    async with mail_server(script) as server:
        ours = connections(server.port, connections=1)
        answer = await ours.deliver(LETTER)
        script.mail, script.rcpt, script.data = "250 ok", lambda _: "250 ok", lambda _: "250 ok"
        assert isinstance(await ours.deliver(LETTER), Taken)
        await ours.close()
    assert isinstance(answer, Refused)
    assert (answer.command, answer.code, answer.permanent) == (command, code, permanent)
    assert server.sessions == 1


async def test_a_connection_that_breaks_after_the_text_leaves_it_open() -> None:
    async with mail_server(Script(data=hang_up)) as server:
        ours = connections(server.port)
        assert isinstance(await ours.deliver(LETTER), Unknown)
        server.data = lambda _: "250 ok"
        assert isinstance(await ours.deliver(LETTER), Taken)
        await ours.close()


async def test_an_answer_that_does_not_come_leaves_it_open() -> None:
    silent = asyncio.Event()

    class Silent(Script):
        async def handle_DATA(self, *_: Any) -> str:  # noqa: N802
            await silent.wait()
            return "250 too late"

    async with mail_server(Silent()) as server:
        ours = connections(server.port, timeout=0.3)
        assert isinstance(await ours.deliver(LETTER), Unknown)
        silent.set()
        await ours.close()


async def test_an_idle_connection_that_the_server_closed_costs_nothing() -> None:
    class Once(Script):
        async def handle_MAIL(self, server: Any, *rest: Any) -> str:  # noqa: N802
            if len(self.sent) == 1 and self.sessions == 1:
                server.transport.abort()
            return await super().handle_MAIL(server, *rest)

    script = Once()
    async with mail_server(script) as server:
        ours = connections(server.port, connections=1)
        assert isinstance(await ours.deliver(LETTER), Taken)
        assert isinstance(await ours.deliver(LETTER), Taken)
        await ours.close()
    assert len(server.sent) == 2


async def test_a_server_that_always_hangs_up_is_not_reached() -> None:
    class Rude(Script):
        async def handle_MAIL(self, server: Any, *rest: Any) -> str:  # noqa: N802
            server.transport.abort()
            return "250 ok"

    async with mail_server(Rude()) as server:
        ours = connections(server.port)
        with pytest.raises(NotConnected, match="broke"):
            await ours.deliver(LETTER)
        await ours.close()
    assert ours.open == 0


async def test_nobody_there() -> None:
    async with mail_server() as server:
        port = server.port
    with pytest.raises(NotConnected, match="was not reached") as caught:
        await connections(port).deliver(LETTER)
    assert not caught.value.refused


async def test_a_refused_log_in() -> None:
    def refuse(*_: Any) -> AuthResult:
        return AuthResult(success=False, handled=False)

    async with mail_server(authenticator=refuse, auth_require_tls=False) as server:
        ours = connections(server.port, username="me", password="wrong")
        with pytest.raises(NotConnected, match="log-in") as caught:
            await ours.deliver(LETTER)
    assert caught.value.refused
    assert "wrong" not in str(caught.value)


async def test_a_log_in() -> None:
    seen: list[Any] = []

    def accept(server: Any, session: Any, envelope: Any, mechanism: str, data: Any) -> AuthResult:
        seen.append((data.login, data.password))
        return AuthResult(success=True)

    async with mail_server(authenticator=accept, auth_require_tls=False) as server:
        ours = connections(server.port, username="me", password="secret")
        assert isinstance(await ours.deliver(LETTER), Taken)
        await ours.close()
    assert seen == [(b"me", b"secret")]


async def test_a_server_without_tls_gets_nothing_when_tls_is_wanted() -> None:
    async with mail_server() as server:
        with pytest.raises(NotConnected) as caught:
            await connections(server.port, security="starttls").deliver(LETTER)
    assert caught.value.refused
    assert not server.sent
