"""What must hold of the steps together: every way leads somewhere, every step is reached, nothing runs in circles."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Mapping
from graphlib import CycleError, TopologicalSorter

from callwright.errors import FieldError
from callwright.flows.authoring import Draft
from callwright.flows.steps import Step


def graph_faults(draft: Draft, steps: Mapping[str, Step], *, whole: bool) -> list[FieldError]:
    """Return what is wrong with the graph.

    ``whole``: nothing was wrong so far. Else steps and ways may be missing, and only the ways that are there are
    followed by one step.
    """
    found = list(_lost(draft, steps))
    if found or not whole:
        return found
    return [*_unreached(draft, steps), *_circles(draft, steps)]


def _lost(draft: Draft, steps: Mapping[str, Step]) -> Iterable[FieldError]:
    named = [("start", draft.start)] if draft.start else []
    if draft.on_machine is not None:
        named.append(draft.on_machine)
    for step_id, step in steps.items():
        named += [(f"{draft.paths[step_id]}.{field}", target) for field, target in step.targets() if target is not None]
    for path, target in named:
        if target not in draft.steps:
            alike = difflib.get_close_matches(target, draft.steps, n=1)
            hint = f"; did you mean {alike[0]}?" if alike else ""
            yield FieldError(field=path, message=f"there is no step {target!r}{hint}", received=target)


def _unreached(draft: Draft, steps: Mapping[str, Step]) -> Iterable[FieldError]:
    reached: set[str] = set()
    waiting = [draft.start] + ([draft.on_machine[1]] if draft.on_machine else [])
    while waiting:
        step_id = waiting.pop()
        if step_id not in reached:
            reached.add(step_id)
            waiting += [target for _, target in steps[step_id].targets() if target is not None]
    for step_id in steps:
        if step_id not in reached:
            yield FieldError(field=draft.paths[step_id], message="no step leads here; it would never be reached")


def _circles(draft: Draft, steps: Mapping[str, Step]) -> Iterable[FieldError]:
    at_once = {
        step_id: [target for _, target in step.targets() if target is not None and not steps[target].waits]
        for step_id, step in steps.items()
        if not step.waits
    }
    try:
        TopologicalSorter(at_once).prepare()
    except CycleError as error:
        # the sorter names them against the arrows
        circle: list[str] = list(reversed(error.args[1]))
        way = " → ".join(draft.paths[step_id] for step_id in circle)
        yield FieldError(
            field=draft.paths[circle[0]],
            message=f"repeats without end: {way}; put a step between that waits, such as gather or wait",
        )
