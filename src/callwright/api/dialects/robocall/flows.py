"""Robo call's flows as flows of ours, and what each destination brings for them."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from callwright.api.dialects.fields import Findings
from callwright.api.dialects.literals import as_written
from callwright.api.dialects.robocall.asked import Asked, Message, Step
from callwright.api.native.validation import path
from callwright.flows.templates import BUILT_IN, NAME, REPLY_PREFIX, lookup

#: The document's placeholder: double braces, any name.
_PROPERTY = re.compile(r"\{\{\s*([^{}]+?)\s*\}\}")
_GOOD_NAME = re.compile(NAME)
#: What ``pitch`` and ``rate`` are multiples of, from 0 to 9: half, the voice's own in the middle, double.
FACTORS = (0.5, 0.6, 0.7, 0.8, 0.9, 1.0, 1.25, 1.5, 1.75, 2.0)
#: What variables begin with that are no properties.
PREFIX = "robocall_"
_LETTERS = {"male": "M", "female": "F"}


@dataclass(frozen=True, kw_only=True)
class Built:
    """A flow for ``POST /calls`` and where its parts come from."""

    flow: Mapping[str, Any]
    #: By step id: the name of the step in the request, such as ``gather``.
    names: Mapping[str, str]
    #: By step id: where the step stands in the request.
    places: Mapping[str, str]
    #: Properties that the texts name, by the variable that carries each.
    properties: Mapping[str, str]
    #: Braces and marks that are no placeholders, by the variable that carries each.
    literals: Mapping[str, str]


def build(asked: Asked, *, default_language: str) -> Built:
    """Return the flow of a request; ``default_language`` is that of the account's voice."""
    return _Builder(default_language).build(asked)


def variables_of(built: Built, asked: Asked, findings: Findings) -> list[dict[str, str]]:
    """Return the variables of each destination; notes each placeholder that has no value there."""
    found = []
    for index, destination in enumerate(asked.destinations):
        values: dict[str, str] = dict(built.literals)
        for name, wanted in built.properties.items():
            value = lookup(wanted, destination.properties)
            if value is None:
                where = path(["destinations", index, "properties"])
                findings.wrong(where, f"the message has the placeholder {{{{{wanted}}}}}, which has no value here")
            else:
                values[name] = value
        for name, value in destination.properties.items():
            if _usable(name):
                values.setdefault(name, value)
        found.append(values)
    return found


def place_of(built: Built, native: str) -> str:
    """Return where in the request a field of the flow stands.

    ``flow.steps.s2.to`` is ``callFlow.steps[1].destination``.
    """
    found = re.match(r"flow\.steps\.(\w+)(.*)", native)
    if found is None or found[1] not in built.places:
        return "callFlow"
    field = found[2].removeprefix(".")
    at = built.places[found[1]]
    if field == "to":
        return f"{at}.destination"
    if field.endswith("voice") or field.endswith("language"):
        return f"{at}.message.lang"
    return f"{at}.message.msg" if field.endswith("text") else at


class _Builder:
    def __init__(self, default_language: str) -> None:
        self._default_language = default_language
        self._steps: dict[str, dict[str, Any]] = {}
        self._names: dict[str, str] = {}
        self._places: dict[str, str] = {}
        self._properties: dict[str, str] = {}
        self._literals: dict[str, str] = {}

    def build(self, asked: Asked) -> Built:
        start = self._sequence(asked.steps)
        flow: dict[str, Any] = {"start": start, "steps": self._steps}
        if asked.recording:
            flow["recording"] = True
        return Built(
            flow=flow,
            names=self._names,
            places=self._places,
            properties=self._properties,
            literals=self._literals,
        )

    def _sequence(self, steps: Sequence[Step]) -> str | None:
        """Add steps and return the id of the first; those that nothing leads to are left out."""
        ids = []
        reached = []
        for step in steps:
            reached.append(step)
            ids.append(f"s{len(self._names) + 1}")
            self._names[ids[-1]] = step.name
            self._places[ids[-1]] = step.at
            # a default leads away: what stands after it is never reached
            if step.name == "gather" and any(branch.default for branch in step.branches):
                break
        for position, step in enumerate(reached):
            following = ids[position + 1] if position + 1 < len(ids) else None
            self._steps[ids[position]] = self._step(step, following)
        return ids[0] if ids else None

    def _step(self, step: Step, following: str | None) -> dict[str, Any]:
        spoken = [] if step.message is None else [self._say(step.message)]
        if step.name == "play":
            return {**spoken[0], "next": following}
        if step.name == "transfer":
            return {
                "type": "transfer",
                "to": step.destination,
                "message": spoken,
                "on_failed": following,
                "on_ended": following,
            }
        targets = [(branch, self._sequence(branch.steps)) for branch in step.branches]
        return {
            "type": "gather",
            "prompt": spoken,
            "attempts": step.attempts,
            "branches": {branch.digits: target for branch, target in targets if branch.digits is not None},
            "default": next((target for branch, target in targets if branch.default), None),
            # a default without a flow ends the call, and so does the last step
            "next": None if any(branch.default for branch, _ in targets) else following,
            # a branch may have any key, and one that has none is a wrong answer
            "terminator": None,
        }

    def _say(self, message: Message) -> dict[str, Any]:
        said: dict[str, Any] = {"type": "say", "text": self._text(message.text)}
        language = message.language or (self._default_language if message.gender else None)
        if language is not None and message.gender is not None:
            said["voice"] = f"{language.replace('_', '-')}-{_LETTERS[message.gender]}"
        if message.language is not None:
            said["language"] = message.language.replace("_", "-")
        if message.pitch != FACTORS.index(1.0):
            said["pitch"] = FACTORS[message.pitch]
        if message.rate != FACTORS.index(1.0):
            said["rate"] = FACTORS[message.rate]
        return said

    def _text(self, text: str) -> str:
        """Return a text in which every ``{{name}}`` is a placeholder of ours, and nothing else is one."""
        parts = []
        last = 0
        for found in _PROPERTY.finditer(text):
            parts += [self._literal(text[last : found.start()]), f"{{{{{self._property(found[1])}}}}}"]
            last = found.end()
        parts.append(self._literal(text[last:]))
        return "".join(parts)

    def _literal(self, text: str) -> str:
        """Return text that stays as it is written; ``{x}`` and ``#x#`` mean nothing here."""
        return as_written(text, self._literals, prefix=PREFIX)

    def _property(self, name: str) -> str:
        if _usable(name):
            self._properties[name] = name
            return name
        known = next((variable for variable, other in self._properties.items() if other == name), None)
        variable = known or f"{PREFIX}property_{len(self._properties) + 1}"
        self._properties[variable] = name
        return variable


def _usable(name: str) -> bool:
    """Whether a property can be a variable of its own name: no built-in one is."""
    folded = name.casefold()
    return (
        _GOOD_NAME.fullmatch(name) is not None
        and len(name) <= 60
        and folded not in BUILT_IN
        and not folded.startswith((REPLY_PREFIX, PREFIX))
    )
