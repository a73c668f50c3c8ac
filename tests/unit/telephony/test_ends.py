"""Whose fault an end was, and how long a person waited for our first words."""

from __future__ import annotations

import pytest

from callwright.telephony.ends import FirstWords, was_trunk_fault
from callwright.telephony.port import EndedBy, LegEnded
from callwright.telephony.virtual_clock import VirtualClock


@pytest.mark.parametrize(
    ("cause", "status", "ended_by", "rang", "fault"),
    [
        (34, 503, EndedBy.CALLEE, False, True),
        (34, 503, EndedBy.CALLEE, True, False),
        (18, 408, EndedBy.ENGINE, False, True),
        (17, 486, EndedBy.CALLEE, False, False),
        # a trunk on which nothing ever rings may be dead; one that rang out was not
        (19, 480, EndedBy.RING_TIMEOUT, False, True),
        (19, 480, EndedBy.RING_TIMEOUT, True, False),
        (34, 503, EndedBy.US, False, False),
    ],
)
def test_whose_fault_it_was(cause: int, status: int, ended_by: EndedBy, rang: bool, fault: bool) -> None:
    ended = LegEnded(cause=cause, sip_status=status, ended_by=ended_by)
    assert was_trunk_fault(ended, rang=rang, answered=False) is fault


def test_the_wait_begins_at_the_answer_or_after_the_greeting() -> None:
    clock = VirtualClock()
    told: list[float | None] = []

    async def work() -> None:
        words = FirstWords(clock)
        words.greeted()
        told.append(words.waited)
        words.answered()
        await clock.sleep(3)
        told.append(words.waited)
        words.greeted()
        await clock.sleep(0.5)
        words.heard()
        await clock.sleep(10)
        words.greeted()
        words.heard()
        told.append(words.waited)

    clock.run(work())
    assert told == [None, pytest.approx(3), pytest.approx(0.5)]


def test_what_an_earlier_process_saw_is_not_known() -> None:
    words = FirstWords(VirtualClock())
    words.heard()
    assert words.waited is None
