"""Delivery receipts as centres write them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from callwright.channels.sms import pdu
from callwright.channels.sms.pdu import Address, ShortMessage
from callwright.channels.sms.port import Receipt
from callwright.channels.sms.receipts import IdForm, answer_id, read_receipt, receipt_id


def marked(text: str, *tlvs: pdu.Tlv, esm_class: int = 0x04) -> ShortMessage:
    data = text.encode("latin-1")
    return ShortMessage(
        source=Address(), destination=Address(), esm_class=esm_class, short_message=data[:254], tlvs=tlvs
    )


STANDARD = (
    "id:0123456789 sub:001 dlvrd:001 submit date:2611211510 done date:2611211511 stat:DELIVRD err:000 "
    "Text: id:9 stat:UNDELIV"
)


def test_as_appendix_b_shows_it() -> None:
    assert read_receipt(marked(STANDARD), UTC) == Receipt(
        provider_id="0123456789", state="delivered", at=datetime(2026, 11, 21, 15, 11, tzinfo=UTC)
    )


@pytest.mark.parametrize(
    ("text", "state", "error"),
    [
        ("id:a stat:UNDELIV err:045", "undelivered", "045"),
        ("ID:a STAT:EXPIRED ERR:0", "expired", None),
        ("id: a sub: 001 stat: REJECTD err: 8", "rejected", "8"),
        ("id:a status:DELIVERED error:0", "delivered", None),
        ("id:a,stat:FAILED,err:1B", "undelivered", "1B"),
        ("id:a stat:ACCEPTD", "accepted", None),
        ("id:a stat:ENROUTE", "enroute", None),
        ("id:a stat:DELETED", "deleted", None),
        ("id:a stat:UNKNOWN", "unknown", None),
        ("id:a stat:SOMETHING", "unknown", None),
        ("id:a stat:2", "delivered", None),
        ("id:a", "unknown", None),
    ],
)
def test_variations(text: str, state: str, error: str | None) -> None:
    receipt = read_receipt(marked(text), UTC)
    assert receipt is not None
    assert (receipt.state, receipt.error) == (state, error)


@pytest.mark.parametrize(
    ("digits", "at"),
    [
        ("261121151130", datetime(2026, 11, 21, 14, 11, 30, tzinfo=UTC)),
        ("20261121151130", datetime(2026, 11, 21, 14, 11, 30, tzinfo=UTC)),
        ("2613991511", None),
        ("soon", None),
    ],
)
def test_dates_are_in_the_centres_zone(digits: str, at: datetime | None) -> None:
    receipt = read_receipt(marked(f"id:1 done date:{digits} stat:DELIVRD"), timezone(timedelta(hours=1)))
    assert receipt is not None
    assert receipt.at == at


def test_optional_parameters_count_before_the_text() -> None:
    tlvs = ((pdu.RECEIPTED_ID, b"other\0"), (pdu.MESSAGE_STATE, b"\x05"), (pdu.NETWORK_ERROR, b"\x03\x00\x1b"))
    receipt = read_receipt(marked(STANDARD, *tlvs, esm_class=0), UTC)
    assert receipt is not None
    assert (receipt.provider_id, receipt.state, receipt.error) == ("other", "undelivered", "27")


def test_a_persons_text_is_no_receipt() -> None:
    assert read_receipt(marked(STANDARD, esm_class=0), UTC) is None


def test_a_receipt_that_names_nothing() -> None:
    assert read_receipt(marked("your message was delivered"), UTC) is None


@given(st.binary(max_size=254), st.binary(max_size=20), st.binary(max_size=5), st.binary(max_size=5))
def test_noise_never_fails(text: bytes, identity: bytes, state: bytes, error: bytes) -> None:
    tlvs = ((pdu.RECEIPTED_ID, identity), (pdu.MESSAGE_STATE, state), (pdu.NETWORK_ERROR, error))
    read_receipt(marked(text.decode("latin-1"), *tlvs), UTC)
    read_receipt(marked("id:" + text.decode("latin-1")[:200]), UTC)


@pytest.mark.parametrize(
    ("answered", "reported", "form"),
    [
        ("ff", "255", "decimal"),
        ("00FF", "0000000255", "decimal"),
        ("255", "FF", "hexadecimal"),
        ("0255", "ff", "hexadecimal"),
        ("abc-1", "abc-1", "decimal"),
        ("xyz", "xyz", "hexadecimal"),
        ("0255", "0255", "same"),
        ("9" * 5000, "9" * 5000, "decimal"),
    ],
)
def test_ids_in_two_bases_meet(answered: str, reported: str, form: IdForm) -> None:
    assert answer_id(answered, form) == receipt_id(reported, form)
