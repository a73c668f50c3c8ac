"""Steps that wait for something other than an answer: transfer, record, accept, wait, a webhook's reply."""

from __future__ import annotations

import re

from callwright.flows import commands
from callwright.flows.events import Accepted, HungUp, Recorded, Replied, TransferEnded, TransferFailed, TransferFailure
from callwright.flows.fields import DESTINATION
from callwright.flows.state import Phase
from callwright.flows.steps import Accept, Record, Transfer, Wait, Webhook
from callwright.flows.templates import REPLY_PREFIX
from callwright.flows.turn import Go, Turn

#: Seconds for the whisper and the network, beyond those of the step, after which a transfer that was interrupted by a
#: restart counts as failed.
_TRANSFER_GRACE_SECONDS = 60
#: Fields of a webhook's answer that are kept, and characters of each, so that the state stays small.
_MAX_REPLY_VALUES = 50
_MAX_REPLY_VALUE = 1000
_REPLY_NAME = re.compile(r"[A-Za-z0-9_.]{1,64}", re.ASCII)


def transfer(turn: Turn, step: Transfer) -> Go | None:
    """Say the message, then call the second leg. Nobody is connected with a machine: there the call ends."""
    if turn.state.machine:
        return Go(target=None)
    turn.change(holding=False)
    if step.during_message:
        return connect(turn, step)
    return None if turn.speak(Phase.SPEAKING) else connect(turn, step)


def connect(turn: Turn, step: Transfer) -> Go | None:
    """Call the second leg."""
    to = turn.fill_public(step.to).strip()
    if not DESTINATION.fullmatch(to):
        turn.note("transfer", result="failed", reason="invalid_number", destination=to)
        _save_result(turn, step, TransferFailure.FAILED)
        return Go(target=step.on_failed)
    turn.change(phase=Phase.TRANSFERRING, transfers=turn.state.transfers + 1)
    turn.note("transfer", result="started", destination=to)
    _order(turn, step, to)
    if not step.during_message or not turn.speak(Phase.TRANSFERRING):
        _hold(turn)
    return None


def _order(turn: Turn, step: Transfer, to: str) -> None:
    turn.emit(
        commands.Transfer(
            to=to,
            caller_id=step.caller_id,
            ring_timeout_seconds=step.ring_timeout_seconds,
            number=turn.state.transfers,
            whisper=turn.items(step.whisper),
            accept_key=step.accept_key,
            accept_seconds=step.accept_seconds,
        )
    )


def hold_ended(turn: Turn, *, ok: bool) -> None:
    """What the callee heard while it rings on the other side is over: the message, or a round of ``hold``."""
    if turn.state.holding and not ok:
        # asked for again at once it would fail again at once
        _ring_back(turn)
    else:
        _hold(turn)


def transfer_answered(turn: Turn, step: Transfer) -> None:
    """The callee speaks with the second leg."""
    _quiet(turn)
    turn.change(phase=Phase.CONNECTED, timer=None)
    turn.note("transfer", result="answered")
    _save_result(turn, step, "answered")
    turn.emit(commands.Connect())


def transfer_ended(turn: Turn, step: Transfer, event: TransferEnded) -> Go:
    """The second leg hung up."""
    _quiet(turn)
    turn.note("transfer", result="ended", **_known(q850_cause=event.cause, seconds=event.seconds))
    return Go(target=step.on_ended)


def transfer_failed(turn: Turn, step: Transfer, event: TransferFailed) -> Go:
    """Nobody was reached."""
    _quiet(turn)
    more = _known(detail=event.detail, q850_cause=event.cause, sip_status=event.sip_status)
    turn.note("transfer", result="failed", reason=event.reason.value, **more)
    _save_result(turn, step, event.reason)
    return Go(target=step.on_failed)


def callee_left(turn: Turn, event: HungUp) -> None:
    """The callee hung up while there is a second leg, which is hung up too."""
    second = event.second or TransferEnded()
    more = _known(q850_cause=second.cause, seconds=second.seconds)
    if turn.state.phase is Phase.CONNECTED:
        turn.note("transfer", result="ended", reason="callee_hung_up", **more)
    elif turn.state.phase is Phase.TRANSFERRING:
        turn.note("transfer", result="failed", reason="callee_hung_up", **more)


def await_transfer(turn: Turn, step: Transfer) -> None:
    """After an interruption: ask for the second leg again (by its number: nobody is called twice), not for ever."""
    _order(turn, step, turn.fill_public(step.to).strip())
    turn.start_timer(step.ring_timeout_seconds + step.accept_seconds + _TRANSFER_GRACE_SECONDS)
    _hold(turn)


def _hold(turn: Turn) -> None:
    turn.change(holding=True)
    if not turn.speak(Phase.TRANSFERRING):
        _ring_back(turn)


def _ring_back(turn: Turn) -> None:
    turn.change(ringing=True)
    turn.emit(commands.RingBack(on=True))


def _quiet(turn: Turn) -> None:
    turn.stop_speaking()
    turn.change(queued=False)
    if turn.state.ringing:
        turn.change(ringing=False)
        turn.emit(commands.RingBack(on=False))


def _save_result(turn: Turn, step: Transfer, result: str) -> None:
    if step.save_as:
        turn.save({step.save_as: str(result)})


def _known(**values: object) -> dict[str, object]:
    return {name: value for name, value in values.items() if value is not None}


def record(turn: Turn, step: Record) -> Go | None:
    """Record the callee; a machine's words are not wanted: there the call ends."""
    if turn.state.machine:
        return Go(target=None)
    turn.change(phase=Phase.RECORDING, recordings=turn.state.recordings + 1)
    start_recording(turn, step)
    return None


def start_recording(turn: Turn, step: Record) -> None:
    """Ask for the recording; asked again after an interruption, it has the same name."""
    turn.emit(
        commands.Record(
            max_seconds=step.max_seconds,
            silence_seconds=step.silence_seconds,
            terminator=step.terminator,
            beep=step.beep,
            name=f"{turn.state.step}-{turn.state.recordings}",
            step=turn.state.step or "",
        )
    )


def recorded(turn: Turn, step: Record, event: Recorded) -> Go:
    """The recording is finished, or there is none; then the variable is empty."""
    if event.recording_id:
        turn.note("record", recording_id=event.recording_id, seconds=event.seconds)
    else:
        turn.note("record", result="failed", reason=event.reason)
    if step.save_as:
        turn.save({step.save_as: event.recording_id})
    return Go(target=step.next)


def enter(turn: Turn, step: Record | Accept | Wait) -> Go | None:
    """Begin a step that nothing but its end leads on from."""
    match step:
        case Record():
            return record(turn, step)
        case Accept():
            return accept(turn)
        case Wait():
            return wait(turn, step)


def accept(turn: Turn) -> Go | None:
    """Ask for a place; nobody is told anything before it is on record. A machine accepts nothing."""
    if turn.state.machine:
        return Go(target=None)
    turn.change(phase=Phase.ACCEPTING)
    turn.emit(commands.Accept())
    return None


def accepted(turn: Turn, step: Accept, event: Accepted) -> Go:
    """It is on record what they get."""
    turn.note("accept", place=event.place)
    if step.save_as:
        turn.save({step.save_as: event.place})
    return Go(target={"taken": step.taken, "stand_by": step.stand_by, "filled": step.filled}[event.place])


def wait(turn: Turn, step: Wait) -> Go | None:
    """Let time pass."""
    turn.change(phase=Phase.WAITING)
    turn.start_timer(step.seconds)
    return None


def replied(turn: Turn, step: Webhook, event: Replied | None) -> Go:
    """The webhook answered; ``None``: it did not in time. Values of an earlier answer are gone either way."""
    turn.forget([name for name in turn.state.variables if name.startswith(REPLY_PREFIX)])
    if event is None:
        turn.note("webhook", result="no_answer")
    else:
        turn.note("webhook", result="answered", http_status=event.status)
        named = [(name, value) for name, value in event.values if _REPLY_NAME.fullmatch(name)]
        kept = {f"{REPLY_PREFIX}{name}": value[:_MAX_REPLY_VALUE] for name, value in named[:_MAX_REPLY_VALUES]}
        turn.save({**kept, f"{REPLY_PREFIX}status": str(event.status)})
    return Go(target=step.next)
