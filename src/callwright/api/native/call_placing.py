"""Placing calls for those who are not ``POST /calls``: the same reading, prices and checks of a native body."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from callwright.accounts.models import Principal
from callwright.api.native.call_batches import ReadBatch
from callwright.api.native.call_prices import check_covered, price_batch
from callwright.api.native.call_reading import ReadCall
from callwright.api.native.call_requests import CallsRequest
from callwright.api.native.calls import read_calls
from callwright.api.native.services import Services
from callwright.api.native.validation import parsed
from callwright.calls.models import Call
from callwright.calls.service import Beside
from callwright.errors import FieldError
from callwright.orders.models import NewItem

if TYPE_CHECKING:
    from callwright.store.database import Connection


@dataclass(frozen=True, kw_only=True)
class Placement:
    """Calls that were read and can be paid for, about to be written."""

    services: Services
    caller: Principal
    batch: ReadBatch

    @property
    def reads(self) -> Sequence[tuple[int, ReadCall]]:
        """The good calls with their place in the request."""
        return self.batch.calls

    @property
    def errors(self) -> Sequence[FieldError]:
        """What is wrong with the calls that were left out (``partial``): ``calls[3].to``, ``to[3]``."""
        return self.batch.errors

    def items(self, call_ids: Sequence[str]) -> list[NewItem]:
        """Return the parts of an order of these calls, one each, when they have got their ids."""
        return [
            NewItem(call_id=call_id, to_number=read.new.to_number)
            for call_id, (_, read) in zip(call_ids, self.reads, strict=True)
        ]

    async def create(
        self, connection: Connection, *, webhook_format: str | None = None, beside: Beside | None = None
    ) -> list[Call]:
        """Write the calls in the caller's transaction; after the commit call ``services.calls.wake()``.

        ``webhook_format``: a dialect whose body their webhooks get. ``beside`` is written with them.
        """
        batch = self.batch
        if batch.callees_of_pools:
            shown = await self.services.pools.take(
                connection, self.caller, batch.callees_of_pools, keep=not self.caller.sandbox
            )
            batch = batch.shown_from(shown)
        new = [replace(read.new, webhook_format=webhook_format) for _, read in batch.calls]
        return await self.services.calls.create(
            self.caller, new, campaign_name=batch.campaign_name, connection=connection, beside=beside
        )


async def read_placement(services: Services, caller: Principal, body: Mapping[str, Any]) -> Placement:
    """Return the calls that a body of ``POST /api/v1/calls`` asks for.

    Raises ``InvalidRequest`` and ``PaymentRequired``, which name the fields of this body, and nothing is written.
    """
    wanted = parsed(CallsRequest, dict(body))
    batch = await read_calls(services, caller, wanted)
    batch, prices = await price_batch(services, caller, wanted, batch)
    await check_covered(services, caller, batch, prices)
    return Placement(services=services, caller=caller, batch=batch)
