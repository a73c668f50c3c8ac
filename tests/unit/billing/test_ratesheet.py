"""Rate sheets as other people write them."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal

import pytest

from callwright.billing.ratesheet import read_sheet
from callwright.errors import InvalidRequest
from callwright.rules.pricing import Channel, SetupOn


def faults(text: str) -> dict[str, str]:
    with pytest.raises(InvalidRequest) as caught:
        read_sheet(text)
    return {error.field: error.message for error in caught.value.errors}


def test_a_short_sheet() -> None:
    (read,) = read_sheet("prefix,price\n49,0.02\n")
    assert (read.rate.channel, read.rate.prefix, read.rate.price) == (Channel.CALL, "+49", Decimal("0.02"))
    assert (read.rate.initial_seconds, read.rate.increment_seconds) == (60, 60)
    assert (read.rate.setup_fee, read.rate.setup_on) == (Decimal(0), SetupOn.ANSWER)
    assert read.effective_from is None


def test_a_full_sheet_of_another_hand() -> None:
    text = (
        "\ufeffCountry;Dial Code;Rate;Increment;Connection fee;setup_on;effective date;channel\r\n"
        '"Germany; mobile";+49 15;0.081234;1/1;0.01;attempt;2026-03-01;call\r\n'
        ";;;;;;;\r\n"
        "all;*;0.05;;;;2026-03-01T12:00:00+02:00;sms\r\n"
    )
    first, second = read_sheet(text)
    assert (first.rate.prefix, first.rate.price) == ("+4915", Decimal("0.081234"))
    assert (first.rate.initial_seconds, first.rate.setup_on) == (1, SetupOn.ATTEMPT)
    assert first.effective_from == datetime(2026, 3, 1, tzinfo=UTC)
    assert (second.rate.channel, second.rate.prefix) == (Channel.SMS, "")
    assert second.effective_from == datetime(2026, 3, 1, 10, tzinfo=UTC)


def test_everything_wrong_is_named_with_its_line() -> None:
    text = (
        "channel,prefix,price,increments,setup_fee,setup_on,effective_from\n"
        "fax,49,0.02,,,,\n"
        "call,Germany,0.02,60,-1,never,soon\n"
        "call,49,0.0200001,0/1,,,\n"
        "call,49,,,,,\n"
        "email,49,1,,,,\n"
    )
    assert set(faults(text)) == {
        "line 2: channel",
        *(f"line 3: {column}" for column in ("prefix", "increments", "setup_fee", "setup_on", "effective_from")),
        "line 4: price",
        "line 4: increments",
        "line 5: price",
        "line 6: prefix",
    }


def test_the_same_destination_twice_is_a_slip() -> None:
    found = faults("prefix,price\n49,1\n0049,2\n")
    assert "line 2 already" in found["line 3: prefix"]


@pytest.mark.parametrize(
    "text", ["", "\n", "49,0.02\n", "prefix\n49\n", "prefix,price,price\n1,1,1\n", "prefix,price\n"]
)
def test_what_is_no_sheet(text: str) -> None:
    assert faults(text)


def test_nothing_is_rounded() -> None:
    assert faults("prefix,price\n49,1e-2\n")
    assert faults("prefix,price\n49,NaN\n")
