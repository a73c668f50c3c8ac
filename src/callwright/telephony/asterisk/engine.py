"""Calls on one Asterisk node.

A call is originated into the dialplan (``context``), not into the application, and the application is subscribed to
all channels: that gives the events before the answer *and* a dialplan that goes on when we are away at the answer.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import secrets
from collections.abc import Callable, Collection, Coroutine, Mapping
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Final

from callwright.telephony.asterisk import bridging
from callwright.telephony.asterisk.amd import EngineJudge
from callwright.telephony.asterisk.ari import Answer, AnswerLost, AriConnection, AriRefused, Event
from callwright.telephony.asterisk.arrivals import (
    INBOUND,
    Described,
    attempt_of,
    channel_of,
    described,
    is_inbound,
    obeys,
)
from callwright.telephony.asterisk.leg import AsteriskLeg
from callwright.telephony.asterisk.past_calls import PastCalls
from callwright.telephony.asterisk.recording import attempt_of_recorder, is_recorder
from callwright.telephony.asterisk.signing import signing_endpoint
from callwright.telephony.asterisk.tap import Tap, attempt_of_tap, is_tap, remove_left
from callwright.telephony.dial_rules import ATTEMPT_ID, ATTEMPT_PREFIX, check_dial_request
from callwright.telephony.port import (
    AlreadyDialled,
    Arrival,
    DialRefused,
    DialRequest,
    EngineUnavailable,
    NotRegistered,
    PastCall,
    TrunkUnreachable,
)

log = logging.getLogger(__name__)

#: Dialplan context of calls that we originate: ``s,1`` enters the application when the callee has answered.
OUTBOUND_CONTEXT: Final = "cw-out"
#: Q.850, unallocated number: the caller gets 404.
NOT_IN_SERVICE: Final = 1
#: Between a listing without the channel and its end, so that a ``ChannelDestroyed`` under way, which knows the cause,
#: comes first.
_GRACE_SECONDS: Final = 1.0
#: An adopted call was dialled at most so long ago.
_LONGEST_CALL: Final = timedelta(days=1)
#: Until we look again after a listing that failed.
_LOOK_AGAIN_SECONDS: Final = 2.0


class AsteriskEngine:
    """Implements ``Engine`` over one control connection.

    When the connection breaks the legs stay. After the reconnection Asterisk's list of channels is compared with
    ours: what happened in between is reported from the channels' state, and the legs whose channels are gone end with
    ``ended_by`` engine. The same ends all legs when Asterisk itself died.
    """

    def __init__(
        self,
        *,
        node: str,
        connection: AriConnection,
        past_calls: PastCalls | None = None,
        recordings: Path | None = None,
    ) -> None:
        """``past_calls``, ``recordings``: what this Asterisk writes, where its files can be read from here."""
        self._recordings = recordings
        self._node = node
        self._past_calls = past_calls
        self._connection = connection
        self._legs: dict[str, AsteriskLeg] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        #: Called with each call that comes in; until it is set such calls are refused.
        self.on_arrival: Callable[[Arrival], None] = self._refuse_arrival
        #: Events of attempts that this process does not drive: they wait to be adopted, or ended long ago.
        self.orphan_events = 0
        self._handlers: dict[str, Callable[[Event], None]] = {
            "Dial": self._on_dial,
            "StasisStart": self._on_stasis_start,
            "ChannelDtmfReceived": self._on_digit,
            "PlaybackFinished": self._on_playback_finished,
            "RecordingFinished": self._on_recording_ended,
            "RecordingFailed": self._on_recording_ended,
            "ChannelHangupRequest": self._on_hangup_request,
            "ChannelDestroyed": self._on_destroyed,
        }
        connection.on_event = self._on_event
        connection.on_connected = self._on_connected

    @property
    def node(self) -> str:
        """Name of the node."""
        return self._node

    @property
    def recordings(self) -> Path | None:
        """Folder of its recordings."""
        return self._recordings

    @property
    def connected(self) -> bool:
        """Whether calls can be placed now."""
        return self._connection.connected

    async def wait_connected(self, timeout_seconds: float) -> None:
        """Wait until ``connected``. Raises ``EngineUnavailable`` after the timeout."""
        await self._connection.wait_connected(timeout_seconds)

    def interrupt(self) -> None:
        """Know that the engine is about to be stopped: the calls that it has now are ended by it."""
        for leg in self._legs.values():
            leg.interrupt()

    @property
    def legs(self) -> int:
        """How many calls this process drives here."""
        return len(self._legs)

    async def dial(self, request: DialRequest) -> AsteriskLeg:
        """Send the INVITE and return the leg.

        When the connection breaks before Asterisk answered, the leg is returned all the same: whether the INVITE was
        sent is found out after the reconnection, and if there is no channel the leg ends with ``ended_by`` engine.
        """
        body = _originate(request)
        attempt_id = request.attempt_id
        if not self._connection.connected:
            raise EngineUnavailable
        if attempt_id in self._legs:
            raise AlreadyDialled
        # registered before the request: its first events come before the answer
        leg = self._legs[attempt_id] = self._leg_of(attempt_id)
        try:
            answer = await self._connection.request("POST", "channels", body=body)
        except AnswerLost:
            leg.placed = True
            self._look_soon()
            return leg
        except BaseException:
            self._forget(attempt_id)
            raise
        if answer.ok:
            leg.placed = True
            return leg
        self._forget(attempt_id)
        # 409 alone proves nothing: once it was true, Asterisk 22.10 repeats it for the next failures of other kinds
        if answer.status == 409 and await self._exists(attempt_id):
            raise AlreadyDialled
        if request.registered and not await self._is_registered(request.trunk):
            raise NotRegistered
        reason = "it could not make a channel for this trunk" if answer.status == 409 else answer.message
        refused = DialRefused if request.registered else TrunkUnreachable
        raise refused(f"Asterisk refused to dial: {reason}")

    async def living(self) -> frozenset[str]:
        """Return the attempt ids of the channels that are alive now.

        Raises ``EngineUnavailable``, or ``AnswerLost`` when Asterisk does not answer.
        """
        return frozenset(await self._list())

    async def adopt(self, attempt_id: str) -> AsteriskLeg | None:
        """Take over a living channel after a restart; ``None`` when it is gone, or driven by this process already.

        The leg's first events tell what is known of the past: ``Ringing`` when it rings or was answered, then
        ``LegAnswered`` when it was and the channel is in our hands (in the dialplan's fallback it is not).
        Raises ``EngineUnavailable``, or ``AnswerLost`` when Asterisk does not answer.
        """
        if attempt_id in self._legs or not ATTEMPT_ID.fullmatch(attempt_id):
            return None
        if not self._connection.connected:
            raise EngineUnavailable
        leg = self._legs[attempt_id] = self._leg_of(attempt_id, tag=f"{secrets.token_hex(3)}.")
        leg.since -= _LONGEST_CALL
        try:
            channel = await self._describe(attempt_id)
        except BaseException:
            self._forget(attempt_id)
            raise
        if channel is None:
            self._forget(attempt_id)
            return None
        leg.placed = True
        await leg.catch_up(channel)
        return leg

    async def arrival(self, attempt_id: str) -> Arrival | None:
        """Return a call that came in while nobody looked and still waits; ``None`` for any other channel.

        Raises ``EngineUnavailable``, or ``AnswerLost`` when Asterisk does not answer.
        """
        if attempt_id in self._legs or not is_inbound(attempt_id):
            return None
        channel = await self._describe(attempt_id)
        if channel is None or channel.get("state") == "Up" or not obeys(channel):
            return None
        return self._arrived(channel, described(channel))

    def _arrived(self, channel: Mapping[str, Any], found: Described | None) -> Arrival | None:
        """Make the leg of a call that came in; one that cannot be read is refused here."""
        attempt_id = attempt_of(channel["id"])
        leg = self._legs[attempt_id] = self._leg_of(attempt_id)
        leg.placed = True
        if found is None:
            log.warning("a call that came in is refused: %s", str(channel.get("dialplan"))[:300])
            self._spawn(leg.refuse(NOT_IN_SERVICE), name="refuse a call")
            return None
        return Arrival(leg=leg, trunk=found.trunk, dialled=found.dialled, caller=found.caller)

    def _refuse_arrival(self, arrival: Arrival) -> None:
        """What becomes of a call while nobody receives calls here."""
        self._spawn(arrival.leg.refuse(NOT_IN_SERVICE), name="refuse a call")

    async def _describe(self, attempt_id: str) -> Mapping[str, Any] | None:
        """Return Asterisk's description of an attempt's channel; ``None`` when it is gone."""
        answer = await self._connection.request("GET", f"channels/{channel_of(attempt_id)}")
        channel: Mapping[str, Any] | None = None if answer.status == 404 else _checked(answer)
        return channel

    def _leg_of(self, attempt_id: str, *, tag: str = "") -> AsteriskLeg:
        return AsteriskLeg(attempt_id, self._connection, forget=self._forget, tag=tag, recordings=self._recordings)

    def let_go(self, attempt_id: str) -> None:
        """Forget the leg of an attempt that nobody drives any more, so that it can be adopted anew."""
        self._forget(attempt_id)

    async def past(self, attempt_ids: Collection[str], since: datetime) -> Mapping[str, PastCall]:
        """Return how attempts ended that are no longer alive, as far as Asterisk wrote it down."""
        if self._past_calls is None or not attempt_ids:
            return {}
        # it is written by channel
        channels = {channel_of(attempt_id): attempt_id for attempt_id in attempt_ids}
        found = await asyncio.to_thread(self._past_calls.read, channels, since)
        return {channels[channel]: past for channel, past in found.items()}

    async def _exists(self, channel_id: str) -> bool:
        try:
            answer = await self._connection.request("GET", f"channels/{channel_id}")
        except (EngineUnavailable, AnswerLost):
            # nothing proves that it is not in the air
            return True
        return answer.status != 404

    async def _is_registered(self, extension: str) -> bool:
        """Ask whether a telephone is there for the extension; when nobody knows, it is not the telephone's fault."""
        try:
            answer = await self._connection.request("GET", f"endpoints/PJSIP/{extension}")
        except (EngineUnavailable, AnswerLost):
            return True
        return answer.ok and answer.json().get("state") == "online"

    async def _list(self) -> dict[str, Mapping[str, Any]]:
        """Ask for the channels of attempts; legs whose channel is not among them end after a moment."""
        expected = [leg for leg in self._legs.values() if leg.placed]
        listed = _checked(await self._connection.request("GET", "channels"))
        calls = [c for c in listed if not (is_tap(c["id"]) or is_recorder(c["id"]))]
        channels = {attempt_of(c["id"]): c for c in calls if c["id"].startswith(ATTEMPT_PREFIX) or obeys(c)}
        for leg in expected:
            if leg.id not in channels:
                self._spawn(self._conclude(leg), name=f"the end of {leg.id}")
        return channels

    async def _conclude(self, leg: AsteriskLeg) -> None:
        """End a leg whose channel is not there, by what Asterisk wrote down about it, if anything."""
        await asyncio.sleep(_GRACE_SECONDS)
        if self._legs.get(leg.id) is not leg:
            return
        past = await self.past([leg.id], leg.since)
        if leg.id in past:
            leg.ended_unseen(past[leg.id])
        else:
            leg.gone()

    async def _look(self) -> None:
        """Compare Asterisk's channels with our legs, after events or answers were lost."""
        try:
            channels = await self._list()
            for attempt_id, channel in channels.items():
                leg = self._legs.get(attempt_id)
                if leg is not None:
                    await leg.catch_up(channel)
        except EngineUnavailable:
            # the next connection begins with a look
            return
        except (AnswerLost, AriRefused) as error:
            log.warning("what became of the calls is asked again: %s", error)
            asyncio.get_running_loop().call_later(_LOOK_AGAIN_SECONDS, self._look_soon)

    def _on_connected(self) -> None:
        self._look_soon()
        self._spawn(self._tidy(), name="tidy bridges")

    async def _tidy(self) -> None:
        """Remove the bridges of calls that ended while nobody was here, and what listened to them."""
        with contextlib.suppress(EngineUnavailable, AnswerLost):
            await bridging.remove_empty(self._connection, kept=frozenset(self._legs))
            await remove_left(self._connection, kept=self._open_taps)

    def _open_taps(self) -> frozenset[str]:
        return frozenset(tap.name for leg in self._legs.values() for tap in leg.taps)

    def _tap(self, channel_id: str) -> Tap | EngineJudge | None:
        leg = self._legs.get(attempt_of_tap(channel_id))
        open_taps = () if leg is None else leg.taps
        return next((tap for tap in open_taps if channel_id.startswith(f"{tap.name}.")), None)

    def _look_soon(self) -> None:
        if self._legs:
            self._spawn(self._look(), name="look at the channels")

    def _spawn(self, work: Coroutine[Any, Any, None], *, name: str) -> None:
        task = asyncio.get_running_loop().create_task(work, name=name)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    def _forget(self, attempt_id: str) -> None:
        self._legs.pop(attempt_id, None)

    def _on_event(self, event: Event) -> None:
        handler = self._handlers.get(event["type"])
        if handler is not None:
            handler(event)

    def _leg(self, channel_id: str) -> AsteriskLeg | None:
        leg = self._legs.get(attempt_of(channel_id))
        if leg is None and channel_id.startswith(ATTEMPT_PREFIX):
            self.orphan_events += 1
        return leg

    def _on_dial(self, event: Event) -> None:
        status = event.get("dialstatus")
        if status and (leg := self._leg(event["peer"]["id"])) is not None:
            leg.dialled(status)

    def _on_stasis_start(self, event: Event) -> None:
        channel, arguments = event["channel"], event.get("args", [])
        if is_tap(channel["id"]):
            if (tap := self._tap(channel["id"])) is not None:
                tap.entered(channel["id"], arguments)
        elif is_recorder(channel["id"]):
            if (recorded := self._legs.get(attempt_of_recorder(channel["id"]))) is not None:
                recorded.recordings.entered(channel["id"])
        elif arguments[:1] == [INBOUND]:
            # known already when it came in twice: once in a listing, once as an event that had waited
            known = attempt_of(channel["id"]) in self._legs
            arrival = None if known else self._arrived(channel, described(channel, arguments))
            if arrival is not None:
                self.on_arrival(arrival)
        elif (leg := self._leg(channel["id"])) is not None:
            leg.entered()

    def _on_digit(self, event: Event) -> None:
        if (leg := self._leg(event["channel"]["id"])) is not None:
            leg.pressed(event["digit"])

    def _on_playback_finished(self, event: Event) -> None:
        playback = event["playback"]
        if (leg := self._leg(playback["id"].partition("-")[0])) is not None:
            leg.played(playback["id"], ok=playback["state"] == "done")

    def _on_recording_ended(self, event: Event) -> None:
        attempt_id, _, name = event["recording"]["name"].partition(".")
        if (leg := self._legs.get(attempt_id)) is not None:
            leg.recordings.finished(name)

    def _on_hangup_request(self, event: Event) -> None:
        if (leg := self._leg(event["channel"]["id"])) is not None:
            leg.hangup_requested(event)

    def _on_destroyed(self, event: Event) -> None:
        channel_id = event["channel"]["id"]
        if is_tap(channel_id):
            if (tap := self._tap(channel_id)) is not None:
                tap.destroyed(channel_id)
        elif (leg := self._leg(channel_id)) is not None:
            leg.destroyed(event)


def _checked(answer: Answer) -> Any:
    """Return what a question was answered with. Raises ``AriRefused`` when it was not."""
    if not answer.ok:
        raise AriRefused(answer.status, f"Asterisk does not show its channels: {answer.message}")
    return answer.json()


def _originate(request: DialRequest) -> dict[str, Any]:
    """Return the body of ``POST /channels``. Raises ``DialRefused`` for anything that must not reach Asterisk."""
    check_dial_request(request)
    level = request.attestation
    endpoint = request.trunk if level is None else signing_endpoint(request.trunk, level)
    caller = request.caller_number
    if request.caller_name:
        caller = f'"{request.caller_name}" <{caller}>'
    return {
        "endpoint": f"PJSIP/{request.trunk}" if request.registered else f"PJSIP/{request.dial_string}@{endpoint}",
        "context": OUTBOUND_CONTEXT,
        "extension": "s",
        "priority": 1,
        "channelId": request.attempt_id,
        "callerId": caller,
        "timeout": request.ring_timeout_seconds,
        # what an outgoing INVITE says of the caller is taken from the other side of its channel
        "variables": {"CONNECTEDLINE(pres,i)": "prohib"} if request.withheld else {},
    }
