"""What a call may say, known before it is dialled: so that it can be rendered while nobody waits for it."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Mapping

from callwright.flows.commands import Speech
from callwright.flows.language import Flow
from callwright.flows.state import State
from callwright.flows.steps import OptOut, SayItem, Spoken, StepBase
from callwright.flows.templates import lookup, placeholders
from callwright.flows.turn import Turn


def said_ahead(flow: Flow, state: State) -> Iterator[Speech]:
    """Yield every text whose placeholders are known by ``state``, the first of the call first.

    Left out is what the call itself brings: entries, answers of webhooks.
    """
    turn = Turn(flow, state)
    for step in _in_order(flow):
        for spoken in _spoken(step):
            if all(_known(name, state.variables) for name in placeholders(spoken.text)):
                yield from (item for item in turn.items((_item(spoken),)) if isinstance(item, Speech))


def _in_order(flow: Flow) -> Iterator[StepBase]:
    """Yield the steps, those with fewer steps before them first; at the end those for machines alone."""
    waiting, seen = deque([flow.start, *flow.steps]), set[str]()
    # the queue begins with the start; what it leads to comes before the rest
    while waiting:
        step_id = waiting.popleft()
        if step_id in seen or step_id not in flow.steps:
            continue
        seen.add(step_id)
        step = flow.steps[step_id]
        yield step
        waiting.extendleft(reversed([target for _, target in step.targets() if target is not None]))


def _spoken(step: StepBase) -> Iterator[Spoken]:
    if isinstance(step, Spoken):
        yield step
    if isinstance(step, OptOut) and step.confirmation is not None:
        yield SayItem(type="say", text=step.confirmation)
    for name in step.prompts:
        yield from (item for item in getattr(step, name) if isinstance(item, SayItem))


def _item(spoken: Spoken) -> SayItem:
    return SayItem(**{name: getattr(spoken, name) for name in SayItem.model_fields})


def _known(name: str, variables: Mapping[str, str]) -> bool:
    return lookup(name, variables) is not None
