"""The objects of calls, put together from what the services know of them; the webhook's bodies are made here too."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from callwright.api.dialects.effebot import rendering
from callwright.api.dialects.effebot.rendering import Shown, digits, show_call
from callwright.api.native.services import Services
from callwright.calls.models import Call
from callwright.events.sending import Delivery
from callwright.rules.outcomes import TERMINAL_EVENTS

DIALECT = "effebot"
#: Where links begin that are made without a request, when nobody said where others reach this appliance.
_NOWHERE = ""


@dataclass(frozen=True, kw_only=True)
class CallObjects:
    """Shows calls of one organisation at a time."""

    services: Services

    async def show(self, organisation_id: str, calls: Sequence[Call], *, base: str) -> list[dict[str, Any]]:
        """Return the objects of calls, in their order; ``base`` is where links begin."""
        return [show_call(shown) for shown in await self.gather(organisation_id, calls, base=base)]

    async def gather(self, organisation_id: str, calls: Sequence[Call], *, base: str) -> list[Shown]:
        """Return all that the objects of calls are made of, in the calls' order."""
        services, ids = self.services, [call.id for call in calls]
        courses = await services.courses.of(organisation_id, ids)
        orders = await services.orders.of_parts(organisation_id, ids)
        finals = await services.webhooks.last_of(organisation_id, ids, TERMINAL_EVENTS)
        recordings = await self._recordings(organisation_id, ids, base)
        return [
            Shown(
                call=call,
                course=courses[call.id],
                asked=orders[call.id].asked if call.id in orders else {},
                final_webhook=finals.get(call.id),
                recordings=recordings,
            )
            for call in calls
        ]

    async def _recordings(self, organisation_id: str, ids: Sequence[str], base: str) -> Mapping[str, str]:
        links = self.services.recording_links
        until = links.expiry()
        return {
            recording.attempt_id: f"{base}/api/v1/recordings/{recording.id}/file?{links.query(recording, 'mp3', until)}"
            for recording in await self.services.recordings.of_calls(organisation_id, ids)
            if recording.kind == "call" and recording.state == "ready"
        }

    async def webhook(self, delivery: Delivery) -> Mapping[str, Any]:
        """Return the body of a webhook: that of a key's action, or the call as ``get`` shows it."""
        if delivery.event_type == "call.dtmf":
            return chosen(delivery.body)
        call = await self.services.call_queries.get(delivery.organisation_id, delivery.subject)
        base = self.services.settings.public_url or _NOWHERE
        (shown,) = await self.gather(delivery.organisation_id, [call], base=base.rstrip("/"))
        body = show_call(shown)
        if delivery.event_type in TERMINAL_EVENTS:
            return body | {"webhookTry": delivery.tries, "webhookSent": 0}
        # what comes later is told later
        status = {"call.dialing": rendering.STARTED, "call.answered": rendering.ANSWERED}.get(delivery.event_type)
        if status is not None:
            body["calls"][-1]["status"] = status
        return body


def chosen(body: Mapping[str, Any]) -> dict[str, Any]:
    """Return what an action's address gets: whom, what they chose, and the program's own parameters.

    A parameter ``call`` never replaces ours.
    """
    answer = body.get("digit")
    if isinstance(answer, str) and answer.isdecimal():
        answer = int(answer)
    parameters = json.loads((body.get("body") or {}).get("parameters") or "{}")
    return {"call": {"phone": digits(body["to"]), "answer": answer}} | {
        name: value for name, value in parameters.items() if name != "call"
    }
