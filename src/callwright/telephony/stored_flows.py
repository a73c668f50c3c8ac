"""The flows of attempts, as they are stored with their calls."""

from __future__ import annotations

from pydantic import ValidationError

from callwright.calls.models import Attempt
from callwright.errors import CallwrightError
from callwright.flows.language import Flow


class UnreadableFlow(CallwrightError):
    """A stored flow is not what this version takes for one."""


#: Parsed flows by id: a campaign's calls share one, and a stored flow never changes.
_flows: dict[str, Flow] = {}
_MOST_FLOWS = 1000


def flow_of(attempt: Attempt) -> Flow:
    """Return the attempt's flow, parsed once. Raises ``UnreadableFlow``."""
    flow = _flows.get(attempt.flow_id)
    if flow is None:
        if len(_flows) >= _MOST_FLOWS:
            _flows.clear()
        try:
            flow = _flows[attempt.flow_id] = Flow.model_validate(attempt.flow)
        except ValidationError as error:
            raise UnreadableFlow(f"this version cannot read the flow {attempt.flow_id}") from error
    return flow
