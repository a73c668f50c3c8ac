"""What a campaign writes: its text and its email as ``call_template`` holds them, their placeholders, who reads them.

``sms`` and ``fallback_sms`` have ``message``, ``from`` and ``plain``; ``email`` and ``fallback_email`` have ``from``
and the content of a mail (``mail.content``), and ``to`` where recipients are numbers.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from callwright.flows.templates import lookup, placeholders
from callwright.mail.content import read_content
from callwright.messages.emails import UNSUBSCRIBE_VARIABLE

#: Keys of an email beside its content.
_BESIDE = frozenset({"from", "to"})


def channels_of(template: Mapping[str, Any]) -> list[str]:
    """Return what a recipient gets: ``call``, with ``sms`` or ``email`` or alone; ``sms``; or ``email``."""
    return list(template.get("channels") or ["call"])


def by_email(template: Mapping[str, Any]) -> bool:
    """Return whether the recipients are addresses of emails and not telephone numbers."""
    return channels_of(template) == ["email"]


def mails(template: Mapping[str, Any]) -> bool:
    """Return whether recipients get an email, beside a call or alone."""
    return "email" in channels_of(template)


def calls(template: Mapping[str, Any]) -> bool:
    """Return whether recipients are called."""
    return "call" in channels_of(template)


def content_of(email: Mapping[str, Any]) -> dict[str, Any]:
    """Return the content of an email of a template, as ``message_contents`` holds it."""
    return {name: value for name, value in email.items() if name not in _BESIDE}


def texts_of(template: Mapping[str, Any]) -> list[str]:
    """Return what people have to approve of the texts and emails, placeholders as they are written."""
    found = [(template.get(name) or {}).get("message") for name in ("sms", "fallback_sms")]
    for name in ("email", "fallback_email"):
        email = template.get(name) or {}
        found += [email.get(part) for part in ("subject", "text", "html")]
    return list(dict.fromkeys(text for text in found if text and text.strip()))


def names_in_texts(template: Mapping[str, Any], defaults: Mapping[str, str]) -> list[str]:
    """Return the placeholders of texts and emails that have no value for everybody."""
    names = set()
    for each in ("sms", "fallback_sms"):
        if (said := template.get(each)) is not None:
            names |= set(placeholders(said["message"]))
    for each in ("email", "fallback_email"):
        if (email := template.get(each)) is not None:
            names |= read_content(content_of(email)).names | set(placeholders(email.get("to") or ""))
    own = {**defaults, UNSUBSCRIBE_VARIABLE: ""}
    return sorted(name for name in names if lookup(name, own) is None)
