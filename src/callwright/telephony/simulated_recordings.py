"""What the simulator records: what a callee says by his script, cut out and written as a real engine would."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Protocol

from callwright.errors import CallwrightError
from callwright.telephony.port import CALLEE_SIDE, OUR_SIDE, RecordEnded, Recording, recording_file
from callwright.telephony.virtual_clock import Alarm, VirtualClock

_BYTES_PER_SECOND: Final = 16000


class RecordRefused(CallwrightError):
    """Only an answered call can be recorded, by an engine with a folder for it."""

    code = "engine_refused"


class Said(Protocol):
    """Something that a callee says."""

    @property
    def after(self) -> float:
        """Seconds after the answer."""
        ...

    @property
    def samples(self) -> bytes:
        """16-bit samples, 8,000 a second."""
        ...


@dataclass(slots=True)
class _Running:
    recording: Recording
    #: Seconds after the answer; ``None``: it beeps.
    begin: float | None = None
    alarm: Alarm | None = None


class SimulatedRecordings:
    """Everything that is recorded of one simulated call; it goes on while nobody drives the call."""

    def __init__(
        self,
        attempt_id: str,
        clock: VirtualClock,
        folder: Path | None,
        says: Sequence[Said],
        report: Callable[[RecordEnded], None],
    ) -> None:
        self.folder = folder
        self._attempt = attempt_id
        self._clock = clock
        self._says = says
        self._report = report
        self._answered_at: float | None = None
        self._ended = False
        self._running: _Running | None = None
        self._done: dict[str, Path | None] = {}
        #: Seconds after the answer since which the whole call is recorded, and what of it is silenced.
        self._whole: float | None = None
        self._muted_since: float | None = None
        self._muted: list[tuple[float, float]] = []

    def answered(self) -> None:
        """The call begins."""
        self._answered_at = self._clock.monotonic()

    def record(self, recording: Recording, *, beep_seconds: float) -> None:
        """Record when it has beeped; one that was asked for before goes on or reports its end."""
        self._check()
        if recording.name in self._done:
            self._report(RecordEnded(name=recording.name, file=self._done[recording.name]))
        elif self._running is None or self._running.recording.name != recording.name:
            running = self._running = _Running(recording)
            running.alarm = self._clock.call_later(beep_seconds, lambda: self._begin(running))

    def _begin(self, running: _Running) -> None:
        running.begin = self._now
        length = float(running.recording.max_seconds)
        if running.recording.silence_seconds:
            length = min(length, self._until_silence(running.begin, running.recording.silence_seconds))
        running.alarm = self._clock.call_later(length, lambda: self.stop(running.recording.name))

    def key(self, digit: str) -> None:
        """A key was pressed."""
        if self._running is not None and digit == self._running.recording.terminator:
            self.stop(self._running.recording.name)

    def stop(self, name: str) -> None:
        """End a recording; nothing when it has ended."""
        running = self._running
        if running is None or running.recording.name != name:
            return
        self._running = None
        if running.alarm is not None:
            running.alarm.cancel()
        file = None if running.begin is None else self._write(name, self._sound(running.begin, self._now))
        self._done[name] = file
        self._report(RecordEnded(name=name, file=file))

    def record_call(self) -> None:
        """Record the whole call from now on. Raises ``RecordRefused``."""
        self._check()
        if self._whole is None:
            self._whole = self._now

    def mute(self, *, on: bool) -> None:
        """Silence the recording of the whole call, or no longer."""
        if on and self._muted_since is None:
            self._muted_since = self._now
        elif not on and self._muted_since is not None:
            self._muted.append((self._muted_since, self._now))
            self._muted_since = None

    @property
    def muted(self) -> bool:
        """Whether the recording of the whole call is silenced now."""
        return self._muted_since is not None

    def end(self) -> None:
        """The call is over."""
        self._ended = True
        if self._running is not None:
            self.stop(self._running.recording.name)
        if self._whole is not None:
            self.mute(on=False)
            sound = bytearray(self._sound(self._whole, self._now))
            for since, until in self._muted:
                first, last = (_bytes(max(at - self._whole, 0.0)) for at in (since, until))
                sound[first:last] = bytes(max(min(last, len(sound)) - first, 0))
            self._write(CALLEE_SIDE, bytes(sound))
            self._write(OUR_SIDE, bytes(len(sound)))

    @property
    def _now(self) -> float:
        return self._clock.monotonic() - (self._answered_at or 0.0)

    def _check(self) -> None:
        if self._ended or self._answered_at is None or self.folder is None:
            raise RecordRefused

    def _until_silence(self, begin: float, silence: float) -> float:
        """Return the seconds from ``begin`` to the end of the first silence that is long enough."""
        quiet_since = begin
        for said in sorted(self._says, key=lambda one: one.after):
            if said.after >= quiet_since + silence:
                break
            quiet_since = max(quiet_since, said.after + len(said.samples) / _BYTES_PER_SECOND)
        return quiet_since + silence - begin

    def _sound(self, begin: float, end: float) -> bytes:
        sound = bytearray(_bytes(end - begin))
        for said in self._says:
            at = _bytes(abs(said.after - begin))
            piece = said.samples if said.after >= begin else said.samples[at:]
            at = at if said.after >= begin else 0
            piece = piece[: max(len(sound) - at, 0)]
            sound[at : at + len(piece)] = piece
        return bytes(sound)

    def _write(self, name: str, sound: bytes) -> Path | None:
        if self.folder is None:
            return None
        file = recording_file(self.folder, self._attempt, name)
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(sound)
        return file


def _bytes(seconds: float) -> int:
    """Return a whole number of samples' bytes."""
    return round(seconds * _BYTES_PER_SECOND / 2) * 2
