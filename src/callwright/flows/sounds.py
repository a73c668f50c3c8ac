"""The audio that a flow plays, and where its author wrote so."""

from __future__ import annotations

from collections.abc import Iterator

from callwright.flows.language import Flow
from callwright.flows.steps import Play, PlayItem


def played(flow: Flow) -> Iterator[tuple[str, str]]:
    """Yield path and id of each audio in the order of writing; paths are those of what the author wrote."""
    for step_id, step in flow.steps.items():
        if isinstance(step, Play):
            yield flow.path(step_id, "audio"), step.audio
        for name in step.prompts:
            for index, item in enumerate(getattr(step, name)):
                if isinstance(item, PlayItem):
                    yield flow.path(step_id, f"{name}[{index}].audio"), item.audio
