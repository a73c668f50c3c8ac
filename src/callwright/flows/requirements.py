"""What a flow needs beyond speaking, keys and hanging up, so that it can be refused before anybody is called."""

from __future__ import annotations

from collections.abc import Iterator

from callwright.flows.language import Flow
from callwright.flows.steps import Email, Gather, Play, PlayItem, Record, Sms, Step, StepBase, Transfer

_BY_STEP: dict[type[StepBase], str] = {
    Play: "audio",
    Transfer: "transfer",
    Record: "record",
    Sms: "sms",
    Email: "email",
}


def needed_capabilities(flow: Flow) -> dict[str, str]:
    """Return the path of the first field that needs it for each of ``audio``, ``keywords``, ``record``, ``transfer``,
    ``sms`` and ``email`` that the flow needs. Paths are those of what the author wrote.
    """
    needed: dict[str, str] = {} if flow.recording is None else {"record": flow.path_of_head("recording")}
    for step_id, step in flow.steps.items():
        for capability, field in _needs(step):
            needed.setdefault(capability, flow.path(step_id, field))
    return needed


def _needs(step: Step) -> Iterator[tuple[str, str]]:
    if type(step) in _BY_STEP:
        yield _BY_STEP[type(step)], ""
    if isinstance(step, Gather) and step.listens:
        yield "keywords", "keywords" if step.keywords else "listen"
    for name in step.prompts:
        for index, item in enumerate(getattr(step, name)):
            if isinstance(item, PlayItem):
                yield "audio", f"{name}[{index}]"
