"""What emails say and whom they come from, wherever a request says so: single emails, campaigns, calls' fallbacks."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from callwright.accounts.models import Principal
from callwright.api.native.message_answers import templates_named
from callwright.api.native.services import Services
from callwright.api.native.urls import UrlCheck
from callwright.api.native.validation import path
from callwright.api.native.written_emails import WRITTEN, WrittenEmail
from callwright.errors import FieldError, InvalidRequest
from callwright.events.addresses import parse_networks
from callwright.mail.attachments import KeptFile
from callwright.mail.content import Content, read_content
from callwright.messages.addresses import choose_sender
from callwright.messages.emails import SANDBOX_SENDER
from callwright.numbers.addresses import read_email

NO_MAIL_ROUTE = "no route carries emails of this organisation: the operator adds one (callwright routes add)"


@dataclass(frozen=True, kw_only=True)
class EmailMeans:
    """What is looked up once for all emails of a request."""

    caller: Principal
    #: Proved addresses, the default first.
    usable: Mapping[str, Any]
    #: Bodies of templates by the names that the request calls them.
    templates: Mapping[str, Mapping[str, Any]]
    #: Those of the organisation's stored files that the request names, by id.
    files: Mapping[str, KeptFile]
    url_check: UrlCheck
    now: datetime
    #: Whether people get links: to unsubscribe, and those that count.
    has_links: bool


async def look_up_means(
    services: Services, caller: Principal, *, templates: Collection[str] = (), files: Collection[str] = ()
) -> EmailMeans:
    """Return what reading emails needs of the database: ``templates`` and ``files`` are those that a request names."""
    return EmailMeans(
        caller=caller,
        usable=await services.messages.senders.usable(caller.organisation.id, "email", fence=caller.fence),
        templates=await templates_named(services, caller, templates, "email"),
        files=await services.messages.files.among(caller.organisation.id, files),
        url_check=UrlCheck(parse_networks(services.settings.webhook_allow_networks)),
        now=services.clock.now(),
        has_links=caller.sandbox or services.settings.public_url is not None,
    )


def content_of(layers: Sequence[tuple[WrittenEmail, str]], means: EmailMeans, *, prefix: str) -> Content:
    """Return what fields of requests, each below its path, say together: later ones replace earlier ones.

    Raises ``InvalidRequest`` naming fields below ``prefix``.
    """
    body: dict[str, Any] = {}
    for source, where in layers:
        if source.template is not None:
            field = path([where, "template"]) if where else "template"
            if source.template not in means.templates:
                message = "is not a template for email; GET /api/v1/templates lists those"
                raise InvalidRequest([FieldError(field=field, message=message, received=source.template)])
            body |= means.templates[source.template]
        body |= {name: value for name in WRITTEN if (value := getattr(source, name)) is not None}
    if body.get("reply_to") is not None:
        body["reply_to"] = read_email(body["reply_to"], field=path([prefix, "reply_to"]) if prefix else "reply_to")
    content = read_content(body, prefix=f"{prefix}." if prefix else "", files=means.files)
    if not means.has_links and (content.track_opens or content.track_clicks):
        name = "track_opens" if content.track_opens else "track_clicks"
        message = "needs an address at which people reach this appliance (CALLWRIGHT_PUBLIC_URL): ask its operator"
        raise InvalidRequest([FieldError(field=path([prefix, name]) if prefix else name, message=message)])
    return content


def choose_email_sender(
    principal: Principal, usable: Mapping[str, Any], given: str | None, *, field: str = "from"
) -> str:
    """Return the sender that was given, or the first usable one; a sandbox key may write from any address.

    Raises ``InvalidRequest`` naming ``field``.
    """
    return choose_sender(
        principal,
        usable,
        given,
        field=field,
        read=lambda written: read_email(written, field=field),
        stand_in=SANDBOX_SENDER,
        called="address",
        add="add one at /api/v1/senders",
    )
