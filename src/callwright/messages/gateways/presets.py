"""Gateways that are described already: whoever names one gives an account, a secret, and nothing else.

Twilio's is that of its Programmable Messaging API (2010-04-01) and of the many who copied it: ``values.base`` is where
requests go. Telnyx' is that of its API v2.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from callwright.errors import FieldError, InvalidRequest

_TWILIO: Mapping[str, Any] = {
    "send": {
        "url": "{base}/2010-04-01/Accounts/{account}/Messages.json",
        "form": {
            "To": "{to}",
            "From": "{from}",
            "Body": "{text}",
            "MediaUrl": "{media}",
            "StatusCallback": "{receipt_url}",
            "ValidityPeriod": "{validity_seconds}",
        },
        "username": "{account}",
        "password": "{token}",
        "longest_validity": 36_000,
    },
    "answer": {"format": "json", "id": "sid", "code": "code", "error": "message", "again": ["429", "503", "20429"]},
    "inbound": {
        "when": {"SmsStatus": ["received"]},
        "id": "MessageSid",
        "from": "From",
        "to": "To",
        "text": "Body",
        "media": "MediaUrl#",
    },
    "receipt": {
        "when": {"MessageStatus": ["*"]},
        "id": "MessageSid",
        "state": "MessageStatus",
        "error": "ErrorCode",
        "states": {
            "accepted": "accepted",
            "scheduled": "accepted",
            "queued": "accepted",
            "sending": "enroute",
            "sent": "enroute",
            "delivered": "delivered",
            "read": "delivered",
            "undelivered": "undelivered",
            "failed": "undelivered",
            "canceled": "deleted",
        },
    },
    "proof": {"kind": "twilio", "key": "token"},
    # an empty answer in its markup: nothing is to be written back
    "reply": {"content_type": "text/xml", "body": '<?xml version="1.0" encoding="UTF-8"?><Response/>'},
    "values": {"base": "https://api.twilio.com"},
    "mms": True,
}
_TELNYX: Mapping[str, Any] = {
    "send": {
        "url": "{base}/v2/messages",
        # a repeated request with the same key sends nothing twice
        "headers": {"Authorization": "Bearer {token}", "Idempotency-Key": "{message_id}"},
        "json": {
            "to": "{to}",
            "from": "{from}",
            "text": "{text}",
            "media_urls": "{media}",
            "webhook_url": "{receipt_url}",
            "messaging_profile_id": "{profile}",
        },
    },
    "answer": {"format": "json", "id": "data.id", "code": "errors[0].code", "error": "errors[0].detail"},
    "inbound": {
        "when": {"data.event_type": ["message.received"]},
        "id": "data.payload.id",
        "from": "data.payload.from.phone_number",
        "to": "data.payload.to[0].phone_number",
        "text": "data.payload.text",
        "media": "data.payload.media[].url",
    },
    "receipt": {
        "when": {"data.event_type": ["message.sent", "message.finalized"]},
        "id": "data.payload.id",
        "state": "data.payload.to[0].status",
        "error": "data.payload.errors[0].code",
        "states": {
            "queued": "accepted",
            "sending": "enroute",
            "sent": "enroute",
            "delivered": "delivered",
            "read": "delivered",
            "expired": "expired",
            "sending_failed": "rejected",
            "delivery_failed": "undelivered",
            # the carrier said nothing: it left, and nobody knows
            "delivery_unconfirmed": "unknown",
        },
    },
    "proof": {"kind": "telnyx", "key": "public_key"},
    "values": {"base": "https://api.telnyx.com", "profile": ""},
    "mms": True,
}
#: Name, what it fills in, and what must be given: names of values, names of secrets.
PRESETS: Mapping[str, tuple[Mapping[str, Any], tuple[str, ...], tuple[str, ...]]] = MappingProxyType(
    {"twilio": (_TWILIO, ("account",), ("token",)), "telnyx": (_TELNYX, (), ("token", "public_key"))}
)


def with_preset(data: Mapping[str, Any], secrets: Mapping[str, str], *, at: str = "options") -> Mapping[str, Any]:
    """Return the whole description of ``{"preset": "twilio", "values": {…}}``; one without a preset is returned as is.

    What stands beside ``preset`` replaces that part of it; ``values`` are laid over its own. Raises ``InvalidRequest``.
    """
    if "preset" not in data:
        return data
    name = data["preset"]
    if name not in PRESETS:
        message = f"must be one of {', '.join(PRESETS)}"
        raise InvalidRequest([FieldError(field=f"{at}.preset", message=message, received=str(name)[:100])])
    preset, values, wanted = PRESETS[name]
    given = data.get("values", {})
    missing = [f"{at}.values.{each}" for each in values if not (isinstance(given, Mapping) and given.get(each))]
    missing += [f"secrets.{each}" for each in wanted if not secrets.get(each)]
    if missing:
        raise InvalidRequest([FieldError(field=field, message="is required") for field in missing])
    rest = {key: value for key, value in data.items() if key not in {"preset", "values"}}
    return {**preset, **rest, "values": {**preset["values"], **given}}
