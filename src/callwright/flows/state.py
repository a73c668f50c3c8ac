"""Where a call stands in its flow: small, immutable, and JSON, so that another process can go on with it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import MISSING, dataclass, field, fields
from enum import StrEnum
from typing import Any


class Phase(StrEnum):
    """What the call is doing."""

    #: Not answered yet.
    NEW = "new"
    #: Answered; nothing is said before the detector's verdict.
    DETECTING = "detecting"
    #: A machine speaks its greeting; we wait for its end.
    GREETING = "greeting"
    #: Something is spoken that asks for nothing.
    SPEAKING = "speaking"
    #: A gather's prompt is spoken.
    PROMPTING = "prompting"
    #: A gather waits for keys or words.
    COLLECTING = "collecting"
    #: The callee is recorded.
    RECORDING = "recording"
    #: The second leg is being called.
    TRANSFERRING = "transferring"
    #: The callee speaks with the second leg.
    CONNECTED = "connected"
    #: A webhook's answer is awaited.
    REPLYING = "replying"
    #: Whether there is a place for who accepts is awaited.
    ACCEPTING = "accepting"
    #: Time passes.
    WAITING = "waiting"
    #: All was said before anybody knows who answered: a machine hears it again, from anybody else we part.
    UNDECIDED = "undecided"
    #: We asked for the end of the call.
    ENDING = "ending"
    #: The leg is gone.
    OVER = "over"


#: Phases in which keys are kept for the next gather.
TYPE_AHEAD = frozenset({Phase.DETECTING, Phase.SPEAKING, Phase.REPLYING, Phase.ACCEPTING, Phase.WAITING})


@dataclass(frozen=True, kw_only=True)
class State:
    """Everything that ``advance`` knows of a call. ``begin`` makes the first one."""

    phase: Phase = Phase.NEW
    #: Id of the current step.
    step: str | None = None
    to: str = ""
    from_: str = ""
    variables: Mapping[str, str] = field(default_factory=dict)
    #: Names of variables with keys of a sensitive gather: never sent to anybody.
    secrets: tuple[str, ...] = ()
    #: A machine answered: nothing is asked, nobody is connected.
    machine: bool = False
    #: A person is known to be there; a later verdict of the detector is not believed.
    person: bool = False
    #: Whether a verdict will come.
    judging: bool = False
    #: The detector's last verdict.
    verdict: str | None = None
    #: The step that spoke first, from which a machine hears it again.
    first: str | None = None
    #: How often what a machine is to hear was begun again, because the beep came later.
    begun_again: int = 0
    #: Something that a machine was to hear could not be said; all of it was said.
    unheard: bool = False
    left: bool = False

    #: Plays and timers so far; the newest has this number.
    plays: int = 0
    timers: int = 0
    recordings: int = 0
    transfers: int = 0
    #: Whether the message before the current transfer is over, and whether the callee hears a ring-back tone.
    holding: bool = False
    ringing: bool = False
    #: The play whose ``Played`` has not come.
    play: int | None = None
    #: Whether that play was asked to stop.
    stopping: bool = False
    #: Whether what the phase wants to say waits for the end of that play.
    queued: bool = False
    #: The timer that counts; others are stale.
    timer: int | None = None
    listening: bool = False
    #: Whether the callee speaks, and what he says is not known yet.
    speaking: bool = False
    #: The callee asked not to be called again, in this language (blank: unknown): it is confirmed, then the call ends.
    revoked: str | None = None

    #: Prompts of the current gather that were begun.
    attempt: int = 0
    #: Times that the current gather got nothing, and something that led nowhere.
    no_inputs: int = 0
    invalids: int = 0
    #: Whether the prompt begins by saying that the last entry was wrong.
    invalid: bool = False
    #: Keys of the current gather.
    entry: str = ""
    #: Keys pressed before the next gather began.
    typed: str = ""
    #: A terminator that may follow an entry which was complete without it.
    swallow: str | None = None

    #: What was pressed or said last; ``None`` when nothing was or when it is secret.
    choice: str | None = None
    #: How an opt-out came about.
    evidence: str = ""

    def changed(self, **values: Any) -> State:
        """Return a copy with other values: ``dataclasses.replace`` at a ninth of its time.

        A turn changes its state a dozen times; most of a turn's time was spent there.
        """
        copy = object.__new__(State)
        copy.__dict__.update(self.__dict__, **values)
        return copy

    def to_json(self) -> dict[str, Any]:
        """Return JSON without what is at its default; ``from_json`` reads it."""
        found: dict[str, Any] = {}
        for each in fields(self):
            value = getattr(self, each.name)
            default = each.default_factory() if each.default_factory is not MISSING else each.default
            if value != default:
                found[each.name] = list(value) if isinstance(value, tuple) else value
        return {**found, "phase": self.phase.value, "variables": dict(self.variables)}

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> State:
        """Return the state that ``to_json`` wrote; fields that are not known here are left out."""
        known = {each.name for each in fields(cls)}
        values = {name: value for name, value in data.items() if name in known}
        values["phase"] = Phase(values.get("phase", Phase.NEW))
        values["secrets"] = tuple(values.get("secrets", ()))
        values["variables"] = dict(values.get("variables", {}))
        return cls(**values)
