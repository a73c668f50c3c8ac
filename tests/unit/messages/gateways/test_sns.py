"""Messages of Amazon SNS: signed ones are taken, subscriptions are confirmed, everything else is refused."""

from __future__ import annotations

import base64
import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.x509.oid import NameOID

from callwright.clock import SystemClock
from callwright.errors import Forbidden, Unavailable
from callwright.messages.gateways.sns import SnsMessages, signed_text

KEY = rsa.generate_private_key(public_exponent=65537, key_size=2048)
CERTIFICATE_URL = "https://sns.eu-west-1.amazonaws.com/SimpleNotificationService-1.pem"
SUBSCRIBE_URL = "https://sns.eu-west-1.amazonaws.com/?Action=ConfirmSubscription&Token=abc"
TOPIC = "arn:aws:sns:eu-west-1:123456789012:bounces"


def certificate(*, days: int = 1) -> bytes:
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "sns.amazonaws.com")])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(KEY.public_key())
        .serial_number(1)
        .not_valid_before(now - timedelta(days=2))
        .not_valid_after(now + timedelta(days=days))
        .sign(KEY, hashes.SHA256())
    )
    return made.public_bytes(serialization.Encoding.PEM)


class Served:
    """What SNS serves, and what was asked for."""

    def __init__(self, **pages: bytes) -> None:
        self.asked: list[str] = []
        self.pages = {CERTIFICATE_URL: certificate(), SUBSCRIBE_URL: b"<ok/>"} | pages

    async def fetch(self, url: str) -> bytes:
        self.asked.append(url)
        if url not in self.pages:
            raise Unavailable("not there")
        return self.pages[url]


def message(kind: str = "Notification", *, version: str = "2", **more: Any) -> dict[str, Any]:
    made = {
        "Type": kind,
        "MessageId": "1",
        "TopicArn": TOPIC,
        "Message": '{"notificationType": "Bounce"}',
        "Timestamp": "2026-11-21T10:00:00.000Z",
        "SignatureVersion": version,
        "SigningCertURL": CERTIFICATE_URL,
        **more,
    }
    algorithm = hashes.SHA1() if version == "1" else hashes.SHA256()
    signature = KEY.sign(signed_text(made), padding.PKCS1v15(), algorithm)
    return {**made, "Signature": base64.b64encode(signature).decode()}


def octets(data: Any) -> bytes:
    return json.dumps(data).encode()


async def test_signed_notifications_are_read_on_and_the_certificate_is_fetched_once() -> None:
    served = Served()
    sns = SnsMessages(served.fetch, SystemClock())
    assert await sns.take(octets(message(version="1"))) is True
    assert await sns.take(octets(message(Subject="Amazon SES")), topic=TOPIC) is True
    assert served.asked == [CERTIFICATE_URL]


async def test_a_subscription_is_confirmed_and_nothing_else_of_it_is_read() -> None:
    served = Served()
    sns = SnsMessages(served.fetch, SystemClock())
    subscription = message("SubscriptionConfirmation", Token="abc", SubscribeURL=SUBSCRIBE_URL)
    assert await sns.take(octets(subscription)) is False
    assert served.asked == [CERTIFICATE_URL, SUBSCRIBE_URL]
    assert await sns.take(octets(message("UnsubscribeConfirmation", Token="abc", SubscribeURL=SUBSCRIBE_URL))) is False
    assert served.asked == [CERTIFICATE_URL, SUBSCRIBE_URL]


@pytest.mark.parametrize(
    "wrong",
    [
        {**message(), "Message": "changed"},
        {**message(), "SignatureVersion": "1"},
        {**message(), "SignatureVersion": "3"},
        {**message(), "Signature": "not base64"},
        {name: value for name, value in message().items() if name != "Signature"},
        {name: value for name, value in message().items() if name != "SigningCertURL"},
        message(SigningCertURL="https://sns.eu-west-1.amazonaws.com.example.com/a.pem"),
        message(SigningCertURL="https://evil@sns.eu-west-1.amazonaws.com/a.pem"),
        message(SigningCertURL="https://sns.eu-west-1.amazonaws.com:8443/a.pem"),
        message(SigningCertURL="http://sns.eu-west-1.amazonaws.com/a.pem"),
        message(SigningCertURL="https://sns.eu-west-1.amazonaws.com/a.html"),
        message(TopicArn="arn:aws:sns:eu-west-1:123456789012:others"),
        message(
            "SubscriptionConfirmation", Token="abc", SubscribeURL="https://example.com/?Action=ConfirmSubscription"
        ),
        message(
            "SubscriptionConfirmation",
            Token="abc",
            SubscribeURL="https://sns.eu-west-1.amazonaws.com/?Action=DeleteTopic",
        ),
    ],
    ids=[
        *("changed", "other hash", "unknown version", "no base64", "no signature", "no certificate", "other host"),
        *("user", "port", "plain", "no pem", "other topic", "subscribe elsewhere", "subscribe to nothing"),
    ],
)
async def test_what_sns_did_not_sign_is_refused_and_leads_nowhere(wrong: dict[str, Any]) -> None:
    served = Served()
    with pytest.raises(Forbidden):
        await SnsMessages(served.fetch, SystemClock()).take(octets(wrong), topic=TOPIC)
    assert set(served.asked) <= {CERTIFICATE_URL}


async def test_an_expired_certificate_and_one_that_cannot_be_read() -> None:
    for page, error in ((certificate(days=-1), Forbidden), (b"no certificate", Unavailable)):
        served = Served(**{CERTIFICATE_URL: page})
        with pytest.raises(error):
            await SnsMessages(served.fetch, SystemClock()).take(octets(message()))


@pytest.mark.parametrize(
    "body", [b"", b"[]", b"not json", b'{"Type": "Other", "TopicArn": "x"}', b'[{"event": "bounce"}]']
)
async def test_webhooks_of_others_are_read_on(body: bytes) -> None:
    assert await SnsMessages(Served().fetch, SystemClock()).take(body) is True
