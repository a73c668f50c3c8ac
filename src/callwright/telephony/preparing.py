"""Renders what a call will say before it is dialled, so that nobody listens to silence while a voice is at work."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Iterator
from dataclasses import replace
from itertools import islice

from callwright.calls.models import Attempt
from callwright.errors import CallwrightError
from callwright.flows.ahead import said_ahead
from callwright.flows.commands import Speech
from callwright.flows.machine import begin
from callwright.flows.sealed import MARK
from callwright.speech.speaker import Speaker, SpeechRequest, Urgency
from callwright.telephony.stored_flows import flow_of
from callwright.telephony.voice import request_of

log = logging.getLogger(__name__)

#: How long a call that may still be put off waits for its speech, in seconds.
PATIENCE_SECONDS = 10.0
#: The same for a call that is already decided: its window and its opt-outs were looked at a moment ago.
DECIDED_PATIENCE_SECONDS = 2.0
#: Texts of one call; a flow of five hundred steps is rendered further while it runs.
_MOST_TEXTS = 50


class Preparing:
    """Fills the cache of segments for calls that are about to be dialled.

    What a quick voice says is left to the time in which it rings: it needs milliseconds.
    The speech engines take so many sentences ahead and no more (``SpeechPools``), and sentences of calls in the air
    overtake them: who prepares never keeps a callee waiting.
    """

    def __init__(self, speaker: Speaker) -> None:
        self._speaker = speaker

    async def prepare(self, attempt: Attempt, *, decided: bool) -> None:
        """Return when all that is known to be said is rendered, when it cannot be, or when patience ends.

        ``decided``: the call has its permission and should leave soon. What is not ready goes on being rendered.
        Never raises.
        """
        missing = self._missing(attempt)
        if not missing:
            return
        try:
            async with asyncio.timeout(DECIDED_PATIENCE_SECONDS if decided else PATIENCE_SECONDS):
                done = await asyncio.gather(
                    *(self._speaker.render(request, Urgency.AHEAD) for request in missing), return_exceptions=True
                )
        except TimeoutError:
            log.info("attempt %s is dialled before all of its speech is ready", attempt.id)
            return
        for error in done:
            if isinstance(error, BaseException):
                why = str(error) or type(error).__name__
                log.info("attempt %s: not all of its speech is ready: %s", attempt.id, why)
                return

    def _missing(self, attempt: Attempt) -> list[SpeechRequest]:
        try:
            requests = islice(self._requests(attempt), _MOST_TEXTS)
            return [request for request in requests if self._speaker.takes_long(request)]
        except CallwrightError as error:
            # an unknown voice, an unreadable flow: the call itself says so, with its outcome
            log.info("attempt %s is not prepared: %s", attempt.id, error)
            return []

    def _requests(self, attempt: Attempt) -> Iterator[SpeechRequest]:
        ends = {"to": attempt.to_number, "from": attempt.from_number}
        state = begin({**ends, **attempt.variables}, to=attempt.person, from_=attempt.own_number)
        for speech in said_ahead(flow_of(attempt), state):
            for part in _without_code(speech):
                yield request_of(part, attempt.voice)


def _without_code(speech: Speech) -> Iterator[Speech]:
    """Yield what is said around a sealed code; the code itself is opened only when it is said."""
    if MARK not in speech.text:
        yield speech
        return
    for part in speech.text.split(MARK):
        said = part.strip()
        if said:
            yield replace(speech, text=said, values=((0, len(said)),) if speech.values else ())
