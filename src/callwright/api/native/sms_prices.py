"""What the texts of a request would cost, and whether their organisation can pay for them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from decimal import Decimal

from callwright.accounts.models import Principal
from callwright.api.native.rates import no_rate, quoted
from callwright.api.native.services import Services
from callwright.api.native.sms_reading import ReadText, ReadTexts
from callwright.api.native.sms_requests import SmsRequest
from callwright.errors import PaymentRequired
from callwright.rules import pricing
from callwright.rules.pricing import Channel, Rate


@dataclass(frozen=True, kw_only=True)
class TextPrices:
    """The rates of a request's destinations, of SMS and of MMS; empty when nothing is charged."""

    rates: Mapping[tuple[Channel, str], Rate]
    currency: str | None

    def cost(self, read: ReadText) -> Decimal | None:
        """Return what a text costs; ``None``: nothing."""
        rate = self.rates.get((_channel(read), read.new.to_address))
        if rate is None:
            return None
        return pricing.cost_of_units(rate, 1 if read.new.media else read.new.parts or 1)

    def written(self, amount: Decimal | None) -> str | None:
        """Return an amount as it is shown."""
        return None if amount is None else pricing.written(amount)

    async def check_covered(self, services: Services, caller: Principal, texts: ReadTexts) -> None:
        """Raise ``PaymentRequired`` when the balance does not cover even the cheapest text that costs something."""
        costs = [cost for _, read in texts.texts if (cost := self.cost(read)) is not None]
        if not costs or len(costs) < len(texts.texts):
            return
        found = await services.money.balances.find(caller.organisation.id)
        there = Decimal(0) if found is None else found.balance
        if there < min(costs):
            message = (
                f"the balance of {pricing.written(there)} {self.currency} does not cover even the cheapest text, "
                f"{pricing.written(min(costs))} {self.currency}; add money first"
            )
            raise PaymentRequired([], message)


def _channel(read: ReadText) -> Channel:
    return Channel.MMS if read.new.media else Channel.SMS


async def price_texts(
    services: Services, caller: Principal, wanted: SmsRequest, texts: ReadTexts
) -> tuple[ReadTexts, TextPrices]:
    """Return the texts that have a price, and the prices. Raises ``PaymentRequired`` naming destinations without.

    With ``partial`` those are left out, unless all are.
    """
    rates: dict[tuple[Channel, str], Rate] = {}
    currency, unsold = None, set()
    for channel in (Channel.SMS, Channel.MMS):
        numbers = sorted({read.new.to_address for _, read in texts.texts if _channel(read) is channel})
        quotes = await quoted(caller, services, channel, numbers) if numbers else []
        for number, quote in zip(numbers, quotes, strict=False):
            currency = quote.currency
            if quote.rate is None:
                unsold.add((channel, number))
            else:
                rates[channel, number] = quote.rate
    prices = TextPrices(rates=rates, currency=currency)
    if not unsold:
        return texts, prices
    kept, errors = [], []
    for index, read in texts.texts:
        if (_channel(read), read.new.to_address) in unsold:
            field = f"messages[{index}].to" if wanted.messages is not None else f"to[{index}]"
            errors.append(no_rate("to" if texts.single else field, read.new.to_address))
        else:
            kept.append((index, read))
    if not (texts.partial and kept):
        raise PaymentRequired(errors)
    return replace(texts, texts=kept, errors=[*texts.errors, *errors]), prices
