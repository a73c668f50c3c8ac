"""What a call would write, told to the page; nothing is stored, sent or charged."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Literal

from callwright.calls.models import Attempt, Settlement
from callwright.flows import commands
from callwright.flows.templates import fill
from callwright.telephony.trial.line import TrialLine


class TrialLedger:
    """Implements the runner's ``Ledger``."""

    def __init__(self, line: TrialLine) -> None:
        self._line = line

    async def ringing(self, attempt_id: str) -> None:
        """The page was told by the engine."""

    async def answered(
        self, attempt_id: str, flow_state: Mapping[str, Any], effects: Sequence[commands.Command]
    ) -> None:
        """The page's telephone was picked up."""
        self._line.send("answered")
        await self.progress(attempt_id, flow_state, effects)

    async def progress(
        self, attempt_id: str, flow_state: Mapping[str, Any], effects: Sequence[commands.Command]
    ) -> None:
        """Tell the page where the flow is, and what it would do."""
        del attempt_id
        for effect in effects:
            self._tell(effect)
        secret = set(flow_state.get("secrets", ()))
        shown = {name: "•••" if name in secret else value for name, value in flow_state.get("variables", {}).items()}
        self._line.send("state", phase=flow_state.get("phase"), step=flow_state.get("step"), variables=shown)

    async def accept(self, attempt_id: str) -> Literal["taken", "stand_by", "filled"]:
        """There is always a place."""
        del attempt_id
        self._line.send("effect", kind="accept")
        return "taken"

    async def settle(self, attempt_id: str, end: Settlement) -> None:
        """Tell the page how the call ended."""
        del attempt_id
        for effect in end.effects:
            self._tell(effect)
        self._line.send("ended", outcome=end.outcome, by=end.ended_by, reason=end.reason)

    def _tell(self, effect: commands.Command) -> None:
        match effect:
            case commands.Note():
                self._line.send("note", kind=effect.kind, step=effect.step, data=effect.data)
            case commands.PostWebhook():
                self._line.send("effect", kind="webhook", url=effect.url, digit=effect.digit, body=effect.body)
            case commands.OptOut():
                self._line.send("effect", kind="optout", scope=effect.scope, evidence=effect.evidence)
            case commands.SendSms():
                self._line.send("effect", kind="sms", to=effect.to, text=effect.text)
            case commands.SendEmail():
                # a trial shows what the plain text would be made of
                text = effect.text or fill(effect.html or "", effect.values)
                self._line.send("effect", kind="email", to=effect.to, subject=effect.subject, text=text)


class TrialRecordings:
    """Implements the recorder's ``Recordings``."""

    async def begin(
        self, attempt: Attempt, name: str, *, step: str | None = None, max_seconds: int | None = None
    ) -> TrialBegun:
        """Nothing is written."""
        del attempt, name, step, max_seconds
        return TrialBegun()

    async def end(self, attempt: Attempt, name: str, file: Any, *, max_seconds: int) -> float:
        """Return how long it is. Raises ``FileNotFoundError``."""
        del attempt, name, max_seconds
        size: int = file.stat().st_size
        file.unlink()
        return round(size / 16000, 2)

    async def fail(self, attempt: Attempt, name: str, reason: str) -> None:
        """Nothing is written."""

    async def pause_wanted(self, attempt: Attempt) -> bool:
        """Nobody asks."""
        del attempt
        return False

    async def paused(self, attempt: Attempt, *, paused: bool) -> None:
        """Nothing is written."""


class TrialBegun:
    """A recording of a trial, which nobody can ask for."""

    id = "rec_trial"
    pause_wanted = False
