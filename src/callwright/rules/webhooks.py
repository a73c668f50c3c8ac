"""Signing webhooks by the Standard Webhooks scheme (version 1.0.0), and when a failed one is tried again."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

from standardwebhooks import Webhook

_HOUR = 3600.0

#: Seconds between tries, by the name of the policy. ``standard`` is the ladder that Standard Webhooks gives as example:
#: ten tries in about three days. ``effebot`` is that vendor's: three tries, a minute apart.
#: ``once``: a try and no more.
LADDERS: Mapping[str, tuple[float, ...]] = {
    "standard": (5.0, 300.0, 1800.0, 2 * _HOUR, 5 * _HOUR, 10 * _HOUR, 14 * _HOUR, 20 * _HOUR, 24 * _HOUR),
    "effebot": (60.0, 60.0),
    "once": (),
}
#: A delay is lengthened by up to this part, so that a receiver that comes back is not met by everybody at once.
_JITTER = 0.1


def sign(secret: str, message_id: str, timestamp: datetime, body: bytes) -> dict[str, str]:
    """Return the three headers of a signed message; ``secret`` is ``whsec_`` and base64, ``body`` UTF-8 JSON."""
    # the library takes the fields of any time for those of UTC, and truncates
    moment = timestamp.astimezone(UTC)
    return {
        "webhook-id": message_id,
        "webhook-timestamp": str(int(moment.timestamp())),
        "webhook-signature": Webhook(secret).sign(message_id, moment, body.decode()),
    }


def next_try(policy: str, tries: int, now: datetime, jitter: float) -> datetime | None:
    """Return when to try again after ``tries`` failed ones, or ``None``; ``jitter`` is a random number from 0 to 1.

    Raises ``KeyError`` for a policy that is not in ``LADDERS``, ``ValueError`` for fewer than one try.
    """
    if tries < 1:
        raise ValueError("the first try is not one that is made again")
    ladder = LADDERS[policy]
    if tries > len(ladder):
        return None
    return now + timedelta(seconds=ladder[tries - 1] * (1 + _JITTER * jitter))
