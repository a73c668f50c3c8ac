from __future__ import annotations

import pytest

from callwright.numbers.sip_addresses import lab_number, read_sip_address
from callwright.numbers.trunks import NewTrunk
from callwright.telephony.dial_rules import check_dial_request
from callwright.telephony.port import DialRefused, DialRequest


def test_an_address_has_a_user_and_a_domain() -> None:
    address = read_sip_address("SIPS:Agent.7@PBX.Example.com:5061")
    assert address is not None
    assert (address.user, address.domain, address.secure) == ("Agent.7", "pbx.example.com:5061", True)
    assert address.carried_as == "@pbx.example.com:5061"


@pytest.mark.parametrize(
    "text",
    ["agent@example.com", "sip:example.com", "sip:a b@example.com", "sip:a@b;maddr=10.0.0.1", "sip:a@b@c", "sip:a@",
     "sip:a@.example", "sip:a/b@example.com", "sip:a@example.com\n"],
)  # fmt: skip
def test_what_is_no_address(text: str) -> None:
    assert read_sip_address(text) is None


@pytest.mark.parametrize(
    ("text", "number"), [("sip:81@x.example", "+15550100001"), ("sip:+15550100081@x", "+15550100081")]
)
def test_which_handset_stands_for_it(text: str, number: str) -> None:
    address = read_sip_address(text)
    assert address is not None
    assert lab_number(address) == number


@pytest.mark.parametrize(
    ("prefixes", "good"),
    [
        (("@pbx.example.com", "+1"), True),
        (("@10.0.0.1:5070",), True),
        (("@",), False),
        (("@a b",), False),
        (("@A.b",), False),
    ],
)
def test_a_trunk_names_the_domains_that_it_carries(prefixes: tuple[str, ...], good: bool) -> None:
    assert (NewTrunk(name="p", host="192.0.2.7", prefixes=prefixes).errors() == []) is good


def test_the_engine_takes_a_user_part_only_where_it_is_one() -> None:
    request = {"attempt_id": "att_1", "trunk": "pbx", "caller_number": "+12125550100", "dial_string": "front.desk"}
    check_dial_request(DialRequest(**request, sip_user=True))
    for wrong in ({}, {"sip_user": True, "dial_string": "a@b"}, {"sip_user": True, "registered": True}):
        with pytest.raises(DialRefused):
            check_dial_request(DialRequest(**{**request, **wrong}))
