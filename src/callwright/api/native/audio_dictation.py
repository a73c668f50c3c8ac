"""Audio that somebody records by telephone: the call that asks them to."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from callwright.accounts.models import Principal
from callwright.api.native.audio_views import AudioRequest
from callwright.api.native.call_prices import check_covered, price_batch
from callwright.api.native.call_requests import CallsRequest
from callwright.api.native.calls import read_calls
from callwright.api.native.services import Services
from callwright.audio.models import Audio
from callwright.calls.models import NewCall
from callwright.errors import FieldError, Forbidden, InvalidRequest
from callwright.flows.dictation import dictation_flow

if TYPE_CHECKING:
    from callwright.store.database import Connection

#: Who asks for it waits for the telephone to ring.
_PRIORITY = 9
_DIALLED_WITHIN = timedelta(minutes=10)


async def read_dictation(services: Services, caller: Principal, wanted: AudioRequest) -> NewCall:
    """Return the call that a request asks for. Raises ``InvalidRequest``, ``Forbidden``, ``PaymentRequired``."""
    if not caller.may("calls:write"):
        raise Forbidden("recording by telephone makes a call: this needs the permission 'calls:write' too")
    if "record" not in services.capabilities:
        raise InvalidRequest([FieldError(field="to", message="this appliance cannot record yet")])
    fields: dict[str, Any] = {"to": wanted.to, "message": "-"} | (
        {} if wanted.from_ is None else {"from": wanted.from_}
    )
    asked = CallsRequest.model_validate(fields)
    batch, prices = await price_batch(services, caller, asked, await read_calls(services, caller, asked))
    await check_covered(services, caller, batch, prices)
    ((_, read),) = batch.calls
    # it is asked for at this moment, so calling hours do not bind as they do advertising
    purpose = "emergency" if caller.purpose == "emergency" else "transactional"
    not_after = services.clock.now() + _DIALLED_WITHIN
    return replace(read.new, purpose=purpose, priority=_PRIORITY, not_after=not_after, own_text=True)


async def dictate(
    services: Services, caller: Principal, wanted: AudioRequest, call: NewCall, connection: Connection
) -> Audio:
    """Enter the audio and its call in the caller's transaction; wake the dialer after the commit."""
    items = services.audio.items
    name = wanted.name or f"Recorded by {call.to_number}"
    taken = await items.from_phone(connection, caller, origin={"to": call.to_number}, name=name, labels=wanted.labels)
    flow = dictation_flow(taken.id).to_json()
    (made,) = await services.calls.create(caller, [replace(call, flow=flow)], connection=connection)
    origin = {"to": call.to_number, "call_id": made.id}
    await items.note_origin(connection, caller.organisation.id, taken.id, origin)
    return replace(taken, origin=origin)
