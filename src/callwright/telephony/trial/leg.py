"""The leg whose telephone is a page: it plays what it is sent, and reports keys and the microphone."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from pathlib import Path
from typing import Any, Final

from callwright.clock import Clock
from callwright.errors import CallwrightError
from callwright.speech.g711 import RATE
from callwright.telephony import port
from callwright.telephony.audience import Audience, Listener
from callwright.telephony.trial.line import TrialLine
from callwright.telephony.trial.recording import TrialRecording
from callwright.telephony.trial.sound import telephone_wav

_KEYS: Final = frozenset("0123456789*#ABCD")
#: So long after its end a play counts as heard, if the page says nothing.
_PLAY_GRACE_SECONDS: Final = 10.0
#: The microphone's clock is set anew when it is further than this from ours, in seconds.
_DRIFT: Final = 0.5
#: Q.850, normal call clearing.
_CLEARING: Final = 16


class NotHeard(CallwrightError):
    """The page sends no sound."""

    code = "not_heard"


class TrialLeg:
    """Implements ``port.Leg`` and ``port.JudgingLeg``; ``side`` tells the page whose telephone it is."""

    def __init__(
        self, leg_id: str, line: TrialLine, clock: Clock, *, side: str, folder: Path, answered_by: str = "person"
    ) -> None:
        self.id = leg_id
        self.capabilities = frozenset(port.Capability)
        self._line = line
        self._clock = clock
        self.side = side
        self._answered_by = answered_by
        self._events: asyncio.Queue[port.LegEvent] = asyncio.Queue()
        self._audience = Audience()
        self._plays: dict[int, asyncio.Task[None]] = {}
        self._recording: TrialRecording | None = None
        self._folder = folder
        self.answered = False
        self.ended = False
        #: Media time of the microphone: when it began, and how much has come since.
        self._heard_from = 0.0
        self._heard = 0.0
        line.on_message(self._take)
        line.on_sound(self._hear_sound)

    def ring(self) -> None:
        """The telephone rings."""
        self._events.put_nowait(port.Ringing())

    def answer(self) -> None:
        """Somebody picks it up."""
        if not self.answered and not self.ended:
            self.answered = True
            self._events.put_nowait(port.LegAnswered())

    def end(self, by: port.EndedBy, *, cause: int = _CLEARING, sip_status: int | None = None) -> None:
        """The leg is over."""
        if self.ended:
            return
        self.ended = True
        self._audience.end()
        if self._recording is not None:
            self._recording.finish()
        for play_id in list(self._plays):
            self._played(play_id, ok=False)
        self._events.put_nowait(port.LegEnded(cause=cause, sip_status=sip_status, ended_by=by))

    async def events(self) -> AsyncIterator[port.LegEvent]:
        """Yield what happens, in order, ending after ``LegEnded``."""
        while True:
            event = await self._events.get()
            yield event
            if isinstance(event, port.LegEnded):
                return

    async def play(self, play_id: int, files: Sequence[Path]) -> None:
        """Send the sound to the page. Raises ``NotHeard`` when a file is gone."""
        try:
            wav, seconds = await asyncio.to_thread(telephone_wav, files)
        except OSError as error:
            raise NotHeard(f"a sound cannot be read: {error}") from None
        if self.ended:
            self._events.put_nowait(port.PlayEnded(play_id=play_id, ok=False))
            return
        self._line.send("play", side=self.side, play_id=play_id, seconds=round(seconds, 2))
        self._line.send_sound(wav)
        self._plays[play_id] = asyncio.get_running_loop().create_task(
            self._later(seconds + _PLAY_GRACE_SECONDS, lambda: self._played(play_id, ok=True))
        )

    async def stop_playing(self, play_id: int) -> None:
        """Let the page fall silent."""
        if play_id in self._plays:
            self._line.send("stop", side=self.side, play_id=play_id)
            self._played(play_id, ok=True)

    async def hang_up(self) -> None:
        """End the leg."""
        if not self.ended:
            self._line.send("hung_up", side=self.side)
            self.end(port.EndedBy.US)

    async def record(self, recording: port.Recording) -> None:
        """Record what the microphone hears. Raises ``NotHeard`` when the leg has ended."""
        if self.ended:
            raise NotHeard("the call has ended")
        self._line.send("record", name=recording.name, max_seconds=recording.max_seconds)

        def done(file: Path | None) -> None:
            self._recording = None
            self._line.send("recorded", name=recording.name)
            self._events.put_nowait(port.RecordEnded(name=recording.name, file=file))

        file = port.recording_file(self._folder, self.id, recording.name)
        self._recording = TrialRecording(recording, file, self._clock, done)

    async def stop_recording(self, name: str) -> None:
        """End a recording; does nothing when it has ended."""
        if self._recording is not None and self._recording.name == name:
            self._recording.finish()

    async def record_call(self) -> None:
        """Nothing is kept of a trial."""

    async def mute_recording(self, *, on: bool) -> None:
        """Nothing is kept of a trial."""

    async def ring_back(self, *, on: bool) -> None:
        """Let the page ring."""
        self._line.send("ring_back", on=on)

    async def connect(self, other: port.Leg) -> None:
        """Tell the page that both hear each other. Raises ``NotHeard`` when one has ended."""
        if self.ended or (isinstance(other, TrialLeg) and other.ended):
            raise NotHeard("one of the two has hung up")
        self._line.send("connected", on=True)

    async def disconnect(self) -> None:
        """Tell the page that they do not any more."""
        self._line.send("connected", on=False)

    def hear(self) -> AbstractAsyncContextManager[AsyncIterator[port.Frame]]:
        """Listen to the microphone. Entering raises ``NotHeard`` when the leg has ended."""
        return self._hearing()

    def judge(self) -> AbstractAsyncContextManager[port.Judge]:
        """Say who answered: who tries the call has chosen that."""
        return contextlib.nullcontext(_Chosen(self._answered_by, self._clock))

    @contextlib.asynccontextmanager
    async def _hearing(self) -> AsyncIterator[Listener]:
        if self.ended or not self.answered:
            raise NotHeard("the call is not answered")
        listener = self._audience.join(self._clock.monotonic())
        try:
            yield listener
        finally:
            self._audience.leave(listener)

    def _take(self, message: Mapping[str, Any]) -> None:
        if message.get("side", "callee") != self.side:
            return
        match message.get("type"):
            case "answer":
                self.answer()
            case "digit":
                self._press(str(message.get("digit", "")).upper())
            case "played":
                play_id = message.get("play_id")
                if isinstance(play_id, int):
                    self._played(play_id, ok=True)
            case "decline" if not self.answered:
                # Q.850: user busy
                self.end(port.EndedBy.CALLEE, cause=17, sip_status=486)
            case "hang_up":
                self.end(port.EndedBy.CALLEE)

    def _press(self, key: str) -> None:
        if key not in _KEYS or len(key) != 1 or not self.answered or self.ended:
            return
        if self._recording is not None and self._recording.key(key):
            return
        self._events.put_nowait(port.LegDigit(digit=key))

    def _hear_sound(self, samples: bytes) -> None:
        if self.side != "callee" or not self.answered or self.ended:
            return
        seconds = len(samples) / 2 / RATE
        now = self._clock.monotonic()
        if abs(self._heard_from + self._heard + seconds - now) > _DRIFT:
            self._heard_from, self._heard = now - seconds, 0.0
        self._audience.publish(self._heard_from + self._heard, samples)
        self._heard += seconds
        if self._recording is not None:
            self._recording.hear(samples)

    def _played(self, play_id: int, *, ok: bool) -> None:
        task = self._plays.pop(play_id, None)
        if task is not None:
            task.cancel()
            self._events.put_nowait(port.PlayEnded(play_id=play_id, ok=ok))

    async def _later(self, seconds: float, work: Callable[[], None]) -> None:
        await self._clock.sleep(seconds)
        work()


class _Chosen:
    """A judge who knows what was chosen."""

    def __init__(self, answered_by: str, clock: Clock) -> None:
        self._machine = answered_by == "machine"
        self._clock = clock

    async def status(self) -> tuple[str, str]:
        """Return it after a moment, in which a person would say hello."""
        await self._clock.sleep(1.0)
        return ("MACHINE", "chosen") if self._machine else ("HUMAN", "chosen")

    async def greeting_ended(self) -> None:
        """Return when a greeting would be over."""
        await self._clock.sleep(1.5)
