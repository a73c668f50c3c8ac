"""What a person hears who calls back."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from callwright.flows import commands
from callwright.flows.callback import CallbackFlow, Earlier, callback_flow, day_words
from callwright.flows.events import Answered, Digit, Elapsed, Played
from callwright.flows.language import parse_flow
from callwright.flows.machine import advance, begin
from callwright.flows.requirements import needed_capabilities
from callwright.flows.simple import DtmfAction, call_flow

CALLER, OURS = "+12125550123", "+12125550100"
ALL = frozenset({"transfer", "audio"})


def earlier(flow: Any = None, **fields: Any) -> Earlier:
    return Earlier(
        flow=flow or call_flow("Hello {name}, your visit is on {when}.", dtmf={"1": DtmfAction(action="repeat")}),
        **{
            "variables": {"NAME": "Sarah", "when": "Monday", "SECRET": "4711"},
            "to": CALLER,
            "from_": OURS,
            "day": date(2026, 11, 19),
            "today": date(2026, 11, 21),
            **fields,
        },
    )


class Caller:
    """A caller who listens, and presses keys when a prompt has ended."""

    def __init__(self, made: CallbackFlow) -> None:
        self.flow = made.flow
        self.state = begin(made.variables, to=CALLER, from_=OURS)
        self.said: list[str] = []
        self.commands: list[commands.Command] = []

    def take(self, event: Any) -> None:
        self.state, wanted = advance(self.flow, self.state, event)
        for command in wanted:
            self.commands.append(command)
            if isinstance(command, commands.Play):
                self.said += [item.text for item in command.items if isinstance(item, commands.Speech)]

    def hear(self) -> None:
        """Let everything be said that is said without a key."""
        while self.state.play is not None:
            self.take(Played(play_id=self.state.play, ok=True))

    def wait(self) -> None:
        assert self.state.timer is not None
        self.take(Elapsed(timer_id=self.state.timer))

    def wanted(self, kind: type[Any]) -> list[Any]:
        return [command for command in self.commands if isinstance(command, kind)]


def call(**fields: Any) -> Caller:
    values: dict[str, Any] = {
        "name": "Northside Clinic",
        "earlier": earlier(),
        "forward_to": None,
        "known": True,
        "capabilities": ALL,
        **fields,
    }
    made = Caller(callback_flow(**values))
    made.take(Answered())
    made.hear()
    return made


def test_the_callee_of_an_earlier_call_hears_its_message_again() -> None:
    caller = call()
    assert caller.said == [
        "This is Northside Clinic. We called you on Thursday, November 19.",
        "Hello Sarah, your visit is on Monday.",
        "To hear this again, press 1. To stop further calls, press 9.",
    ]
    caller.take(Digit(digit="1"))
    caller.hear()
    assert caller.said[3:] == caller.said[1:3]


def test_nine_is_the_same_opt_out_as_in_our_own_calls() -> None:
    caller = call()
    caller.take(Digit(digit="9"))
    assert caller.wanted(commands.OptOut) == [commands.OptOut(scope="organisation", evidence="key 9")]
    caller.hear()
    assert caller.said[-1] == "You will not be called again. Goodbye."
    assert caller.wanted(commands.Hangup)


def test_silence_ends_the_call_after_the_second_time() -> None:
    caller = call()
    caller.wait()
    caller.hear()
    caller.wait()
    caller.hear()
    assert caller.said.count("Hello Sarah, your visit is on Monday.") == 2
    assert caller.said[-1] == "Goodbye."
    assert caller.wanted(commands.Hangup)


def test_zero_connects_only_where_somebody_answers() -> None:
    assert not any("connected" in text for text in call().said)
    assert not any("connected" in text for text in call(forward_to="Ext:1000", capabilities=frozenset()).said)
    caller = call(forward_to="Ext:1000")
    assert caller.said[-1].endswith("To be connected, press 0.")
    caller.take(Digit(digit="0"))
    caller.hear()
    assert [transfer.to for transfer in caller.wanted(commands.Transfer)] == ["Ext:1000"]


def test_only_what_the_message_needs_of_the_earlier_call_is_taken_over() -> None:
    made = callback_flow(name="N", earlier=earlier(), forward_to=None, known=True, capabilities=ALL)
    assert made.variables == {"callback.name": "N", "callback.day": "on Thursday, November 19"} | {
        "name": "Sarah",
        "when": "Monday",
    }


def test_to_and_from_mean_what_they_meant_then() -> None:
    caller = call(earlier=earlier(call_flow("You are {to}, we are {from}.")))
    assert f"You are {CALLER}, we are {OURS}." in caller.said


def test_braces_in_a_name_are_no_placeholders() -> None:
    assert "This is {to} {{name}}. We called you on Thursday, November 19." in call(name="{to} {{name}}").said


@pytest.mark.parametrize("known", [True, False])
def test_a_stranger_is_told_who_we_are_and_forwarded(known: bool) -> None:
    caller = call(earlier=None, forward_to="+12125550177", known=known)
    assert caller.said[0].startswith("This is Northside Clinic.")
    if known:
        caller.wait()
        caller.hear()
    assert [transfer.to for transfer in caller.wanted(commands.Transfer)] == ["+12125550177"]


def test_a_stranger_without_a_number_cannot_opt_out() -> None:
    caller = call(earlier=None, known=False)
    assert caller.said == ["This is Northside Clinic. Nobody can take your call on this number. Goodbye."]
    assert caller.wanted(commands.Hangup)
    caller = call(earlier=None)
    caller.take(Digit(digit="9"))
    assert caller.wanted(commands.OptOut)


def test_a_machine_s_message_is_what_a_machine_got() -> None:
    flow = parse_flow(
        {
            "steps": [{"type": "say", "text": "Live."}],
            "on_machine": {"action": "leave", "leave": [{"type": "say", "text": "Please call back."}]},
        }
    )
    assert "Live." in call(earlier=earlier(flow)).said
    assert "Please call back." in call(earlier=earlier(flow, left_on_machine=True)).said


def test_what_cannot_be_said_again_is_left_out() -> None:
    flow = parse_flow(
        {"voice": "fi-FI-F", "steps": [{"type": "play", "audio": "aud_1"}, {"type": "say", "text": "B."}]}
    )
    there = earlier(flow, playable={"aud_1"})
    with_audio = callback_flow(name="N", earlier=there, forward_to="Ext:1000", known=True, capabilities=ALL)
    assert set(needed_capabilities(with_audio.flow)) == {"audio", "transfer"}
    deleted = callback_flow(name="N", earlier=earlier(flow), forward_to="Ext:1000", known=True, capabilities=ALL)
    assert set(needed_capabilities(deleted.flow)) == {"transfer"}
    none = frozenset[str]()
    without = callback_flow(name="N", earlier=earlier(flow), forward_to="Ext:1000", known=True, capabilities=none)
    assert needed_capabilities(without.flow) == {}
    spoken = [item for item in without.flow.to_json()["steps"]["message"]["prompt"] if item["type"] == "say"]
    assert [spoken[0][name] for name in ("text", "voice", "language")] == ["B.", "fi-FI-F", None]
    assert spoken[-1]["language"] == "en"
    silent = parse_flow({"steps": [{"type": "hangup"}]})
    caller = call(earlier=earlier(silent))
    assert caller.said[-1] == "To stop further calls, press 9."


def test_a_long_opening_still_fits() -> None:
    flow = parse_flow({"steps": [{"type": "say", "text": f"Part {index}."} for index in range(40)]})
    assert len(call(earlier=earlier(flow)).said) == 1 + 19 + 1


@pytest.mark.parametrize(
    ("day", "words"),
    [
        (date(2026, 11, 21), "today"),
        (date(2026, 11, 20), "yesterday"),
        (date(2026, 11, 9), "on Monday, November 9"),
        (date(2026, 11, 22), "on Sunday, November 22"),
    ],
)
def test_days_in_words(day: date, words: str) -> None:
    assert day_words(day, date(2026, 11, 21)) == words
