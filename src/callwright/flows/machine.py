"""The machine: ``advance`` takes one event and returns the new state and what is to be done. No clock, no engine.

What holds whatever happens, and is tested with random flows and events:

- it never raises; events that do not suit the state, stale plays and stale timers are ignored;
- one ``Play`` at a time: the next one waits for the ``Played`` of one that was stopped;
- after ``Hangup`` it asks for nothing, except for ``Hangup`` again when ``Resumed`` says that it may have been lost;
  at ``HungUp`` and after it for nothing at all but a line of the timeline;
- a gather speaks its prompt at most ``attempts`` times, and once more for each ``Resumed``;
- while the flow waits, a play, a timer, the other side of a transfer or recording, or who listens to the callee's words
  is there to wake it.

The timeline gets ``Note``s of these kinds: ``step``, ``gather``, ``verdict``, ``transfer``, ``record``, ``webhook``,
``optout``, ``not_heard`` (why words were not understood), ``not_sent``, ``play_failed``, ``greeting_ended`` (of a
machine; ``beep``), ``message_left`` (all that a machine was to hear was said), ``error``.
"""

from __future__ import annotations

from collections.abc import Mapping

from callwright.flows import acting, detecting, gathering, waiting
from callwright.flows.commands import Accept as AskForPlace
from callwright.flows.commands import Command, Connect, Hangup, Note
from callwright.flows.events import (
    Accepted,
    Answered,
    Digit,
    Elapsed,
    Event,
    GreetingEnded,
    Heard,
    HungUp,
    Judged,
    Played,
    Quiet,
    Recorded,
    Replied,
    Resumed,
    Silence,
    SpeechBegan,
    TransferAnswered,
    TransferEnded,
    TransferFailed,
)
from callwright.flows.language import Flow
from callwright.flows.state import TYPE_AHEAD, Phase, State
from callwright.flows.steps import (
    Accept,
    Branch,
    Email,
    Gather,
    OptOut,
    Play,
    Record,
    Say,
    Set,
    Sms,
    Step,
    Transfer,
    Wait,
    Webhook,
)
from callwright.flows.storable import clean
from callwright.flows.turn import MAX_VALUE, Go, Turn

__all__ = ["Phase", "State", "advance", "begin"]

_KEYS = frozenset("0123456789*#ABCD")
#: Keys kept for the next gather.
MAX_TYPE_AHEAD = 32
_GATHERING = frozenset({Phase.PROMPTING, Phase.COLLECTING})
_WITH_SECOND_LEG = frozenset({Phase.TRANSFERRING, Phase.CONNECTED})


def begin(variables: Mapping[str, str], *, to: str, from_: str) -> State:
    """Return the state of a call that was not answered yet.

    ``variables`` fill the placeholders. The built-in ``to`` and ``from`` are there as well, under the call's own
    variables of these names if there are such.
    """
    values = {"to": to, "from": from_, **variables}
    return State(to=to, from_=from_, variables={name: clean(str(value), MAX_VALUE) for name, value in values.items()})


def advance(flow: Flow, state: State, event: Event) -> tuple[State, tuple[Command, ...]]:
    """Return the state after ``event`` and the commands, to be carried out in order."""
    turn = Turn(flow, state)
    if state.phase is Phase.OVER:
        return state, ()
    if isinstance(event, HungUp):
        waiting.callee_left(turn, event)
        turn.forget(state.secrets)
        turn.change(phase=Phase.OVER, play=None, queued=False, timer=None, listening=False, entry="", typed="")
        return turn.state, tuple(turn.commands)
    if state.phase is Phase.ENDING:
        # the order to hang up may have been lost with the process that gave it
        return state, (Hangup(),) if isinstance(event, Resumed) else ()
    _run(turn, _take(turn, event))
    return turn.state, tuple(turn.commands)


def _run(turn: Turn, go: Go | None) -> None:
    """Enter step after step until one waits or the call ends."""
    # a flow that was checked cannot enter a step twice in one turn but by keys typed ahead, one for each gather
    left = (1 + len(turn.flow.steps)) * (MAX_TYPE_AHEAD + 2)
    while go is not None:
        step = turn.flow.step(go.target) if go.target is not None else None
        if go.target is None or step is None or left == 0:
            if left == 0:
                turn.emit(Note(kind="error", step=go.target, data={"reason": "the flow runs in a circle"}))
            turn.end()
            return
        left -= 1
        turn.enter(go.target, step)
        detecting.remember(turn, step)
        go = _enter(turn, step)


def _enter(turn: Turn, step: Step) -> Go | None:
    go: Go | None = Go(target=None)
    match step:
        case Say() | Play():
            go = None if turn.speak(Phase.SPEAKING) else Go(target=step.next)
        case Gather():
            go = gathering.enter(turn, step)
        case Branch():
            go = acting.branch(turn, step)
        case Set():
            go = acting.assign(turn, step)
        case Sms():
            go = acting.sms(turn, step)
        case Email():
            go = acting.email(turn, step)
        case Webhook():
            go = acting.webhook(turn, step)
        case OptOut():
            go = acting.opt_out(turn, step)
        case Transfer():
            go = waiting.transfer(turn, step)
        case Record() | Accept() | Wait():
            go = waiting.enter(turn, step)
    return go


def _take(turn: Turn, event: Event) -> Go | None:
    go: Go | None = None
    match event:
        case Answered():
            go = _answered(turn, event)
        case Judged() | Quiet() | GreetingEnded():
            go = detecting.take(turn, event)
        case Played():
            go = _played(turn, event)
        case Digit():
            go = _digit(turn, event.digit.upper())
        case SpeechBegan() | Heard() | Silence():
            go = _listened(turn, event)
        case Elapsed():
            go = _elapsed(turn, event)
        case Resumed():
            go = _resumed(turn)
        case TransferAnswered() | TransferEnded() | TransferFailed() | Recorded() | Replied() | Accepted():
            go = _reported(turn, event)
    return go


def _answered(turn: Turn, event: Answered) -> Go | None:
    if turn.state.phase is not Phase.NEW:
        return None
    turn.change(judging=event.detecting or event.judging)
    if event.detecting:
        turn.change(phase=Phase.DETECTING)
        return None
    return Go(target=turn.flow.first)


def _played(turn: Turn, event: Played) -> Go | None:
    state, step = turn.state, turn.step
    if state.play is None or event.play_id != state.play:
        return None
    turn.change(play=None, stopping=False)
    if not event.ok and not state.stopping:
        turn.change(unheard=state.machine)
        turn.note("play_failed")
    if state.queued:
        turn.change(queued=False)
        turn.speak(state.phase)
        if state.phase is Phase.PROMPTING and isinstance(step, Gather):
            gathering.prompt_begun(turn, step)
        return None
    if state.phase is Phase.PROMPTING and isinstance(step, Gather):
        gathering.prompt_ended(turn, step)
        return None
    if state.phase is Phase.TRANSFERRING:
        waiting.hold_ended(turn, ok=event.ok)
        return None
    return _spoken(turn, step) if state.phase is Phase.SPEAKING else None


def _spoken(turn: Turn, step: Step | None) -> Go | None:
    match step:
        case Say() | Play():
            return Go(target=step.next)
        case OptOut():
            return Go(target=step.next)
        case Transfer():
            return waiting.connect(turn, step)
    # the confirmation of a wish that was spoken elsewhere, or the prompt of a gather on a machine
    return Go(target=None)


def _digit(turn: Turn, key: str) -> Go | None:
    state, step = turn.state, turn.step
    if key not in _KEYS or state.machine or state.phase is Phase.NEW:
        return None
    turn.change(person=True, swallow=None)
    if key == state.swallow:
        return None
    if state.phase in _GATHERING and isinstance(step, Gather):
        return gathering.digit(turn, step, key)
    if state.phase in TYPE_AHEAD and len(state.typed) < MAX_TYPE_AHEAD:
        turn.change(typed=state.typed + key)
    return None


def _listened(turn: Turn, event: SpeechBegan | Heard | Silence) -> Go | None:
    step = turn.step
    if turn.state.phase not in _GATHERING or not isinstance(step, Gather):
        return None
    return gathering.listened(turn, step, event)


def _elapsed(turn: Turn, event: Elapsed) -> Go | None:
    state, step = turn.state, turn.step
    if state.timer is None or event.timer_id != state.timer:
        return None
    turn.change(timer=None)
    match step:
        case Gather() if state.phase is Phase.COLLECTING:
            return gathering.elapsed(turn, step)
        case Wait() if state.phase is Phase.WAITING:
            return Go(target=step.next)
        case Webhook() if state.phase is Phase.REPLYING:
            return waiting.replied(turn, step, None)
        case Transfer() if state.phase is Phase.TRANSFERRING:
            return waiting.transfer_failed(turn, step, TransferFailed())
    return None


def _reported(
    turn: Turn, event: TransferAnswered | TransferEnded | TransferFailed | Recorded | Replied | Accepted
) -> Go | None:
    phase, step = turn.state.phase, turn.step
    go: Go | None = None
    match step, event:
        case Transfer(), TransferAnswered() if phase is Phase.TRANSFERRING:
            waiting.transfer_answered(turn, step)
        case Transfer(), TransferEnded() if phase in _WITH_SECOND_LEG:
            go = waiting.transfer_ended(turn, step, event)
        case Transfer(), TransferFailed() if phase in _WITH_SECOND_LEG:
            go = waiting.transfer_failed(turn, step, event)
        case Record(), Recorded() if phase is Phase.RECORDING:
            go = waiting.recorded(turn, step, event)
        case Webhook(), Replied() if phase is Phase.REPLYING:
            go = waiting.replied(turn, step, event)
        case Accept(), Accepted() if phase is Phase.ACCEPTING:
            go = waiting.accepted(turn, step, event)
    return go


def _resumed(turn: Turn) -> Go | None:
    """Do again what may have been lost: a play, a prompt, a timer, an order to record."""
    state, step = turn.state, turn.step
    # the detector is gone with the process that listened
    turn.change(judging=False)
    if state.phase in {Phase.DETECTING, Phase.GREETING, Phase.UNDECIDED}:
        return detecting.deaf(turn)
    if state.play is not None:
        # its end may have been reported to nobody, so it is not waited for
        turn.stop_speaking()
        turn.change(play=None, stopping=False, queued=False)
    match step:
        case Gather() if state.phase in _GATHERING:
            gathering.ask_again(turn, step)
        case Record() if state.phase is Phase.RECORDING:
            waiting.start_recording(turn, step)
        case Transfer() if state.phase is Phase.TRANSFERRING:
            waiting.await_transfer(turn, step)
        case Transfer() if state.phase is Phase.CONNECTED:
            turn.emit(Connect())
        case Accept() if state.phase is Phase.ACCEPTING:
            turn.emit(AskForPlace())
        case Wait() if state.phase is Phase.WAITING:
            turn.start_timer(step.seconds)
        case Webhook() if state.phase is Phase.REPLYING:
            turn.start_timer(step.timeout_seconds)
        case _ if state.phase is Phase.SPEAKING and not turn.speak(Phase.SPEAKING):
            return _spoken(turn, step)
    return None
