"""Whose fault it is that a call did not get through: the trunk's, or the callee's.

What is the trunk's own fault is worth another trunk at once, and speaks against this one. Statuses are RFC 3261's,
section 21; causes ITU-T Q.850's. A server's 5xx says that *this server* cannot; a 6xx, a 486 or a 404 says something of
the callee, whichever way we come. Where anything rang (180, 183) the way was good, whatever came after it.
"""

from __future__ import annotations

from typing import Final

#: The trunk does not know us, wants to be paid, or heard nothing for 32 seconds (timer B: 408).
_REFUSES_US: Final = frozenset({401, 402, 407, 408})
#: No circuit, network out of order, temporary failure, switch congestion, no channel, no resources, no service,
#: recovery on timer expiry.
_NETWORK: Final = frozenset({34, 38, 41, 42, 44, 46, 47, 58, 63, 66, 102})
#: What an engine says that knows no way to the trunk at all.
_NO_ROUTE: Final = frozenset({2, 3})


def is_trunk_fault(*, cause: int, sip_status: int | None, rang: bool, answered: bool) -> bool:
    """Return whether an attempt that has ended failed for its trunk's own sake.

    ``cause`` is Q.850, 0 when the network gave none; ``sip_status`` the final one, if there was one. Nothing is the
    trunk's fault that we ended ourselves: whoever asks leaves out attempts that were cancelled or rang out.
    """
    if rang or answered:
        return False
    if sip_status is not None and sip_status >= 300:
        return 500 <= sip_status < 600 or sip_status in _REFUSES_US
    return cause in _NETWORK or cause in _NO_ROUTE
