"""From a request's fields to emails that can be written: addresses, senders, contents, times."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from callwright.api.native.email_contents import EmailMeans, choose_email_sender, content_of
from callwright.api.native.email_requests import EmailFields, EmailOfBatch, EmailRequest
from callwright.api.native.message_batches import Batch, OwnFields, read_batch
from callwright.api.native.message_options import read_options, read_variables
from callwright.api.native.validation import shortened
from callwright.api.native.written_emails import WRITTEN
from callwright.errors import FieldError, InvalidRequest
from callwright.flows.templates import lookup
from callwright.mail.addresses import AddressError, in_ascii
from callwright.mail.content import Content, check_values
from callwright.messages.emails import UNSUBSCRIBE_VARIABLE
from callwright.messages.models import NewMessage
from callwright.numbers.addresses import read_email


@dataclass(frozen=True, kw_only=True)
class ReadEmail:
    """An email that can be created, and what it says."""

    new: NewMessage
    content: Content


def read_emails(wanted: EmailRequest, means: EmailMeans) -> Batch[ReadEmail]:
    """Return the emails that a request asks for; raises ``InvalidRequest`` that names every wrong field.

    With ``partial`` wrong emails are left out, unless all are wrong.
    """
    return read_batch(wanted, EmailOfBatch, _Reader(wanted, means).read, called="emails")


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
                content=self._body(content),
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

    def _body(self, content: Content) -> dict[str, Any]:
        if id(content) not in self._bodies:
            self._bodies[id(content)] = content.body()
        return self._bodies[id(content)]

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
        names = (*WRITTEN, "template")
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
        layers = [(self._shared, "")] if own is None else [(self._shared, ""), (own, prefix)]
        return content_of(layers, self._means, prefix=prefix)

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
