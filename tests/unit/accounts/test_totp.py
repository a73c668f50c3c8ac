from __future__ import annotations

from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qs, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from callwright.accounts import totp

#: RFC 6238, appendix B: the secret of the SHA-1 rows.
SECRET = b"12345678901234567890"
NOW = datetime(2025, 4, 15, 10, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    ("seconds", "code"),
    [
        (59, "94287082"),
        (1111111109, "07081804"),
        (1111111111, "14050471"),
        (1234567890, "89005924"),
        (2000000000, "69279037"),
        (20000000000, "65353130"),
    ],
)
def test_codes_are_those_of_rfc_6238(seconds: int, code: str) -> None:
    step = totp.step_at(datetime.fromtimestamp(seconds, UTC))
    assert totp.code_of(SECRET, step, digits=8) == code
    assert totp.code_of(SECRET, step) == code[-6:]


@pytest.mark.parametrize(
    ("count", "code"),
    list(
        enumerate(["755224", "287082", "359152", "969429", "338314", "254676", "287922", "162583", "399871", "520489"])
    ),
)
def test_codes_are_those_of_rfc_4226(count: int, code: str) -> None:
    assert totp.code_of(SECRET, count) == code


@given(st.binary(min_size=20, max_size=20), st.integers(-4, 4))
def test_a_step_before_and_after_count(secret: bytes, steps: int) -> None:
    code = totp.code_of(secret, totp.step_at(NOW) + steps)
    found = totp.matching_step(secret, code, NOW, after=None)
    window = {totp.code_of(secret, totp.step_at(NOW) + near) for near in (-1, 0, 1)}
    assert (found is not None) == (code in window)


def test_a_code_counts_once() -> None:
    step = totp.step_at(NOW)
    code = totp.code_of(SECRET, step)
    assert totp.matching_step(SECRET, f"{code[:3]} {code[3:]}", NOW, after=step - 1) == step
    assert totp.matching_step(SECRET, code, NOW, after=step) is None
    assert totp.matching_step(SECRET, code, NOW + timedelta(seconds=90), after=None) is None


@pytest.mark.parametrize(
    "code", ["", "12345", "abcdef", "\uff11\uff12\uff13\uff14\uff15\uff16", "\ud800" * 6, "0" * 1000]
)
def test_nonsense_is_wrong(code: str) -> None:
    assert totp.matching_step(SECRET, code, NOW, after=None) is None


def test_the_address_is_what_authenticators_read() -> None:
    parts = urlsplit(totp.uri(SECRET, account="ann+1@example.com", issuer="Callwright A: B & C"))
    assert (parts.scheme, parts.netloc) == ("otpauth", "totp")
    assert parts.path == "/Callwright%20A%20%20B%20%26%20C:ann%2B1%40example.com"
    fields = parse_qs(parts.query)
    assert totp.from_text(fields["secret"][0]) == SECRET
    assert (fields["digits"], fields["period"], fields["algorithm"]) == (["6"], ["30"], ["SHA1"])


def test_recovery_codes_are_all_different_and_read_however_they_are_typed() -> None:
    codes = totp.new_recovery_codes()
    assert len(set(codes)) == totp.RECOVERY_CODES
    assert totp.recovery_hash(codes[0].upper().replace("-", " ")) == totp.recovery_hash(codes[0])
    assert totp.recovery_hash(codes[0]) != totp.recovery_hash(codes[1])
