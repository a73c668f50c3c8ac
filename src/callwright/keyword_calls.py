"""Calls that people ask for by a keyword in a text: their saved flow is played to them."""

from __future__ import annotations

from collections.abc import Collection
from typing import TYPE_CHECKING

from callwright.accounts.models import Principal
from callwright.callflows.service import SavedFlows
from callwright.calls.models import NewCall
from callwright.calls.service import CallService
from callwright.errors import FieldError, InvalidRequest
from callwright.flows.language import Flow, parse_flow
from callwright.flows.requirements import needed_capabilities
from callwright.flows.templates import missing_variables
from callwright.messages.inbound_rules import Keyword
from callwright.messages.models import Message
from callwright.numbers.service import NumberService

if TYPE_CHECKING:
    from callwright.store.database import Connection

#: What such a flow may say of the text: ``{keyword}`` and ``{text}``.
VARIABLES = ("keyword", "text")
#: The person waits for it.
_PRIORITY = 8


class FlowCalls:
    """Calls people who wrote a keyword: the ``messages.inbound.KeywordCalls`` of an appliance."""

    def __init__(
        self, flows: SavedFlows, numbers: NumberService, calls: CallService, *, capabilities: Collection[str]
    ) -> None:
        self._flows = flows
        self._numbers = numbers
        self._calls = calls
        self._capabilities = capabilities

    def wake(self) -> None:
        """Tell the dialer that a call was committed."""
        self._calls.wake()

    async def begin(self, connection: Connection, who: Principal, message: Message, keyword: Keyword) -> None:
        """Write the call in the caller's transaction.

        Raises ``InvalidRequest`` when the flow is gone or needs what there is not, or no number can be shown.
        """
        flow_id = keyword.flow_id or ""
        bodies = await self._flows.published_to(connection, who.organisation.id, [flow_id])
        if flow_id not in bodies:
            raise _wrong("flow_id", "is not a published flow", flow_id)
        flow = parse_flow(bodies[flow_id])
        self._check(flow)
        new = NewCall(
            to_number=message.from_address,
            from_number=await self._shown(who, message, keyword),
            flow=flow.to_json(),
            variables={"keyword": keyword.words[0], "text": message.text or ""},
            metadata={"message_id": message.id},
            priority=_PRIORITY,
            purpose="transactional",
        )
        await self._calls.create(who, [new], connection=connection)

    def _check(self, flow: Flow) -> None:
        lacking = [name for name in needed_capabilities(flow) if name not in self._capabilities]
        if lacking:
            raise _wrong("flow_id", f"the flow needs what this appliance has not: {', '.join(lacking)}", None)
        missing = missing_variables(flow, VARIABLES)
        if missing:
            raise _wrong("flow_id", f"the placeholder {{{missing[0][1]}}} has no value", None)

    async def _shown(self, who: Principal, message: Message, keyword: Keyword) -> str:
        usable = await self._numbers.usable_numbers(who.organisation.id)
        wanted = keyword.call_from or message.to_address
        if wanted in usable or who.sandbox:
            return wanted
        if keyword.call_from is not None or not usable:
            raise _wrong("call_from", "is not a verified number of this organisation", wanted)
        return usable[0]


def _wrong(field: str, message: str, received: str | None) -> InvalidRequest:
    return InvalidRequest([FieldError(field=field, message=message, received=received)])
