"""Characters to septets and back, packed and not."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from callwright.rules.sms_alphabet import ALPHABETS, BASIC, GSM7, SHIFTED, SPANISH, TURKISH, UCS2, pack, unpack

SEPTETS = st.binary(max_size=160).map(lambda data: bytes(octet & 0x7F for octet in data))


def test_the_default_alphabet_has_its_128_places() -> None:
    assert len(BASIC) == len(set(BASIC)) == 128
    assert [BASIC.index(character) for character in "@ΔA¿à"] == [0x00, 0x10, 0x41, 0x60, 0x7F]


@pytest.mark.parametrize("alphabet", [GSM7, *SHIFTED], ids=lambda alphabet: alphabet.name)
def test_every_character_comes_back(alphabet) -> None:
    text = "".join(alphabet.codes)
    assert alphabet.decode(alphabet.encode(text)) == text


def test_what_is_extended_takes_two() -> None:
    assert GSM7.encode("€[a") == bytes((0x1B, 0x65, 0x1B, 0x3C, 0x61))
    assert TURKISH.encode("ş") == bytes((0x1B, 0x73))
    assert SPANISH.encode("é") == bytes((0x05,))
    assert UCS2.units("😀") == 2
    assert not GSM7.has("`")


def test_an_unknown_extended_code_shows_its_plain_character() -> None:
    assert GSM7.decode(bytes((0x1B, 0x41))) == "A"
    assert GSM7.decode(bytes((0x1B, 0x1B, 0x41, 0x1B))) == " A"


@given(st.binary(max_size=300))
def test_decoding_never_fails(octets: bytes) -> None:
    for alphabet in ALPHABETS.values():
        assert isinstance(alphabet.decode(octets), str)


@given(SEPTETS, st.integers(0, 12))
def test_packed_septets_come_back(septets: bytes, header: int) -> None:
    packed = pack(septets, header=header)
    assert unpack(packed, len(septets), header=header) == septets
    assert len(packed) == -(-((-header * 8 % 7) + 7 * len(septets)) // 8)


def test_packing_as_the_standard_shows_it() -> None:
    # "hellohello" packs to these octets in every description of TS 23.038
    assert pack(b"hellohello").hex() == "e8329bfd4697d9ec37"
    # seven spare bits are a carriage return, not an @
    assert pack(b"1234567").hex() == "31d98c56b3dd1a"
    assert unpack(pack(b"1234567"), 8) == b"1234567\r"
