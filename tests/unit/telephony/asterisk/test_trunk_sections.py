from __future__ import annotations

from typing import Any

import pytest

from callwright.errors import SetupError
from callwright.telephony.asterisk.transports import SipAddress
from callwright.telephony.asterisk.trunk_sections import TrunkConfig, endpoints


def test_a_line_with_everything() -> None:
    text = endpoints(
        [
            TrunkConfig(
                name="p",
                host="sip.example",
                port=None,
                transport="tls",
                username="4711",
                password="pw",
                outbound_proxy="proxy.example:5061",
                from_user="4711",
                from_domain="voice.example",
                caller_id="pai",
                allow_from=("192.0.2.0/28", "198.51.100.7"),
                session_timers="require",
                reliable_provisional="off",
                qualify_seconds=30,
                rtp_timeout_seconds=20,
                srtp="required",
                tls_ca_file="/etc/ca.pem",
                register=True,
                registrar="reg.example",
            )
        ]
    )
    for line in (
        "contact = sip:sip.example\\;transport=tls",
        "outbound_proxy = sip:proxy.example:5061\\;transport=tls\\;lr",
        "from_domain = voice.example",
        "send_pai = yes",
        "match = 192.0.2.0/28\nmatch = 198.51.100.7",
        "timers = required",
        "100rel = no",
        "qualify_frequency = 30",
        "rtp_timeout = 20",
        "media_encryption = sdes",
        "ca_list_file = /etc/ca.pem",
        "server_uri = sip:reg.example\\;transport=tls",
        "client_uri = sip:4711@voice.example",
        "identify_by = ip",
    ):
        assert f"{line}\n" in text


def _transports(text: str) -> dict[str, str]:
    sections = (part.partition("]\n") for part in text.split("[") if "type = transport" in part)
    return {name: body for name, _, body in sections}


def test_tls_trunks_that_believe_the_same_share_a_transport_and_a_change_makes_another() -> None:
    address = SipAddress(host="192.0.2.1", port=5080)

    def text(**fields: Any) -> str:
        trunks = [TrunkConfig(name=name, host="sip.example", transport="tls", **fields) for name in ("a", "b")]
        return endpoints(trunks, address)

    [(name, body)] = _transports(text()).items()
    assert "bind = 192.0.2.1:5081\n" in body
    assert "verify_server = yes\n" in body
    assert text().count(f"\ntransport = {name}\n") == 2
    for fields in ({"tls_verify": False}, {"tls_ca_file": "/etc/ca.pem"}):
        assert name not in _transports(text(**fields))


@pytest.mark.parametrize(
    "fields",
    [
        {"outbound_proxy": "a;b"},
        {"registrar": "a\n[b]"},
        {"from_user": "a]b"},
        {"from_user": ""},
        {"from_domain": "a\rb"},
        {"tls_ca_file": "/a;b"},
        {"allow_from": ("0.0.0.0/0",)},
        {"allow_from": ("host\nx=y",)},
        {"session_timers": "yes\nx=y"},
        {"srtp": "dtls"},
        {"register": True},
    ],
)
def test_a_value_that_could_change_the_configuration_is_refused(fields: dict[str, object]) -> None:
    good: dict[str, object] = {"name": "provider", "host": "sip.example"}
    with pytest.raises(SetupError, match="trunk"):
        TrunkConfig(**{**good, **fields})
