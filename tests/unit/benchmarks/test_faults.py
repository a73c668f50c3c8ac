"""What the fault benchmark takes for a violation."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from benchmarks.faults import report, verdict
from benchmarks.faults.telephones import BEHAVIOURS, Seen, read
from benchmarks.faults.traffic import Accepted
from benchmarks.faults.verdict import State

NUMBER = "+12125552000"
ENDED = State(
    id="cal_1",
    to_number=NUMBER,
    status="answered",
    outcome="answered",
    reason=None,
    duration_seconds=3,
    attempts=1,
    dialled=1,
    ended_by="us",
    terminal=1,
    ended_at=datetime(2026, 1, 1, tzinfo=UTC),
)
ACCEPTED = Accepted(call_id="cal_1", number=NUMBER, behaviour=BEHAVIOURS[0], requested=1.0, accepted=2.0)
SEEN = Seen(invites={"a@x": 3.0}, answered=4.0, ended=7.0)


def found(state: State | None = ENDED, seen: Seen | None = SEEN) -> list[str]:
    known = {} if state is None else {"cal_1": state}
    return verdict.at_the_end({"cal_1": ACCEPTED}, known, {} if seen is None else {NUMBER: seen})


def test_a_call_that_was_made_once_and_ended_once_is_sound() -> None:
    assert found() == []


@pytest.mark.parametrize(
    ("state", "seen", "words"),
    [
        (None, None, "does not exist"),
        (ENDED, replace(SEEN, invites={"a@x": 3.0, "b@x": 9.0}), "2 INVITEs"),
        (replace(ENDED, outcome=None, status="queued"), SEEN, "has not ended"),
        (replace(ENDED, terminal=2), SEEN, "2 terminal events"),
        (replace(ENDED, dialled=2), SEEN, "dialled 2 times"),
        (replace(ENDED, dialled=0), SEEN, "without a dialled attempt"),
        (ENDED, replace(SEEN, answered=None), "said to be answered and was not"),
        (replace(ENDED, outcome="no_answer"), SEEN, "said to be no_answer and was answered"),
        (replace(ENDED, outcome="busy"), replace(SEEN, answered=None), "said to be busy and never is"),
        (ENDED, None, "never invited"),
    ],
)
def test_what_must_not_happen_is_found(state: State | None, seen: Seen | None, words: str) -> None:
    assert any(words in line for line in found(state, seen))


def test_an_interrupted_call_may_have_been_invited_or_not() -> None:
    interrupted = replace(ENDED, outcome="interrupted", status="failed")
    assert found(interrupted) == []
    assert found(interrupted, None) == []


def test_an_invite_that_is_sent_again_is_the_same_one() -> None:
    lines = [
        ("1.0", "R", "a@x", "CSeq:1 INVITE", f"INVITE sip:{NUMBER}@127.0.0.1:5060 SIP/2.0"),
        ("1.5", "R", "a@x", "CSeq:1 INVITE", f"INVITE sip:{NUMBER}@127.0.0.1:5060 SIP/2.0"),
        ("2.0", "S", "a@x", "CSeq:1 INVITE", "SIP/2.0 200 OK"),
        ("5.0", "R", "a@x", "CSeq:2 BYE", "BYE sip:127.0.0.1 SIP/2.0"),
    ]
    log = "\n".join("2026-01-01\t00:00:00." + "\t".join(("0", *line)) for line in lines)
    seen: dict[str, Seen] = defaultdict(Seen)
    read(log, seen)
    assert seen == {NUMBER: Seen(invites={"a@x": 1.0}, answered=2.0, ended=5.0)}


def test_faults_are_summed_up_by_kind() -> None:
    fault = {"kind": "kill", "in_air": 50, "interrupted": 2, "imposed_seconds": 0.0, "violations": []}
    (line,) = report.kinds([{**fault, "recovery_seconds": 2.0}, {**fault, "recovery_seconds": 5.0}])
    assert (line["faults"], line["in_air"], line["interrupted"], line["recovery_longest"]) == (2, 100, 4, 5.0)


def test_who_is_on_an_accepted_list_is_not_forgotten() -> None:
    listed = {"+12125552000": "cmp_1", "+12125552001": "cmp_1", "+12125552002": "cmp_1"}
    known = {
        "+12125552000": {"campaign_id": "cmp_1", "state": "done", "campaign_state": "completed"},
        "+12125552001": {"campaign_id": "cmp_1", "state": "waiting", "campaign_state": "running"},
    }
    assert verdict.forgotten(listed, known, over=False) == [
        "+12125552002 was on the list of cmp_1, answered with 201, and is not there"
    ]
    assert verdict.forgotten(listed, known, over=True) == [
        "+12125552001 is waiting in campaign cmp_1, which is running",
        "+12125552002 was on the list of cmp_1, answered with 201, and is not there",
    ]
