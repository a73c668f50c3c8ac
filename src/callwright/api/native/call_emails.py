"""The emails of campaigns and of calls that reached nobody: read, with their senders and placeholders."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from callwright.accounts.models import Principal
from callwright.api.native.email_contents import (
    NO_MAIL_ROUTE,
    EmailMeans,
    choose_email_sender,
    content_of,
    look_up_means,
)
from callwright.api.native.services import Services
from callwright.api.native.written_emails import FallbackEmail, WrittenEmail
from callwright.campaigns.writing import names_in_texts
from callwright.errors import FieldError, InvalidRequest
from callwright.flows.templates import placeholders
from callwright.mail.content import Content
from callwright.numbers.addresses import read_email


async def email_means(
    services: Services, caller: Principal, *, templates: Collection[str] = (), files: Collection[str] = ()
) -> EmailMeans | None:
    """Return what is looked up for emails, ``None`` where no route carries them."""
    if not await services.messages.routes.can_carry(caller.organisation.id, "email", sandbox=caller.sandbox):
        return None
    return await look_up_means(services, caller, templates=templates, files=files)


def read_written(
    given: WrittenEmail, means: EmailMeans | None, *, purpose: str, at: str, errors: list[FieldError]
) -> dict[str, Any] | None:
    """Return what ``campaigns.writing`` calls an email; what is wrong goes to ``errors``, with its field below ``at``.

    ``purpose`` is that of the message, which may bind more than the caller's.
    """
    if means is None:
        errors.append(FieldError(field=at, message=NO_MAIL_ROUTE))
        return None
    found = []
    for read in (_sender, _content):
        try:
            found.append(read(given, means, at))
        except InvalidRequest as error:
            errors += error.errors
    if purpose == "marketing" and not means.has_links:
        message = (
            "marketing needs a link to unsubscribe, and this appliance has no address at which people reach it "
            "(CALLWRIGHT_PUBLIC_URL): ask its operator"
        )
        errors.append(FieldError(field="purpose", message=message))
    if len(found) < 2:
        return None
    sender, content = found
    assert isinstance(content, Content)  # noqa: S101  (in this order)
    return {"from": sender, **content.body()}


def read_fallback_email(
    given: FallbackEmail, means: EmailMeans | None, *, at: str, errors: list[FieldError]
) -> dict[str, Any] | None:
    """Return ``calls.fallback_email``; what is wrong goes to ``errors``, with its field below ``at``."""
    to = None if given.to is None else read_address(given.to, field=f"{at}.to", errors=errors)
    purpose = "transactional" if means is None else means.caller.purpose
    read = read_written(given, means, purpose=purpose, at=at, errors=errors)
    return read if read is None or to is None else read | {"to": to}


def read_address(to: str, *, field: str, errors: list[FieldError]) -> str:
    """Return an address as it is kept; one with placeholders is read when they are filled."""
    if placeholders(to):
        return to
    try:
        return read_email(to, field=field)
    except InvalidRequest as error:
        errors += error.errors
        return to


def missing_in_email(email: Mapping[str, Any], variables: Mapping[str, str], *, at: str) -> list[FieldError]:
    """Return an error for each placeholder of an email without a value."""
    return [
        FieldError(field=at, message=f"the placeholder {{{name}}} has no value: give it in variables", received=name)
        for name in names_in_texts({"fallback_email": email}, variables)
    ]


def _sender(given: WrittenEmail, means: EmailMeans, at: str) -> str:
    return choose_email_sender(means.caller, means.usable, given.from_, field=f"{at}.from")


def _content(given: WrittenEmail, means: EmailMeans, at: str) -> Content:
    return content_of([(given, at)], means, prefix=at)
