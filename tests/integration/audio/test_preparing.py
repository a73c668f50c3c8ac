"""Conversions that break off: nothing is lost, nothing is tried for ever, and nothing is done twice."""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from callwright.audio.preparing import AudioPreparation
from callwright.errors import CallwrightError
from callwright.speech.convert.converter import Converter
from support.api import ApiUnderTest
from support.sound_files import encoded, tones

pytestmark = pytest.mark.postgres


async def upload(api: ApiUnderTest) -> str:
    answer = await api.live.post(
        "/api/v1/audio", content=encoded(tones((440, 0.5))), headers={"Content-Type": "audio/wav"}
    )
    assert answer.status_code == 201, answer.text
    return str(answer.json()["audio_id"])


class Breaks:
    """A converter whose process dies."""

    async def convert(self, source: Path, flac: Path, mp3: Path) -> Mapping[str, Any]:
        raise CallwrightError("the decoder broke off")


class Hangs:
    """A converter that is never done."""

    async def convert(self, source: Path, flac: Path, mp3: Path) -> Mapping[str, Any]:
        await asyncio.sleep(3600)
        return {}


def preparation(api: ApiUnderTest, converter: Any, folder: Path) -> AudioPreparation:
    real = api.services.audio.preparation
    return AudioPreparation(
        api.database, folder=folder, converter=converter, speaker=real._speaker, client=real._client
    )


async def state_of(api: ApiUnderTest, audio_id: str) -> tuple[str, str | None, int]:
    row = await api.database.fetchrow("SELECT state, reason, tries FROM audio WHERE id = $1", audio_id)
    assert row is not None
    return row["state"], row["reason"], row["tries"]


async def test_a_conversion_that_was_broken_off_is_done_by_the_next(api: ApiUnderTest, tmp_path: Path) -> None:
    audio_id = await upload(api)
    work = asyncio.create_task(preparation(api, Hangs(), tmp_path).run(audio_id.encode()))
    while not list(tmp_path.glob("audio-*/source")):
        await asyncio.sleep(0.01)
    work.cancel()
    await asyncio.gather(work, return_exceptions=True)
    assert await state_of(api, audio_id) == ("pending", None, 1)
    await api.jobs.run()
    assert await state_of(api, audio_id) == ("ready", None, 2)


async def test_what_breaks_off_again_and_again_fails(api: ApiUnderTest, tmp_path: Path) -> None:
    audio_id = await upload(api)
    broken = preparation(api, Breaks(), tmp_path)
    for tries in (1, 2):
        with pytest.raises(CallwrightError):
            await broken.run(audio_id.encode())
        assert await state_of(api, audio_id) == ("pending", None, tries)
    await broken.run(audio_id.encode())
    assert await state_of(api, audio_id) == ("failed", "the decoder broke off", 3)
    assert await api.database.fetchval("SELECT count(*) FROM audio_files") == 0
    told = await api.database.fetch("SELECT type FROM events WHERE subject = $1", audio_id)
    assert [row["type"] for row in told] == ["audio.failed"]


async def test_a_file_that_kills_the_process_each_time_is_given_up(api: ApiUnderTest) -> None:
    audio_id = await upload(api)
    await api.database.execute("UPDATE audio SET tries = 3")
    await api.jobs.run()
    assert await state_of(api, audio_id) == ("failed", "its conversion broke off again and again", 4)


async def test_two_processes_at_once_store_it_once(api: ApiUnderTest, tmp_path: Path) -> None:
    audio_id = await upload(api)
    both = [preparation(api, Converter(), tmp_path) for _ in range(2)]
    await asyncio.gather(*(one.run(audio_id.encode()) for one in both))
    assert (await state_of(api, audio_id))[0] == "ready"
    kinds = await api.database.fetch("SELECT kind, count(*) AS n FROM audio_files GROUP BY kind ORDER BY kind")
    assert [(row["kind"], row["n"]) for row in kinds] == [("flac", 1), ("mp3", 1)]
    assert await api.database.fetchval("SELECT count(*) FROM events WHERE type = 'audio.ready'") == 1


async def test_what_was_deleted_meanwhile_stays_deleted(api: ApiUnderTest) -> None:
    audio_id = await upload(api)
    assert (await api.live.delete(f"/api/v1/audio/{audio_id}")).status_code == 204
    await api.jobs.run()
    assert await api.database.fetchval("SELECT count(*) FROM audio_files") == 0


async def test_what_lost_its_job_gets_another(api: ApiUnderTest) -> None:
    audio_id = await upload(api)
    api.jobs.waiting.clear()
    await api.services.audio.items.resume()
    assert api.jobs.waiting == []
    await api.database.execute("UPDATE audio SET updated_at = now() - interval '1 hour'")
    await api.services.audio.items.resume()
    assert api.jobs.waiting == [("audio.prepare", audio_id.encode())]


async def test_what_killed_processes_left_is_swept(api: ApiUnderTest) -> None:
    work = api.services.audio.preparation
    folder = work.prepare_folder()
    (folder / "audio-old").mkdir()
    (folder / "audio-old" / "source").write_bytes(b"x")
    (folder / "flac-old").write_bytes(b"x")
    (folder / "audio-new").mkdir()
    for name in ("audio-old", "flac-old"):
        os.utime(folder / name, (time.time() - 100_000,) * 2)
    work.sweep()
    assert [path.name for path in folder.iterdir()] == ["audio-new"]
