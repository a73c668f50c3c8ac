"""What a campaign writes: its text and its email as ``call_template`` holds them, their placeholders, who reads them.

``sms`` and ``fallback_sms`` have ``message``, ``from`` and ``plain``; ``email`` and ``fallback_email`` have ``from``
and the content of a mail (``mail.content``), whose files are named by their ids, and ``to`` where recipients are
numbers.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from callwright.flows.templates import lookup, placeholders
from callwright.mail.content import names_in
from callwright.messages.emails import UNSUBSCRIBE_VARIABLE
from callwright.messages.files import keep_files
from callwright.messages.holding import texts_of as texts_of_content

if TYPE_CHECKING:
    from callwright.store.database import Connection

#: Emails of a template.
EMAILS = ("email", "fallback_email")
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
    """Return what people have to approve of the texts and emails: with placeholders as they are written, and files."""
    found = [(template.get(name) or {}).get("message") for name in ("sms", "fallback_sms")]
    for name in EMAILS:
        found += texts_of_content(template.get(name) or {})
    return list(dict.fromkeys(text for text in found if text and text.strip()))


def names_in_texts(template: Mapping[str, Any], defaults: Mapping[str, str]) -> list[str]:
    """Return the placeholders of texts and emails that have no value for everybody."""
    names = set()
    for each in ("sms", "fallback_sms"):
        if (said := template.get(each)) is not None:
            names |= set(placeholders(said["message"]))
    for each in EMAILS:
        if (email := template.get(each)) is not None:
            names |= names_in(email) | set(placeholders(email.get("to") or ""))
    own = {**defaults, UNSUBSCRIBE_VARIABLE: ""}
    return sorted(name for name in names if lookup(name, own) is None)


async def with_kept_files(connection: Connection, organisation_id: str, template: Mapping[str, Any]) -> dict[str, Any]:
    """Return a template whose emails name files that are stored, in the transaction that writes it, and hold none."""
    names = [name for name in EMAILS if template.get(name) is not None]
    emails = await keep_files(connection, organisation_id, [template[name] for name in names])
    return {**template, **dict(zip(names, emails, strict=True))}
