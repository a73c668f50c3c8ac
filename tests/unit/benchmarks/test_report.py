"""Idle CPU is subtracted for the same time; ratios are of the sums."""

from __future__ import annotations

from typing import Any

import pytest
from benchmarks.callee import Calls
from benchmarks.cpu import Window
from benchmarks.report import aims, condition, tables


def invite(at: float, number: str) -> str:
    return f"d\tt\t{at}\tR\t{number}\tCSeq:1 INVITE\tINVITE sip:{number}@127.0.0.1 SIP/2.0\n"


def bye(at: float, number: str) -> str:
    return f"d\tt\t{at}\tR\t{number}\tCSeq:2 BYE\tBYE sip:127.0.0.1 SIP/2.0\n"


def measured(name: str, python: float) -> dict[str, Any]:
    log = invite(1.002, "1") + invite(1.504, "2") + bye(6.002, "1")
    return condition(
        name,
        requested={"1": 1.0, "2": 1.5},
        seen=Calls(log),
        busy=Window(seconds=10.0, groups={"Python": python, "Asterisk": 0.04}, others=0.5),
        idle=Window(seconds=5.0, groups={"Python": 0.01, "Asterisk": 0.0}, others=0.5),
    )


def test_a_condition_is_per_call_and_without_idle() -> None:
    found = measured("product", 0.06)
    # 60 ms in 10 s, of which the idle process would have used 20: 40 ms for two calls
    assert found["cpu"]["Python"]["ms_per_call"] == pytest.approx(20)
    assert found["cpu"]["Python"]["idle_ms_per_s"] == pytest.approx(2)
    assert found["cpu_ms_per_call"] == pytest.approx(40)
    assert found["to_invite_ms"]["p50"] == pytest.approx(2)
    assert found["to_invite_ms"]["p99"] == pytest.approx(4)
    assert (found["invited"], found["ended"]) == (2, 1)
    assert found["rate"] == pytest.approx(1 / 0.502)
    assert (found["others_cpu_percent"], found["others_cpu_percent_idle"]) == (5, 10)


def test_aims_compare_the_product_with_what_was_measured() -> None:
    conditions = [measured("ami", 0.02), measured("product", 0.06)]
    found = {aim["aim"]: (aim["measured"], aim["reached"]) for aim in aims(conditions)}
    assert found == {
        "p99 to INVITE, ms": (pytest.approx(4), True),
        "CPU per call / AMI to dialplan": (pytest.approx(2), True),
    }
    assert aims([measured("ami", 0.02)]) == []


def test_everything_can_be_shown() -> None:
    conditions = [measured("ami", 0.02), measured("ari", 0.03), measured("product", 0.06)]
    conditions[-1]["profile"] = {
        "samples": 1,
        "packages": [{"function": "asyncio", "percent": 100.0}],
        "own": [],
        "with_callees": [],
        "statements": [{"sql": "COMMIT;", "per_call": 8.0, "ms_each": 0.25, "ms_per_call": 2.0}],
    }
    result = {"calls": 2, "rate": 2.0, "prompt_seconds": 5.0, "conditions": conditions, "aims": aims(conditions)}
    assert len(tables(result)) == 7
