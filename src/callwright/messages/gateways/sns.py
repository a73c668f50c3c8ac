"""Amazon SNS, by which SES tells of bounces: each message is signed, and a subscription waits to be confirmed.

The signature and what it covers are those of "Verifying the signatures of Amazon SNS messages" (SNS Developer Guide):
version 1 is SHA-1, version 2 SHA-256, both RSA with PKCS #1 v1.5, with the key of a certificate that SNS serves.
"""

from __future__ import annotations

import base64
import binascii
import json
import logging
import re
from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime
from typing import Any, Final
from urllib.parse import parse_qs, urlsplit

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa

from callwright.clock import Clock
from callwright.errors import Forbidden, Unavailable

log = logging.getLogger(__name__)

NOTIFICATION: Final = "Notification"
_SUBSCRIBED, _LEFT = "SubscriptionConfirmation", "UnsubscribeConfirmation"
#: What the signature covers, in this order; one that a message does not have is left out.
_SIGNED: Mapping[str, tuple[str, ...]] = {
    NOTIFICATION: ("Message", "MessageId", "Subject", "Timestamp", "TopicArn", "Type"),
    _SUBSCRIBED: ("Message", "MessageId", "SubscribeURL", "Timestamp", "Token", "TopicArn", "Type"),
    _LEFT: ("Message", "MessageId", "SubscribeURL", "Timestamp", "Token", "TopicArn", "Type"),
}
_HASHES: Mapping[str, type[hashes.HashAlgorithm]] = {"1": hashes.SHA1, "2": hashes.SHA256}
#: Only these hosts are asked, whatever a message says.
_HOST = re.compile(r"sns\.[a-z0-9-]{3,30}\.amazonaws\.com(\.cn)?")
#: A region has one certificate, and a new one once in a while.
_MOST_CERTIFICATES = 20

#: Returns what a URL leads to; raises ``Unavailable``.
Fetch = Callable[[str], Awaitable[bytes]]


class SnsMessages:
    """Takes messages of SNS: checks who signed them, and confirms subscriptions."""

    def __init__(self, fetch: Fetch, clock: Clock) -> None:
        self._fetch, self._clock = fetch, clock
        #: By their URL.
        self._certificates: dict[str, x509.Certificate] = {}

    async def take(self, body: bytes, *, topic: str | None = None) -> bool:
        """Return whether a webhook is to be read further: it is none of SNS, or a notification that SNS signed.

        A subscription is confirmed, unless it is to another topic than ``topic``. Raises ``Forbidden`` for a wrong
        signature, and ``Unavailable`` where the certificate, or the confirmation, did not come.
        """
        message = _message(body)
        if message is None:
            return True
        await self._check(message)
        if topic is not None and message.get("TopicArn") != topic:
            raise Forbidden(f"messages of {message.get('TopicArn')} are not taken: the route names another topic")
        if message["Type"] == _SUBSCRIBED:
            url = _text(message, "SubscribeURL")
            parts = _served_by_sns(url)
            if parse_qs(parts.query).get("Action") != ["ConfirmSubscription"]:
                raise Forbidden("SubscribeURL confirms nothing")
            await self._fetch(url)
            log.info("the subscription to %s is confirmed", message.get("TopicArn"))
        return bool(message["Type"] == NOTIFICATION)

    async def _check(self, message: Mapping[str, Any]) -> None:
        algorithm = _HASHES.get(str(message.get("SignatureVersion")))
        if algorithm is None:
            raise Forbidden("the signature is of a version that nobody knows here")
        try:
            signature = base64.b64decode(_text(message, "Signature"), validate=True)
        except (ValueError, binascii.Error):
            raise Forbidden("the signature is missing or wrong") from None
        certificate = await self._certificate(_text(message, "SigningCertURL"))
        now: datetime = self._clock.now()
        if not certificate.not_valid_before_utc <= now <= certificate.not_valid_after_utc:
            raise Forbidden("the certificate of the signature has expired")
        key = certificate.public_key()
        if not isinstance(key, rsa.RSAPublicKey):
            raise Forbidden("the signature is of a kind that nobody knows here")
        try:
            key.verify(signature, signed_text(message), padding.PKCS1v15(), algorithm())
        except InvalidSignature:
            raise Forbidden("the signature is missing or wrong") from None

    async def _certificate(self, url: str) -> x509.Certificate:
        if not _served_by_sns(url).path.endswith(".pem"):
            raise Forbidden("SigningCertURL leads to no certificate of SNS")
        known = self._certificates.get(url)
        if known is not None:
            return known
        try:
            found = x509.load_pem_x509_certificate(await self._fetch(url))
        except ValueError:
            raise Unavailable("the certificate of SNS cannot be read") from None
        if len(self._certificates) >= _MOST_CERTIFICATES:
            self._certificates.clear()
        self._certificates[url] = found
        return found


def signed_text(message: Mapping[str, Any]) -> bytes:
    """Return what the signature of a message covers."""
    names = _SIGNED[message["Type"]]
    return "".join(f"{name}\n{message[name]}\n" for name in names if message.get(name) is not None).encode()


def _message(body: bytes) -> Mapping[str, Any] | None:
    try:
        data = json.loads(body)
    except (ValueError, RecursionError):
        return None
    named = isinstance(data, Mapping) and data.get("Type") in _SIGNED and "TopicArn" in data
    return data if named else None


def _text(message: Mapping[str, Any], name: str) -> str:
    value = message.get(name)
    if not isinstance(value, str):
        raise Forbidden(f"{name} is missing")
    return value


def _served_by_sns(url: str) -> Any:
    parts = urlsplit(url)
    if parts.scheme != "https" or parts.netloc != parts.hostname or not _HOST.fullmatch(parts.netloc):
        raise Forbidden("the message leads to a server that is none of SNS")
    return parts
