"""Gather: asks, collects keys and words, asks again.

Keys pressed during the prompt stop it (``barge_in``) or are lost. Keys pressed earlier, while the flow spoke or waited
outside a gather, are given to the next gather when it has ``barge_in``: when they answer it, its prompt is not spoken
at all; when they cannot be its answer they are forgotten and the prompt is spoken, at no cost of an attempt.
"""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum

from callwright.flows import commands
from callwright.flows.state import Phase
from callwright.flows.steps import Gather, SayItem
from callwright.flows.storable import clean
from callwright.flows.turn import Go, Turn
from callwright.flows.words import find

#: Characters of recognised speech that the timeline and an opt-out's evidence keep.
MAX_HEARD = 200


class Result(StrEnum):
    """What came of an attempt; the word in the timeline."""

    MATCHED = "matched"
    KEYWORD = "keyword"
    NO_INPUT = "no_input"
    INVALID = "invalid"
    DEFAULT = "default"


def enter(turn: Turn, step: Gather) -> Go | None:
    """Begin: take keys that came early, or ask. A machine hears the prompt once, then the call ends."""
    typed = turn.state.typed
    if turn.state.swallow is not None and typed.startswith(turn.state.swallow):
        typed = typed[1:]
        turn.change(swallow=None)
    turn.change(attempt=0, entry="", invalid=False, typed="")
    if turn.state.machine:
        return None if turn.speak(Phase.SPEAKING) else Go(target=None)
    if typed and step.barge_in and step.takes_digits:
        return _press(turn, step, typed)
    return _ask(turn, step)


def digit(turn: Turn, step: Gather, key: str) -> Go | None:
    """Take a key."""
    if not step.takes_digits:
        return None
    if turn.state.phase is Phase.PROMPTING:
        if not step.barge_in:
            return None
        turn.stop_speaking()
        turn.change(queued=False)
    return _press(turn, step, key)


def heard(turn: Turn, step: Gather, text: str) -> Go | None:
    """Take recognised speech. What matches nothing counts only after the prompt: before, it may be an echo of it."""
    prompting = turn.state.phase is Phase.PROMPTING
    if not step.keywords or turn.state.entry or (prompting and not step.barge_in):
        return None
    keyword = find((word for choice in step.keywords for word in choice.words), text)
    said = clean(text, MAX_HEARD)
    if keyword is None:
        return None if prompting else _fail(turn, step, Result.INVALID, {"heard": said})
    turn.stop_speaking()
    turn.stop_listening()
    _note(turn, step, Result.KEYWORD, {"keyword": keyword, "heard": said})
    _choose(turn, step, choice=keyword, evidence=f'said "{said}"')
    if step.save_as:
        turn.save({step.save_as: keyword}, secret=step.sensitive)
    return Go(target=next(choice.next for choice in step.keywords if keyword in choice.words))


def prompt_begun(turn: Turn, step: Gather) -> None:
    """The prompt is playing: listen through it when it may be interrupted."""
    if step.barge_in:
        _listen(turn, step)


def prompt_ended(turn: Turn, step: Gather) -> None:
    """Wait for the first key or word."""
    turn.change(phase=Phase.COLLECTING, entry="", swallow=None)
    _listen(turn, step)
    turn.start_timer(step.timeout_seconds)


def elapsed(turn: Turn, step: Gather) -> Go | None:
    """The timer ran out: judge what there is."""
    entry = turn.state.entry
    if not entry:
        return _fail(turn, step, Result.NO_INPUT, {})
    return _complete(turn, step, entry, finished=True)


def ask_again(turn: Turn, step: Gather) -> None:
    """After an interruption: the prompt once more, without using up an attempt; keys so far are lost."""
    turn.change(entry="", listening=False)
    if not _speak(turn, step):
        prompt_ended(turn, step)


def _ask(turn: Turn, step: Gather) -> Go | None:
    turn.change(attempt=turn.state.attempt + 1, entry="")
    if not _speak(turn, step):
        prompt_ended(turn, step)
    return None


def _speak(turn: Turn, step: Gather) -> bool:
    spoken = turn.speak(Phase.PROMPTING)
    if spoken:
        turn.change(timer=None)
        if not turn.state.queued:
            prompt_begun(turn, step)
    return spoken


def _listen(turn: Turn, step: Gather) -> None:
    if step.keywords and not turn.state.listening:
        own = next((item.language for item in step.prompt if isinstance(item, SayItem) and item.language), None)
        words = tuple(word for choice in step.keywords for word in choice.words)
        turn.change(listening=True)
        turn.emit(commands.Listen(keywords=words, language=own or turn.flow.language))


def _press(turn: Turn, step: Gather, keys: str) -> Go | None:
    """Add keys to the entry until it is complete; the rest waits for the next gather."""
    turn.change(phase=Phase.COLLECTING)
    for index, key in enumerate(keys):
        finished = key == step.finish_key
        entry = turn.state.entry if finished else turn.state.entry + key
        if finished or _is_complete(step, entry):
            turn.change(typed=keys[index + 1 :])
            return _complete(turn, step, entry, finished=finished)
        turn.change(entry=entry)
    turn.start_timer(step.inter_digit_seconds)
    return None


def _is_complete(step: Gather, entry: str) -> bool:
    """Whether no further key can matter: the entry is full, or a branch that no longer branch begins with."""
    if len(entry) >= step.longest_entry:
        return True
    return entry in step.branches and not _any_longer(step.branches, entry)


def _any_longer(branches: Iterable[str], entry: str) -> bool:
    return any(digits.startswith(entry) and digits != entry for digits in branches)


def _complete(turn: Turn, step: Gather, entry: str, *, finished: bool) -> Go | None:
    """Judge a complete entry; ``finished`` says that the terminator or the timer completed it."""
    right = entry in step.branches if step.branches else len(entry) >= step.min_digits
    if not right:
        return _fail(turn, step, Result.INVALID, {"digits": entry} if entry else {})
    turn.stop_listening()
    _note(turn, step, Result.MATCHED, {"digits": entry})
    _choose(turn, step, choice=entry, evidence=f"{'key' if len(entry) == 1 else 'keys'} {entry}")
    # people end an entry with the terminator even when it was complete without: that key is not for the next gather
    turn.change(entry="", swallow=None if finished else step.finish_key)
    _save_digits(turn, step, entry)
    return Go(target=step.branches[entry] if step.branches else step.next)


def _save_digits(turn: Turn, step: Gather, entry: str) -> None:
    if step.sensitive:
        turn.forget(("digits",))
    else:
        turn.save({"digits": entry})
    if step.save_as:
        turn.save({step.save_as: entry}, secret=step.sensitive)


def _choose(turn: Turn, step: Gather, *, choice: str, evidence: str) -> None:
    if step.sensitive:
        turn.change(choice=None, evidence="an answer that is not shown")
    else:
        turn.change(choice=choice, evidence=evidence)


def _fail(turn: Turn, step: Gather, result: Result, data: dict[str, str]) -> Go | None:
    """Ask again, or after the last attempt go where the author said."""
    turn.stop_listening()
    _note(turn, step, result, data)
    turn.change(entry="", timer=None)
    attempt = turn.state.attempt
    if attempt < step.attempts:
        # keys that came before the first prompt were not an answer to it: no reproach then
        turn.change(invalid=result is Result.INVALID and attempt > 0, typed="")
        return _ask(turn, step)
    target = step.on_no_input if result is Result.NO_INPUT else step.on_invalid
    if target is None and step.default is not None:
        _note(turn, step, Result.DEFAULT, {})
        target = step.default
    return Go(target=target if target is not None else step.next)


def _note(turn: Turn, step: Gather, result: Result, data: dict[str, str]) -> None:
    shown = {} if step.sensitive else data
    turn.note("gather", result=result.value, attempt=turn.state.attempt, **shown)
