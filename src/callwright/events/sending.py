"""One try of one delivery: the signed request, and what the answer means."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from email.utils import parsedate_to_datetime
from typing import Any

import orjson

from callwright.events.http_client import FetchError, GuardedClient
from callwright.rules.webhooks import sign

#: A server that asks for a longer pause than this waits no longer than this.
MAX_RETRY_AFTER_SECONDS = 24 * 3600.0
#: ``410 Gone``: the receiver wants no more of this; Standard Webhooks says to stop.
_GONE = 410
#: That vendor's document: "or until HTTP-code 200 is received".
_ONLY = {"effebot": 200}


@dataclass(frozen=True, kw_only=True)
class Delivery:
    """A claimed delivery."""

    id: str
    organisation_id: str
    url: str
    subject: str
    event_type: str
    body: Mapping[str, Any]
    #: Name of the retry ladder in ``rules.webhooks``.
    policy: str
    #: This try counted, from 1.
    tries: int
    #: Whose body is sent: a dialect's name; ``None``: the event's own.
    format: str | None = None
    #: What was made of it at an earlier try.
    rendered: Mapping[str, Any] | None = None


@dataclass(frozen=True, kw_only=True)
class Verdict:
    """What came of a try."""

    delivered: bool
    #: No further try makes sense.
    final: bool = False
    status: int | None = None
    error: str | None = None
    #: Seconds the server asked us to wait.
    retry_after: float | None = None


async def send(client: GuardedClient, delivery: Delivery, secret: str, now: datetime) -> Verdict:
    """Post a delivery, signed by Standard Webhooks: its id stays the same over all tries, the time is the try's."""
    content = orjson.dumps(delivery.body if delivery.rendered is None else delivery.rendered)
    signed = sign(secret, delivery.id, now, content)
    try:
        answer = await client.post(
            delivery.url, content=content, headers={"content-type": "application/json", **signed}
        )
    except FetchError as error:
        return Verdict(delivered=False, error=str(error))
    return judge(answer.status, answer.headers, now, only=_ONLY.get(delivery.policy))


def judge(status: int, headers: Mapping[str, str], now: datetime, *, only: int | None = None) -> Verdict:
    """Say what an answer means: 2xx is delivered, anything else is not; a redirect is not followed.

    ``only``: the one status that counts as delivered.
    """
    if status == only or (only is None and 200 <= status < 300):
        return Verdict(delivered=True, status=status)
    error = f"the server answered {status}"
    if 300 <= status < 400:
        error += "; redirects are not followed: give the URL it leads to"
    return Verdict(
        delivered=False,
        final=status == _GONE,
        status=status,
        error=error,
        retry_after=parse_retry_after(headers.get("retry-after"), now),
    )


def parse_retry_after(value: str | None, now: datetime) -> float | None:
    """Read ``Retry-After`` (RFC 9110 10.2.3), seconds or a date, as seconds from now; ``None`` when absent or wrong."""
    if value is None:
        return None
    text = value.strip()
    if text.isascii() and text.isdigit():
        # the length keeps int() from labouring over a thousand digits
        return min(float(text[:9]), MAX_RETRY_AFTER_SECONDS)
    try:
        moment = parsedate_to_datetime(text)
    except ValueError:
        return None
    if moment.tzinfo is None:
        return None
    return min(max(0.0, (moment - now).total_seconds()), MAX_RETRY_AFTER_SECONDS)
