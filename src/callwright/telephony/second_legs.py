"""Names of second legs: made from the attempt's id, so that whoever takes over a call finds the other side of it."""

from __future__ import annotations

import re
from typing import Final

from callwright.telephony.dial_rules import ATTEMPT_PREFIX

#: ``att_t2_…``: the second transfer of ``att_…``. An attempt's own id goes on with ``in_`` or holds no underscore.
_SECOND: Final = re.compile(rf"{ATTEMPT_PREFIX}t[0-9]{{1,6}}_(.+)", re.ASCII)


def second_leg_id(attempt_id: str, number: int) -> str:
    """Return the id of the second leg of an attempt's transfer; ``number`` counts from 1."""
    return f"{ATTEMPT_PREFIX}t{number}_{attempt_id.removeprefix(ATTEMPT_PREFIX)}"


def first_leg_id(leg_id: str) -> str:
    """Return the attempt that a leg belongs to: its own id unless it is a second leg."""
    found = _SECOND.fullmatch(leg_id)
    return leg_id if found is None else ATTEMPT_PREFIX + found[1]
