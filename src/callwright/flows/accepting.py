"""Flows in which somebody accepts: whether there is a way to, and a key that becomes one."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from callwright.errors import FieldError, InvalidRequest
from callwright.flows.language import Flow
from callwright.flows.steps import Accept, Gather

_LANGUAGE = "en"
STAND_BY = "All places are taken. You are on the waiting list. Thank you, and goodbye."
FILLED = "All places have been taken meanwhile. Thank you, and goodbye."


def can_accept(flow: Flow) -> bool:
    """Return whether a flow has a step ``accept``."""
    return any(isinstance(step, Accept) for step in flow.steps.values())


def accept_with(
    flow: Flow,
    answer: str,
    *,
    step: str | None = None,
    stand_by: str | None = None,
    filled: str | None = None,
) -> Flow:
    """Return a flow in which the keys ``answer``, at a step that asks, accept; then it goes on where they led before.

    ``step`` may be left out when only one step knows these keys. ``stand_by`` and ``filled`` are what those hear who
    get no place. Raises ``InvalidRequest`` whose fields are ``answer`` and ``step``.
    """
    asking = {key: each for key, each in flow.steps.items() if isinstance(each, Gather)}
    if step is not None and step not in asking:
        known = f"; those that ask are {', '.join(asking)}" if asking else ""
        raise _wrong("step", f"is no step that asks something{known}", step)
    knowing = [key for key in (asking if step is None else [step]) if answer in asking[key].branches]
    if not knowing:
        keys = sorted({key for each in (asking if step is None else [step]) for key in asking[each].branches})
        hint = f"; the keys that it knows are {', '.join(keys)}" if keys else "; nobody is asked for a key"
        raise _wrong("answer", f"leads nowhere in the flow{hint}", answer)
    if len(knowing) > 1:
        raise _wrong("step", f"{answer} is a key of several steps, {', '.join(knowing)}: which one?", None)
    return Flow.model_validate(_rewritten(flow.to_json(), knowing[0], answer, stand_by or STAND_BY, filled or FILLED))


def _rewritten(body: dict[str, Any], asked: str, answer: str, stand_by: str, filled: str) -> dict[str, Any]:
    steps: dict[str, Any] = dict(body["steps"])
    gather: dict[str, Any] = steps[asked]
    names = {name: _free(steps, f"goal-{name}") for name in ("accept", "stand-by", "filled")}
    steps[asked] = {**gather, "branches": {**gather["branches"], answer: names["accept"]}}
    steps[names["accept"]] = {
        "type": "accept",
        "taken": gather["branches"][answer],
        "stand_by": names["stand-by"],
        "filled": names["filled"],
    }
    steps[names["stand-by"]] = _say(stand_by, given=stand_by != STAND_BY)
    steps[names["filled"]] = _say(filled, given=filled != FILLED)
    return {**body, "steps": steps}


def _say(text: str, *, given: bool) -> dict[str, Any]:
    # our own words are English, and are to be spoken so whatever the flow's language
    return {"type": "say", "text": text, **({} if given else {"language": _LANGUAGE})}


def _free(steps: Mapping[str, Any], wanted: str) -> str:
    name, number = wanted, 2
    while name in steps:
        name, number = f"{wanted}-{number}", number + 1
    return name


def _wrong(field: str, message: str, received: str | None) -> InvalidRequest:
    return InvalidRequest([FieldError(field=field, message=message, received=received)])
