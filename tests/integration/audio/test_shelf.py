"""Copies on a node: fetched once, by hash, and swept when nobody has the sound any more."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import asyncpg
import pytest

from callwright.audio import files
from callwright.audio.shelf import AudioMissing, AudioShelf
from callwright.errors import NotFound
from callwright.speech.convert.local import LocalAudio
from callwright.speech.files import measure
from support.api import ApiUnderTest
from support.sound_files import encoded, tones

pytestmark = pytest.mark.postgres


async def ready(api: ApiUnderTest, frequency: float = 440) -> str:
    answer = await api.live.post(
        "/api/v1/audio", content=encoded(tones((frequency, 1.0))), headers={"Content-Type": "audio/wav"}
    )
    assert answer.status_code == 201, answer.text
    await api.jobs.run()
    return str(answer.json()["audio_id"])


def node(api: ApiUnderTest, folder: Path) -> AudioShelf:
    """Return the shelf of another machine."""
    return AudioShelf(api.database, LocalAudio(folder / "files"), folder=folder / "work")


async def test_a_node_that_lacks_an_audio_gets_it(api: ApiUnderTest, tmp_path: Path) -> None:
    audio_id = await ready(api)
    shelf = node(api, tmp_path)
    await shelf.place(api.organisation.id, [audio_id])
    path = await shelf.file(api.organisation.id, audio_id)
    assert path.with_suffix(".ulaw").stat().st_size == pytest.approx(8000, abs=10)
    assert measure(path.with_suffix(".wav")).rms_dbfs == pytest.approx(-20, abs=0.5)
    assert path.with_suffix(".ulaw").stat().st_mode & 0o777 == 0o644
    assert list((tmp_path / "work").iterdir()) == []


async def test_what_is_here_is_played_without_the_database(api: ApiUnderTest, tmp_path: Path) -> None:
    audio_id = await ready(api)
    shelf = node(api, tmp_path)
    before = await shelf.file(api.organisation.id, audio_id)
    await api.database.execute("DELETE FROM audio_files")
    assert await shelf.file(api.organisation.id, audio_id) == before


async def test_many_calls_fetch_it_once(api: ApiUnderTest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    audio_id = await ready(api)
    shelf = node(api, tmp_path)
    fetched = 0
    real = files.copy

    async def counted(*args: Any) -> bool:
        nonlocal fetched
        fetched += 1
        return await real(*args)

    monkeypatch.setattr(files, "copy", counted)
    paths = await asyncio.gather(*(shelf.file(api.organisation.id, audio_id) for _ in range(20)))
    assert (len(set(paths)), fetched) == (1, 1)


async def test_a_stranger_gets_nothing(api: ApiUnderTest, tmp_path: Path) -> None:
    audio_id = await ready(api)
    stranger = await api.services.accounts.create_organisation("Stranger", time_zone="UTC")
    shelf = node(api, tmp_path)
    await shelf.file(api.organisation.id, audio_id)
    with pytest.raises(NotFound):
        await shelf.file(stranger.id, audio_id)


async def test_a_database_that_is_away_is_no_lost_audio(
    api: ApiUnderTest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    audio_id = await ready(api)
    shelf = node(api, tmp_path)

    async def away(*args: object) -> bool:
        raise asyncpg.ConnectionDoesNotExistError("gone")

    with monkeypatch.context() as patched:
        patched.setattr(files, "copy", away)
        with pytest.raises(AudioMissing):
            await shelf.place(api.organisation.id, [audio_id])
    await shelf.place(api.organisation.id, [audio_id])


async def test_copies_of_what_is_deleted_are_swept(api: ApiUnderTest, tmp_path: Path) -> None:
    kept, gone = await ready(api, 440), await ready(api, 880)
    shelf = node(api, tmp_path)
    paths = [await shelf.file(api.organisation.id, audio_id) for audio_id in (kept, gone)]
    assert (await api.live.delete(f"/api/v1/audio/{gone}")).status_code == 204
    await node(api, tmp_path).sweep()
    assert [path.with_suffix(".ulaw").exists() for path in paths] == [True, False]
    assert [path.with_suffix(".wav").exists() for path in paths] == [True, False]


async def test_a_copy_that_a_power_cut_emptied_is_fetched_again(api: ApiUnderTest, tmp_path: Path) -> None:
    audio_id = await ready(api)
    path = await node(api, tmp_path).file(api.organisation.id, audio_id)
    path.with_suffix(".ulaw").write_bytes(b"")
    again = await node(api, tmp_path).file(api.organisation.id, audio_id)
    assert again.with_suffix(".ulaw").stat().st_size > 7000
