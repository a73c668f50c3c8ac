"""Gather: asks, collects keys and words, asks again.

Keys pressed during the prompt stop it (``barge_in``) or are lost. Keys pressed earlier, while the flow spoke or waited
outside a gather, are given to the next gather when it has ``barge_in``: when they answer it, its prompt is not spoken
at all; when they cannot be its answer they are forgotten and the prompt is spoken, at no cost of an attempt.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from enum import StrEnum
from typing import Any

from callwright.flows import commands
from callwright.flows.events import Heard, Silence, SpeechBegan
from callwright.flows.listening import listening_of
from callwright.flows.revoking import leads_to_opt_out, revoke
from callwright.flows.state import Phase
from callwright.flows.steps import Gather
from callwright.flows.storable import clean
from callwright.flows.turn import Go, Turn
from callwright.flows.words import Found, find_choice, fold, spoken_digits

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
    turn.change(attempt=0, no_inputs=0, invalids=0, entry="", invalid=False, typed="")
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


def listened(turn: Turn, step: Gather, event: SpeechBegan | Heard | Silence) -> Go | None:
    """Take what the recogniser says."""
    match event:
        case SpeechBegan():
            _speech_began(turn, step)
            return None
        case Heard():
            turn.change(speaking=False)
            return _heard(turn, step, event)
    waited = turn.state.speaking
    turn.change(listening=False, speaking=False)
    if turn.state.phase is Phase.COLLECTING:
        if event.reason != "silence":
            turn.note("not_heard", reason=event.reason)
        if waited and not turn.state.entry:
            # somebody spoke and nobody will ever know what: he is not left in silence
            return _fail(turn, step, Result.NO_INPUT, {})
    return None


def _speech_began(turn: Turn, step: Gather) -> None:
    """Wait for the end of what is said; stop the prompt when the author wants it."""
    state = turn.state
    if not state.listening:
        return
    turn.change(speaking=True)
    if state.phase is Phase.COLLECTING and not state.entry:
        turn.change(timer=None)
    elif state.phase is Phase.PROMPTING and step.barge_in and step.barge_in_by == "speech" and not state.queued:
        turn.stop_speaking()


def _heard(turn: Turn, step: Gather, event: Heard) -> Go | None:
    """Take recognised speech. What matches nothing counts only after the prompt: before, it may be an echo of it."""
    prompting = turn.state.phase is Phase.PROMPTING
    if turn.state.entry or (prompting and not step.barge_in):
        return None
    found = find_choice([choice.words for choice in step.keywords], event.text, event.language)
    target = None if found is None else step.keyword_target(found.phrase)
    if event.revokes is not None and not _asked_for(turn, found, target, event.revokes):
        said = event.revokes if step.sensitive else clean(event.text, MAX_HEARD)
        return revoke(turn, evidence=f'said "{said}"', language=event.language)
    if found is not None:
        _understood(turn, step, event, Result.KEYWORD, keyword=found.phrase)
        if step.save_as:
            turn.save({step.save_as: found.phrase}, secret=step.sensitive)
        return Go(target=target)
    return _no_keyword(turn, step, event)


def _no_keyword(turn: Turn, step: Gather, event: Heard) -> Go | None:
    digits = spoken_digits(event.text, event.language) if step.takes_digits else ""
    if digits and _is_right(step, digits):
        _understood(turn, step, event, Result.MATCHED, digits=digits)
        turn.change(swallow=step.finish_key)
        _save_digits(turn, step, digits)
        return Go(target=step.branches[digits] if step.branches else step.next)
    if turn.state.phase is Phase.PROMPTING:
        return None
    if event.text.strip() and step.keywords:
        return _fail(turn, step, Result.INVALID, _said(event))
    if turn.state.timer is None:
        turn.start_timer(step.timeout_seconds)
    return None


def _asked_for(turn: Turn, found: Found | None, target: str | None, revokes: str) -> bool:
    """Whether words that take a consent back are what the author asked for, and he deals with them.

    "Stop" alone answers many questions; "stop calling me" is somebody's wish wherever it does not lead to an opt-out.
    """
    if found is None:
        return False
    return leads_to_opt_out(turn.flow, target) or (len(fold(revokes)) == 1 and found.said == fold(revokes))


def _understood(turn: Turn, step: Gather, event: Heard, result: Result, **data: str) -> None:
    """Stop speaking and listening, and write down what was said."""
    turn.stop_speaking()
    turn.change(queued=False)
    turn.stop_listening()
    _note(turn, step, result, {**data, **_said(event)})
    choice = next(iter(data.values()))
    _choose(turn, step, choice=choice, evidence=f'said "{clean(event.text, MAX_HEARD)}"')


def _said(event: Heard) -> dict[str, Any]:
    said: dict[str, Any] = {"heard": clean(event.text, MAX_HEARD)}
    return said if event.confidence is None else {**said, "confidence": round(event.confidence, 2)}


def prompt_begun(turn: Turn, step: Gather) -> None:
    """The prompt is playing: listen through it when it may be interrupted."""
    if step.barge_in:
        _listen(turn, step)


def prompt_ended(turn: Turn, step: Gather) -> None:
    """Wait for the first key or word."""
    turn.change(phase=Phase.COLLECTING, entry="", swallow=None)
    _listen(turn, step)
    if not turn.state.speaking:
        turn.start_timer(step.timeout_seconds)


def elapsed(turn: Turn, step: Gather) -> Go | None:
    """The timer ran out: judge what there is."""
    entry = turn.state.entry
    if not entry:
        return _fail(turn, step, Result.NO_INPUT, {})
    return _complete(turn, step, entry, finished=True)


def ask_again(turn: Turn, step: Gather) -> None:
    """After an interruption: the prompt once more, without using up an attempt; keys so far are lost."""
    turn.change(entry="", listening=False, speaking=False)
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
    if step.listens and not turn.state.listening:
        language, voice = listening_of(turn.flow, step)
        words = tuple(word for choice in step.keywords for word in choice.words)
        turn.change(listening=True)
        turn.emit(
            commands.Listen(
                keywords=words,
                digits=tuple(key for key in step.branches if key.isdecimal()),
                language=language,
                voice=voice,
            )
        )


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


def _is_right(step: Gather, entry: str) -> bool:
    return entry in step.branches if step.branches else step.min_digits <= len(entry) <= step.longest_entry


def _any_longer(branches: Iterable[str], entry: str) -> bool:
    return any(digits.startswith(entry) and digits != entry for digits in branches)


def _complete(turn: Turn, step: Gather, entry: str, *, finished: bool) -> Go | None:
    """Judge a complete entry; ``finished`` says that the terminator or the timer completed it."""
    if not _is_right(step, entry):
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


def _fail(turn: Turn, step: Gather, result: Result, data: Mapping[str, Any]) -> Go | None:
    """Ask again, or after the last attempt go where the author said."""
    turn.stop_listening()
    _note(turn, step, result, data)
    turn.change(entry="", timer=None)
    attempt = turn.state.attempt
    if result is Result.NO_INPUT:
        turn.change(no_inputs=turn.state.no_inputs + 1)
    elif attempt > 0:
        turn.change(invalids=turn.state.invalids + 1)
    if _may_ask_again(turn, step, result):
        # keys that came before the first prompt were not an answer to it: no reproach then
        turn.change(invalid=result is Result.INVALID and attempt > 0, typed="")
        return _ask(turn, step)
    target = step.on_no_input if result is Result.NO_INPUT else step.on_invalid
    if target is None and step.default is not None:
        _note(turn, step, Result.DEFAULT, {})
        target = step.default
    return Go(target=target if target is not None else step.next)


def _may_ask_again(turn: Turn, step: Gather, result: Result) -> bool:
    """Whether what went wrong may go wrong once more: by its own number, or by that of all prompts."""
    state = turn.state
    if result is Result.NO_INPUT and step.no_input_attempts is not None:
        return state.no_inputs < step.no_input_attempts
    if result is not Result.NO_INPUT and step.invalid_attempts is not None:
        return state.invalids < step.invalid_attempts
    return state.attempt < step.attempts


def _note(turn: Turn, step: Gather, result: Result, data: Mapping[str, Any]) -> None:
    shown = {} if step.sensitive else data
    turn.note("gather", result=result.value, attempt=turn.state.attempt, **shown)
