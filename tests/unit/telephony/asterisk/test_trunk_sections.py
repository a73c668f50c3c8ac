from __future__ import annotations

import pytest

from callwright.errors import SetupError
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
                srtp="sdes",
                tls_ca_file="/etc/ca.pem",
                register=True,
                registrar="reg.example",
            )
        ]
    )
    for line in (
        "transport = p-tls",
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
