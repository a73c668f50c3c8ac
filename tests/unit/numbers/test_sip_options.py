from __future__ import annotations

import dataclasses

import pytest

from callwright.numbers.sip_options import SipOptions


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("outbound_proxy", "proxy;lr"),
        ("outbound_proxy", "proxy:99999"),
        ("registrar", "a b"),
        ("from_user", "a\nmatch=0.0.0.0/0"),
        ("from_user", "[a]"),
        ("from_domain", "example.net:5060"),
        ("tls_ca_file", "relative.pem"),
        ("tls_ca_file", "/a\n[b]"),
        ("allow_from", ("provider.example",)),
        ("allow_from", ("0.0.0.0/0",)),
        ("allow_from", ("::/0",)),
        ("caller_id", "both"),
        ("session_timers", "yes"),
        ("reliable_provisional", "yes"),
        ("srtp", "dtls"),
        ("qualify_seconds", -1),
        ("rtp_timeout_seconds", 100_000),
        ("register_seconds", 5),
    ],
)
def test_a_wrong_option_is_named(field: str, value: object) -> None:
    assert [error.field for error in dataclasses.replace(SipOptions(), **{field: value}).errors()] == [field]


def test_good_options_survive_the_store() -> None:
    options = SipOptions(
        outbound_proxy="[2001:db8::1]:5061", allow_from=("192.0.2.1", "2001:db8::/64"), srtp="required"
    )
    assert options.errors() == []
    assert SipOptions.stored({**options.to_store(), "of_a_later_version": 1}) == options
