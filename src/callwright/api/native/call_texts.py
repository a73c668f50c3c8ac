"""The text that may follow a call: read, with the sender and the placeholders that it needs."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol

from callwright.accounts.models import Principal
from callwright.api.native.call_requests import FallbackSms
from callwright.api.native.services import Services
from callwright.errors import FieldError, InvalidRequest
from callwright.flows.templates import placeholders
from callwright.messages.addresses import choose_text_sender
from callwright.messages.texts import render


class Fields(Protocol):
    """A call's fields over those of its request."""

    def get(self, name: str) -> Any:
        """Return the call's own value, else the shared one."""
        ...

    def where(self, name: str) -> str:
        """Return the path at which the value stands."""
        ...


async def text_senders(services: Services, caller: Principal, field: str = "fallback_sms") -> Mapping[str, Any]:
    """Return whom texts may come from. Raises ``InvalidRequest`` naming ``field`` where nothing carries texts."""
    organisation_id = caller.organisation.id
    if not await services.messages.routes.can_carry(organisation_id, "sms", sandbox=caller.sandbox):
        message = "no route carries texts of this organisation: the operator adds one (callwright routes add)"
        raise InvalidRequest([FieldError(field=field, message=message)])
    return await services.messages.senders.usable(organisation_id, "sms", fence=caller.fence)


def read_fallback(
    fields: Fields,
    variables: Mapping[str, str] | None,
    *,
    caller: Principal,
    senders: Mapping[str, Any],
    errors: list[FieldError],
) -> dict[str, Any] | None:
    """Return ``calls.fallback_sms``; ``variables`` ``None``: each call of a list has its own."""
    given: FallbackSms | None = fields.get("fallback_sms")
    if given is None:
        return None
    where = fields.where("fallback_sms")
    sender = None
    try:
        if given.from_ is not None:
            sender = choose_text_sender(caller, senders, given.from_, field=f"{where}.from")
        # of a list its longest text is not known; what is written there is looked at as it stands
        render(
            given.message,
            dict.fromkeys(placeholders(given.message), "x") if variables is None else variables,
            field=f"{where}.message",
            plain=given.replace_typography,
        )
    except InvalidRequest as error:
        errors += error.errors
    return {"message": given.message, "from": sender, "plain": given.replace_typography}
