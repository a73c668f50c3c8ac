from __future__ import annotations

import subprocess
import sys
from typing import Any

import phonenumbers
import pytest
from hypothesis import given
from hypothesis import strategies as st

from callwright.errors import InvalidRequest
from callwright.numbers.parsing import is_forbidden, is_valid, read_number


@pytest.mark.parametrize(
    ("written", "region", "number"),
    [
        ("+12125550100", "DE", "+12125550100"),
        ("12125550100", "US", "+12125550100"),
        (12125550100, "US", "+12125550100"),
        (" (212) 555-0100 ", "US", "+12125550100"),
        ("212.555.0100", "US", "+12125550100"),
        ("030 1234567", "DE", "+49301234567"),
        ("4930123456", "DE", "+4930123456"),
        ("004930123456", "DE", "+4930123456"),
        ("491761234567", "US", "+491761234567"),
        ("89161234567", "RU", "+79161234567"),
        # not valid, but possible; and national although +82… would be valid
        ("8223298101", "US", "+18223298101"),
        ("+623882772", "US", "+623882772"),
    ],
)
def test_written_forms_become_e164(written: Any, region: str, number: str) -> None:
    assert read_number(written, field="to", region=region, sandbox=False) == number
    assert read_number(written, field="to", region=region, sandbox=True) == number


@pytest.mark.parametrize(
    "written",
    [
        *("", "  ", "12", "911", "+0", "+1212555010", "1-800-FLOWERS", "2125550100x12", "+15551234567;ext=3"),
        *("sip:a@b", "tel:+12125550100", "+" + "9" * 80, "+1\x002125550100", "+1212555\n0100;q"),
        *(None, True, 2.5, [], {"to": "+12125550100"}, -12125550100),
    ],
)
def test_what_is_no_number_is_refused_by_name(written: Any) -> None:
    with pytest.raises(InvalidRequest) as caught:
        read_number(written, field="calls[3].to", region="US", sandbox=False)
    (error,) = caught.value.errors
    assert error.field == "calls[3].to"
    assert "+12125550100" in error.message


@pytest.mark.parametrize(
    ("written", "number"),
    [("99999999999", "+99999999999"), ("+623882772", "+623882772"), ("911", "+911"), (99, "+99")],
)
def test_sandbox_takes_the_samples_of_the_documents(written: Any, number: str) -> None:
    assert read_number(written, field="to", region="US", sandbox=True) == number


@given(st.from_regex(r"\+?[1-9][0-9]{1,14}", fullmatch=True))
def test_sandbox_takes_any_number_of_its_form(written: str) -> None:
    assert read_number(written, field="to", region="US", sandbox=True).startswith("+")


@given(st.text(max_size=60) | st.integers() | st.floats() | st.none())
def test_anything_is_a_number_or_an_error_of_ours(written: Any) -> None:
    for sandbox in (True, False):
        try:
            number = read_number(written, field="to", region="US", sandbox=sandbox)
        except InvalidRequest:
            continue
        assert number[0] == "+"
        assert number[1:].isascii()
        assert number[1:].isdigit()
        assert 2 <= len(number[1:]) <= 17


@pytest.mark.parametrize(
    ("number", "word"),
    [
        ("+1911", "emergency"),
        ("+44999", "emergency"),
        ("+49110", "emergency"),
        ("+49112", "emergency"),
        ("+4911833", "short"),
        ("+19005551234", "premium"),
        ("+449090123456", "premium"),
    ],
)
def test_some_numbers_are_never_dialled(number: str, word: str) -> None:
    reason = is_forbidden(number)
    assert reason is not None
    assert word in reason


@pytest.mark.parametrize("number", ["+12125550100", "+18005550199", "+491761234567", "+999", "+18223298101"])
def test_others_may_be_dialled(number: str) -> None:
    assert is_forbidden(number) is None


def test_validity_is_a_separate_question() -> None:
    assert is_valid("+12125550100")
    assert not is_valid("+18223298101")
    assert not is_valid("+99999999999")


def test_the_geocoder_is_never_loaded() -> None:
    # its tables take about 100 MB
    code = (
        "import sys, callwright.numbers.parsing;"
        "sys.exit(any(m in sys.modules for m in ('phonenumbers.geocoder', 'phonenumbers.geodata')))"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


@pytest.mark.parametrize("area", range(200, 1000, 7))
def test_the_short_way_for_north_america_is_what_phonenumbers_says(area: int) -> None:
    text = f"+1{area}5550{area:03}"
    expected = phonenumbers.format_number(phonenumbers.parse(text), phonenumbers.PhoneNumberFormat.E164)
    assert phonenumbers.is_possible_number(phonenumbers.parse(text))
    for region in ("US", "AG", "DE"):
        assert read_number(text, field="to", region=region, sandbox=False) == expected
    for written in (text[2:], text[1:]):
        for region in ("US", "CA"):
            assert phonenumbers.is_possible_number(phonenumbers.parse(written, region))
            national = phonenumbers.format_number(
                phonenumbers.parse(written, region), phonenumbers.PhoneNumberFormat.E164
            )
            assert read_number(written, field="to", region=region, sandbox=False) == national == expected
