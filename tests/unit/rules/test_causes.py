"""Every row of the table of causes, as measured with Asterisk against sipp and as the RFCs have it."""

from __future__ import annotations

import pytest

from callwright.rules.causes import CAUSE_OUTCOMES, SIP_OUTCOMES, outcome_of_unanswered, q850_name
from callwright.rules.outcomes import Outcome

# (Q.850 cause as Asterisk reports it, SIP status, outcome); nothing depends on ringing here
ROWS = [
    (17, 486, Outcome.BUSY),
    (17, 600, Outcome.BUSY),
    (21, 603, Outcome.REJECTED),
    (21, 607, Outcome.REJECTED),
    (21, 608, Outcome.REJECTED),
    (21, 433, Outcome.REJECTED),
    (21, 403, Outcome.REJECTED),
    (1, 404, Outcome.INVALID_NUMBER),
    (1, 604, Outcome.INVALID_NUMBER),
    (1, 485, Outcome.INVALID_NUMBER),
    (22, 410, Outcome.INVALID_NUMBER),
    (28, 484, Outcome.INVALID_NUMBER),
    (38, 500, Outcome.FAILED),
    (38, 502, Outcome.FAILED),
    (102, 504, Outcome.FAILED),
    (79, 501, Outcome.FAILED),
    (58, 488, Outcome.FAILED),
    (88, 606, Outcome.FAILED),
    (34, 503, Outcome.CONGESTION),
    (0, 491, Outcome.CONGESTION),
    (19, 480, Outcome.NO_ANSWER),
    (127, 487, Outcome.NO_ANSWER),
    (21, 401, Outcome.FAILED),
    (21, 402, Outcome.FAILED),
    (21, 407, Outcome.FAILED),
    (127, 302, Outcome.FAILED),
    (127, 405, Outcome.FAILED),
    (127, 483, Outcome.FAILED),
]


@pytest.mark.parametrize("rang", [True, False])
@pytest.mark.parametrize(("cause", "status", "outcome"), ROWS)
def test_outcome_follows_the_sip_status(cause: int, status: int, outcome: Outcome, rang: bool) -> None:
    assert outcome_of_unanswered(cause, status, rang=rang, ring_timeout=False) is outcome


def test_every_status_of_the_table_has_a_row_here() -> None:
    assert set(SIP_OUTCOMES) <= {status for _, status, _ in ROWS} | {408}


@pytest.mark.parametrize(
    ("cause", "outcome"),
    [
        (1, Outcome.INVALID_NUMBER),
        (16, Outcome.FAILED),
        (17, Outcome.BUSY),
        (18, Outcome.NO_ANSWER),
        (19, Outcome.NO_ANSWER),
        (20, Outcome.NO_ANSWER),
        (21, Outcome.REJECTED),
        (22, Outcome.INVALID_NUMBER),
        (26, Outcome.NO_ANSWER),
        (27, Outcome.NO_ANSWER),
        (28, Outcome.INVALID_NUMBER),
        (34, Outcome.CONGESTION),
        (38, Outcome.FAILED),
        (42, Outcome.CONGESTION),
        (43, Outcome.CONGESTION),
        (44, Outcome.CONGESTION),
        (46, Outcome.CONGESTION),
        (47, Outcome.CONGESTION),
        (127, Outcome.FAILED),
        (0, Outcome.FAILED),
    ],
)
def test_outcome_follows_the_cause_where_no_status_is_known(cause: int, outcome: Outcome) -> None:
    assert outcome_of_unanswered(cause, None, rang=True, ring_timeout=False) is outcome


def test_our_own_ring_timeout_is_no_answer() -> None:
    assert outcome_of_unanswered(19, 480, rang=True, ring_timeout=True) is Outcome.NO_ANSWER


def test_a_telephone_that_is_off_is_no_answer_although_nothing_rang() -> None:
    assert outcome_of_unanswered(19, 480, rang=False, ring_timeout=False) is Outcome.NO_ANSWER


@pytest.mark.parametrize(("cause", "status", "ring_timeout"), [(19, 480, True), (18, 408, False)])
def test_a_trunk_that_gave_no_sign_of_life_is_a_failure(cause: int, status: int, ring_timeout: bool) -> None:
    assert outcome_of_unanswered(cause, status, rang=False, ring_timeout=ring_timeout) is Outcome.FAILED


def test_a_408_after_ringing_is_the_network_giving_up() -> None:
    assert outcome_of_unanswered(18, 408, rang=True, ring_timeout=False) is Outcome.NO_ANSWER


@pytest.mark.parametrize(
    ("cause", "name"),
    [
        (0, "UNSPECIFIED"),
        (1, "UNALLOCATED_NUMBER"),
        (16, "NORMAL_CLEARING"),
        (17, "USER_BUSY"),
        (18, "NO_USER_RESPONSE"),
        (19, "NO_ANSWER"),
        (20, "SUBSCRIBER_ABSENT"),
        (21, "CALL_REJECTED"),
        (22, "NUMBER_CHANGED"),
        (27, "DESTINATION_OUT_OF_ORDER"),
        (28, "INVALID_NUMBER_FORMAT"),
        (34, "NORMAL_CIRCUIT_CONGESTION"),
        (38, "NETWORK_OUT_OF_ORDER"),
        (102, "RECOVERY_ON_TIMER_EXPIRE"),
        (127, "INTERWORKING"),
        (126, "UNSPECIFIED"),
        (-1, "UNSPECIFIED"),
    ],
)
def test_names_of_causes(cause: int, name: str) -> None:
    assert q850_name(cause) == name


def test_every_cause_of_the_table_has_a_name() -> None:
    assert all(q850_name(cause) != "UNSPECIFIED" for cause in CAUSE_OUTCOMES)
