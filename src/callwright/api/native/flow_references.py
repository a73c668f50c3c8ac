"""A flow that a request names by its id: its newest version takes the id's place, and stays what it is then."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from callwright.accounts.models import Principal
from callwright.api.native.services import Services
from callwright.errors import FieldError, InvalidRequest

_PREFIX = "flo_"


async def with_saved_flows(services: Services, caller: Principal, data: dict[str, Any]) -> dict[str, Any]:
    """Return a request in which ``flow``, at the top or of one of ``calls``, is an object where it was an id.

    Raises ``InvalidRequest`` for an id of no flow of the caller's, or of one that was never published.
    """
    named = {place: each["flow"] for place, each in _places(data) if _is_id(each.get("flow"))}
    if not named:
        return data
    bodies = await services.saved_flows.published(caller, set(named.values()))
    message = "is not a published flow of yours; GET /api/v1/flows lists those"
    errors = [
        FieldError(field=f"{place}flow", message=message, received=flow_id[:60])
        for place, flow_id in named.items()
        if flow_id not in bodies
    ]
    if errors:
        raise InvalidRequest(errors)

    def filled(each: Any) -> Any:
        if isinstance(each, dict) and _is_id(each.get("flow")):
            return {**each, "flow": dict(bodies[each["flow"]])}
        return each

    changed: dict[str, Any] = filled(data)
    if isinstance(data.get("calls"), list):
        changed = {**changed, "calls": [filled(each) for each in data["calls"]]}
    return changed


def _places(data: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    yield "", data
    calls = data.get("calls")
    for index, each in enumerate(calls if isinstance(calls, list) else ()):
        if isinstance(each, dict):
            yield f"calls[{index}].", each


def _is_id(value: Any) -> bool:
    return isinstance(value, str) and value.startswith(_PREFIX)
