"""Texts to units and back."""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from callwright.channels.sms import pdu
from callwright.channels.sms.assembly import Assembler, read_part, read_text
from callwright.channels.sms.parts import Writing, address, relative_time, units
from callwright.channels.sms.pdu import Address, Pdu, ShortMessage, decode, encode
from callwright.channels.sms.port import InboundPart, TextMessage

WRITINGS = [
    Writing(joining=joining, shifts=shifts, packed=packed)
    for joining in ("udh", "sar", "payload")
    for shifts in (False, True)
    for packed in (False, True)
]
#: From some characters to several parts.
TEXTS = st.builds(
    lambda begin, body, times: "x" + begin + body * times + "x",
    st.text(st.sampled_from("ab€"), max_size=10),
    st.one_of(st.text(st.sampled_from("ab€ \U0001f600ş"), max_size=9), st.text(st.sampled_from("ab€é"), max_size=9)),
    st.integers(0, 60),
)


def message(text: str, **changes: object) -> TextMessage:
    return TextMessage(
        **{"id": "m", "sender": "Callwright", "recipient": "+491701234567", "text": text, "reference": 7, **changes}
    )


@pytest.mark.parametrize("writing", WRITINGS, ids=str)
@given(text=TEXTS)
def test_what_is_sent_is_what_is_read(writing: Writing, text: str) -> None:
    assembler, read = Assembler(seconds=60), None
    for number, unit in enumerate(units(message(text), writing), 1):
        received = decode(encode(Pdu(pdu.DELIVER_SM, number, 0, unit))).body
        assert isinstance(received, ShortMessage)
        assert read is None
        read = assembler.add(read_part(received), 0)
    assert read is not None
    assert read_text(read, packed=writing.packed) == text


def test_addresses() -> None:
    assert address("+491701234567") == Address(ton=1, npi=1, digits="491701234567")
    assert address("12345") == Address(ton=3, npi=0, digits="12345")
    assert address("Shop") == Address(ton=5, npi=0, digits="Shop")


@pytest.mark.parametrize(
    ("sender", "said"),
    [("+1234567890123456", "15 digits"), ("A name too long", "at most 11"), ("ΩMEGA", "carry"), ("", "empty")],
)
def test_senders_that_cannot_be_written(sender: str, said: str) -> None:
    with pytest.raises(ValueError, match=said):
        units(message("Hello", sender=sender), Writing())


def test_a_recipient_is_a_number() -> None:
    with pytest.raises(ValueError, match="is no number"):
        units(message("Hello", recipient="Shop"), Writing())


@pytest.mark.parametrize(
    ("period", "written"),
    [
        (timedelta(days=2), "000002000000000R"),
        (timedelta(hours=1, minutes=2, seconds=3), "000000010203000R"),
        (timedelta(0), "000000000001000R"),
        (timedelta(days=400), "000030000000000R"),
    ],
)
def test_validity(period: timedelta, written: str) -> None:
    assert relative_time(period) == written
    assert units(message("Hello", validity=period), Writing())[0].validity == written


def part(number: int, *, total: int = 3, reference: int = 1, text: str = "x") -> InboundPart:
    return InboundPart(
        sender="+49170", recipient="123", data=text.encode(), data_coding=0, reference=reference, total=total,
        number=number,
    )  # fmt: skip


def test_parts_in_any_order_and_twice() -> None:
    assembler = Assembler(seconds=60)
    assert assembler.add(part(3, text="c"), 0) is None
    assert assembler.add(part(1, text="a"), 1) is None
    assert assembler.add(part(1, text="a"), 2) is None
    assert assembler.add(part(1, text="z", reference=2), 2) is None
    whole = assembler.add(part(2, text="b"), 3)
    assert whole is not None
    assert read_text(whole) == "abc"


def test_what_never_becomes_whole_is_given_out() -> None:
    assembler = Assembler(seconds=60)
    assembler.add(part(3, text="c"), 0)
    assembler.add(part(1, text="a"), 50)
    assembler.add(part(1, text="z", reference=2), 50)
    assert assembler.overdue(59) == []
    assert [read_text(parts) for parts in assembler.overdue(60)] == ["ac"]
    assert [read_text(parts) for parts in assembler.overdue(110)] == ["z"]


def test_a_surrogate_pair_cut_by_its_sender() -> None:
    octets = "\U0001f600".encode("utf-16-be")
    halves = [
        InboundPart(sender="1", recipient="2", data=half, data_coding=8, total=2, number=number)
        for number, half in enumerate((octets[:2], octets[2:]), 1)
    ]
    assert read_text(halves) == "\U0001f600"


@given(st.binary(max_size=254), st.integers(0, 255), st.integers(0, 255), st.binary(max_size=3))
def test_noise_is_a_text(data: bytes, esm_class: int, coding: int, sar: bytes) -> None:
    unit = ShortMessage(
        source=Address(), destination=Address(), short_message=data, esm_class=esm_class, data_coding=coding,
        tlvs=((pdu.SAR_REFERENCE, sar), (pdu.SAR_TOTAL, sar[:1]), (pdu.SAR_NUMBER, sar[1:2])),
    )  # fmt: skip
    read = read_part(unit)
    assert 1 <= read.number <= read.total
    assert isinstance(read_text([read]), str)
