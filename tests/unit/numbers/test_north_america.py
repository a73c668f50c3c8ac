from __future__ import annotations

import phonenumbers
from hypothesis import given, settings
from hypothesis import strategies as st

from callwright.numbers import parsing
from callwright.numbers.north_america import place_of

#: Area codes of every kind: states, provinces, islands of several codes, toll-free, premium, personal, unassigned.
AREAS = ["212", "907", "416", "867", "268", "684", "787", "939", "809", "829", "849", "658", "876", "721", "670", "671"]
AREAS += ["340", "800", "888", "900", "500", "533", "600", "622", "710", "555", "999", "211", "808", "242", "441"]


def by_the_package(national: str) -> tuple[str | None, bool]:
    """Return region and whether it is premium, as phonenumbers says."""
    parsed = phonenumbers.parse(f"+1{national}")
    region = phonenumbers.region_code_for_number(parsed)
    if region is None or not phonenumbers.is_valid_number_for_region(parsed, region):
        return None, False
    return region, phonenumbers.number_type(parsed) == phonenumbers.PhoneNumberType.PREMIUM_RATE


def ours(national: str) -> tuple[str | None, bool]:
    """Return the same of what is tested."""
    place = place_of(national)
    return (None, False) if place is None else (place.region, place.premium)


@settings(max_examples=400)
@given(
    st.sampled_from(AREAS) | st.from_regex(r"[2-9][0-9]{2}", fullmatch=True), st.from_regex("[0-9]{7}", fullmatch=True)
)
def test_it_says_what_the_package_says(area: str, rest: str) -> None:
    assert ours(area + rest) == by_the_package(area + rest)


def test_every_region_s_own_examples() -> None:
    for region in phonenumbers.region_codes_for_country_code(1):
        for kind in phonenumbers.PhoneNumberType.values():
            example = phonenumbers.example_number_for_type(region, kind)
            if example is not None:
                national = phonenumbers.national_significant_number(example)
                # Canada has some of seven digits; they are left to the package
                if len(national) == 7:
                    continue
                assert ours(national) == by_the_package(national)


def test_whether_numbers_are_assigned_and_forbidden() -> None:
    assert (parsing.is_valid("+12125550100"), parsing.country_of("+12125550100")) == (True, "US")
    assert parsing.is_forbidden("+12125550100") is None
    assert (parsing.is_valid("+12015550123"), parsing.country_of("+14165550123")) == (True, "CA")
    assert "premium" in str(parsing.is_forbidden("+19002345678"))
    # of no region: what the package makes of it
    assert (parsing.is_valid("+15551234567"), parsing.country_of("+15551234567")) == (False, "US")
