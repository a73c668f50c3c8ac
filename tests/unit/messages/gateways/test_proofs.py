import base64
import hmac
from datetime import UTC, datetime
from urllib.parse import urlencode

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from callwright.messages.gateways.language import Proof
from callwright.messages.gateways.proofs import is_proved

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)
URL = "https://mycompany.com/myapp.php?foo=1&bar=2"
#: The example of Twilio's documentation of its signatures.
FORM = urlencode(
    {
        "CallSid": "CA1234567890ABCDE",
        "Caller": "+12349013030",
        "Digits": "1234",
        "From": "+12349013030",
        "To": "+18005551212",
    }
).encode()
SIGNATURE = "0/KCTR6DLpKmkAf8muzZqo1nDgQ="


def proved(proof, secrets, *, url=URL, body=FORM, **headers):
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return is_proved(proof, secrets, url=url, headers=named, body=body, now=NOW)


def test_twilios_own_example_is_proved():
    proof = Proof(kind="twilio", key="token")
    assert proved(proof, {"token": "12345"}, x_twilio_signature=SIGNATURE)
    assert not proved(proof, {"token": "12346"}, x_twilio_signature=SIGNATURE)
    assert not proved(proof, {"token": "12345"}, x_twilio_signature=SIGNATURE, body=FORM + b"&x=1")
    assert not proved(proof, {"token": "12345"}, x_twilio_signature=SIGNATURE, url=URL + "&x=1")
    assert not proved(proof, {"token": "12345"})
    assert not proved(proof, {}, x_twilio_signature=SIGNATURE)


def test_twilio_may_sign_the_standard_port_or_leave_it_out():
    proof = Proof(kind="twilio", key="token")
    with_port = URL.replace("mycompany.com", "mycompany.com:443")
    assert proved(proof, {"token": "12345"}, url=with_port, x_twilio_signature=SIGNATURE)
    other = URL.replace("mycompany.com", "mycompany.com:8443")
    assert not proved(proof, {"token": "12345"}, url=other, x_twilio_signature=SIGNATURE)


def telnyx_signed(key, body, at=NOW):
    stamp = str(int(at.timestamp()))
    signature = base64.b64encode(key.sign(stamp.encode() + b"|" + body)).decode()
    return {"telnyx_timestamp": stamp, "telnyx_signature_ed25519": signature}


def test_telnyx_signs_time_and_body():
    key = Ed25519PrivateKey.generate()
    public = base64.b64encode(key.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)).decode()
    proof, secrets = Proof(kind="telnyx", key="public_key"), {"public_key": public}
    assert proved(proof, secrets, body=b"{}", **telnyx_signed(key, b"{}"))
    assert not proved(proof, secrets, body=b"[]", **telnyx_signed(key, b"{}"))
    assert not proved(proof, secrets, body=b"{}", **telnyx_signed(Ed25519PrivateKey.generate(), b"{}"))
    old = NOW.replace(hour=11, minute=54)
    assert not proved(proof, secrets, body=b"{}", **telnyx_signed(key, b"{}", old))
    assert not proved(proof, secrets, body=b"{}")
    assert not proved(proof, {"public_key": "no key"}, body=b"{}", **telnyx_signed(key, b"{}"))


@pytest.mark.parametrize("encoding", ["hex", "base64"])
def test_a_plain_signature_of_the_body(encoding):
    raw = hmac.digest(b"k", FORM, "sha256")
    written = raw.hex().upper() if encoding == "hex" else base64.b64encode(raw).decode()
    proof = Proof(kind="hmac-sha256", key="key", header="X-Signature", encoding=encoding)
    assert proved(proof, {"key": "k"}, x_signature=written)
    assert proved(proof, {"key": "k"}, x_signature="sha256=" + written)
    assert not proved(proof, {"key": "k"}, x_signature=written[:-2])
    assert not proved(proof, {"key": "k"}, x_signature="ü")


def test_without_a_proof_the_address_is_the_secret():
    assert proved(Proof(), {})
