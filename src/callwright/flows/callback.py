"""The flow for a person who calls back: who we are, what we had to say, no more calls, a human where there is one.

English, spoken by an English voice whatever the organisation's: in another language write a flow of your own.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from callwright.flows.language import Flow, parse_flow
from callwright.flows.steps import Email, Gather, Play, PlayItem, Say, SayItem, Set, Sms, Step, Transfer, Wait, Webhook
from callwright.flows.templates import lookup, placeholders

_LANGUAGE = "en"
#: A prompt has at most twenty parts, and the menu is one.
_MOST_PARTS = 19
#: Steps that say nothing and lead on by ``next``.
_PASSED = Set | Sms | Email | Wait
_NAME, _DAY = "callback.name", "callback.day"


@dataclass(frozen=True, kw_only=True)
class Earlier:
    """Our last call to the person who calls back."""

    flow: Flow
    #: The call's variables, its callee (the caller now) and the number that it showed.
    variables: Mapping[str, str]
    to: str
    from_: str
    #: The day on which it was made, and today, both where the organisation is.
    day: date
    today: date
    #: Ids of the audio of its flow that is still there.
    playable: Collection[str] = ()
    #: A machine got the message that the flow has for machines.
    left_on_machine: bool = False


@dataclass(frozen=True, kw_only=True)
class CallbackFlow:
    """A flow and the values of its placeholders."""

    flow: Flow
    variables: Mapping[str, str]


def callback_flow(
    *, name: str, earlier: Earlier | None, forward_to: str | None, known: bool, capabilities: Collection[str]
) -> CallbackFlow:
    """Return what a caller hears.

    ``name`` is the organisation's, ``earlier`` our last call to exactly this caller, ``forward_to`` whom to connect
    with, ``known`` whether the caller showed a number, without which there is nobody to be taken off the list. What
    needs something that ``capabilities`` lacks (``transfer``, ``audio``) is left out.
    """
    connect = forward_to if "transfer" in capabilities else None
    variables = {_NAME: name}
    if earlier is None:
        return CallbackFlow(flow=_flow(_for_stranger(connect, known)), variables=variables)
    parts = list(_opening(earlier, earlier.playable if "audio" in capabilities else ()))[:_MOST_PARTS]
    variables[_DAY] = day_words(earlier.day, earlier.today)
    variables |= _values(parts, earlier)
    return CallbackFlow(flow=_flow(_for_callee(parts, connect)), variables=variables)


def day_words(day: date, today: date) -> str:
    """Return ``today``, ``yesterday`` or ``on Friday, November 20``."""
    days = (today - day).days
    if days in (0, 1):
        return ("today", "yesterday")[days]
    return f"on {day:%A, %B} {day.day}"


def _for_callee(parts: list[dict[str, Any]], connect: str | None) -> dict[str, Any]:
    options = ["To hear this again, press 1."] if parts else []
    options += ["To stop further calls, press 9."]
    options += ["To be connected, press 0."] if connect else []
    branches = {"9": "stop", **({"1": "message"} if parts else {}), **({"0": "connect"} if connect else {})}
    return {
        "hello": {**_say(f"This is {{{_NAME}}}. We called you {{{_DAY}}}."), "next": "message"},
        "message": {
            "type": "gather",
            "prompt": [*parts, _say(" ".join(options))],
            "attempts": 2,
            "branches": branches,
            "next": "bye",
        },
        **_ends(connect, stop=True, bye=True),
    }


def _for_stranger(connect: str | None, known: bool) -> dict[str, Any]:
    whoever = f"This is {{{_NAME}}}."
    if not known:
        if connect is None:
            return {"hello": _say(f"{whoever} Nobody can take your call on this number. Goodbye.")}
        return {"hello": {**_say(whoever), "next": "connect"}, **_ends(connect, stop=False, bye=False)}
    what = "To be connected, stay on the line." if connect else "Nobody can take your call on this number."
    return {
        "hello": {
            "type": "gather",
            "prompt": [_say(f"{whoever} {what} To get no calls from us, press 9.")],
            "attempts": 1,
            "timeout_seconds": 3.0,
            "branches": {"9": "stop"},
            "next": "connect" if connect else "bye",
        },
        **_ends(connect, stop=True, bye=connect is None),
    }


def _ends(connect: str | None, *, stop: bool, bye: bool) -> dict[str, Any]:
    steps: dict[str, Any] = {}
    if stop:
        steps["stop"] = {"type": "optout"}
    if bye:
        steps["bye"] = _say("Goodbye.")
    if connect is not None:
        steps["connect"] = {
            "type": "transfer",
            "to": connect,
            "message": [_say("One moment, please.")],
            "on_failed": "nobody",
        }
        steps["nobody"] = _say("Nobody can take your call now. Goodbye.")
    return steps


def _flow(steps: dict[str, Any]) -> Flow:
    return parse_flow({"start": "hello", "steps": steps})


def _say(text: str) -> dict[str, Any]:
    return {"type": "say", "text": text, "language": _LANGUAGE}


def _opening(earlier: Earlier, playable: Collection[str]) -> Iterator[dict[str, Any]]:
    """Yield what the earlier call said up to the first thing that it asked, in the voice that said it."""
    flow = earlier.flow
    start = flow.on_machine.start if earlier.left_on_machine else None
    step_id: str | None = start or flow.start
    seen: set[str] = set()
    while step_id is not None and step_id not in seen:
        seen.add(step_id)
        step = flow.steps[step_id]
        for item in _spoken(step):
            if isinstance(item, Say | SayItem):
                yield {
                    "type": "say",
                    "text": item.text,
                    "voice": item.voice or flow.voice,
                    "language": item.language or flow.language,
                    "rate": item.rate,
                    "pitch": item.pitch,
                }
            elif item.audio in playable:
                yield {"type": "play", "audio": item.audio}
        goes_on = isinstance(step, Say | Play | _PASSED) or (isinstance(step, Webhook) and not step.wait)
        step_id = getattr(step, "next", None) if goes_on else None


def _spoken(step: Step) -> Iterator[Say | SayItem | Play | PlayItem]:
    if isinstance(step, Say | Play):
        yield step
    elif isinstance(step, Gather):
        yield from step.prompt
    elif isinstance(step, Transfer):
        yield from step.message


def _values(parts: list[dict[str, Any]], earlier: Earlier) -> dict[str, str]:
    """Return what the placeholders of these parts stood for then, and nothing else of that call."""
    then = {"to": earlier.to, "from": earlier.from_, **earlier.variables}
    names = {name for part in parts for name in placeholders(part.get("text", ""))}
    return {name: lookup(name, then) or "" for name in sorted(names)}
