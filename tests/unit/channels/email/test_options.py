"""What a route to a mail server may say."""

from __future__ import annotations

from typing import Any

import pytest

from callwright.channels.email.options import option_errors, read_options

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
