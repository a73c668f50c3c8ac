"""What the calls of a request would cost, and whether their organisation can pay for them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from decimal import Decimal

from callwright.accounts.models import Principal
from callwright.api.native.call_batches import ReadBatch
from callwright.api.native.call_requests import CallsRequest
from callwright.api.native.rates import no_rate, quoted
from callwright.api.native.services import Services
from callwright.errors import FieldError, PaymentRequired
from callwright.numbers.extensions import is_extension
from callwright.rules import pricing
from callwright.rules.pricing import Channel, Rate, written


@dataclass(frozen=True, kw_only=True)
class CallPrices:
    """The rates of a request's destinations; empty when nothing is charged."""

    rates: Mapping[str, Rate]
    currency: str | None

    def estimate(self, to: str, said: str) -> str | None:
        """Return what a call costs that is answered and hears all that is said; ``None``: nothing."""
        rate = self.rates.get(to)
        if rate is None:
            return None
        return written(pricing.cost_of_call(rate, Decimal(pricing.speaking_seconds(said))))


async def price_batch(
    services: Services, caller: Principal, wanted: CallsRequest, batch: ReadBatch
) -> tuple[ReadBatch, CallPrices]:
    """Return the calls that have a price, and the prices. Raises ``PaymentRequired`` naming destinations without.

    With ``partial`` those are left out, unless all are.
    """
    numbers = sorted({call.new.to_number for _, call in batch.calls if not is_extension(call.new.to_number)})
    quotes = await quoted(caller, services, Channel.CALL, numbers) if numbers else []
    if not quotes:
        return batch, CallPrices(rates={}, currency=None)
    rates = {number: quote.rate for number, quote in zip(numbers, quotes, strict=True) if quote.rate is not None}
    unsold = set(numbers) - set(rates)
    errors: list[FieldError] = []
    kept = []
    for index, call in batch.calls:
        if call.new.to_number in unsold:
            field = "to" if batch.single else f"calls[{index}].to" if wanted.calls is not None else f"to[{index}]"
            errors.append(no_rate(field, call.new.to_number))
        else:
            kept.append((index, call))
    if errors and not (batch.partial and kept):
        raise PaymentRequired(errors)
    priced = replace(batch, calls=kept, errors=[*batch.errors, *errors])
    return priced, CallPrices(rates=rates, currency=quotes[0].currency)


async def check_covered(services: Services, caller: Principal, batch: ReadBatch, prices: CallPrices) -> None:
    """Raise ``PaymentRequired`` when the balance does not cover even the cheapest of the calls that cost something."""
    costs = [
        pricing.first_hold(prices.rates[call.new.to_number])
        for _, call in batch.calls
        if call.new.to_number in prices.rates
    ]
    if not costs or len(costs) < len(batch.calls):
        return
    found = await services.money.balances.find(caller.organisation.id)
    there = Decimal(0) if found is None else found.balance
    if there < min(costs):
        message = (
            f"the balance of {written(there)} {prices.currency} does not cover even the first seconds of the cheapest "
            f"call, {written(min(costs))} {prices.currency}; add money first"
        )
        raise PaymentRequired([], message)
