"""What the texts and emails of a request would cost, and whether their organisation can pay for them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from decimal import Decimal

from callwright.accounts.models import Principal
from callwright.api.native.message_batches import Batch, Read
from callwright.api.native.rates import no_rate, quoted
from callwright.api.native.services import Services
from callwright.errors import PaymentRequired
from callwright.messages.models import NewMessage
from callwright.rules import pricing
from callwright.rules.pricing import Channel, Rate


@dataclass(frozen=True, kw_only=True)
class MessagePrices:
    """The rates of a request's destinations, by what it is charged as; empty when nothing is charged."""

    rates: Mapping[tuple[Channel, str], Rate]
    currency: str | None

    def cost(self, new: NewMessage) -> Decimal | None:
        """Return what a message costs; ``None``: nothing."""
        channel = _channel(new)
        rate = self.rates.get((channel, new.to_address))
        if rate is None:
            return None
        return pricing.cost_of_units(rate, new.parts or 1 if channel is Channel.SMS else 1)

    def total(self, batch: Batch[Read]) -> Decimal | None:
        """Return what messages cost together; ``None``: nothing is charged."""
        costs = self._costs(batch)
        return sum(costs, Decimal(0)) if costs else None

    def written(self, amount: Decimal | None) -> str | None:
        """Return an amount as it is shown."""
        return None if amount is None else pricing.written(amount)

    async def check_covered(self, services: Services, caller: Principal, batch: Batch[Read]) -> None:
        """Raise ``PaymentRequired`` when the balance does not cover even the cheapest message that costs something."""
        costs = self._costs(batch)
        if not costs or len(costs) < len(batch.messages):
            return
        found = await services.money.balances.find(caller.organisation.id)
        there = Decimal(0) if found is None else found.balance
        if there < min(costs):
            called = "email" if batch.messages[0][1].new.channel == "email" else "text"
            message = (
                f"the balance of {pricing.written(there)} {self.currency} does not cover even the cheapest {called}, "
                f"{pricing.written(min(costs))} {self.currency}; add money first"
            )
            raise PaymentRequired([], message)

    def _costs(self, batch: Batch[Read]) -> list[Decimal]:
        return [cost for _, read in batch.messages if (cost := self.cost(read.new)) is not None]


async def price_messages(
    services: Services, caller: Principal, batch: Batch[Read]
) -> tuple[Batch[Read], MessagePrices]:
    """Return the messages that have a price, and the prices. Raises ``PaymentRequired`` naming destinations without.

    With ``partial`` those are left out, unless all are.
    """
    rates: dict[tuple[Channel, str], Rate] = {}
    currency, unsold = None, set()
    for channel in (Channel.SMS, Channel.MMS, Channel.EMAIL):
        addresses = sorted({read.new.to_address for _, read in batch.messages if _channel(read.new) is channel})
        quotes = await quoted(caller, services, channel, addresses) if addresses else []
        # there are none where nothing is paid for
        for address, quote in zip(addresses, quotes, strict=False):
            currency = quote.currency
            if quote.rate is None:
                unsold.add((channel, address))
            else:
                rates[channel, address] = quote.rate
    prices = MessagePrices(rates=rates, currency=currency)
    if not unsold:
        return batch, prices
    kept, errors = [], []
    for index, read in batch.messages:
        if (_channel(read.new), read.new.to_address) in unsold:
            errors.append(no_rate(batch.address_field(index), read.new.to_address))
        else:
            kept.append((index, read))
    if not (batch.partial and kept):
        raise PaymentRequired(errors)
    return replace(batch, messages=kept, errors=[*batch.errors, *errors]), prices


def _channel(new: NewMessage) -> Channel:
    if new.channel == "email":
        return Channel.EMAIL
    return Channel.MMS if new.media else Channel.SMS
