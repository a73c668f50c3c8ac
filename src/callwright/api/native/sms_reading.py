"""From a request's fields to texts that can be written: numbers, senders, text, parts, times."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from callwright.accounts.models import Principal
from callwright.api.native.call_reading import foreign
from callwright.api.native.message_batches import Batch, OwnFields, read_batch
from callwright.api.native.message_options import read_options, read_variables
from callwright.api.native.sms_requests import SmsFields, SmsItem, SmsRequest
from callwright.api.native.urls import UrlCheck
from callwright.api.native.validation import path, shortened
from callwright.errors import FieldError, InvalidRequest
from callwright.messages.addresses import choose_text_sender
from callwright.messages.inbound_rules import read_forwarding
from callwright.messages.models import NewMessage
from callwright.messages.texts import MOST_PARTS, Text, render
from callwright.numbers.parsing import is_forbidden, read_number


@dataclass(frozen=True, kw_only=True)
class ReadText:
    """A text that can be created, and what a dry run shows of it."""

    new: NewMessage
    #: ``None``: pictures alone.
    text: Text | None


@dataclass(frozen=True, kw_only=True)
class TextMeans:
    """What is looked up once for all texts of a request."""

    caller: Principal
    #: Proved senders, the default first.
    usable: Mapping[str, Any]
    #: Texts of templates by the names that the request calls them.
    templates: Mapping[str, str]
    url_check: UrlCheck
    now: datetime
    allowed_countries: Sequence[str] | None


def read_texts(wanted: SmsRequest, means: TextMeans) -> Batch[ReadText]:
    """Return the texts that a request asks for; raises ``InvalidRequest`` that names every wrong field.

    With ``partial`` wrong texts are left out, unless all are wrong.
    """
    return read_batch(wanted, SmsItem, _Reader(wanted, means).read, called="texts")


class _Reader:
    """Reads the texts of one request. What texts share is looked at once."""

    def __init__(self, shared: SmsRequest, means: TextMeans) -> None:
        self._shared = shared
        self._means = means
        self._senders: dict[Any, str] = {}
        #: By template, variables and the other things that decide it: most batches say the same to all.
        self._rendered: dict[Any, Text] = {}

    def read(self, to: Any, own: SmsFields | None, to_field: str, prefix: str) -> ReadText:
        fields = _Fields(self._shared, own, prefix)
        means, errors = self._means, list[FieldError]()
        caller = means.caller
        to_number = ""
        try:
            to_number = read_number(to, field=to_field, region=caller.organisation.region, sandbox=caller.sandbox)
        except InvalidRequest as error:
            errors += error.errors
        if to_number and not caller.sandbox:
            fault = is_forbidden(to_number) or foreign(to_number, means.allowed_countries)
            if fault is not None:
                message = fault.replace("are not called", "are not written to")
                errors.append(FieldError(field=to_field, message=message, received=shortened(to)))
        sender = self._sender(fields, errors)
        variables = read_variables(
            self._shared.variables,
            None if own is None else own.variables,
            where=fields.where("variables"),
            errors=errors,
        )
        media = tuple(fields.get("media_urls") or ())
        for index, url in enumerate(media):
            if (fault := means.url_check.fault(url)) is not None:
                where = path([fields.where("media_urls"), index])
                errors.append(FieldError(field=where, message=fault, received=shortened(url)))
        template = self._template(fields, errors, needed=not media)
        text = None if template is None else self._text(template, fields, variables, errors)
        options = read_options(
            fields, zone=caller.organisation.time_zone, now=means.now, url_check=means.url_check, errors=errors
        )
        forward = fields.get("forward_replies_to")
        if forward is not None:
            where = fields.where("forward_replies_to")
            try:
                forward = read_forwarding(forward, field=where, region=caller.organisation.region)
            except InvalidRequest as error:
                errors += error.errors
        if errors:
            raise InvalidRequest(errors)
        content: dict[str, Any] = {"text": template or ""}
        if forward is not None:
            content["forward_replies_to"] = forward
        if media:
            content["media"] = list(media)
        return ReadText(
            text=text,
            new=NewMessage(
                channel="sms",
                to_address=to_number,
                from_address=sender,
                content=content,
                variables=variables,
                text="" if text is None else text.text,
                parts=1 if text is None else text.parts,
                encoding=None if text is None else text.encoding,
                media=media,
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

    def _sender(self, fields: _Fields, errors: list[FieldError]) -> str:
        given = fields.get("from_")
        if given not in self._senders:
            try:
                self._senders[given] = choose_text_sender(
                    self._means.caller,
                    self._means.usable,
                    None if given is None else str(given),
                    field=fields.where("from_"),
                )
            except InvalidRequest as error:
                errors += error.errors
                return ""
        return self._senders[given]

    def _template(self, fields: _Fields, errors: list[FieldError], *, needed: bool) -> str | None:
        message, name = fields.said()
        if message is not None and name is not None:
            errors.append(FieldError(field=fields.where("template"), message="give either message or template"))
            return None
        if name is not None:
            if name not in self._means.templates:
                text = "is not a template for sms; GET /api/v1/templates lists those"
                errors.append(FieldError(field=fields.where("template"), message=text, received=name))
                return None
            return self._means.templates[name]
        if message is None and needed:
            text = "is required (or template, or media_urls)"
            errors.append(FieldError(field=fields.where("message"), message=text))
        return message

    def _text(
        self, template: str, fields: _Fields, variables: Mapping[str, str], errors: list[FieldError]
    ) -> Text | None:
        plain, most = bool(fields.get("replace_typography")), fields.get("max_parts") or MOST_PARTS
        key = (template, plain, most, tuple(variables.items()))
        if key not in self._rendered:
            field = fields.where("template" if fields.said()[1] is not None else "message")
            try:
                self._rendered[key] = render(template, variables, field=field, plain=plain, most_parts=most)
            except InvalidRequest as error:
                errors += error.errors
                return None
        return self._rendered[key]


class _Fields(OwnFields[SmsFields]):
    """A text's fields; what it says is one thing, though it stands in one of two."""

    def said(self) -> tuple[str | None, str | None]:
        """Return message and template; a text's own of either kind replaces the shared one."""
        own = self.own
        if own is not None and (own.message is not None or own.template is not None):
            return own.message, own.template
        return self.shared.message, self.shared.template
