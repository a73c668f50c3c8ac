from __future__ import annotations

import asyncio
import stat
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from callwright.speech.files import measure
from callwright.speech.speaker import Speaker, SpeechFailed, SpeechRequest
from callwright.speech.tts.engine import Samples, Utterance
from callwright.speech.tts.pool import Turn
from callwright.speech.tts.pools import SpeechPools
from callwright.speech.tts.voices import UnknownVoice

MESSAGE = "Hello Maria. Your balance is $12.50. Press 1 to pay."


class CountingPool(SpeechPools):
    """Counts what reaches the engines."""

    def __init__(self) -> None:
        super().__init__()
        self.asked: list[str] = []

    async def synthesize(self, engine: str, utterance: Utterance, turn: Turn | None = None) -> tuple[Samples, int]:
        self.asked.append(utterance.text)
        return await super().synthesize(engine, utterance, turn)


@pytest.fixture
async def pool() -> AsyncIterator[CountingPool]:
    pool = CountingPool()
    yield pool
    await pool.close()


@pytest.fixture
def speaker(tmp_path: Path, pool: CountingPool) -> Speaker:
    return Speaker(tmp_path / "audio", pool=pool)


async def test_a_message_becomes_a_file_for_each_sentence(speaker: Speaker, pool: CountingPool) -> None:
    paths = await speaker.render(SpeechRequest(text=MESSAGE))
    assert pool.asked == ["Hello Maria.", "Your balance is twelve dollars and fifty cents.", "Press one to pay."]
    assert len(paths) == 3
    for path in paths:
        found = measure(path.with_suffix(".wav"))
        assert 0.4 < found.seconds < 5
        assert -22 < found.rms_dbfs < -19
        assert path.with_suffix(".ulaw").stat().st_size == pytest.approx(found.seconds * 8000, abs=2)
        assert path.parent.name == path.name[:2]
        assert path.parent.parent.name == "tts"


async def test_a_cached_message_does_not_reach_the_engine(tmp_path: Path, speaker: Speaker, pool: CountingPool) -> None:
    request = SpeechRequest(text=MESSAGE, voice="en-US-Neural-F")
    first = await speaker.render(request)
    count = len(pool.asked)
    assert await speaker.render(request) == first
    # another name of the same voice, and another speaker on the same folder
    assert await speaker.render(SpeechRequest(text=MESSAGE)) == first
    assert await Speaker(tmp_path / "audio", pool=pool).render(request) == first
    assert len(pool.asked) == count


async def test_only_the_new_sentence_of_a_personal_message_is_spoken(speaker: Speaker, pool: CountingPool) -> None:
    await speaker.render(SpeechRequest(text="Hello Maria. Press 1 to pay."))
    await speaker.render(SpeechRequest(text="Hello Peter. Press 1 to pay."))
    assert pool.asked == ["Hello Maria.", "Press one to pay.", "Hello Peter."]


async def test_the_same_message_at_the_same_time_is_spoken_once(speaker: Speaker, pool: CountingPool) -> None:
    request = SpeechRequest(text="Good morning.")
    found = await asyncio.gather(*(speaker.render(request) for _ in range(10)))
    assert pool.asked == ["Good morning."]
    assert all(paths == found[0] for paths in found)


async def test_a_caller_that_leaves_does_not_spoil_it_for_the_others(speaker: Speaker) -> None:
    request = SpeechRequest(text="Good evening to all of you.")
    leaving = asyncio.create_task(speaker.render(request))
    staying = asyncio.create_task(speaker.render(request))
    await asyncio.sleep(0)
    leaving.cancel()
    assert len(await staying) == 1


async def test_voice_rate_and_pitch_make_different_files(speaker: Speaker) -> None:
    requests = [
        SpeechRequest(text="Good morning."),
        SpeechRequest(text="Good morning.", rate=1.5),
        SpeechRequest(text="Good morning.", pitch=1.5),
        SpeechRequest(text="Good morning.", voice="en-US-M"),
        SpeechRequest(text="Good morning.", language="en-GB"),
    ]
    paths = [tuple(await speaker.render(request)) for request in requests]
    assert len(set(paths)) == len(requests)


async def test_a_date_is_read_as_its_region_writes_it(speaker: Speaker, pool: CountingPool) -> None:
    await speaker.render(SpeechRequest(text="On 4/5/2026.", voice="en-AU-Neural-F"))
    await speaker.render(SpeechRequest(text="On 4/5/2026."))
    assert pool.asked == ["On May fourth, twenty twenty-six.", "On April fifth, twenty twenty-six."]


async def test_asterisk_may_read_what_is_written(speaker: Speaker) -> None:
    (path,) = await speaker.render(SpeechRequest(text="Good morning."))
    for suffix in (".wav", ".ulaw"):
        assert stat.S_IMODE(path.with_suffix(suffix).stat().st_mode) == 0o644
    for folder in (path.parent, path.parent.parent, path.parent.parent.parent):
        assert stat.S_IMODE(folder.stat().st_mode) == 0o755
    assert {entry.suffix for entry in path.parent.iterdir()} == {".wav", ".ulaw"}


async def test_a_file_that_a_power_cut_left_empty_is_made_again(
    tmp_path: Path, speaker: Speaker, pool: CountingPool
) -> None:
    (path,) = await speaker.render(SpeechRequest(text="Good morning."))
    whole = path.with_suffix(".ulaw").read_bytes()
    path.with_suffix(".ulaw").write_bytes(b"")
    assert await Speaker(tmp_path / "audio", pool=pool).render(SpeechRequest(text="Good morning.")) == [path]
    assert path.with_suffix(".ulaw").read_bytes() == whole


async def test_a_break_is_silence_of_its_length(speaker: Speaker) -> None:
    paths = await speaker.render(SpeechRequest(text='<speak>One <break time="750ms"/> two</speak>'))
    assert measure(paths[1].with_suffix(".wav")).seconds == pytest.approx(0.75)
    assert paths[1].with_suffix(".ulaw").read_bytes() == b"\xff" * 6000


async def test_nothing_to_say_is_no_file(speaker: Speaker) -> None:
    assert await speaker.render(SpeechRequest(text="")) == []
    assert await speaker.render(SpeechRequest(text=" ... ")) == []


async def test_text_that_the_voice_cannot_say_is_an_error_that_says_so(speaker: Speaker) -> None:
    with pytest.raises(SpeechFailed, match="pico-en-US-f") as raised:
        await speaker.render(SpeechRequest(text="日本語"))
    # it may be personal, and errors are logged
    assert "日本語" not in str(raised.value)
    assert len(await speaker.render(SpeechRequest(text="日本語", language="ja"))) == 1


async def test_a_voice_that_does_not_exist_is_refused(speaker: Speaker) -> None:
    with pytest.raises(UnknownVoice, match="Joanna"):
        await speaker.render(SpeechRequest(text="Hi", voice="Joanna"))


async def test_a_folder_that_cannot_be_written_is_an_error_that_names_it(tmp_path: Path, pool: CountingPool) -> None:
    (tmp_path / "audio").write_text("in the way")
    with pytest.raises(SpeechFailed, match="audio"):
        await Speaker(tmp_path / "audio", pool=pool).render(SpeechRequest(text="Hi there."))
