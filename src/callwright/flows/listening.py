"""Which languages a flow listens for, so that one that nobody understands is refused before anybody is called."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from callwright.flows.language import Flow
from callwright.flows.steps import Gather, SayItem


@dataclass(frozen=True, kw_only=True)
class Listening:
    """A step that listens to words."""

    #: Of the field that asks for it, as the author wrote it.
    path: str
    #: BCP 47; ``None``: that of the voice, which is the account's when there is none either.
    language: str | None
    voice: str | None


def listening_of(flow: Flow, step: Gather) -> tuple[str | None, str | None]:
    """Return language and voice of what the callee is asked in, and so of what he answers in."""
    own = next((item for item in step.prompt if isinstance(item, SayItem) and (item.language or item.voice)), None)
    if own is None:
        return flow.language, flow.voice
    return own.language, own.voice or flow.voice


def listened_for(flow: Flow) -> Iterator[Listening]:
    """Yield every step that listens."""
    for step_id, step in flow.steps.items():
        if isinstance(step, Gather) and step.listens:
            language, voice = listening_of(flow, step)
            field = "keywords" if step.keywords else "listen"
            yield Listening(path=flow.path(step_id, field), language=language, voice=voice)
