"""Sending texts for those who are not ``POST /sms``: the same reading, prices and checks of a native body."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from callwright.accounts.models import Principal
from callwright.api.native.services import Services
from callwright.api.native.sms import check_route, read_sms
from callwright.api.native.sms_prices import price_texts
from callwright.api.native.sms_reading import ReadText, ReadTexts
from callwright.api.native.sms_requests import SmsRequest
from callwright.api.native.validation import parsed
from callwright.errors import FieldError
from callwright.messages.models import Message

if TYPE_CHECKING:
    from callwright.store.database import Connection


@dataclass(frozen=True, kw_only=True)
class SmsPlacement:
    """Texts that were read and can be paid for, about to be written."""

    services: Services
    caller: Principal
    texts: ReadTexts
    #: What all of them cost; ``None``: nothing is charged.
    cost: Decimal | None = None

    @property
    def reads(self) -> Sequence[tuple[int, ReadText]]:
        """The good texts with their place in the request."""
        return self.texts.texts

    @property
    def errors(self) -> Sequence[FieldError]:
        """What is wrong with the texts that were left out (``partial``): ``messages[3].to``, ``to[3]``."""
        return self.texts.errors

    async def create(self, connection: Connection, *, forward_replies_to: str | None = None) -> list[Message]:
        """Write the texts in the caller's transaction; after the commit call ``services.messages.service.wake()``.

        What people answer goes on to ``forward_replies_to``, an E.164 number.
        """
        new = [read.new for _, read in self.texts.texts]
        if forward_replies_to is not None:
            more = {"forward_replies_to": forward_replies_to}
            new = [replace(each, content={**each.content, **more}) for each in new]
        return await self.services.messages.service.create(self.caller, new, connection=connection)


async def read_sms_placement(services: Services, caller: Principal, body: Mapping[str, Any]) -> SmsPlacement:
    """Return the texts that a body of ``POST /api/v1/sms`` asks for.

    Raises ``InvalidRequest``, ``Conflict`` and ``PaymentRequired``, which name the fields of this body, and nothing is
    written.
    """
    wanted = parsed(SmsRequest, dict(body))
    texts = await read_sms(services, caller, wanted)
    texts, prices = await price_texts(services, caller, wanted, texts)
    await check_route(services, caller, media=any(text.new.media for _, text in texts.texts))
    await prices.check_covered(services, caller, texts)
    costs = [cost for _, read in texts.texts if (cost := prices.cost(read)) is not None]
    return SmsPlacement(services=services, caller=caller, texts=texts, cost=sum(costs, Decimal(0)) if costs else None)
