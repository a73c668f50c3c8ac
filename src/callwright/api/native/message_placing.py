"""Sending texts and emails for those who are not ``POST /sms`` or ``POST /emails``: read, priced and checked alike."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from callwright.accounts.models import Principal
from callwright.api.native.email_requests import EmailRequest
from callwright.api.native.emails import check_mail_route, read_mails
from callwright.api.native.message_batches import Batch, ReadMessage
from callwright.api.native.message_prices import price_messages
from callwright.api.native.services import Services
from callwright.api.native.sms import check_route, read_sms
from callwright.api.native.sms_requests import SmsRequest
from callwright.api.native.validation import parsed
from callwright.errors import FieldError
from callwright.messages.models import Message

if TYPE_CHECKING:
    from callwright.store.database import Connection


@dataclass(frozen=True, kw_only=True)
class MessagePlacement:
    """Messages that were read and can be paid for, about to be written."""

    services: Services
    caller: Principal
    batch: Batch[ReadMessage]
    #: What all of them cost; ``None``: nothing is charged.
    cost: Decimal | None = None

    @property
    def reads(self) -> Sequence[tuple[int, ReadMessage]]:
        """The good messages with their place in the request."""
        return self.batch.messages

    @property
    def errors(self) -> Sequence[FieldError]:
        """What is wrong with those that were left out (``partial``): ``messages[3].to``, ``to[3]``."""
        return self.batch.errors

    async def create(self, connection: Connection, *, forward_replies_to: str | None = None) -> list[Message]:
        """Write the messages in the caller's transaction; after the commit call ``services.messages.service.wake()``.

        What people answer to texts goes on to ``forward_replies_to``, an E.164 number.
        """
        new = [read.new for _, read in self.reads]
        if forward_replies_to is not None:
            more = {"forward_replies_to": forward_replies_to}
            new = [replace(each, content={**each.content, **more}) for each in new]
        return await self.services.messages.service.create(self.caller, new, connection=connection)


async def read_sms_placement(services: Services, caller: Principal, body: Mapping[str, Any]) -> MessagePlacement:
    """Return the texts that a body of ``POST /api/v1/sms`` asks for.

    Raises ``InvalidRequest``, ``Conflict`` and ``PaymentRequired``, which name the fields of this body, and nothing is
    written.
    """
    batch = await read_sms(services, caller, parsed(SmsRequest, dict(body)))
    batch, prices = await price_messages(services, caller, batch)
    await check_route(services, caller, media=any(read.new.media for _, read in batch.messages))
    await prices.check_covered(services, caller, batch)
    return MessagePlacement(services=services, caller=caller, batch=batch, cost=prices.total(batch))


async def read_email_placement(services: Services, caller: Principal, body: Mapping[str, Any]) -> MessagePlacement:
    """Return the emails that a body of ``POST /api/v1/emails`` asks for. Raises as ``read_sms_placement`` does."""
    batch = await read_mails(services, caller, parsed(EmailRequest, dict(body)))
    batch, prices = await price_messages(services, caller, batch)
    await check_mail_route(services, caller)
    await prices.check_covered(services, caller, batch)
    return MessagePlacement(services=services, caller=caller, batch=batch, cost=prices.total(batch))
