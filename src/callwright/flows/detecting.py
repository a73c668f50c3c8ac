"""Who answered, and what follows: a person is spoken to, a machine hears its message when it listens, or nothing."""

from __future__ import annotations

from callwright.flows import notices
from callwright.flows.events import GreetingEnded, Judged, Quiet, Verdict
from callwright.flows.state import Phase
from callwright.flows.steps import Gather, Play, Say, Step
from callwright.flows.turn import Go, Turn

#: Beeps that let the message begin again: a few machines beep twice, and one that beeps all the time never listens.
MOST_BEGINNINGS = 2
_WITH_SECOND_LEG = frozenset({Phase.TRANSFERRING, Phase.CONNECTED})


def take(turn: Turn, event: Judged | Quiet | GreetingEnded) -> Go | None:
    """Take what the detector says."""
    if turn.state.phase is Phase.NEW:
        return None
    if isinstance(event, Quiet):
        return Go(target=turn.flow.first) if turn.state.phase is Phase.DETECTING else None
    return _judged(turn, event) if isinstance(event, Judged) else _greeting_ended(turn, event)


def remember(turn: Turn, step: Step) -> None:
    """Remember which step spoke first; a machine is not told that it is recorded."""
    if turn.state.step == notices.STEP_ID:
        return
    if turn.state.first is None and turn.flow.on_machine.detects and isinstance(step, Say | Play | Gather):
        turn.change(first=turn.state.step)


def deaf(turn: Turn) -> Go | None:
    """Go on without the detector; whoever answered hears what there is."""
    if turn.state.phase is Phase.UNDECIDED:
        return Go(target=None)
    return _speak_to_machine(turn) if turn.state.phase is Phase.GREETING else Go(target=turn.flow.first)


def _judged(turn: Turn, event: Judged) -> Go | None:
    before = turn.state
    turn.change(judging=False)
    # whoever pressed a key or was connected is a person, whatever the detector thinks
    person = before.person or before.phase in _WITH_SECOND_LEG
    believed = not person and (before.verdict != Verdict.HUMAN or event.revised)
    more = {
        "seconds": event.seconds,
        "reason": event.reason,
        "revised": event.revised or None,
        "disbelieved": True if before.machine or not (believed or event.verdict is Verdict.HUMAN) else None,
    }
    turn.note(
        "verdict",
        verdict=event.verdict.value,
        confidence=event.confidence,
        **{name: value for name, value in more.items() if value is not None},
    )
    if not more["disbelieved"]:
        turn.change(verdict=event.verdict.value)
    if not believed or before.machine or event.verdict not in {Verdict.MACHINE, Verdict.FAX}:
        if before.phase is Phase.UNDECIDED:
            return Go(target=None)
        return Go(target=turn.flow.first) if before.phase is Phase.DETECTING else None
    turn.stop_listening()
    turn.stop_speaking()
    turn.change(machine=True, queued=False, timer=None, typed="", entry="")
    if event.verdict is Verdict.FAX or turn.flow.on_machine.action in {"hangup", "off"}:
        return _end_unheard(turn)
    if event.greeting:
        turn.change(phase=Phase.GREETING)
        return None
    return _speak_to_machine(turn)


def _greeting_ended(turn: Turn, event: GreetingEnded) -> Go | None:
    state = turn.state
    if not state.machine:
        return None
    if state.phase is not Phase.GREETING:
        # we had begun after a long pause, or after the first of two beeps
        if not event.beep or state.begun_again >= MOST_BEGINNINGS:
            return None
        turn.change(begun_again=state.begun_again + 1)
    turn.note("greeting_ended", beep=event.beep)
    turn.change(timer=None)
    return _speak_to_machine(turn)


def _speak_to_machine(turn: Turn) -> Go:
    """Begin with the first words: what was done before them, such as an SMS, is not done again."""
    on_machine = turn.flow.on_machine
    turn.change(unheard=False, queued=False)
    if on_machine.action == "leave" and not turn.state.begun_again:
        turn.change(first=None)
        return Go(target=on_machine.start)
    return Go(target=turn.state.first or turn.flow.start)


def _end_unheard(turn: Turn) -> Go:
    """End the call without claiming that a message was left."""
    turn.change(machine=False)
    return Go(target=None)
