"""What the emails of a request would cost, and whether their organisation can pay for them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from decimal import Decimal

from callwright.accounts.models import Principal
from callwright.api.native.email_reading import ReadEmail, ReadEmails
from callwright.api.native.email_requests import EmailRequest
from callwright.api.native.rates import no_rate, quoted
from callwright.api.native.services import Services
from callwright.errors import PaymentRequired
from callwright.rules import pricing
from callwright.rules.pricing import Channel, Rate


@dataclass(frozen=True, kw_only=True)
class EmailPrices:
    """The rates of a request's addresses; empty when nothing is charged."""

    rates: Mapping[str, Rate]
    currency: str | None

    def cost(self, read: ReadEmail) -> Decimal | None:
        """Return what an email costs; ``None``: nothing."""
        rate = self.rates.get(read.new.to_address)
        return None if rate is None else pricing.cost_of_units(rate, 1)

    def written(self, amount: Decimal | None) -> str | None:
        """Return an amount as it is shown."""
        return None if amount is None else pricing.written(amount)

    async def check_covered(self, services: Services, caller: Principal, emails: ReadEmails) -> None:
        """Raise ``PaymentRequired`` when the balance does not cover even one email."""
        costs = [cost for _, read in emails.emails if (cost := self.cost(read)) is not None]
        if not costs:
            return
        found = await services.money.balances.find(caller.organisation.id)
        there = Decimal(0) if found is None else found.balance
        if there < min(costs):
            message = (
                f"the balance of {pricing.written(there)} {self.currency} does not cover even one email, "
                f"{pricing.written(min(costs))} {self.currency}; add money first"
            )
            raise PaymentRequired([], message)


async def price_emails(
    services: Services, caller: Principal, wanted: EmailRequest, emails: ReadEmails
) -> tuple[ReadEmails, EmailPrices]:
    """Return the emails that have a price, and the prices. Raises ``PaymentRequired`` when the list has none."""
    addresses = sorted({read.new.to_address for _, read in emails.emails})
    quotes = await quoted(caller, services, Channel.EMAIL, addresses)
    rates = {address: quote.rate for address, quote in zip(addresses, quotes, strict=False) if quote.rate is not None}
    prices = EmailPrices(rates=rates, currency=quotes[0].currency if quotes else None)
    if not quotes or len(rates) == len(addresses):
        return emails, prices
    kept, errors = [], []
    for index, read in emails.emails:
        if read.new.to_address in rates:
            kept.append((index, read))
        else:
            field = f"messages[{index}].to" if wanted.messages is not None else f"to[{index}]"
            errors.append(no_rate("to" if emails.single else field, read.new.to_address))
    if not (emails.partial and kept):
        raise PaymentRequired(errors)
    return replace(emails, emails=kept, errors=[*emails.errors, *errors]), prices
