"""Units of SMPP to octets and back, and what is no unit."""

from __future__ import annotations

import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from callwright.channels.sms import pdu
from callwright.channels.sms.pdu import Address, Answer, Bind, Frames, Pdu, PduError, ShortMessage, decode, encode

OCTET = st.integers(0, 255)
SEQUENCE = st.integers(1, pdu.LAST_SEQUENCE)


def text(most: int) -> st.SearchStrategy[str]:
    return st.text(st.characters(min_codepoint=1, max_codepoint=255), max_size=most)


TLVS = st.lists(st.tuples(st.integers(0, 0xFFFF), st.binary(max_size=300)), max_size=4).map(tuple)
ADDRESS = st.builds(Address, ton=OCTET, npi=OCTET, digits=text(20))
MESSAGE = st.builds(
    ShortMessage, source=ADDRESS, destination=ADDRESS, short_message=st.binary(max_size=254), service_type=text(5),
    esm_class=OCTET, protocol_id=OCTET, priority=OCTET, schedule=text(16), validity=text(16),
    registered_delivery=OCTET, replace=OCTET, data_coding=OCTET, default_message=OCTET, tlvs=TLVS,
)  # fmt: skip
BIND = st.builds(
    Bind, system_id=text(15), password=text(8), system_type=text(12), version=OCTET, ton=OCTET, npi=OCTET,
    address_range=text(40),
)  # fmt: skip
ANSWER = st.builds(Answer, text=text(64), tlvs=TLVS)
BINDS = (pdu.BIND_RECEIVER, pdu.BIND_TRANSMITTER, pdu.BIND_TRANSCEIVER)
MESSAGES = (pdu.SUBMIT_SM, pdu.DELIVER_SM)
UNITS = st.one_of(
    st.builds(Pdu, st.sampled_from(MESSAGES), SEQUENCE, st.just(0), MESSAGE),
    st.builds(Pdu, st.sampled_from(BINDS), SEQUENCE, st.just(0), BIND),
    st.builds(
        Pdu, st.sampled_from([code | pdu.RESPONSE for code in (*BINDS, *MESSAGES)]), SEQUENCE,
        st.integers(0, 0xFFFFFFFF), ANSWER,
    ),
    st.builds(Pdu, st.sampled_from([pdu.ENQUIRE_LINK, pdu.UNBIND, pdu.GENERIC_NACK]), SEQUENCE, OCTET, st.none()),
)  # fmt: skip


@given(UNITS)
def test_units_come_back(unit: Pdu) -> None:
    assert decode(encode(unit)) == unit


@given(st.lists(UNITS, max_size=5), st.data())
def test_frames_however_the_octets_arrive(units: list[Pdu], data: st.DataObject) -> None:
    stream, frames, seen = b"".join(encode(unit) for unit in units), Frames(), []
    while stream:
        size = data.draw(st.integers(1, len(stream)))
        seen += [decode(frame) for frame in frames.feed(stream[:size])]
        stream = stream[size:]
    assert seen == units


@given(UNITS, st.data())
def test_a_unit_cut_short_or_changed_is_an_error_or_another_unit(unit: Pdu, data: st.DataObject) -> None:
    octets = bytearray(encode(unit))
    for _ in range(data.draw(st.integers(0, 4))):
        octets[data.draw(st.integers(0, len(octets) - 1))] = data.draw(OCTET)
    cut = bytes(octets[: data.draw(st.integers(0, len(octets)))])
    cut = struct.pack(">I", len(cut)) + cut[4:]
    try:
        assert isinstance(decode(cut), Pdu)
    except PduError:
        return


@given(st.binary(max_size=400))
def test_noise_is_an_error_or_units(noise: bytes) -> None:
    frames = Frames()
    try:
        for frame in frames.feed(noise):
            decode(frame)
    except PduError:
        return


@pytest.mark.parametrize("length", [0, 4, 15, pdu.MOST_OCTETS + 1, 0xFFFFFFFF])
def test_a_length_that_no_unit_has_is_refused_at_once(length: int) -> None:
    with pytest.raises(PduError, match="octets"):
        list(Frames().feed(struct.pack(">I", length)))


def test_an_answer_without_its_body() -> None:
    refusal = struct.pack(">IIII", 16, pdu.SUBMIT_SM | pdu.RESPONSE, 0x58, 7)
    assert decode(refusal) == Pdu(pdu.SUBMIT_SM | pdu.RESPONSE, 7, 0x58, Answer())


def test_a_message_without_its_body_names_its_sequence() -> None:
    with pytest.raises(PduError) as caught:
        decode(struct.pack(">IIII", 16, pdu.DELIVER_SM, 0, 9))
    assert caught.value.sequence == 9


def test_unknown_commands_keep_their_header() -> None:
    assert decode(struct.pack(">IIII", 20, 0x0103, 0, 3) + b"data") == Pdu(0x0103, 3)


def test_known_octets() -> None:
    # the sample unit of the specification, section 3.2.3
    bind = Bind(system_id="SMPP3TEST", password="secret08", system_type="SUBMIT1", version=0, ton=1, npi=1)
    assert encode(Pdu(pdu.BIND_TRANSMITTER, 1, 0, bind)).hex() == (
        "0000002f000000020000000000000001534d5050335445535400736563726574303800" + "5355424d49543100" + "00010100"
    )


@pytest.mark.parametrize(
    ("message", "said"),
    [
        ({"short_message": b"a" * 255}, "255 octets"),
        ({"service_type": "toolong"}, "service_type"),
        ({"validity": "a\0b"}, "validity_period"),
        ({"destination": Address(digits="☎")}, "destination_addr"),
        ({"esm_class": 256}, "octet"),
        ({"tlvs": ((1, bytes(65536)),)}, "65535"),
    ],
)
def test_values_that_do_not_fit(message: dict[str, object], said: str) -> None:
    fields = {"source": Address(), "destination": Address(digits="49"), **message}
    with pytest.raises(PduError, match=said):
        encode(Pdu(pdu.SUBMIT_SM, 1, 0, ShortMessage(**fields)))


def test_the_data_of_a_payload() -> None:
    message = ShortMessage(source=Address(), destination=Address(), tlvs=((pdu.PAYLOAD, b"long"),))
    assert message.data == b"long"
    assert message.tlv(pdu.SAR_TOTAL) is None
