"""From a request's fields to emails that can be written: addresses, senders, contents, times."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from callwright.accounts.models import Principal
from callwright.api.native.email_requests import CONTENT, EmailFields, EmailOfBatch, EmailRequest
from callwright.api.native.message_batches import OwnFields, read_batch
from callwright.api.native.message_options import read_options, read_variables
from callwright.api.native.urls import UrlCheck
from callwright.api.native.validation import path, shortened
from callwright.errors import FieldError, InvalidRequest
from callwright.flows.templates import lookup
from callwright.mail.addresses import AddressError, in_ascii
from callwright.mail.content import Content, check_values, read_content
from callwright.messages.emails import SANDBOX_SENDER, UNSUBSCRIBE_VARIABLE
from callwright.messages.models import NewMessage
from callwright.numbers.addresses import read_email


@dataclass(frozen=True, kw_only=True)
class ReadEmail:
    """An email that can be created, and what it says."""

    new: NewMessage
    content: Content


@dataclass(frozen=True, kw_only=True)
class ReadEmails:
    """The emails of a request, all of them good, and those that were left out when it asked for a part."""

    single: bool
    partial: bool
    #: Good emails with their place in the request.
    emails: Sequence[tuple[int, ReadEmail]]
    errors: Sequence[FieldError] = ()


@dataclass(frozen=True, kw_only=True)
class EmailMeans:
    """What is looked up once for all emails of a request."""

    caller: Principal
    #: Proved addresses, the default first.
    usable: Mapping[str, Any]
    #: Bodies of templates by the names that the request calls them.
    templates: Mapping[str, Mapping[str, Any]]
    url_check: UrlCheck
    now: datetime
    #: Whether people get links: to unsubscribe, and those that count.
    has_links: bool


def read_emails(wanted: EmailRequest, means: EmailMeans) -> ReadEmails:
    """Return the emails that a request asks for; raises ``InvalidRequest`` that names every wrong field.

    With ``partial`` wrong emails are left out, unless all are wrong.
    """
    batch = read_batch(wanted, EmailOfBatch, _Reader(wanted, means).read, called="emails")
    return ReadEmails(single=batch.single, partial=batch.partial, emails=batch.messages, errors=batch.errors)


class _Reader:
    """Reads the emails of one request. What emails share is looked at once."""

    def __init__(self, shared: EmailRequest, means: EmailMeans) -> None:
        self._shared = shared
        self._means = means
        #: Of emails without a content of their own; ``None`` until it was read.
        self._common: Content | InvalidRequest | None = None
        #: By the identity of the content, which lives as long as the emails that have it.
        self._bodies: dict[int, dict[str, Any]] = {}

    def read(self, to: Any, own: EmailFields | None, to_field: str, prefix: str) -> ReadEmail:
        fields = OwnFields[EmailFields](self._shared, own, prefix)
        means, errors = self._means, list[FieldError]()
        address = self._address(to, to_field, errors)
        sender = self._sender(fields, errors)
        variables = read_variables(
            self._shared.variables,
            None if own is None else own.variables,
            where=fields.where("variables"),
            errors=errors,
        )
        content = self._content(own, prefix, errors)
        if content is not None:
            self._check(content, variables, fields, errors)
        options = read_options(
            fields, zone=means.caller.organisation.time_zone, now=means.now, url_check=means.url_check, errors=errors
        )
        if errors or content is None:
            raise InvalidRequest(errors)
        return ReadEmail(
            content=content,
            new=NewMessage(
                channel="email",
                to_address=address,
                from_address=sender,
                content=self._bodies.setdefault(id(content), content.body()),
                variables=variables,
                metadata=options.metadata,
                webhook_url=options.webhook_url,
                webhook_events=options.webhook_events,
                priority=options.priority,
                due_at=options.due_at,
                not_after=options.not_after,
                topic=options.topic,
                if_unknown=fields.get("if_unknown") or "leave",
            ),
        )

    def _address(self, to: Any, field: str, errors: list[FieldError]) -> str:
        try:
            address = read_email(to, field=field)
            in_ascii(address)
        except InvalidRequest as error:
            errors += error.errors
        except AddressError as error:
            errors.append(FieldError(field=field, message=str(error), received=shortened(to)))
        else:
            return address
        return ""

    def _sender(self, fields: OwnFields[EmailFields], errors: list[FieldError]) -> str:
        try:
            return choose_email_sender(
                self._means.caller, self._means.usable, fields.get("from_"), field=fields.where("from_")
            )
        except InvalidRequest as error:
            errors += error.errors
            return ""

    def _content(self, own: EmailFields | None, prefix: str, errors: list[FieldError]) -> Content | None:
        names = (*CONTENT, "template")
        if own is not None and any(getattr(own, name) is not None for name in names):
            try:
                return self._read(own, prefix)
            except InvalidRequest as error:
                errors += error.errors
                return None
        if self._common is None:
            try:
                self._common = self._read(None, "")
            except InvalidRequest as error:
                self._common = error
        if isinstance(self._common, InvalidRequest):
            errors += self._common.errors
            return None
        return self._common

    def _read(self, own: EmailFields | None, prefix: str) -> Content:
        body: dict[str, Any] = {}
        for source, where in ((self._shared, ""), (own, prefix)):
            if source is None:
                continue
            if source.template is not None:
                body |= self._template(source.template, path([where, "template"]) if where else "template")
            body |= {name: value for name in CONTENT if (value := getattr(source, name)) is not None}
        if body.get("reply_to") is not None:
            body["reply_to"] = read_email(body["reply_to"], field=path([prefix, "reply_to"]) if prefix else "reply_to")
        content = read_content(body, prefix=f"{prefix}." if prefix else "")
        if not self._means.has_links and (content.track_opens or content.track_clicks):
            name = "track_opens" if content.track_opens else "track_clicks"
            message = "needs an address at which people reach this appliance (CALLWRIGHT_PUBLIC_URL): ask its operator"
            raise InvalidRequest([FieldError(field=path([prefix, name]) if prefix else name, message=message)])
        return content

    def _template(self, name: str, field: str) -> Mapping[str, Any]:
        if name not in self._means.templates:
            message = "is not a template for email; GET /api/v1/templates lists those"
            raise InvalidRequest([FieldError(field=field, message=message, received=name)])
        return self._means.templates[name]

    def _check(
        self, content: Content, variables: Mapping[str, str], fields: OwnFields[EmailFields], errors: list[FieldError]
    ) -> None:
        known = dict(variables)
        if self._means.has_links:
            known.setdefault(UNSUBSCRIBE_VARIABLE, "")
        where = fields.where("variables")
        for name in sorted(content.names):
            if lookup(name, known) is None:
                errors.append(FieldError(field=where, message=f"the placeholder {{{name}}} has no value; give it here"))
        try:
            check_values(content, variables, prefix=f"{where}.")
        except InvalidRequest as error:
            errors += error.errors
        if self._means.caller.purpose == "marketing" and not self._means.has_links and not self._means.caller.sandbox:
            message = (
                "marketing needs a link to unsubscribe, and this appliance has no address at which people reach it "
                "(CALLWRIGHT_PUBLIC_URL): ask its operator"
            )
            errors.append(FieldError(field="purpose", message=message))


def choose_email_sender(
    principal: Principal, usable: Mapping[str, Any], given: str | None, *, field: str = "from"
) -> str:
    """Return the sender that was given, or the first usable one; a sandbox key may write from any address.

    Raises ``InvalidRequest`` naming ``field``.
    """
    addresses = list(usable)
    if given is None:
        if addresses:
            return str(addresses[0])
        if principal.sandbox:
            return SANDBOX_SENDER
        message = "is needed: this organisation has no proved address; add one at /api/v1/senders"
        raise InvalidRequest([FieldError(field=field, message=message)])
    wanted = read_email(given, field=field)
    if wanted in addresses or principal.sandbox:
        return wanted
    known = ", ".join(addresses[:5]) or "none yet"
    message = f"is not a proved address of this organisation (proved: {known}); add it at /api/v1/senders"
    raise InvalidRequest([FieldError(field=field, message=message, received=given)])
