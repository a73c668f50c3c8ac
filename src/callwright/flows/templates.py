"""Placeholders in texts: ``{NAME}``, ``{{name}}`` and ``#name#``."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from callwright.flows.language import Flow

#: What a placeholder may be called.
NAME = r"[A-Za-z_][A-Za-z0-9_.]*"
#: Double braces first, or the inner pair would be taken for a placeholder with braces around it.
_PLACEHOLDER = re.compile(rf"\{{\{{\s*({NAME})\s*\}}\}}|\{{\s*({NAME})\s*\}}|#({NAME})#")

#: Set before the first step; ``digits`` by every gather that is not sensitive.
BUILT_IN = frozenset({"to", "from", "digits"})
#: Names with this beginning are set by the answer to a webhook.
REPLY_PREFIX = "reply."


def placeholders(text: str) -> frozenset[str]:
    """Return the names of the placeholders in ``text``, as written."""
    return frozenset(_name(found) for found in _PLACEHOLDER.finditer(text))


@dataclass(frozen=True, kw_only=True)
class Piece:
    """A stretch of a text: as it is written, or the placeholder of that name."""

    text: str
    placeholder: str | None = None


def split(text: str) -> Iterator[Piece]:
    """Yield the stretches of ``text``, so that others than ``fill`` can put values into it."""
    start = 0
    for found in _PLACEHOLDER.finditer(text):
        yield Piece(text=text[start : found.start()])
        yield Piece(text=found[0], placeholder=_name(found))
        start = found.end()
    yield Piece(text=text[start:])


def fill(text: str, variables: Mapping[str, str]) -> str:
    """Return ``text`` with each placeholder replaced, in one pass: values are not searched for placeholders again.

    A name is looked up as written, then without regard to case. One without a value vanishes; ``missing_variables``
    finds those before the call.
    """
    return _PLACEHOLDER.sub(lambda found: lookup(_name(found), variables) or "", text)


def fill_marked(text: str, variables: Mapping[str, str]) -> tuple[str, tuple[tuple[int, int], ...]]:
    """Return what ``fill`` does, without the space around it, and where in it values stand: beginnings and ends."""
    parts: list[str] = []
    spans: list[tuple[int, int]] = []
    length = start = 0
    for found in _PLACEHOLDER.finditer(text):
        before, value = text[start : found.start()], lookup(_name(found), variables) or ""
        parts += [before, value]
        length += len(before)
        spans.append((length, length + len(value)))
        length += len(value)
        start = found.end()
    filled = "".join([*parts, text[start:]])
    stripped = filled.strip()
    ahead = len(filled) - len(filled.lstrip())
    moved = ((max(0, begin - ahead), min(len(stripped), end - ahead)) for begin, end in spans)
    return stripped, tuple(span for span in moved if span[0] < span[1])


def lookup(name: str, variables: Mapping[str, str]) -> str | None:
    """Return the value of a variable: the exact name first, then the alphabetically first that differs in case only."""
    if name in variables:
        return variables[name]
    folded = name.casefold()
    # sorted, since the order of keys does not survive storage as jsonb
    alike = sorted(key for key in variables if key.casefold() == folded)
    return variables[alike[0]] if alike else None


def _name(found: re.Match[str]) -> str:
    return next(group for group in found.groups() if group)


def missing_variables(flow: Flow, variables: Iterable[str]) -> list[tuple[str, str]]:
    """Return (path of the field, name) of each placeholder that can have no value when its step is reached.

    ``variables`` are the names that the call brings. A name counts as set when some way to the step passes one that
    sets it (``save_as``, ``set``, and ``reply.…`` after a webhook that waits).
    """
    known = frozenset(name.casefold() for name in variables) | BUILT_IN
    before = _set_before(flow)
    missing: dict[tuple[str, str], None] = {}
    for found in _PLACEHOLDER.finditer(flow.announcement or ""):
        if _name(found).casefold() not in known:
            missing[flow.path_of_head("recording.announcement"), _name(found)] = None
    for step_id, step in flow.steps.items():
        for field, text in step.texts():
            for found in _PLACEHOLDER.finditer(text):
                name = _name(found)
                folded = name.casefold()
                replied = folded.startswith(REPLY_PREFIX) and REPLY_PREFIX in before[step_id]
                if folded not in known and folded not in before[step_id] and not replied:
                    missing[flow.path(step_id, field), name] = None
    return list(missing)


def _set_before(flow: Flow) -> dict[str, frozenset[str]]:
    """Return for each step the folded names that may be set on the way to it."""
    before: dict[str, frozenset[str]] = dict.fromkeys(flow.steps, frozenset())
    waiting = list(flow.steps)
    while waiting:
        step_id = waiting.pop()
        step = flow.steps[step_id]
        after = before[step_id] | {name.casefold() for name in step.sets()}
        for _, target in step.targets():
            if target is not None and not after <= before[target]:
                before[target] |= after
                waiting.append(target)
    return before
