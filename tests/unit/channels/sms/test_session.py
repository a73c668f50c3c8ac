"""A session on a transport in memory."""

from __future__ import annotations

from callwright.channels.sms import pdu
from callwright.channels.sms.pdu import Bind, Frames, Pdu, decode, encode
from callwright.channels.sms.session import Endpoint, Session

ENQUIRY = encode(Pdu(pdu.ENQUIRE_LINK, 1))


class Wire:
    """A transport whose peer reads nothing."""

    def __init__(self) -> None:
        self.written = b""
        self.ended = ""

    def write(self, octets: bytes) -> None:
        self.written += octets

    def get_write_buffer_size(self) -> int:
        return len(self.written)

    def is_closing(self) -> bool:
        return bool(self.ended)

    def abort(self) -> None:
        self.ended = self.ended or "aborted"

    def close(self) -> None:
        self.ended = self.ended or "closed"


async def nobody(messages: object) -> None:
    raise AssertionError(messages)


def session() -> tuple[Session, Wire]:
    made = Session(Endpoint(host="centre", port=2775, bind=Bind(system_id="us")), nobody, lambda token, answer: None)
    wire = Wire()
    made.connection_made(wire)
    return made, wire


async def test_enquiries_of_one_read_are_answered_in_one_write() -> None:
    made, wire = session()
    made.data_received(ENQUIRY * 3)
    assert wire.written == b""
    made._flush()
    answers = [decode(frame) for frame in Frames().feed(wire.written)]
    assert answers == [Pdu(pdu.ENQUIRE_LINK | pdu.RESPONSE, 1)] * 3


async def test_a_centre_that_asks_on_and_never_reads_is_left() -> None:
    made, wire = session()
    for _ in range(20):
        made.data_received(ENQUIRY * 20_000)
        made._flush()
        if wire.ended:
            break
    assert wire.ended == "aborted"
    assert not made.alive
    assert len(wire.written) < 5_000_000


async def test_a_unit_of_no_length_ends_it_with_a_refusal() -> None:
    made, wire = session()
    made.data_received(b"GET / HTTP/1.1\r\n\r\n")
    assert wire.ended == "closed"
    assert decode(wire.written) == Pdu(pdu.GENERIC_NACK, 0, 2)
    assert not made.alive
