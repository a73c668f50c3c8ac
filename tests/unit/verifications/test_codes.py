from __future__ import annotations

from cryptography.fernet import Fernet

from callwright.store.secrets import SecretBox
from callwright.verifications.codes import hash_of, is_code, make_code

BOX = SecretBox(Fernet.generate_key())


def test_codes_have_their_length_and_are_not_the_same() -> None:
    codes = {make_code(6) for _ in range(200)}
    assert all(len(code) == 6 and code.isdigit() for code in codes)
    assert len(codes) > 190
    assert {len(make_code(4)) for _ in range(200)} == {4}


def test_a_hash_is_of_one_verification_and_one_appliance() -> None:
    kept = hash_of(BOX, "ver_1", "012345")
    assert is_code(BOX, "ver_1", "012345", kept)
    assert is_code(BOX, "ver_1", " 012-345 ", kept)
    assert not is_code(BOX, "ver_1", "12345", kept)
    assert not is_code(BOX, "ver_2", "012345", kept)
    assert not is_code(SecretBox(Fernet.generate_key()), "ver_1", "012345", kept)
