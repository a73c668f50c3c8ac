"""What holds of every flow under every sequence of events."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from callwright.flows import commands as c
from callwright.flows import events as e
from callwright.flows.language import Flow, parse_flow
from callwright.flows.machine import Phase, State, advance, begin
from callwright.flows.steps import Gather
from support.flows import EVENT, FROM, TO, DrawnEvent, event_of, flow_data, random_flows

VARIABLES = {"NAME": "Ann", "code": ""}
#: Long ones: Hypothesis makes lists of five on average when it may begin with none.
EVENTS = st.lists(EVENT, min_size=20, max_size=60)
QUICK = settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.too_slow])


class Watcher:
    """Checks the commands of one call against the promises, in the order they come."""

    def __init__(self, flow: Flow) -> None:
        self.flow = flow
        self.playing: int | None = None
        self.stopped: set[int] = set()
        self.plays = self.timers = 0
        self.ended = self.over = False
        self.gather: Gather | None = None
        self.prompts = self.resumed = 0

    def event(self, event: e.Event) -> None:
        match event:
            case e.Played(play_id=play_id) if play_id == self.playing:
                self.playing = None
            case e.Resumed():
                self.playing = None
                self.resumed += 1
            case e.HungUp():
                self.over = True

    def commands(self, event: e.Event, commands: tuple[c.Command, ...], state: State) -> None:
        for command in commands:
            # a second leg that was hung up with the callee is told of
            assert not self.over or (isinstance(command, c.Note) and isinstance(event, e.HungUp))
            assert not self.ended or isinstance(command, c.Note) or isinstance(event, e.Resumed)
            self._command(command, state)
        assert state.phase is not Phase.DETECTING or not isinstance(event, e.Judged | e.Resumed)
        if not self.over:
            self._can_go_on(state)

    def _command(self, command: c.Command, state: State) -> None:
        match command:
            case c.Play():
                assert self.playing is None
                assert command.play_id == self.plays + 1
                assert command.items
                self.playing = self.plays = command.play_id
                if self.gather is not None and not state.machine and state.revoked is None:
                    self.prompts += 1
                    assert self.prompts <= self.gather.attempts + self.resumed
            case c.StopPlaying(play_id=play_id):
                assert play_id not in self.stopped
                self.stopped.add(play_id)
            case c.StartTimer():
                assert command.timer_id == self.timers + 1
                self.timers = command.timer_id
            case c.Hangup():
                self.ended = True
            case c.Note(kind="step", step=str(step_id)):
                step = self.flow.steps[step_id]
                self.gather = step if isinstance(step, Gather) else None
                self.prompts = self.resumed = 0
            case c.Note(kind=kind):
                assert kind != "error"

    def _can_go_on(self, state: State) -> None:
        """Something is there that will wake the flow."""
        assert state.play == self.playing or self.ended
        if state.phase in {Phase.SPEAKING, Phase.PROMPTING}:
            assert state.play is not None
        if state.phase in {Phase.COLLECTING, Phase.WAITING, Phase.REPLYING}:
            # what the callee says now is understood, or somebody says that it was not
            assert state.timer is not None or (state.speaking and state.listening)
        assert self.ended == (state.phase is Phase.ENDING)


@given(random_flows(), EVENTS, st.booleans())
@QUICK
def test_promises_hold_for_any_flow_and_any_events(flow: Flow, events: list[DrawnEvent], detecting: bool) -> None:
    watcher = Watcher(flow)
    state = begin(VARIABLES, to=TO, from_=FROM)
    for event in [e.Answered(detecting=detecting), *events]:
        sent = event_of(event, state) if isinstance(event, tuple) else event
        watcher.event(sent)
        state, commands = advance(flow, state, sent)
        watcher.commands(sent, commands, state)


@given(random_flows(), EVENTS, st.booleans())
@QUICK
def test_a_stored_state_has_the_same_future(flow: Flow, events: list[DrawnEvent], detecting: bool) -> None:
    kept = stored = begin(VARIABLES, to=TO, from_=FROM)
    for event in [e.Answered(detecting=detecting), *events]:
        sent = event_of(event, kept) if isinstance(event, tuple) else event
        # keys come back sorted and without spaces, as from a jsonb column
        stored = State.from_json(json.loads(json.dumps(stored.to_json(), sort_keys=True)))
        assert stored == kept
        kept, expected = advance(flow, kept, sent)
        stored, commands = advance(flow, stored, sent)
        assert commands == expected


@given(random_flows(), EVENTS)
@QUICK
def test_keys_of_a_sensitive_gather_leave_no_trace(flow: Flow, events: list[DrawnEvent]) -> None:
    """Where every gather is sensitive, no note, webhook, message or opt-out holds what was pressed."""
    hidden = Flow.model_validate(
        {
            **flow.to_json(),
            "steps": {
                step_id: {**step, "sensitive": True} if step["type"] == "gather" else step
                for step_id, step in flow.to_json()["steps"].items()
            },
        }
    )
    state = begin({}, to="", from_="")
    for event in [e.Answered(), *events]:
        # a key that stands in none of the texts, urls and ids of these flows
        sent = event_of(event, state) if isinstance(event, tuple) else event
        sent = e.Digit(digit="7") if isinstance(sent, e.Digit) else sent
        state, commands = advance(hidden, state, sent)
        for command in commands:
            if isinstance(command, c.Note | c.PostWebhook | c.SendSms | c.SendEmail | c.OptOut | c.Transfer):
                # the seventh transfer of a call is no key
                shown = replace(command, number=1) if isinstance(command, c.Transfer) else command
                assert "7" not in str(shown)
    state, _ = advance(hidden, state, e.HungUp())
    assert "7" not in json.dumps([state.entry, state.typed, state.choice])


@given(flow_data())
@QUICK
def test_the_canonical_form_means_the_same(data: dict[str, Any]) -> None:
    flow = parse_flow(data)
    stored = json.loads(json.dumps(flow.to_json()))
    assert parse_flow(stored).to_json() == flow.to_json()
    assert Flow.model_validate(stored).to_json() == flow.to_json()


@given(random_flows(), st.lists(st.sampled_from("123456789*#"), max_size=40))
@QUICK
def test_a_patient_call_that_presses_nothing_new_ends_or_waits(flow: Flow, keys: list[str]) -> None:
    """Plays end, timers run out, the second leg and the recorder answer: the flow never stands still for good."""
    state = begin(VARIABLES, to=TO, from_=FROM)
    event: e.Event | None = e.Answered()
    pressed = list(keys)
    for _ in range(300):
        if event is None:
            break
        state, _ = advance(flow, state, event)
        event = e.Digit(digit=pressed.pop()) if pressed else _next_of(state)
    assert event is not None or state.phase is Phase.ENDING


def _next_of(state: State) -> e.Event | None:
    if state.phase is Phase.ENDING:
        return None
    if state.play is not None:
        return e.Played(play_id=state.play)
    if state.timer is not None:
        return e.Elapsed(timer_id=state.timer)
    return {
        Phase.ACCEPTING: e.Accepted(),
        Phase.TRANSFERRING: e.TransferAnswered(),
        Phase.CONNECTED: e.TransferEnded(),
        Phase.RECORDING: e.Recorded(recording_id="rec_1", seconds=1.0),
    }.get(state.phase)
