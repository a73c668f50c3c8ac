"""Unfolds what authors write, sequences and inline lists of steps, into a graph of steps by id."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from callwright.errors import FieldError
from callwright.flows.faults import shorten, unknown_choice, unknown_field
from callwright.flows.steps import STEP_TYPES
from callwright.flows.storable import unstorable

MAX_STEPS = 500
#: Lists of steps inside lists of steps.
MAX_NESTING = 20
STEP_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,63}")

_HEAD = ("version", "start", "voice", "language", "steps", "on_machine", "recording")
_ON_MACHINE = ("action", "start", "leave", "speak")
#: Fields that hold a list of objects, each with a way on in ``next``.
_CHOICES = ("keywords", "cases")


@dataclass(kw_only=True)
class Draft:
    """A flow as a graph, its fields not yet checked."""

    #: ``version``, ``voice``, ``language``, ``recording`` and ``on_machine`` as far as they were given.
    head: dict[str, Any] = field(default_factory=dict)
    #: Empty when it is not known, after a fault.
    start: str = ""
    steps: dict[str, dict[str, Any]] = field(default_factory=dict)
    #: Where each step was written.
    paths: dict[str, str] = field(default_factory=dict)
    #: Where a machine's steps were named, and the first of them.
    on_machine: tuple[str, str] | None = None


@dataclass(eq=False)
class _Node:
    """A step whose id may not be chosen yet; other steps name it by this object until then."""

    raw: dict[str, Any]
    path: str
    id: str


class _TooMany(Exception):
    """The flow has more steps than are allowed; the rest is not looked at."""


def unfold(data: Any, found: list[FieldError]) -> Draft:
    """Return the graph that ``data`` describes; what is wrong with its shape is added to ``found``."""
    found.extend(unstorable(data))
    if found:
        return Draft()
    if not isinstance(data, Mapping):
        found.append(FieldError(field="", message="a flow must be an object", received=shorten(data)))
        return Draft()
    try:
        return _Unfolding(found).flow(data)
    except _TooMany:
        found.append(FieldError(field="steps", message=f"must not have more than {MAX_STEPS} steps"))
        return Draft()


class _Unfolding:
    def __init__(self, found: list[FieldError]) -> None:
        self._found = found
        self._nodes: list[_Node] = []
        self._ids: set[str] = set()

    def flow(self, data: Mapping[str, Any]) -> Draft:
        for name in data:
            if name not in _HEAD:
                self._fault(name, unknown_field(name, _HEAD), data[name])
        first = self._steps(data.get("steps"), "steps" in data)
        start = data.get("start")
        if start is None:
            start = first
            if isinstance(data.get("steps"), Mapping):
                self._fault("start", "is required: the id of the first step", None)
        elif not isinstance(start, str):
            self._fault("start", "must be the id of a step", start)
            start = None
        head = {name: data[name] for name in ("version", "voice", "language", "recording") if name in data}
        path, machine = self._on_machine(data.get("on_machine"))
        self._number()
        if machine is not None:
            head["on_machine"] = {name: _resolved(value) for name, value in machine.items()}
        steps = {node.id: {key: _resolved(value) for key, value in node.raw.items()} for node in self._nodes}
        leave = head.get("on_machine", {}).get("start")
        return Draft(
            head=head,
            start=_resolved(start) or "",
            steps=steps,
            paths={node.id: node.path for node in self._nodes},
            on_machine=(path, leave) if leave is not None else None,
        )

    def _steps(self, steps: Any, given: bool) -> _Node | None:
        if isinstance(steps, list | tuple):
            return self._sequence(steps, "steps", 1)
        if isinstance(steps, Mapping):
            if not steps:
                self._fault("steps", "is empty; a flow needs at least one step", None)
            for step_id, raw in steps.items():
                path = f"steps.{step_id}"
                self._check_id(step_id, path)
                if isinstance(raw, Mapping) and "id" in raw:
                    self._fault(f"{path}.id", "a step's key is its id; leave this field out", raw["id"])
                self._step(raw, path, 1, step_id)
        else:
            self._fault("steps", "must be a list or an object of steps" if given else "is required", steps)
        return None

    def _on_machine(self, value: Any) -> tuple[str, dict[str, Any] | None]:
        if value is None:
            return "", None
        if not isinstance(value, Mapping):
            self._fault("on_machine", 'must be an object such as {"action": "hangup"}', value)
            return "", None
        for name in value:
            if name not in _ON_MACHINE:
                self._fault(f"on_machine.{name}", unknown_field(name, _ON_MACHINE), value[name])
        name = "leave" if value.get("leave") is not None else "start"
        steps = value.get(name)
        action = value.get("action", "hangup" if steps is None else "leave")
        speak = value.get("speak", "after_greeting")
        path = f"on_machine.{name}"
        if action not in ("off", "hangup", "same", "leave"):
            self._fault("on_machine.action", "must be off, hangup, same or leave", action)
        elif speak not in ("after_greeting", "at_once"):
            self._fault("on_machine.speak", "must be after_greeting or at_once", speak)
        elif value.get("leave") is not None and value.get("start") is not None:
            self._fault("on_machine.start", "start and leave mean the same; write one of them", value["start"])
        elif action == "leave" and steps is None:
            self._fault("on_machine.leave", "is required for the action leave: a list of steps, or a step's id", None)
        elif action != "leave" and steps is not None:
            self._fault(path, "is for the action leave only", steps)
        else:
            return path, {"action": action, "start": self._target(steps, path, 0), "speak": speak}
        return path, None

    def _sequence(self, items: list[Any] | tuple[Any, ...], path: str, depth: int) -> _Node | None:
        if depth > MAX_NESTING:
            self._fault(path, f"must not be nested deeper than {MAX_NESTING} lists", None)
            return None
        if not items:
            self._fault(path, "is empty; a list needs at least one step, null ends the call", items)
            return None
        nodes = [self._step(item, f"{path}[{index}]", depth, None) for index, item in enumerate(items)]
        for node, following in zip(nodes, [*nodes[1:], None], strict=True):
            if node is not None:
                for name in STEP_TYPES[node.raw["type"]].follows:
                    node.raw.setdefault(name, following)
        return nodes[0]

    def _step(self, raw: Any, path: str, depth: int, step_id: str | None) -> _Node | None:
        if len(self._nodes) >= MAX_STEPS:
            raise _TooMany
        if not isinstance(raw, Mapping):
            self._fault(path, "a step must be an object", raw)
            return None
        raw = dict(raw)
        if step_id is None:
            step_id = self._own_id(raw, path)
        kind = raw.get("type")
        if not isinstance(kind, str) or kind not in STEP_TYPES:
            known = "is required" if kind is None else unknown_choice(str(kind), STEP_TYPES)
            self._fault(f"{path}.type", known, kind)
            return None
        node = _Node(raw, path, step_id)
        self._nodes.append(node)
        for name in STEP_TYPES[kind].leads:
            if name in raw:
                raw[name] = self._target(raw[name], f"{path}.{name}", depth)
        self._inner_targets(raw, path, depth)
        return node

    def _own_id(self, raw: dict[str, Any], path: str) -> str:
        step_id = raw.pop("id", None)
        if step_id is None:
            return ""
        self._check_id(step_id, f"{path}.id")
        return str(step_id)

    def _check_id(self, step_id: Any, path: str) -> None:
        if not isinstance(step_id, str) or not STEP_ID.fullmatch(step_id):
            self._fault(path, "an id must have 1 to 64 letters, digits, - and _, the first a letter or digit", step_id)
        elif step_id in self._ids:
            self._fault(path, f"another step has the id {step_id} already", step_id)
        else:
            self._ids.add(step_id)

    def _inner_targets(self, raw: dict[str, Any], path: str, depth: int) -> None:
        branches = raw.get("branches")
        if isinstance(branches, Mapping):
            raw["branches"] = {
                digits: self._target(target, f"{path}.branches.{digits}", depth) for digits, target in branches.items()
            }
        for name in _CHOICES:
            choices = raw.get(name)
            if isinstance(choices, list | tuple):
                raw[name] = [
                    {**choice, "next": self._target(choice["next"], f"{path}.{name}[{index}].next", depth)}
                    if isinstance(choice, Mapping) and "next" in choice
                    else choice
                    for index, choice in enumerate(choices)
                ]

    def _target(self, value: Any, path: str, depth: int) -> Any:
        if value is None or isinstance(value, str):
            return value
        if isinstance(value, list | tuple):
            return self._sequence(value, path, depth + 1)
        self._fault(path, "must be the id of a step, a list of steps, or null to end the call", value)
        return None

    def _number(self) -> None:
        """Give every step without an id the next free one of s1, s2, … in the order of the document."""
        free = (name for name in _numbered() if name not in self._ids)
        for node in self._nodes:
            if not node.id:
                node.id = next(free)

    def _fault(self, path: str, message: str, received: Any) -> None:
        self._found.append(FieldError(field=path, message=message, received=shorten(received)))


def _numbered() -> Iterator[str]:
    number = 0
    while True:
        number += 1
        yield f"s{number}"


def _resolved(value: Any) -> Any:
    if isinstance(value, _Node):
        return value.id
    if isinstance(value, list):
        return [_resolved(part) for part in value]
    if isinstance(value, Mapping):
        return {key: _resolved(part) for key, part in value.items()}
    return value
