"""Channels of calls that came in: their ids, and what the dialplan says of them."""

from __future__ import annotations

import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from callwright.ids import new_id
from callwright.telephony.asterisk import arrivals
from callwright.telephony.dial_rules import ATTEMPT_ID


@pytest.mark.parametrize(
    "channel", ["node1-1763722880.12", "1763722880.0", "a_b-c.d__e", "_u_h_d", "-", "north-2-17.1"]
)
def test_an_attempt_s_id_is_made_of_the_channel_s_and_back(channel: str) -> None:
    attempt_id = arrivals.attempt_of(channel)
    assert ATTEMPT_ID.fullmatch(attempt_id)
    assert arrivals.is_inbound(attempt_id)
    assert arrivals.channel_of(attempt_id) == channel


@given(st.text(alphabet=string.ascii_letters + string.digits + "_-.", min_size=1, max_size=25))
def test_whatever_the_node_is_called(channel: str) -> None:
    if not channel.startswith("att_"):
        assert arrivals.channel_of(arrivals.attempt_of(channel)) == channel


def test_an_attempt_of_ours_is_its_own_channel() -> None:
    own = new_id("att")
    assert arrivals.attempt_of(own) == arrivals.channel_of(own) == own
    assert not arrivals.is_inbound(own)


def test_a_channel_that_cannot_be_an_attempt_stays_nobody_s() -> None:
    for channel in ("x" * 80, "a b", "ä"):
        assert arrivals.attempt_of(channel) == channel


def test_two_channels_never_share_an_attempt() -> None:
    channels = ["a_b", "a-b", "a.b", "a_ub", "a_hb", "a_db", "ab"]
    assert len({arrivals.attempt_of(channel) for channel in channels}) == len(channels)


def channel(app_data: str = "", *, number: str = "+12125550123", context: str = "cw-in") -> dict[str, object]:
    return {
        "id": "node1-1.1",
        "caller": {"number": number, "name": ""},
        "dialplan": {"context": context, "exten": "x", "app_name": "Stasis", "app_data": app_data},
    }


def test_what_the_dialplan_says_is_read_from_the_event_and_from_the_channel() -> None:
    expected = arrivals.Described(trunk="provider", dialled="+12125550100", caller="+12125550123")
    arguments = ["inbound", "provider", "allowed_not_screened", "+12125550100"]
    assert arrivals.described(channel(), arguments) == expected
    assert arrivals.described(channel("cw-node1,inbound,provider,allowed_not_screened,+12125550100")) == expected


def test_a_number_that_may_not_be_shown_is_not_taken() -> None:
    found = arrivals.described(channel(), ["inbound", "provider", "prohib_passed_screen", "+12125550100"])
    assert found is not None
    assert found.caller == "anonymous"


@pytest.mark.parametrize(
    "arguments",
    [[], ["out"], ["inbound"], ["inbound", "t", "allowed", "+1", "evil"], ["out", "t", "allowed", "+1"]],
)
def test_anything_else_is_no_arrival(arguments: list[str]) -> None:
    assert arrivals.described(channel(), arguments) is None
    assert arrivals.described(channel(",".join(["cw-node1", *arguments]))) is None


def test_only_calls_from_trunks_in_the_application_are_ours() -> None:
    assert arrivals.obeys(channel())
    assert not arrivals.obeys(channel(context="cw-phones"))
    waiting = channel()
    waiting["dialplan"] = {"context": "cw-in", "app_name": "Wait"}
    assert not arrivals.obeys(waiting)
    assert not arrivals.obeys({"id": "x"})


def test_the_dialplan_asks_before_it_hands_a_caller_over() -> None:
    text = arrivals.incoming("cw-node1", None, control_port=7000, hold_seconds=14400)
    assert text.index("CURL(http://127.0.0.1:7000/)") < text.index("Stasis(cw-node1,inbound,")
    assert "CURL" not in arrivals.incoming("cw-node1", None, control_port=None, hold_seconds=14400)
