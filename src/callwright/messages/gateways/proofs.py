"""Whether a webhook comes from the gateway that it says it comes from."""

from __future__ import annotations

import base64
import binascii
import hmac
from collections.abc import Mapping
from datetime import datetime, timedelta
from urllib.parse import parse_qsl

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from callwright.messages.gateways.language import Proof

#: Telnyx signs the time, too: what is older, or from a clock that is as much ahead, is somebody's copy.
_MOST_AGE = timedelta(minutes=5)


def is_proved(
    proof: Proof,
    secrets: Mapping[str, str],
    *,
    url: str,
    headers: Mapping[str, str],
    body: bytes,
    now: datetime,
) -> bool:
    """Return whether the signature is right. ``headers`` have names in small letters; ``url`` is what was called.

    - ``twilio``: HMAC-SHA-1 of the URL and the sorted fields of the form, in base64, in ``X-Twilio-Signature``.
    - ``telnyx``: Ed25519 of ``TIMESTAMP|BODY``, in base64, in ``telnyx-signature-ed25519``; at most five minutes old.
    - ``hmac-sha256``: of the body, in a header of the description's choice.
    """
    if proof.kind == "none":
        return True
    key = secrets.get(proof.key or "", "")
    if not key:
        return False
    if proof.kind == "twilio":
        return _twilio(key, url, body, headers.get("x-twilio-signature", ""))
    if proof.kind == "telnyx":
        return _telnyx(key, headers, body, now)
    wanted = hmac.digest(key.encode(), body, "sha256")
    given = headers.get((proof.header or "").lower(), "").removeprefix("sha256=")
    written = wanted.hex() if proof.encoding == "hex" else base64.b64encode(wanted).decode()
    return _same(written, given.lower() if proof.encoding == "hex" else given)


def twilio_signature(token: str, url: str, body: bytes) -> str:
    """Return the signature of a form; of a field that stands there several times each different value counts once."""
    fields = sorted(set(parse_qsl(body.decode("utf-8", "replace"), keep_blank_values=True)))
    signed = url + "".join(name + value for name, value in fields)
    return base64.b64encode(hmac.digest(token.encode(), signed.encode(), "sha1")).decode()


def _twilio(token: str, url: str, body: bytes, given: str) -> bool:
    return any(_same(twilio_signature(token, each, body), given) for each in _with_and_without_port(url))


def _with_and_without_port(url: str) -> tuple[str, ...]:
    # they sign the port of some URLs and leave it out of others
    scheme, _, rest = url.partition("://")
    host, slash, path = rest.partition("/")
    standard = ":443" if scheme == "https" else ":80"
    other = host.removesuffix(standard) if host.endswith(standard) else host + standard
    return (url, f"{scheme}://{other}{slash}{path}") if ":" not in host or host.endswith(standard) else (url,)


def _telnyx(key: str, headers: Mapping[str, str], body: bytes, now: datetime) -> bool:
    stamp = headers.get("telnyx-timestamp", "")
    if not (stamp.isascii() and stamp.isdecimal() and len(stamp) <= 12):
        return False
    if abs(now.timestamp() - int(stamp)) > _MOST_AGE.total_seconds():
        return False
    try:
        public = Ed25519PublicKey.from_public_bytes(base64.b64decode(key, validate=True))
        public.verify(
            base64.b64decode(headers.get("telnyx-signature-ed25519", ""), validate=True),
            b"%s|%s" % (stamp.encode(), body),
        )
    except (ValueError, binascii.Error, InvalidSignature):
        return False
    return True


def _same(wanted: str, given: str) -> bool:
    return hmac.compare_digest(wanted.encode(), given.encode())
