"""Another trunk is tried for what this one cannot, never for what the callee does not want."""

from __future__ import annotations

import pytest

from callwright.rules.trunk_faults import is_trunk_fault


@pytest.mark.parametrize(
    ("cause", "sip_status", "fault"),
    [
        (34, 503, True),
        (38, 500, True),
        (0, 502, True),
        (0, 504, True),
        (18, 408, True),
        (21, 401, True),
        (21, 407, True),
        (0, 402, True),
        # the callee, or the number
        (21, 403, False),
        (1, 404, False),
        (20, 480, False),
        (17, 486, False),
        (17, 600, False),
        (21, 603, False),
        (1, 604, False),
        (21, 608, False),
        # without a status only what the network says of itself counts
        (34, None, True),
        (27, None, False),
        (3, None, True),
        (17, None, False),
        (0, None, False),
        (16, None, False),
    ],
)
def test_whose_fault_it_is(cause: int, sip_status: int | None, fault: bool) -> None:
    assert is_trunk_fault(cause=cause, sip_status=sip_status, rang=False, answered=False) is fault
    assert not is_trunk_fault(cause=cause, sip_status=sip_status, rang=True, answered=False)
    assert not is_trunk_fault(cause=cause, sip_status=sip_status, rang=True, answered=True)
