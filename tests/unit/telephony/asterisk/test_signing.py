"""The settings of signed calls and what they become."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa

from callwright.errors import SetupError
from callwright.telephony.asterisk.configuration import TrunkConfig, endpoints
from callwright.telephony.asterisk.signing import configuration, read_signing
from support.certificates import Authority, make_certificate

URL = "https://certificates.example.com/callwright.pem"


def test_without_settings_nothing_is_signed(tmp_path: Path) -> None:
    assert read_signing(None, None, None) is None
    assert configuration(None, tmp_path) == ""


def test_the_key_becomes_a_file_and_never_a_line(tmp_path: Path) -> None:
    cert, key = make_certificate(tmp_path)
    signing = read_signing(key, URL, cert)
    assert signing is not None
    assert "PRIVATE KEY" in signing.private_key
    assert "PRIVATE" not in repr(signing)
    text = configuration(signing, Path("/etc/engine"))
    assert "private_key_file = /etc/engine/stir_shaken.key" in text
    assert "PRIVATE" not in text
    levels = re.findall(r"^\[cw-([abc])\]\n(?:.+\n)+?unknown_tn_attest_level = ([ABC])$", text, re.MULTILINE)
    assert levels == [("a", "A"), ("b", "B"), ("c", "C")]


@pytest.mark.parametrize(
    "url",
    ["http://example.com/a.pem", "https://example.com", "https://example.com:444/a", "https://a/b;c", "https://a/b\nc"],
)
def test_addresses_that_nobody_would_fetch(tmp_path: Path, url: str) -> None:
    _, key = make_certificate(tmp_path)
    with pytest.raises(SetupError, match="CALLWRIGHT_STIR_SHAKEN_CERTIFICATE_URL"):
        read_signing(key, url, None)


def test_key_and_address_belong_together(tmp_path: Path) -> None:
    _, key = make_certificate(tmp_path)
    for wrong in ((key, None), (None, URL)):
        with pytest.raises(SetupError, match="belong together"):
            read_signing(*wrong, None)


def test_what_is_wrong_with_the_key_is_said_without_showing_it(tmp_path: Path) -> None:
    pem = (serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8)
    plain = serialization.NoEncryption()
    curve = ec.generate_private_key(ec.SECP384R1()).private_bytes(*pem, plain)
    modulus = rsa.generate_private_key(65537, 2048).private_bytes(*pem, plain)
    _, locked = make_certificate(tmp_path, password=b"secret")
    for content, words in (
        (curve, "P-256"),
        (modulus, "P-256"),
        (locked.read_bytes(), "without a password"),
        (b"hunter2", "no private key"),
    ):
        file = tmp_path / "wrong.pem"
        file.write_bytes(content)
        with pytest.raises(SetupError, match=words) as raised:
            read_signing(file, URL, None)
        assert not any(line in str(raised.value) for line in content.decode().splitlines())
    with pytest.raises(SetupError, match="cannot be read"):
        read_signing(tmp_path / "none.pem", URL, None)


def test_the_certificate_must_be_the_keys_and_good(tmp_path: Path) -> None:
    other, _ = make_certificate(tmp_path)
    authority = Authority(tmp_path / "authority")
    expired, key = authority.issue(tmp_path / "expired", "example.com", days=-1)
    for file, words in ((other, "is not the certificate"), (expired, "expired on"), (key, "no certificate in PEM")):
        with pytest.raises(SetupError, match=words):
            read_signing(key, URL, file)


def test_a_trunk_has_an_endpoint_for_each_level_that_shares_all_else() -> None:
    trunk = TrunkConfig(name="office", host="sip.example.com", username="u", password="p", inbound_digest=True)
    text = endpoints([trunk], signs=True)
    assert re.findall(r"^\[(.+)\]\ntype = endpoint$", text, re.MULTILINE) == [
        "office",
        "office_A",
        "office_B",
        "office_C",
    ]
    assert re.findall(r"^stir_shaken_profile = (.+)$", text, re.MULTILINE) == ["cw-a", "cw-b", "cw-c"]
    assert text.count("aors = office\n") == text.count("outbound_auth = office\n") == 4
    # calls come in on the trunk's own
    assert text.count("identify_by = ip,auth_username\n") == text.count("auth = office.in\n") == 1
    assert "stir_shaken" not in endpoints([trunk])
    unsigned = TrunkConfig(name="office", host="sip.example.com", sign_calls=False)
    assert endpoints([unsigned], signs=True) == endpoints([unsigned])
