"""When a call is secret: a recording of it is silent then."""

from __future__ import annotations

from callwright.flows.language import Flow
from callwright.flows.state import Phase, State
from callwright.flows.steps import Gather

_ASKING = frozenset({Phase.PROMPTING, Phase.COLLECTING})


def is_secret(flow: Flow, state: State) -> bool:
    """Return whether keys or words are awaited that nobody may keep (``sensitive``)."""
    step = flow.steps.get(state.step) if state.step is not None else None
    return isinstance(step, Gather) and step.sensitive and state.phase in _ASKING
