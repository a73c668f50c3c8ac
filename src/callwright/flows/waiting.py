"""Steps that wait for something other than an answer to a question: transfer, record, wait, a webhook's reply."""

from __future__ import annotations

import re

from callwright.flows import commands
from callwright.flows.events import Recorded, Replied, TransferFailed
from callwright.flows.fields import DESTINATION
from callwright.flows.state import Phase
from callwright.flows.steps import Record, Transfer, Wait, Webhook
from callwright.flows.templates import REPLY_PREFIX
from callwright.flows.turn import Go, Turn

#: Seconds beyond the ring timeout after which a transfer, interrupted by a restart, counts as failed.
_TRANSFER_GRACE_SECONDS = 10
#: Fields of a webhook's answer that are kept, and characters of each, so that the state stays small.
_MAX_REPLY_VALUES = 50
_MAX_REPLY_VALUE = 1000
_REPLY_NAME = re.compile(r"[A-Za-z0-9_.]{1,64}", re.ASCII)


def transfer(turn: Turn, step: Transfer) -> Go | None:
    """Say the message, then call the second leg. Nobody is connected with a machine: there the call ends."""
    if turn.state.machine:
        return Go(target=None)
    return None if turn.speak(Phase.SPEAKING) else connect(turn, step)


def connect(turn: Turn, step: Transfer) -> Go | None:
    """Call the second leg."""
    to = turn.fill_public(step.to).strip()
    if not DESTINATION.fullmatch(to):
        turn.note("transfer", result="failed", reason="invalid_number", destination=to)
        return Go(target=step.on_failed)
    turn.change(phase=Phase.TRANSFERRING)
    turn.note("transfer", result="started", destination=to)
    turn.emit(commands.Transfer(to=to, caller_id=step.caller_id, ring_timeout_seconds=step.ring_timeout_seconds))
    return None


def transfer_answered(turn: Turn) -> None:
    """The callee speaks with the second leg."""
    turn.change(phase=Phase.CONNECTED, timer=None)
    turn.note("transfer", result="answered")


def transfer_ended(turn: Turn, step: Transfer) -> Go:
    """The second leg hung up."""
    turn.note("transfer", result="ended")
    return Go(target=step.on_ended)


def transfer_failed(turn: Turn, step: Transfer, event: TransferFailed) -> Go:
    """Nobody was reached."""
    turn.note("transfer", result="failed", reason=event.reason.value)
    return Go(target=step.on_failed)


def await_transfer(turn: Turn, step: Transfer) -> None:
    """After an interruption: what became of the second leg may never be told, so do not wait for ever."""
    turn.start_timer(step.ring_timeout_seconds + _TRANSFER_GRACE_SECONDS)


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
        )
    )


def recorded(turn: Turn, step: Record, event: Recorded) -> Go:
    """The recording is finished."""
    turn.note("record", recording_id=event.recording_id, seconds=event.seconds)
    if step.save_as:
        turn.save({step.save_as: event.recording_id})
    return Go(target=step.next)


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
