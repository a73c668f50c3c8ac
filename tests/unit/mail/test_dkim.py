"""Signatures, checked by dkimpy, which others wrote."""

from __future__ import annotations

import dkim
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given
from hypothesis import strategies as st

from callwright.mail.dkim import KeyFault, Signer, new_key

RSA = new_key()
HEADERS = [b"From: Ann <a@example.com>\r\n", b"To: b@example.org\r\n", b"Subject: long\r\n  and  folded \r\n"]
BODY = b"Hello  you \r\n\r\nbye\t\r\n\r\n\r\n"


def signed(signer: Signer, headers: list[bytes], body: bytes) -> bytes:
    return signer.sign(headers, body, at=1_700_000_000) + b"".join(headers) + b"\r\n" + body


def is_valid(mail: bytes, record: str) -> bool:
    asked: list[bytes] = []

    def answer(name: bytes, timeout: int = 5) -> bytes:
        asked.append(name)
        return record.encode()

    valid = dkim.verify(mail, dnsfunc=answer)
    assert asked == [b"sel._domainkey.example.com."]
    return bool(valid)


def test_a_signature_is_valid() -> None:
    signer = Signer(domain="Example.com", selector="sel", key=RSA.private)
    assert signer.record == RSA.record
    assert is_valid(signed(signer, HEADERS, BODY), RSA.record)


@given(st.binary(max_size=200).map(lambda raw: raw.replace(b"\r", b"").replace(b"\n", b"\r\n") + b"\r\n"))
def test_every_body_can_be_signed(body: bytes) -> None:
    signer = Signer(domain="example.com", selector="sel", key=RSA.private)
    assert is_valid(signed(signer, HEADERS, body), RSA.record)


@pytest.mark.parametrize(
    ("was", "becomes"), [(b"Hello", b"Hullo"), (b"Ann", b"Bob"), (b"Subject: long", b"Subject: x\r\nSubject: long")]
)
def test_a_changed_mail_is_not_valid(was: bytes, becomes: bytes) -> None:
    mail = signed(Signer(domain="example.com", selector="sel", key=RSA.private), HEADERS, BODY)
    assert not is_valid(mail.replace(was, becomes, 1), RSA.record)


def test_what_servers_do_to_blanks_leaves_it_valid() -> None:
    mail = signed(Signer(domain="example.com", selector="sel", key=RSA.private), HEADERS, BODY)
    assert is_valid(mail.replace(b"Hello  you \r\n", b"Hello you\r\n"), RSA.record)


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"key": "no key"}, "not a private key"),
        ({"domain": "example.com; x=y"}, "the domain"),
        ({"selector": "a b"}, "the selector"),
    ],
)
def test_what_cannot_sign_is_refused(changes: dict[str, str], said: str) -> None:
    given_ = {"domain": "example.com", "selector": "sel", "key": RSA.private} | changes
    with pytest.raises(KeyFault, match=said):
        Signer(**given_)


def test_a_key_of_another_kind_is_refused() -> None:
    pem = Ed25519PrivateKey.generate().private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    with pytest.raises(KeyFault, match="RSA"):
        Signer(domain="example.com", selector="sel", key=pem.decode())
