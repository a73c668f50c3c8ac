"""What was recorded is stored, shown, paused, deleted and forgotten; nothing of it is lost on the way."""

from __future__ import annotations

import asyncio
import io
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import numpy as np
import pytest
import soundfile

from callwright.calls.models import Attempt
from callwright.contacts.personal import Person
from callwright.errors import CallwrightError, Conflict, NotFound
from callwright.recordings.collector import RecordingCollector
from callwright.recordings.models import RecordingFilter, RecordingView
from callwright.recordings.personal import RecordingTraces
from callwright.recordings.service import PauseUnconfirmed, Recordings
from callwright.recordings.transcripts import Transcriber
from callwright.store.database import Database
from support.calls import OWNER, World, make_world
from support.recordings import RATE, Recorded, answered, sound

TO = "+12125550101"


async def in_the_air(world: World) -> Attempt:
    await world.post(TO)
    (attempt,) = await world.claims.claim(OWNER)
    assert await world.dialing.begin(attempt) is not None
    await world.ledger.answered(attempt.id, {}, [])
    return attempt


def setup(world: World, folder: Path) -> tuple[Recorded, Recordings]:
    return Recorded(database=world.database, clock=world.clock, folder=folder), Recordings(world.database, world.clock)


async def only(recordings: Recordings, world: World, **narrowed: object) -> RecordingView:
    (found,) = await recordings.page(
        world.principal.organisation.id, RecordingFilter(**narrowed), limit=10, before=None
    )
    return found


async def later(world: World, **more: float) -> None:
    world.clock.shift += timedelta(**more)


async def test_a_whole_call_is_stored_in_stereo(database: Database, tmp_path: Path) -> None:
    world = await make_world(database)
    recorded, recordings = setup(world, tmp_path)
    attempt = await in_the_air(world)
    begun = await recorded.ledger.begin(attempt, "call")
    assert (await recorded.ledger.begin(attempt, "call")).id == begun.id
    files = recorded.write_call(attempt, sound(700, 2.0), sound(1500, 1.9))
    assert (await only(recordings, world)).state == "recording"
    # the call has not ended
    assert await recorded.collector.collect() == 0
    assert files[0].exists()

    await world.ledger.settle(attempt.id, answered())
    # the engine may still be closing the file
    assert await recorded.collector.collect() == 1
    await later(world, seconds=3)
    assert await recorded.collector.collect() == 0

    found = await only(recordings, world)
    assert (found.id, found.state, found.kind, found.seconds, found.channels) == (begun.id, "ready", "call", 2.0, 2)
    assert not any(file.exists() for file in files)
    assert (await world.events(attempt.call_id))[-1] == "call.recording_ready"
    target = io.BytesIO()
    await recordings.write(attempt.organisation_id, found.id, "wav", target)
    target.seek(0)
    read, rate = soundfile.read(target, dtype="int16")
    assert rate == RATE
    assert np.array_equal(read[:, 0], sound(700, 2.0))
    assert np.array_equal(read[RATE // 10 :, 1], sound(1500, 1.9))
    # another node's engine, or another look, finds nothing more to do
    assert await recorded.collector.collect() == 0
    await world.assert_sound()


async def test_an_answer_is_stored_while_the_call_goes_on(database: Database, tmp_path: Path) -> None:
    world = await make_world(database)
    recorded, recordings = setup(world, tmp_path)
    attempt = await in_the_air(world)
    begun = await recorded.ledger.begin(attempt, "memo-1", step="memo", max_seconds=2)
    file = recorded.write(attempt, "memo-1", sound(700, 3.2))
    assert await recorded.ledger.end(attempt, "memo-1", file, max_seconds=2) == 2.0
    assert (await only(recordings, world, kind="answer")).state == "processing"
    await recorded.collector.collect()
    found = await only(recordings, world, call_id=attempt.call_id)
    assert (found.id, found.state, found.step, found.seconds, found.channels) == (begun.id, "ready", "memo", 2.0, 1)
    assert (await recordings.of_call(attempt.organisation_id, attempt.call_id))[0] == found


async def test_a_call_that_ended_while_nobody_watched_is_stored(database: Database, tmp_path: Path) -> None:
    world = await make_world(database)
    recorded, recordings = setup(world, tmp_path)
    attempt = await in_the_air(world)
    await recorded.ledger.begin(attempt, "call")
    await recorded.ledger.begin(attempt, "memo-1", step="memo", max_seconds=60)
    recorded.write_call(attempt, sound(700, 1.0), sound(1500, 1.0))
    recorded.write(attempt, "memo-1", sound(700, 1.0))
    # killed: only the settlement by who came next
    await world.ledger.settle(attempt.id, answered())
    await later(world, minutes=1)
    await recorded.collector.collect()
    states = await recordings.of_call(attempt.organisation_id, attempt.call_id)
    assert [(one.kind, one.state) for one in states] == [("call", "ready"), ("answer", "ready")]


async def test_killed_after_the_commit_the_files_go_at_the_next_start(database: Database, tmp_path: Path) -> None:
    world = await make_world(database)
    recorded, _ = setup(world, tmp_path)
    attempt = await in_the_air(world)
    await recorded.ledger.begin(attempt, "call")
    recorded.write_call(attempt, sound(700, 1.0), sound(1500, 1.0))
    await world.ledger.settle(attempt.id, answered())
    await later(world, minutes=1)
    await recorded.collector.collect()
    strays = recorded.write_call(attempt, sound(700, 1.0), sound(1500, 1.0))
    await recorded.collector.sweep()
    assert strays[0].exists()
    await later(world, days=2)
    await recorded.collector.sweep()
    assert not any(file.exists() for file in strays)


async def test_what_the_engine_did_not_record_has_failed(database: Database, tmp_path: Path) -> None:
    world = await make_world(database)
    recorded, recordings = setup(world, tmp_path)
    attempt = await in_the_air(world)
    await recorded.ledger.begin(attempt, "call")
    await recorded.ledger.begin(attempt, "memo-1", step="memo", max_seconds=9)
    await recorded.ledger.fail(attempt, "memo-1", "the engine said no")
    await world.ledger.settle(attempt.id, answered())
    await later(world, minutes=1)
    await recorded.collector.collect()
    found = await recordings.of_call(attempt.organisation_id, attempt.call_id)
    assert [(one.state, one.reason) for one in found] == [
        ("failed", "nothing was recorded"),
        ("failed", "the engine said no"),
    ]
    assert (await world.events(attempt.call_id)).count("call.recording_failed") == 2


async def test_what_a_lost_node_has_is_given_up(database: Database, tmp_path: Path) -> None:
    world = await make_world(database)
    recorded, recordings = setup(world, tmp_path)
    attempt = await in_the_air(world)
    await recorded.ledger.begin(attempt, "call")
    await world.ledger.settle(attempt.id, answered())
    await later(world, days=1)
    await recordings.forget_old()
    assert (await only(recordings, world)).state == "recording"
    await later(world, days=2)
    await recordings.forget_old()
    found = await only(recordings, world)
    assert (found.state, found.reason) == ("failed", "node node1 did not hand it over within two days")


async def test_a_pause_is_confirmed_by_who_has_the_call(database: Database, tmp_path: Path) -> None:
    world = await make_world(database)
    recorded, _ = setup(world, tmp_path)
    attempt = await in_the_air(world)
    await recorded.ledger.begin(attempt, "call")
    tasks = []

    def ring(attempt_id: str) -> None:
        async def confirm() -> None:
            assert attempt_id == attempt.id
            wanted = await recorded.ledger.pause_wanted(attempt)
            await recorded.ledger.paused(attempt, paused=wanted)

        tasks.append(asyncio.get_running_loop().create_task(confirm()))

    recordings = Recordings(database, world.clock, on_pause=ring)
    organisation_id = attempt.organisation_id
    for paused in (True, True, False):
        assert (await recordings.pause(organisation_id, attempt.call_id, paused=paused)).paused is paused
    assert (await recorded.ledger.begin(attempt, "call")).pause_wanted is False
    events = await world.events(attempt.call_id)
    assert [event for event in events if "recording" in event] == ["call.recording_paused", "call.recording_resumed"]
    with pytest.raises(Conflict):
        await recordings.pause("org_other", attempt.call_id, paused=True)
    await world.ledger.settle(attempt.id, answered())
    with pytest.raises(Conflict):
        await recordings.pause(organisation_id, attempt.call_id, paused=True)


async def test_a_pause_that_nobody_confirms_is_not_claimed(
    database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("callwright.recordings.service._CONFIRM_SECONDS", 0.2)
    world = await make_world(database)
    recorded, recordings = setup(world, tmp_path)
    attempt = await in_the_air(world)
    await recorded.ledger.begin(attempt, "call")
    with pytest.raises(PauseUnconfirmed):
        await recordings.pause(attempt.organisation_id, attempt.call_id, paused=True)
    # whoever takes the call over obeys it
    assert (await recorded.ledger.begin(attempt, "call")).pause_wanted


async def stored(world: World, recorded: Recorded) -> Attempt:
    attempt = await in_the_air(world)
    await recorded.ledger.begin(attempt, "call")
    recorded.write_call(attempt, sound(700, 1.0), sound(1500, 1.0))
    await world.ledger.settle(attempt.id, answered())
    await later(world, minutes=1)
    await recorded.collector.collect()
    return attempt


async def test_a_deleted_recording_keeps_its_row_and_nothing_else(database: Database, tmp_path: Path) -> None:
    world = await make_world(database)
    recorded, recordings = setup(world, tmp_path)
    attempt = await stored(world, recorded)
    organisation_id = attempt.organisation_id
    found = await only(recordings, world)
    with pytest.raises(NotFound):
        await recordings.delete("org_other", found.id)
    await recordings.delete(organisation_id, found.id)
    gone = await only(recordings, world, state="deleted")
    assert (gone.state, gone.seconds, gone.sha256, gone.reason) == ("deleted", None, None, "somebody deleted it")
    assert await database.fetchval("SELECT count(*) FROM recording_files") == 0
    assert await recordings.of_call(organisation_id, attempt.call_id) == []
    for work in (
        recordings.delete(organisation_id, found.id),
        recordings.write(organisation_id, found.id, "wav", io.BytesIO()),
    ):
        with pytest.raises(NotFound):
            await work
    assert (await world.events(attempt.call_id))[-1] == "call.recording_deleted"


async def test_what_is_being_recorded_is_not_deleted(database: Database, tmp_path: Path) -> None:
    world = await make_world(database)
    recorded, recordings = setup(world, tmp_path)
    attempt = await in_the_air(world)
    begun = await recorded.ledger.begin(attempt, "call")
    with pytest.raises(Conflict):
        await recordings.delete(attempt.organisation_id, begun.id)


async def test_recordings_are_kept_as_long_as_the_organisation_says(database: Database, tmp_path: Path) -> None:
    world = await make_world(database)
    recorded, recordings = setup(world, tmp_path)
    attempt = await stored(world, recorded)
    organisation_id = attempt.organisation_id
    assert await recordings.kept_days(organisation_id) == 90
    found = await only(recordings, world)
    assert found.ready_at is not None
    assert found.expires_at == found.ready_at + timedelta(days=90)
    async with recordings.transaction() as connection:
        await recordings.keep(connection, organisation_id, None)
    await later(world, days=400)
    await recordings.forget_old()
    assert (await only(recordings, world)).state == "ready"
    async with recordings.transaction() as connection:
        await recordings.keep(connection, organisation_id, 30)
    await recordings.forget_old()
    assert (await only(recordings, world, state="deleted")).reason == "its time was over"
    assert await database.fetchval("SELECT count(*) FROM recording_files") == 0


def person(world: World) -> Person:
    return Person(
        organisation_id=world.principal.organisation.id,
        fence=None,
        contact_ids=(),
        numbers=(TO,),
        emails=(),
        tokens={TO: "erased-1"},
    )


async def test_a_person_gets_their_voice_and_has_it_erased(database: Database, tmp_path: Path) -> None:
    world = await make_world(database)
    recorded, recordings = setup(world, tmp_path)
    await stored(world, recorded)
    traces = RecordingTraces(world.clock)
    async with database.transaction() as connection:
        (exported,) = await traces.export(connection, person(world))
    assert exported["recording" if "recording" in exported else "kind"] == "call"
    assert exported["audio_flac_base64"].startswith("ZkxhQ")
    async with database.transaction() as connection:
        assert await traces.erase(connection, person(world)) == 1
        assert await traces.erase(connection, person(world)) == 0
    assert (await only(recordings, world, state="deleted")).reason == "the person was erased"
    assert await database.fetchval("SELECT count(*) FROM recording_files") == 0


async def test_what_was_erased_before_it_was_stored_is_thrown_away(database: Database, tmp_path: Path) -> None:
    world = await make_world(database)
    recorded, recordings = setup(world, tmp_path)
    attempt = await in_the_air(world)
    await recorded.ledger.begin(attempt, "call")
    files = recorded.write_call(attempt, sound(700, 1.0), sound(1500, 1.0))
    traces = RecordingTraces(world.clock)
    async with database.transaction() as connection:
        with pytest.raises(Conflict):
            await traces.erase(connection, person(world))
    await world.ledger.settle(attempt.id, answered())
    async with database.transaction() as connection:
        assert await traces.erase(connection, person(world)) == 1
    await recorded.collector.collect()
    assert not any(file.exists() for file in files)
    assert (await only(recordings, world, state="deleted")).seconds is None
    assert "call.recording_ready" not in await world.events(attempt.call_id)


@dataclass(kw_only=True)
class Heard:
    """What was understood."""

    text: str


class Listener:
    """A recogniser that tells how long each piece was, and in which language it was asked for."""

    def __init__(self) -> None:
        self.asked: list[str] = []
        self.closed = False

    async def transcribe(self, samples: np.ndarray, *, language: str = "en", prompt: str = "") -> Heard:
        self.asked.append(language)
        if language == "xx":
            raise CallwrightError("nobody understands xx")
        return Heard(text=f" {len(samples) / RATE:.1f}  seconds ")

    async def close(self) -> None:
        self.closed = True


async def test_what_was_said_is_written_down_side_by_side(database: Database, tmp_path: Path) -> None:
    world = await make_world(database)
    recorded, recordings = setup(world, tmp_path)
    attempt = await in_the_air(world)
    await recorded.ledger.begin(attempt, "call")
    pause = np.zeros(2 * RATE, dtype=np.int16)
    recorded.write_call(
        attempt,
        np.concatenate([sound(700, 1.0), pause, sound(700, 0.5)]),
        np.concatenate([pause[: RATE * 3 // 2], sound(1500, 1.0), pause[:RATE]]),
    )
    await world.ledger.settle(attempt.id, answered())
    await later(world, minutes=1)
    collector = RecordingCollector(database, world.clock, node="node1", folder=tmp_path, transcribes=True)
    await collector.collect()
    assert (await only(recordings, world)).transcript_state == "waiting"
    listener = Listener()
    work = Transcriber(database, recordings, recogniser=lambda: listener, language_of=lambda voice: voice[:2])
    await work.run()
    found = await only(recordings, world)
    assert found.transcript_state == "ready"
    assert found.transcript is not None
    assert [(one["side"], one["text"]) for one in found.transcript["pieces"]] == [
        ("callee", "1.2 seconds"),
        ("ours", "1.4 seconds"),
        ("callee", "0.7 seconds"),
    ]
    assert found.transcript["language"] == "en"
    assert listener.closed
    # nothing waits: no recogniser is started
    listener.closed = False
    await work.run()
    assert not listener.closed
    await recordings.delete(attempt.organisation_id, found.id)
    assert (await only(recordings, world, state="deleted")).transcript is None


async def test_what_nobody_understands_is_not_tried_for_ever(database: Database, tmp_path: Path) -> None:
    world = await make_world(database)
    recorded, recordings = setup(world, tmp_path)
    await stored(world, recorded)
    await database.execute("UPDATE recordings SET transcript_state = 'waiting'")
    listener = Listener()
    await Transcriber(database, recordings, recogniser=lambda: listener, language_of=lambda voice: "xx").run()
    assert listener.asked == ["xx"]
    assert (await only(recordings, world)).transcript_state == "failed"
