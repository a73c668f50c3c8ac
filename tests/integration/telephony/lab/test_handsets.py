"""What the lab's handsets send and hear, judged by sipp and by the sound."""

from __future__ import annotations

import asyncio
import itertools
import re
import shutil
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import psutil
import pytest
import pytest_asyncio
import soundfile
from numpy.typing import NDArray

from callwright.processes import service_user
from callwright.settings import default_cache_dir
from callwright.speech.g711 import decode_ulaw
from callwright.store.sockets import socket_dir
from callwright.telephony.asterisk.install import find_or_install
from callwright.telephony.lab.behaviours import BEHAVIOURS, SOFTPHONES
from callwright.telephony.lab.lab import HandsetLab, LabPorts
from support.postgres import open_temporary_dir
from support.sipp import free_ports
from support.sipp_caller import Heard, call, level, tone

pytestmark = [pytest.mark.asterisk, pytest.mark.sipp]

#: The lab's SIP port, RTP of 30 calls, and four ports for each of 40 callers.
_PORTS = 240
_FIRST_CALLER = 72
#: What a handset "says" here: each text as a tone of its own, so that it is known when it is heard.
_SPOKEN = {"Yes.": 600.0, "No.": 700.0}
_SPEECH = 800.0
_WAV_HEADER = 44
_CODE = re.compile(r"\((\d{3})\)")


@dataclass(kw_only=True)
class LabUnderTest:
    lab: HandsetLab
    base: Path
    sip_port: int
    _callers: itertools.count[int]

    async def call(
        self,
        digits: str,
        *,
        seconds: float | None = 1.0,
        refused: int | None = None,
        cancel: bool = False,
        say: bytes = b"",
        before: str = "+1555010",
    ) -> Heard:
        port = next(self._callers)
        return await call(
            f"{before}{digits}",
            server=self.sip_port,
            folder=self.base / f"call-{port}",
            port=port,
            seconds=seconds,
            refused=refused,
            cancel=cancel,
            say=say,
        )


@pytest_asyncio.fixture(scope="module")
async def lab() -> AsyncIterator[LabUnderTest]:
    base = open_temporary_dir()
    (base / "lab").mkdir()
    first = free_ports(_PORTS)

    async def say(text: str) -> list[Path]:
        file = base / f"say-{abs(hash(text))}"
        file.with_suffix(".ulaw").write_bytes(tone(_SPOKEN.get(text, _SPEECH), 0.6))
        return [file]

    program = await asyncio.to_thread(find_or_install, default_cache_dir())
    ports = LabPorts(
        sip_host="127.0.0.1",
        sip_port=first,
        rtp_start=first + 2,
        rtp_end=first + _FIRST_CALLER - 2,
        engine_host="127.0.0.1",
        engine_port=9,
    )
    made = HandsetLab(base / "lab", socket_dir(base / "lab", service_user()), program, ports, password="unused")
    try:
        await made.start(say)
        yield LabUnderTest(lab=made, base=base, sip_port=first, _callers=itertools.count(first + _FIRST_CALLER, step=4))
    finally:
        await made.release()
        if (pid := made.pid) is not None:
            psutil.Process(pid).kill()
        shutil.rmtree(base, ignore_errors=True)


def samples(heard: Heard) -> NDArray[np.int16]:
    return decode_ulaw(heard.audio)


def test_every_code_that_the_table_names_is_tried() -> None:
    refusing = {b.digits for b in BEHAVIOURS if "Answer()" not in b.steps}
    assert {digits for digits, _ in REFUSALS} == refusing - {"0072", "0091"}


REFUSALS = [(b.digits, int(code[1])) for b in BEHAVIOURS if (code := _CODE.search(b.name))]


async def test_a_refusal_has_the_status_that_its_name_says(lab: LabUnderTest) -> None:
    heard = await asyncio.gather(*(lab.call(digits, refused=status) for digits, status in REFUSALS))
    assert [one.statuses for one in heard] == [[status] for _, status in REFUSALS]


@pytest.mark.together
async def test_early_media_then_busy(lab: LabUnderTest) -> None:
    heard = await lab.call("0072", refused=486)
    assert heard.statuses == [183, 486]
    assert level(samples(heard), _SPEECH) > 0.5


@pytest.mark.together
async def test_early_media_then_an_answer(lab: LabUnderTest) -> None:
    heard = await lab.call("0071")
    assert heard.statuses == [183, 200]
    assert level(samples(heard), _SPEECH) > 0.3


@pytest.mark.together
async def test_a_handset_that_rings_and_rings_can_be_given_up(lab: LabUnderTest) -> None:
    assert (await lab.call("0091", cancel=True)).statuses == [180, 487]


@pytest.mark.together
async def test_a_handset_rings_before_it_answers(lab: LabUnderTest) -> None:
    assert (await lab.call("0003")).statuses == [180, 200]


@pytest.mark.together
async def test_keys(lab: LabUnderTest) -> None:
    wanted = {
        "0011": ("1", ""),
        "0012": ("2", ""),
        "0019": ("9", ""),
        "0013": ("", "1"),
        "0014": ("51", ""),
        "0015": ("1234#", ""),
    }
    heard = await asyncio.gather(*(lab.call(digits, seconds=8.0) for digits in wanted))
    assert {digits: (one.events, one.infos) for digits, one in zip(wanted, heard, strict=True)} == wanted


@pytest.mark.together
async def test_what_handsets_say(lab: LabUnderTest) -> None:
    yes, no, fax, voicemail, silent = await asyncio.gather(
        lab.call("0051", seconds=4.0),
        lab.call("0052", seconds=4.0),
        lab.call("0062", seconds=2.0),
        lab.call("0061", seconds=3.0),
        lab.call("0041", seconds=2.0),
    )
    assert level(samples(yes), 600) > 0.5
    assert level(samples(no), 700) > 0.5
    assert level(samples(fax), 2100) > 0.9
    greeting, beep = level(samples(voicemail), _SPEECH), level(samples(voicemail), 1000)
    assert greeting > 0.2
    assert beep > 0.2
    assert np.abs(samples(silent)).max(initial=0) < 100


@pytest.mark.together
async def test_handsets_hang_up_by_themselves(lab: LabUnderTest) -> None:
    soon, later = await asyncio.gather(lab.call("0031", seconds=None), lab.call("0032", seconds=None))
    for heard in (soon, later):
        assert heard.statuses == [200]
        assert heard.hung_up
    # what was sent until then tells how long it took: a second, and three
    assert len(soon.audio) < len(later.audio) < len(tone(440, 10.0))


async def test_what_was_heard_is_complete_when_the_call_is_over(lab: LabUnderTest) -> None:
    handsets = ("0002", "0061", "4242")
    # the end has a sound of its own: how much of the middle arrives depends on how evenly this machine lets us send
    said = tone(440, 1.5) + tone(880, 0.5)
    await asyncio.gather(*(lab.call(digits, seconds=3.0, say=said, before="+4930990") for digits in handsets))
    for digits in handsets:
        (file,) = lab.lab.heard(f"+4930990{digits}")
        assert file.name.startswith(f"4930990{digits}-")
        sound, rate = soundfile.read(file, dtype="int16")
        assert rate == 8000
        assert file.stat().st_size == _WAV_HEADER + 2 * len(sound), "its header does not say how long it is"
        loud = np.flatnonzero(np.abs(sound) > 3000)
        assert level(sound[loud[0] : loud[0] + 1600], 440) > 0.9
        assert level(sound[loud[-1] - 1600 : loud[-1]], 880) > 0.9
        # nothing of what the handset said itself
        assert level(sound, _SPEECH) < 0.05


async def test_two_calls_are_two_recordings(lab: LabUnderTest) -> None:
    await asyncio.gather(*(lab.call("7777", seconds=1.0, before="+3312345") for _ in range(2)))
    assert len(lab.lab.heard("+33123457777")) == 2


async def test_a_softphone_that_is_not_registered(lab: LabUnderTest) -> None:
    assert (await lab.call(str(SOFTPHONES.start), refused=404)).statuses == [404]
