"""The file in which Asterisk writes how calls ended, read from its end."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from callwright.telephony.asterisk import past_calls
from callwright.telephony.asterisk.past_calls import FILE, PastCalls
from callwright.telephony.port import EndedBy, PastCall

SINCE = datetime.fromtimestamp(1_000_000, UTC)


def _at(seconds: float) -> datetime:
    return datetime.fromtimestamp(1_000_000 + seconds, UTC)


def _answer(attempt_id: str, seconds: float) -> str:
    return f'"{attempt_id}","ANSWER","{1_000_000 + seconds:.6f}",""\n'


def _hangup(attempt_id: str, seconds: float, cause: int, source: str = "") -> str:
    extra = f'{{""hangupcause"":{cause},""hangupsource"":""{source}"",""dialstatus"":""""}}'
    return f'"{attempt_id}","HANGUP","{1_000_000 + seconds:.6f}","{extra}"\n'


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / FILE
    path.parent.mkdir(parents=True)
    return path


def test_how_each_ended(file: Path, tmp_path: Path) -> None:
    file.write_text(
        _answer("att_a", 1)
        + _hangup("att_busy", 2, 17, "PJSIP/x-1")
        + _hangup("att_a", 9, 0, "PJSIP/x-0")
        + _hangup("att_rang", 20, 19)
        + _answer("att_on", 21)
        + _hangup("att_us", 22, 16)
    )
    found = PastCalls(tmp_path).read({"att_a", "att_busy", "att_rang", "att_on", "att_us", "att_unknown"}, SINCE)
    assert found == {
        "att_a": PastCall(answered_at=_at(1), ended_at=_at(9), cause=0, ended_by=EndedBy.CALLEE),
        "att_busy": PastCall(answered_at=None, ended_at=_at(2), cause=17, ended_by=EndedBy.CALLEE),
        "att_rang": PastCall(answered_at=None, ended_at=_at(20), cause=19, ended_by=EndedBy.RING_TIMEOUT),
        "att_us": PastCall(answered_at=None, ended_at=_at(22), cause=16, ended_by=EndedBy.ENGINE),
    }


def test_a_line_that_a_kill_cut_short_is_passed_over(file: Path, tmp_path: Path) -> None:
    file.write_text(_hangup("att_a", 1, 17, "PJSIP/x") + '"att_b","HANG' + _hangup("att_c", 3, 17)[:-20])
    assert PastCalls(tmp_path).read({"att_a", "att_b", "att_c"}, SINCE).keys() == {"att_a"}


def test_it_reads_no_further_back_than_needed(file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(past_calls, "_BLOCK_BYTES", 100)
    file.write_text("".join(_hangup("att_old", -1000 + second, 17) for second in range(900)) + _hangup("att_a", 5, 17))
    read = PastCalls(tmp_path).read({"att_a", "att_old"}, SINCE)
    assert read.keys() == {"att_a"}


def test_a_long_file_is_put_aside_and_still_read(file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(past_calls, "_LARGE_BYTES", 50)
    calls = PastCalls(tmp_path)
    calls.put_aside()
    file.write_text(_answer("att_a", 1) + _hangup("att_b", 2, 17))
    calls.put_aside()
    assert not file.exists()
    file.write_text(_hangup("att_a", 3, 16, "PJSIP/x"))
    assert calls.read({"att_a", "att_b"}, SINCE).keys() == {"att_a", "att_b"}
    assert calls.read({"att_a"}, SINCE)["att_a"].answered_at == _at(1)
