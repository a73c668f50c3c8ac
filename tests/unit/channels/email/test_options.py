"""What a route to a mail server may say."""

from __future__ import annotations

from typing import Any

import pytest

from callwright.channels.email.channel import SmtpChannel
from callwright.channels.email.options import option_errors, read_options
from callwright.clock import SystemClock
from support.mail_channels import TOKENS, Desk, mail_route, mail_to

WHOLE: dict[str, Any] = {
    "host": "mail.example.com",
    "port": 2525,
    "security": "tls",
    "username": "me",
    "hello": "calls.example.com",
    "connections": 8,
    "mails_per_connection": 50,
    "timeout": 20,
    "bounce_address": "bounces@example.com",
    "domain_rates": {"example.org": 5, "*": 0.5},
    "imap": {"host": "imap.example.com", "username": "bounces", "folder": "Reports", "poll_seconds": 5},
    "lmtp_port": 2424,
    "verify": False,
}
SECRETS = {"password": "secret", "imap_password": "other"}


def test_everything_is_read() -> None:
    read = read_options(WHOLE, SECRETS)
    assert (read.host, read.port, read.security, read.password) == ("mail.example.com", 2525, "tls", "secret")
    assert read.mailbox is not None
    assert (read.mailbox.port, read.mailbox.password, read.mailbox.folder) == (993, "other", "Reports")
    assert "secret" not in repr(read)
    assert "other" not in repr(read)


@pytest.mark.parametrize(("security", "port"), [("starttls", 587), ("tls", 465), ("none", 25)])
def test_the_port_follows_from_the_security(security: str, port: int) -> None:
    assert read_options({"host": "localhost", "security": security}, None).port == port


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"host": None}, "options.host"),
        ({"host": "a b"}, "options.host"),
        ({"port": 0}, "options.port"),
        ({"port": True}, "options.port"),
        ({"security": "ssl"}, "options.security"),
        ({"security": "none"}, "options.security"),
        ({"username": None}, "options.username"),
        ({"username": "a\r\nb"}, "options.username"),
        ({"connections": 0}, "options.connections"),
        ({"timeout": "5"}, "options.timeout"),
        ({"verify": "no"}, "options.verify"),
        ({"bounce_address": "bounces"}, "options.bounce_address"),
        ({"domain_rates": {"example.org": 0}}, "options.domain_rates"),
        ({"domain_rates": {"Not A Domain": 1}}, "options.domain_rates"),
        ({"imap": "imap.example.com"}, "options.imap"),
        ({"imap": {"host": "imap.example.com"}}, "options.imap.username"),
        ({"imap": {"host": "h", "username": "u", "security": "none"}}, "options.imap.security"),
        ({"pasword": "x"}, "options.pasword"),
    ],
)
def test_what_is_wrong_is_named(change: dict[str, Any], field: str) -> None:
    options = {name: value for name, value in (WHOLE | change).items() if value is not None}
    assert [error.field for error in option_errors(options, SECRETS)] == [field]


def test_a_password_is_missed_only_when_secrets_are_given() -> None:
    options = {"host": "h.example", "username": "me"}
    assert [error.field for error in option_errors(options, {})] == ["secrets.password"]
    assert not option_errors(options, None)


def test_postmark_needs_no_host_and_may_have_a_stream() -> None:
    read = read_options({"provider": "postmark", "stream": "broadcast"}, None)
    assert (read.host, read.port, read.security, read.stream) == (
        "smtp.postmarkapp.com",
        587,
        "starttls",
        "broadcast",
    )
    wrong = [
        ({"provider": "other", "host": "h.example"}, "options.provider"),
        ({"host": "h.example", "stream": "broadcast"}, "options.stream"),
        ({"provider": "postmark", "stream": "a\r\nb"}, "options.stream"),
        ({"host": "h.example", "sns_topic": "bounces"}, "options.sns_topic"),
    ]
    for options, field in wrong:
        assert [error.field for error in option_errors(options, None)] == [field]


async def test_mails_over_postmark_name_themselves_to_its_webhooks() -> None:
    desk = Desk()
    for options, named in (({}, False), ({"provider": "postmark", "stream": "broadcast"}, True)):
        route = mail_route(25, **options)
        channel = SmtpChannel(route, desk, desk=desk, gone=desk, tokens=TOKENS, clock=SystemClock())
        message = mail_to("ann@example.org")
        letter = await channel._writer.letter(message)
        header = f"X-PM-Metadata-callwright: {TOKENS.token(message.id)}\r\n".encode()
        assert (header in letter.octets, b"X-PM-Message-Stream: broadcast\r\n" in letter.octets) == (named, named)
        await channel.stop()
