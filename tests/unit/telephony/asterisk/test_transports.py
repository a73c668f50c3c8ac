from __future__ import annotations

from typing import Any

import pytest

from callwright.errors import SetupError
from callwright.telephony.asterisk.transports import SipAddress


def test_without_translation_nothing_is_said_of_it() -> None:
    text = SipAddress(host="192.0.2.1", port=5080).usual()
    assert text.count("bind = 192.0.2.1:5080\n") == 2
    assert "external" not in text
    assert "local_net" not in text


def test_the_outside_address_goes_for_media_too_and_never_for_loopback() -> None:
    text = SipAddress(host="10.0.0.2", external_host="203.0.113.9").usual()
    assert "external_signaling_address = 203.0.113.9\nexternal_media_address = 203.0.113.9\n" in text
    assert "local_net = 127.0.0.0/8\n" in text
    text = SipAddress(external_host="203.0.113.9", external_media_host="203.0.113.10", local_networks=()).usual()
    assert "external_media_address = 203.0.113.10\n" in text


@pytest.mark.parametrize(
    ("host", "seen"),
    [("198.51.100.7", True), ("sip.example", True), ("[2001:db8::1]", True), ("10.1.2.3", False), ("127.0.0.1", False)],
)
def test_who_sees_the_outside_address(host: str, seen: bool) -> None:
    assert (SipAddress(external_host="203.0.113.9").seen_by(host) is not None) == seen
    assert SipAddress().seen_by(host) is None


@pytest.mark.parametrize(
    "fields",
    [
        {"external_host": "203.0.113.9\ntype=x"},
        {"external_host": "sip.example"},
        {"external_media_host": "203.0.113.9"},
        {"external_host": "203.0.113.9", "local_networks": ("10.0.0.0/33",)},
    ],
)
def test_what_is_no_address_is_refused(fields: dict[str, Any]) -> None:
    with pytest.raises(SetupError):
        SipAddress(**fields)


def test_a_path_that_could_change_the_configuration_is_refused() -> None:
    with pytest.raises(SetupError, match="CA file"):
        SipAddress().tls(verify=True, ca_file="/a\n[b]")
