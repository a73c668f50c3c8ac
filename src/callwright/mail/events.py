"""What providers of mail report by webhooks: Amazon SES (by SNS), SendGrid, Mailgun, Postmark, and raw reports.

None of them is trusted for which mail is meant: that is told by our own token, wherever it stands in the event (in the
envelope sender, or in the Message-ID where the provider keeps ours).
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from callwright.mail.reports import Kind, Report, read_report, status_of
from callwright.mail.tokens import Tokens

#: A webhook holds at most some thousand events.
_MOST_EVENTS = 10_000
_REASON = 300
_SES: Mapping[str, Kind] = {
    "bounce": "bounced",
    "complaint": "complained",
    "delivery": "delivered",
    "deliverydelay": "delayed",
}
_SENDGRID: Mapping[str, Kind] = {
    "bounce": "bounced",
    "blocked": "bounced",
    "deferred": "delayed",
    "delivered": "delivered",
    "spamreport": "complained",
}
_MAILGUN: Mapping[str, Kind] = {"failed": "bounced", "delivered": "delivered", "complained": "complained"}

#: By the type of a bounce; of others, such as answers of machines, nothing follows.
_POSTMARK: Mapping[str, Kind] = {
    "hardbounce": "bounced",
    "bademailaddress": "bounced",
    "softbounce": "bounced",
    "blocked": "bounced",
    "spamnotification": "bounced",
    "dmarcpolicy": "bounced",
    "virusnotification": "bounced",
    "unknown": "bounced",
    "transient": "delayed",
    "dnserror": "delayed",
    "spamcomplaint": "complained",
}
#: Types that say that the address does not exist, where the server's own words say nothing.
_NO_SUCH = frozenset({"hardbounce", "bademailaddress"})


def read_events(content_type: str, body: bytes, tokens: Tokens) -> list[Report]:
    """Return what a webhook reports of mails of ours; raises ``ValueError`` for a body that cannot be read.

    Events of other kinds (opened, clicked, processed) and of mails that are not ours are left out.
    """
    if content_type.partition(";")[0].strip().lower() in {"message/rfc822", "message/global"}:
        report = read_report(body, tokens)
        return [] if report is None else [report]
    try:
        data = json.loads(body)
    except (ValueError, RecursionError):
        raise ValueError("must be JSON, or a raw report as message/rfc822") from None
    found = []
    for event in _events(data):
        message_id = tokens.find(json.dumps(event))
        report = None if message_id is None else _report(event, message_id)
        if report is not None:
            found.append(report)
    return found


def _events(data: Any) -> Iterator[Mapping[str, Any]]:
    if isinstance(data, list):
        for event in data[:_MOST_EVENTS]:
            if isinstance(event, Mapping):
                yield event
    elif isinstance(data, Mapping):
        inner = data.get("event-data")
        if isinstance(inner, Mapping):
            yield inner
        elif isinstance(data.get("Message"), str):
            # SNS puts the event into a text
            try:
                inside = json.loads(data["Message"])
            except ValueError:
                return
            yield from _events(inside)
        else:
            yield data


def _report(event: Mapping[str, Any], message_id: str) -> Report | None:
    if isinstance(event.get("RecordType"), str):
        return _of_postmark(event, event["RecordType"].lower(), message_id)
    kind = str(event.get("notificationType") or event.get("eventType") or "").lower()
    if kind in _SES:
        return _of_ses(event, _SES[kind], message_id)
    name = str(event.get("event") or "").lower()
    if "delivery-status" in event or "severity" in event or name == "complained":
        return _of_mailgun(event, name, message_id)
    if name in _SENDGRID:
        said = str(event.get("reason") or event.get("response") or "")
        return _made(_SENDGRID[name], message_id, str(event.get("status") or ""), said)
    return None


def _of_ses(event: Mapping[str, Any], kind: Kind, message_id: str) -> Report:
    detail = event.get("bounce") or event.get("complaint") or event.get("delivery") or event.get("deliveryDelay")
    detail = detail if isinstance(detail, Mapping) else {}
    if kind == "bounced" and str(detail.get("bounceType", "")).lower() == "transient":
        kind = "delayed"
    people = detail.get("bouncedRecipients") or detail.get("delayedRecipients") or [{}]
    person = people[0] if isinstance(people, list) and people and isinstance(people[0], Mapping) else {}
    said = str(person.get("diagnosticCode") or detail.get("complaintFeedbackType") or detail.get("smtpResponse") or "")
    return _made(kind, message_id, str(person.get("status") or ""), said)


def _of_mailgun(event: Mapping[str, Any], name: str, message_id: str) -> Report | None:
    kind = _MAILGUN.get(name)
    if kind is None:
        return None
    if kind == "bounced" and event.get("severity") == "temporary":
        kind = "delayed"
    detail = event.get("delivery-status")
    detail = detail if isinstance(detail, Mapping) else {}
    said = str(detail.get("message") or detail.get("description") or "")
    return _made(kind, message_id, str(detail.get("enhanced-code") or ""), said)


def _of_postmark(event: Mapping[str, Any], record: str, message_id: str) -> Report | None:
    said = str(event.get("Details") or event.get("Description") or "")
    if record == "delivery":
        return _made("delivered", message_id, "", said)
    if record not in {"bounce", "spamcomplaint"}:
        return None
    name = str(event.get("Type") or record).lower()
    kind = _POSTMARK.get(name)
    if kind is None:
        return None
    status = status_of(said) or ("5.1.1" if name in _NO_SUCH else "")
    return _made(kind, message_id, status, said)


def _made(kind: Kind, message_id: str, status: str, said: str) -> Report:
    reason = " ".join(said.split())[:_REASON] or None
    return Report(message_id=message_id, kind=kind, status=status_of(status) or status_of(said), reason=reason)
