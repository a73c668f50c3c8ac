"""Runs trials: a flow, a page, and what calls have beside a line."""

from __future__ import annotations

import asyncio
import hashlib
import logging
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import orjson

from callwright.calls.models import Attempt
from callwright.clock import Clock
from callwright.errors import RateLimited
from callwright.ids import new_id
from callwright.speech.listen.detectors import NoDetectors
from callwright.telephony.answers import AnswerMeans
from callwright.telephony.playing import AudioSource, PlayingVoice
from callwright.telephony.port import DialRequest
from callwright.telephony.recorder import RecordMeans
from callwright.telephony.runner import CallRunner, Voice
from callwright.telephony.transferring import TransferMeans
from callwright.telephony.trial.engine import TrialEngine, TrialTransfers
from callwright.telephony.trial.ledger import TrialLedger, TrialRecordings
from callwright.telephony.trial.line import TrialLine

log = logging.getLogger(__name__)

#: At once: of an organisation, and in all.
MOST_OF_ONE: Final = 5
MOST: Final = 20
#: Nobody tries a call for longer, in seconds.
LONGEST: Final = 900.0
#: Q.850 has no seconds to answer; a page answers when its person presses the button.
_RING_SECONDS: Final = 60


class FlowTrials:
    """Trials of all organisations in this process."""

    def __init__(self, *, voice: Voice, audio: AudioSource, answers: AnswerMeans, clock: Clock) -> None:
        self._voice = voice
        self._audio = audio
        self._answers = answers
        self._clock = clock
        self._running: list[str] = []

    def line(self) -> TrialLine:
        """Return a line for one trial."""
        return TrialLine()

    async def run(
        self,
        line: TrialLine,
        *,
        organisation_id: str,
        flow: Mapping[str, Any],
        variables: Mapping[str, str],
        to: str,
        from_: str,
        voice: str,
        answered_by: str,
    ) -> None:
        """Run a flow, in its canonical form, until the call is over. Raises ``RateLimited`` when too many are."""
        if self._running.count(organisation_id) >= MOST_OF_ONE or len(self._running) >= MOST:
            raise RateLimited(5.0, "too many flows are being tried at once; end another trial first")
        self._running.append(organisation_id)
        try:
            with tempfile.TemporaryDirectory(prefix="callwright-trial-") as folder:
                engine = TrialEngine(line, self._clock, Path(folder), answered_by=answered_by)
                line.on_message(lambda message: engine.page_left() if message.get("type") == "left" else None)
                attempt = self._attempt(organisation_id, flow, variables, to=to, from_=from_, voice=voice)
                try:
                    async with asyncio.timeout(LONGEST):
                        await self._runner(attempt, line, engine).run(engine, _request(attempt))
                except TimeoutError:
                    line.send("ended", outcome="failed", by="us", reason="a trial may not take longer")
                finally:
                    engine.close()
        finally:
            self._running.remove(organisation_id)

    def _runner(self, attempt: Attempt, line: TrialLine, engine: TrialEngine) -> CallRunner:
        voice = PlayingVoice(self._voice, self._audio, attempt.organisation_id)
        return CallRunner(
            attempt,
            ledger=TrialLedger(line),
            voice=voice,
            clock=self._clock,
            means=TransferMeans(engine=engine, transfers=TrialTransfers(self._clock), voice=voice, clock=self._clock),
            detectors=NoDetectors(),
            recording=RecordMeans(recordings=TrialRecordings()),
            answers=self._answers,
        )

    def _attempt(
        self,
        organisation_id: str,
        flow: Mapping[str, Any],
        variables: Mapping[str, str],
        *,
        to: str,
        from_: str,
        voice: str,
    ) -> Attempt:
        digest = hashlib.sha256(orjson.dumps(flow, option=orjson.OPT_SORT_KEYS)).hexdigest()
        return Attempt(
            id=new_id("att"),
            organisation_id=organisation_id,
            call_id=new_id("cal"),
            ordinal=1,
            to_number=to,
            from_number=from_,
            sandbox=True,
            purpose="transactional",
            ring_timeout_seconds=_RING_SECONDS,
            not_before=self._clock.now(),
            flow_id=f"trial-{digest}",
            flow=flow,
            variables=variables,
            voice=voice,
        )


def _request(attempt: Attempt) -> DialRequest:
    return DialRequest(
        attempt_id=attempt.id,
        dial_string=attempt.to_number,
        trunk="trial",
        caller_number=attempt.from_number,
        ring_timeout_seconds=attempt.ring_timeout_seconds,
    )
