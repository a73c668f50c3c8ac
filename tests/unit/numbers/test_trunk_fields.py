from __future__ import annotations

import pytest

from callwright.errors import InvalidRequest
from callwright.numbers.trunk_fields import changed
from callwright.numbers.trunks import NewTrunk

TRUNK = NewTrunk(name="p", host="sip.example", username="u", password="s3cret")


def test_fields_and_options_are_read_by_their_type() -> None:
    made = changed(
        TRUNK,
        ["prefixes=+1, +44", "priority=2", "calls-per-second=2.5", "port=", "register=yes", "allow_from=192.0.2.1",
         "outbound-proxy=proxy:5060", "rtp_timeout_seconds=20", "shared=on"],
    )  # fmt: skip
    assert (made.prefixes, made.priority, made.calls_per_second, made.port) == (("+1", "+44"), 2, 2.5, None)
    assert (made.options.register, made.options.allow_from) == (True, ("192.0.2.1",))
    assert (made.options.outbound_proxy, made.options.rtp_timeout_seconds, made.shared) == ("proxy:5060", 20, True)
    assert made.password == "s3cret"
    assert made.errors() == []
    assert changed(made, ["outbound_proxy="]).options.outbound_proxy is None


@pytest.mark.parametrize("text", ["colour=red", "port", "port=http", "register=perhaps", "password=x", "kind=lab"])
def test_what_cannot_be_read_is_named(text: str) -> None:
    with pytest.raises(InvalidRequest) as caught:
        changed(TRUNK, [text])
    assert [error.field for error in caught.value.errors] == [text.partition("=")[0]]
