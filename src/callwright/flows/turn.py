"""One turn of the machine: the state being changed, and the commands that come of it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from callwright.flows import commands
from callwright.flows.confirmations import confirmation
from callwright.flows.language import Flow
from callwright.flows.state import Phase, State
from callwright.flows.steps import Gather, OptOut, Play, PlayItem, Prompt, Say, SayItem, Spoken, Step, Transfer
from callwright.flows.storable import clean
from callwright.flows.templates import fill, fill_marked

#: Characters of a variable's value; a ``set`` in a circle could otherwise make one that never stops growing.
MAX_VALUE = 5000


@dataclass(frozen=True, kw_only=True)
class Go:
    """Go on to a step; ``None`` is the end of the call."""

    target: str | None


class Turn:
    """What a step's code works with. Lives for one call of ``advance``."""

    def __init__(self, flow: Flow, state: State) -> None:
        self.flow = flow
        self.state = state
        self.commands: list[commands.Command] = []

    @property
    def step(self) -> Step | None:
        """The current step; ``None`` before the first."""
        return self.flow.step(self.state.step) if self.state.step is not None else None

    def change(self, **values: Any) -> None:
        """Change fields of the state."""
        self.state = self.state.changed(**values)

    def emit(self, command: commands.Command) -> None:
        """Ask for something."""
        self.commands.append(command)

    def note(self, kind: str, **data: Any) -> None:
        """Write a line of the timeline about the current step."""
        self.emit(commands.Note(kind=kind, step=self.state.step, data=data))

    def enter(self, step_id: str, step: Step) -> None:
        """Make a step the current one."""
        self.change(step=step_id, timer=None, queued=False)
        self.note("step", type=step.type)

    def start_timer(self, seconds: float) -> None:
        """Start the timer that counts from now on."""
        number = self.state.timers + 1
        self.change(timers=number, timer=number)
        self.emit(commands.StartTimer(timer_id=number, seconds=seconds))

    def speak(self, phase: Phase) -> bool:
        """Say what the current step says, as ``phase``; False when that is nothing.

        When a play has not ended it is stopped, and what is to be said waits for its end: plays never overlap.
        """
        items = self._items()
        if not items:
            return False
        self.change(phase=phase)
        if self.state.play is not None:
            self.stop_speaking()
            self.change(queued=True)
            return True
        number = self.state.plays + 1
        self.change(plays=number, play=number, stopping=False, queued=False)
        self.emit(commands.Play(play_id=number, items=items))
        return True

    def stop_speaking(self) -> None:
        """Stop what is playing, once; its ``Played`` still follows."""
        if self.state.play is not None and not self.state.stopping:
            self.emit(commands.StopPlaying(play_id=self.state.play))
            self.change(stopping=True)

    def stop_listening(self) -> None:
        """Stop the recogniser if it runs."""
        self.change(speaking=False)
        if self.state.listening:
            self.change(listening=False)
            self.emit(commands.StopListening())

    def end(self) -> None:
        """End the call."""
        self.stop_listening()
        self.stop_speaking()
        leaves = self.flow.on_machine.action in {"same", "leave"}
        if self.state.judging and leaves and not self.state.person:
            self.change(phase=Phase.UNDECIDED, timer=None, queued=False, typed="", entry="")
            return
        if self.state.machine and self.state.plays and not self.state.unheard:
            self.change(left=True)
            self.note("message_left")
        self.emit(commands.Hangup())
        self.change(phase=Phase.ENDING, timer=None, queued=False, typed="", entry="")

    def fill(self, text: str) -> str:
        """Fill a text that is spoken or compared here."""
        return fill(text, self.state.variables)

    def fill_public(self, value: Any) -> Any:
        """Fill all texts in a value that leaves the call; secrets stay behind."""
        if isinstance(value, str):
            # blank, not gone: a name that differs in case only must not stand in for a secret
            return fill(value, {**self.state.variables, **dict.fromkeys(self.state.secrets, "")})
        if isinstance(value, Mapping):
            return {key: self.fill_public(part) for key, part in value.items()}
        if isinstance(value, list | tuple):
            return [self.fill_public(part) for part in value]
        return value

    def save(self, values: Mapping[str, str], *, secret: bool = False) -> None:
        """Set variables."""
        kept = tuple(name for name in self.state.secrets if name not in values)
        self.change(
            variables={**self.state.variables, **{k: clean(v, MAX_VALUE) for k, v in values.items()}},
            secrets=(*kept, *sorted(values)) if secret else kept,
        )

    def forget(self, names: Iterable[str]) -> None:
        """Drop variables."""
        gone = frozenset(names)
        self.change(variables={k: v for k, v in self.state.variables.items() if k not in gone})

    def _items(self) -> tuple[commands.Speech | commands.Audio, ...]:
        """Return what the current step says, with placeholders filled; texts that come out blank are left out."""
        step = self.step
        if self.state.revoked is not None:
            return (confirmation(self.flow, self.state.revoked),)
        said: Prompt = ()
        match step:
            case Say():
                return self._speech(step)
            case Play():
                return (commands.Audio(audio_id=step.audio),)
            case Gather():
                said = (*step.invalid_prompt, *step.prompt) if self.state.invalid else step.prompt
            case Transfer():
                said = step.hold if self.state.holding else step.message
            case OptOut(confirmation=str(text)):
                said = (SayItem(type="say", text=text),)
        return self.items(said)

    def items(self, said: Prompt) -> tuple[commands.Speech | commands.Audio, ...]:
        """Return a prompt with its placeholders filled; texts that come out blank are left out."""
        return tuple(item for part in said for item in self._item(part))

    def _item(self, item: SayItem | PlayItem) -> tuple[commands.Speech | commands.Audio, ...]:
        return (commands.Audio(audio_id=item.audio),) if isinstance(item, PlayItem) else self._speech(item)

    def _speech(self, spoken: Spoken) -> tuple[commands.Speech | commands.Audio, ...]:
        text, values = fill_marked(spoken.text, self.state.variables)
        if not text:
            return ()
        # a voice of its own brings its own language; the flow's language belongs to the flow's voice
        language = spoken.language or (self.flow.language if spoken.voice is None else None)
        speech = commands.Speech(
            text=text,
            voice=spoken.voice or self.flow.voice,
            language=language,
            rate=spoken.rate,
            pitch=spoken.pitch,
            phrasing=spoken.phrasing,
            values=values,
        )
        return (speech,)
