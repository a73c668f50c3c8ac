"""Flows and calls for tests: short builders, a telephone that answers, and random flows."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from hypothesis import strategies as st

from callwright.flows import commands as c
from callwright.flows import events as e
from callwright.flows.language import Flow, parse_flow
from callwright.flows.machine import Phase, State, advance, begin

TO, FROM = "+12125550100", "+18005550199"


def say(text: str, **more: Any) -> dict[str, Any]:
    return {"type": "say", "text": text, **more}


def gather(text: str = "Press a key.", **more: Any) -> dict[str, Any]:
    return {"type": "gather", "prompt": [say(text)] if text else [], **more}


def flow(*steps: Mapping[str, Any], **more: Any) -> Flow:
    return parse_flow({"steps": list(steps), **more})


class Telephone:
    """Holds a call's state, stored and loaded after every event as a restart would, and what was asked of it."""

    def __init__(self, of: Flow, variables: Mapping[str, str] | None = None) -> None:
        self.flow = of
        self.state: State = begin(variables or {}, to=TO, from_=FROM)
        self.commands: list[c.Command] = []

    def send(self, event: e.Event) -> list[c.Command]:
        self.state, new = advance(self.flow, self.state, event)
        self.state = State.from_json(json.loads(json.dumps(self.state.to_json(), sort_keys=True)))
        self.commands += new
        return list(new)

    def answer(self, *, detecting: bool = False) -> list[c.Command]:
        return self.send(e.Answered(detecting=detecting))

    def played(self, *, ok: bool = True) -> list[c.Command]:
        """The outstanding play ends."""
        assert self.state.play is not None
        return self.send(e.Played(play_id=self.state.play, ok=ok))

    def press(self, keys: str) -> list[c.Command]:
        return [command for key in keys for command in self.send(e.Digit(digit=key))]

    def elapse(self) -> list[c.Command]:
        """The timer that counts runs out."""
        assert self.state.timer is not None
        return self.send(e.Elapsed(timer_id=self.state.timer))

    @property
    def said(self) -> list[str]:
        """Everything that was asked to be played, as text."""
        return [text for command in self.commands for text in texts(command)]


def texts(command: c.Command) -> list[str]:
    if not isinstance(command, c.Play):
        return []
    return [item.text if isinstance(item, c.Speech) else item.audio_id for item in command.items]


def without_notes(commands: Iterable[c.Command]) -> list[c.Command]:
    return [command for command in commands if not isinstance(command, c.Note)]


def notes(commands: Iterable[c.Command], kind: str) -> list[dict[str, Any]]:
    return [command.data for command in commands if isinstance(command, c.Note) and command.kind == kind]


_TEXT = st.sampled_from(["Hello.", "Hi {NAME}", "{code}", "You said {{digits}}.", "{reply.a} #nobody#"])
_AUDIO = st.just({"type": "play", "audio": "aud_1"})
_ITEM = _TEXT.map(say) | _AUDIO
_KEYS = st.text("0123456789*#", min_size=1, max_size=3)
_NAME = st.sampled_from(["code", "answer"])
_WAITING = ("gather", "gather", "gather", "gather", "gather", "wait", "record", "transfer", "webhook_wait")
#: Where an arrow may go back to; a transfer to a number that is no number does not wait.
_BACK = ("gather", "wait", "record", "webhook_wait")
_AT_ONCE = ("say", "say", "play", "branch", "sms", "email", "webhook", "optout", "accept", "set", "hangup")


@st.composite
def flow_data(draw: st.DrawFn) -> dict[str, Any]:
    """Flows that are right: arrows go forward, or back to a step that waits; what is not reached is left out."""
    kinds = draw(st.lists(st.sampled_from(_WAITING + _AT_ONCE), min_size=4, max_size=8))
    steps = {_id(index): draw(_step(index, kinds)) for index in range(len(kinds))}
    machine = draw(st.sampled_from(["off", "hangup", "same", "leave"]))
    leave = draw(st.sampled_from(list(steps))) if machine == "leave" else None
    flow = {"start": _id(0), "language": draw(st.sampled_from([None, "en-US"])), "steps": steps}
    flow["on_machine"] = {"action": machine, "start": leave}
    reached: set[str] = set()
    waiting = [_id(0)] + ([leave] if leave else [])
    while waiting:
        step_id = waiting.pop()
        if step_id not in reached:
            reached.add(step_id)
            waiting += [found for found in _names(steps[step_id]) if found in steps]
    return {**flow, "steps": {step_id: step for step_id, step in steps.items() if step_id in reached}}


def _id(index: int) -> str:
    """Ids without digits: tests look for keys in what comes out."""
    return f"step-{'abcdefgh'[index]}"


def _names(value: Any) -> list[str]:
    """Ids named anywhere in a step; texts and names in these strategies never look like ids."""
    if isinstance(value, str):
        return [value]
    parts = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return [found for part in parts for found in _names(part)]


def _step(index: int, kinds: list[str]) -> st.SearchStrategy[dict[str, Any]]:
    allowed = [_id(other) for other, kind in enumerate(kinds) if other > index or kind in _BACK]
    # mostly the following step, or most steps would not be reached
    following = [_id(index + 1)] * 6 if index + 1 < len(kinds) else []
    target = st.sampled_from([*following, *allowed, None])
    way = {"next": target}
    prompt = st.lists(_ITEM, max_size=2)
    some = st.none() | st.sampled_from(allowed or [None])
    options: dict[str, st.SearchStrategy[dict[str, Any]]] = {
        "say": _fixed("say", {"text": _TEXT, **way}),
        "play": _fixed("play", {"audio": st.just("aud_1"), **way}),
        "gather": _gather(target, some, prompt),
        "wait": _fixed("wait", {"seconds": st.just(2.5), **way}),
        "accept": _fixed(
            "accept", {"taken": target, "stand_by": target, "filled": target, "save_as": st.none() | _NAME}
        ),
        "record": _fixed("record", {"save_as": st.none() | _NAME, **way}),
        "transfer": _fixed(
            "transfer",
            {
                "to": st.sampled_from(["+12125550123", "Ext:1000", "{code}"]),
                "message": prompt,
                "hold": prompt,
                "during_message": st.booleans(),
                "on_failed": target,
                "on_ended": target,
            },
        ),
        "webhook": _fixed("webhook", {"url": st.just("https://example.com/"), "body": st.just({"a": "{code}"}), **way}),
        "webhook_wait": _fixed("webhook", {"url": st.just("https://example.com/"), "wait": st.just(True), **way}),
        "branch": _fixed(
            "branch",
            {
                "cases": st.lists(
                    st.fixed_dictionaries(
                        {
                            "variable": st.sampled_from(["digits", "code", "reply.a"]),
                            "operator": st.sampled_from(["==", "!=", "<", ">=", "contains"]),
                            "value": st.sampled_from(["1", 1, 2.5, True, "{NAME}"]),
                            "next": target,
                        }
                    ),
                    min_size=1,
                    max_size=2,
                ),
                "otherwise": target,
            },
        ),
        "sms": _fixed("sms", {"to": st.sampled_from(["callee", "{code}"]), "text": _TEXT, **way}),
        "email": _fixed(
            "email", {"to": st.sampled_from(["a@example.com", "{NAME}"]), "subject": _TEXT, "text": _TEXT, **way}
        ),
        "optout": _fixed("optout", {"confirmation": st.none() | _TEXT}),
        "set": _fixed("set", {"variables": st.dictionaries(_NAME, _TEXT, min_size=1), **way}),
        "hangup": st.just({"type": "hangup"}),
    }
    return options[kinds[index]]


def _fixed(kind: str, fields: dict[str, Any]) -> st.SearchStrategy[dict[str, Any]]:
    return st.fixed_dictionaries({"type": st.just(kind), **fields})


@st.composite
def _gather(draw: st.DrawFn, target: Any, some: Any, prompt: Any) -> dict[str, Any]:
    step: dict[str, Any] = {
        "type": "gather",
        "prompt": draw(prompt),
        "attempts": draw(st.integers(1, 3)),
        "barge_in": draw(st.booleans()),
        "barge_in_by": draw(st.sampled_from(["word", "speech"])),
        "listen": draw(st.booleans()),
        "sensitive": draw(st.booleans()),
        "save_as": draw(st.none() | _NAME),
        "terminator": draw(st.sampled_from(["#", "*", None])),
        "invalid_prompt": draw(prompt),
        "on_no_input": draw(some),
        "on_invalid": draw(some),
        "default": draw(some),
        "next": draw(target),
    }
    if draw(st.booleans()):
        step["branches"] = draw(st.dictionaries(_KEYS, target, min_size=1, max_size=4))
    elif draw(st.booleans()):
        step["max_digits"] = draw(st.integers(2, 5))
        step["min_digits"] = draw(st.integers(0, 2))
    if draw(st.booleans()):
        step["keywords"] = [{"words": ["yes", "yes please"], "next": draw(target)}]
    return step


_EVENTS: dict[str, Callable[[int, State], e.Event]] = {
    "played": lambda number, state: e.Played(play_id=state.play or 0, ok=number > 0),
    "elapsed": lambda number, state: e.Elapsed(timer_id=state.timer or 0),
    "digit": lambda number, state: e.Digit(digit="0123456789*#Aax"[number % 15]),
    "low digit": lambda number, state: e.Digit(digit="123#"[number % 4]),
    "stale play": lambda number, state: e.Played(play_id=number),
    "stale timer": lambda number, state: e.Elapsed(timer_id=number),
    "heard": lambda number, state: e.Heard(text=["yes", "Yes, please!", "no", "", "\0", "yesterday"][number % 6]),
    "speech": lambda number, state: e.SpeechBegan(),
    "wish": lambda number, state: e.Heard(
        text=["Stop calling me, yes.", "stop"][number % 2],
        revokes=["stop calling", "stop"][number % 2],
        language=[None, "en-US", "de", "tlh"][number % 4],
        confidence=0.5,
    ),
    "judged": lambda number, state: e.Judged(verdict=list(e.Verdict)[number % 5]),
    "judged again": lambda number, state: e.Judged(
        verdict=list(e.Verdict)[number % 5], revised=number % 2 == 0, greeting=number % 3 == 0
    ),
    "quiet": lambda number, state: e.Quiet(),
    "greeting ended": lambda number, state: e.GreetingEnded(beep=number % 2 == 0),
    "silence": lambda number, state: e.Silence(reason=["silence", "busy"][number % 2]),
    "transfer answered": lambda number, state: e.TransferAnswered(),
    "transfer ended": lambda number, state: e.TransferEnded(),
    "transfer failed": lambda number, state: e.TransferFailed(),
    "recorded": lambda number, state: e.Recorded(recording_id="rec_1", seconds=2.0),
    "replied": lambda number, state: e.Replied(status=200, values=(("a", "1"), ("b\0", "x"), ("c", "\ud800"))),
    "accepted": lambda number, state: e.Accepted(place=("taken", "stand_by", "filled")[number % 3]),
    "resumed": lambda number, state: e.Resumed(),
    "answered": lambda number, state: e.Answered(detecting=number % 2 == 0, judging=number % 3 == 0),
    "hung up": lambda number, state: e.HungUp(),
}
#: What usually comes in a phase; anything can come in any.
_USUAL: dict[Phase, list[str]] = {
    Phase.NEW: ["answered"],
    Phase.DETECTING: ["judged", "judged again", "quiet", "digit", "hung up"],
    Phase.UNDECIDED: ["judged", "judged again", "resumed", "quiet"],
    Phase.GREETING: ["greeting ended", "digit", "judged"],
    Phase.SPEAKING: ["played", "played", "low digit"],
    Phase.PROMPTING: ["played", "played", "low digit", "heard", "speech"],
    Phase.COLLECTING: ["low digit", "digit", "elapsed", "heard", "played", "speech", "silence"],
    Phase.RECORDING: ["recorded", "digit"],
    Phase.TRANSFERRING: ["transfer answered", "transfer failed"],
    Phase.CONNECTED: ["transfer ended"],
    Phase.REPLYING: ["replied", "elapsed"],
    Phase.ACCEPTING: ["accepted", "low digit", "accepted"],
    Phase.WAITING: ["elapsed", "low digit"],
    Phase.ENDING: ["played", "resumed", "hung up"],
    Phase.OVER: ["resumed", "elapsed"],
}

#: One random event; it is read against the state when it is sent, so that most of them mean something.
EVENT = st.tuples(st.integers(0, 9), st.sampled_from(sorted(_EVENTS)), st.integers(-1, 30))
DrawnEvent = tuple[int, str, int]


def event_of(drawn: DrawnEvent, state: State) -> e.Event:
    chance, kind, number = drawn
    if chance < 7:
        usual = _USUAL[state.phase]
        kind = usual[(chance + number) % len(usual)]
    return _EVENTS[kind](number, state)


def random_flows() -> st.SearchStrategy[Flow]:
    return flow_data().map(parse_flow)
