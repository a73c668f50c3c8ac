"""Sending emails for those who are not ``POST /emails``: the same reading, prices and checks of a native body."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from callwright.accounts.models import Principal
from callwright.api.native.email_prices import price_emails
from callwright.api.native.email_reading import ReadEmails
from callwright.api.native.email_requests import EmailRequest
from callwright.api.native.emails import read_request
from callwright.api.native.services import Services
from callwright.api.native.validation import parsed
from callwright.errors import Conflict
from callwright.messages.models import Message

if TYPE_CHECKING:
    from callwright.store.database import Connection


@dataclass(frozen=True, kw_only=True)
class EmailPlacement:
    """Emails that were read and can be paid for, about to be written."""

    services: Services
    caller: Principal
    emails: ReadEmails
    #: What all of them cost; ``None``: nothing is charged.
    cost: Decimal | None = None

    async def create(self, connection: Connection) -> list[Message]:
        """Write the emails in the caller's transaction; after the commit call ``services.messages.service.wake()``."""
        new = [read.new for _, read in self.emails.emails]
        return await self.services.messages.service.create(self.caller, new, connection=connection)


async def read_email_placement(services: Services, caller: Principal, body: Mapping[str, Any]) -> EmailPlacement:
    """Return the emails that a body of ``POST /api/v1/emails`` asks for.

    Raises ``InvalidRequest``, ``Conflict`` and ``PaymentRequired``, which name the fields of this body, and nothing is
    written.
    """
    wanted = parsed(EmailRequest, dict(body))
    emails = await read_request(services, caller, wanted)
    emails, prices = await price_emails(services, caller, wanted, emails)
    if not await services.messages.routes.can_carry(caller.organisation.id, "email", sandbox=caller.sandbox):
        raise Conflict("no route carries emails of this organisation: the operator adds one (callwright routes add)")
    await prices.check_covered(services, caller, emails)
    costs = [cost for _, read in emails.emails if (cost := prices.cost(read)) is not None]
    return EmailPlacement(
        services=services, caller=caller, emails=emails, cost=sum(costs, Decimal(0)) if costs else None
    )
