"""Why a call was not answered: from the Q.850 cause and the SIP status to an outcome.

Sources: the causes and their meanings are ITU-T Q.850 (05/98), table 1; which cause stands for which SIP status is
RFC 3398, section 8.2.6.1, with RFC 4497, section 8.4.4, for private networks. Where the two numbers disagree the SIP
status is believed: it is what the far end said, the cause is what the engine made of it.
"""

from __future__ import annotations

from typing import Final

from callwright.rules.outcomes import Outcome

#: Final SIP statuses of an INVITE (RFC 3261 and the RFCs named beside them).
SIP_OUTCOMES: Final[dict[int, Outcome]] = {
    # the trunk refuses us, not the callee: credentials, allow list of addresses, payment
    401: Outcome.FAILED,
    402: Outcome.FAILED,
    407: Outcome.FAILED,
    # the callee, or a screening service for him, does not want this call
    403: Outcome.REJECTED,
    433: Outcome.REJECTED,  # anonymity disallowed, RFC 5079
    603: Outcome.REJECTED,
    607: Outcome.REJECTED,  # unwanted, RFC 8197
    608: Outcome.REJECTED,  # rejected by a call analyser, RFC 8688
    # the number: unknown, gone, ambiguous, incomplete, exists nowhere
    404: Outcome.INVALID_NUMBER,
    410: Outcome.INVALID_NUMBER,
    484: Outcome.INVALID_NUMBER,
    485: Outcome.INVALID_NUMBER,
    604: Outcome.INVALID_NUMBER,
    # the callee is on the telephone
    486: Outcome.BUSY,
    600: Outcome.BUSY,
    # the callee is not there: the network rang out, or his telephone is off
    408: Outcome.NO_ANSWER,
    480: Outcome.NO_ANSWER,
    487: Outcome.NO_ANSWER,
    # no way through at this moment
    491: Outcome.CONGESTION,
    503: Outcome.CONGESTION,
}

#: The same for an engine that tells no SIP status.
CAUSE_OUTCOMES: Final[dict[int, Outcome]] = {
    1: Outcome.INVALID_NUMBER,
    17: Outcome.BUSY,
    18: Outcome.NO_ANSWER,
    19: Outcome.NO_ANSWER,
    20: Outcome.NO_ANSWER,
    21: Outcome.REJECTED,
    22: Outcome.INVALID_NUMBER,
    26: Outcome.NO_ANSWER,
    28: Outcome.INVALID_NUMBER,
    34: Outcome.CONGESTION,
    42: Outcome.CONGESTION,
    43: Outcome.CONGESTION,
    44: Outcome.CONGESTION,
    46: Outcome.CONGESTION,
    47: Outcome.CONGESTION,
    # a telephone that lost its network behaves like one that is off
    27: Outcome.NO_ANSWER,
}

#: Q.850 causes by the names that telephone engines print, which follow the Recommendation's own words.
_NAMES: Final[dict[int, str]] = {
    0: "UNSPECIFIED",
    1: "UNALLOCATED_NUMBER",
    2: "NO_ROUTE_TRANSIT_NET",
    3: "NO_ROUTE_DESTINATION",
    5: "MISDIALED_TRUNK_PREFIX",
    6: "CHANNEL_UNACCEPTABLE",
    7: "CALL_AWARDED_DELIVERED",
    8: "PRE_EMPTED",
    14: "NUMBER_PORTED_NOT_HERE",
    16: "NORMAL_CLEARING",
    17: "USER_BUSY",
    18: "NO_USER_RESPONSE",
    19: "NO_ANSWER",
    20: "SUBSCRIBER_ABSENT",
    21: "CALL_REJECTED",
    22: "NUMBER_CHANGED",
    23: "REDIRECTION_TO_NEW_DESTINATION",
    25: "EXCHANGE_ROUTING_ERROR",
    26: "NON_SELECTED_USER_CLEARING",
    27: "DESTINATION_OUT_OF_ORDER",
    28: "INVALID_NUMBER_FORMAT",
    29: "FACILITY_REJECTED",
    30: "RESPONSE_TO_STATUS_ENQUIRY",
    31: "NORMAL_UNSPECIFIED",
    34: "NORMAL_CIRCUIT_CONGESTION",
    38: "NETWORK_OUT_OF_ORDER",
    41: "NORMAL_TEMPORARY_FAILURE",
    42: "SWITCH_CONGESTION",
    43: "ACCESS_INFO_DISCARDED",
    44: "REQUESTED_CHAN_UNAVAIL",
    46: "PRECEDENCE_CALL_BLOCKED",
    47: "RESOURCE_UNAVAILABLE",
    50: "FACILITY_NOT_SUBSCRIBED",
    52: "OUTGOING_CALL_BARRED",
    54: "INCOMING_CALL_BARRED",
    57: "BEARERCAPABILITY_NOTAUTH",
    58: "BEARERCAPABILITY_NOTAVAIL",
    63: "SERVICE_UNAVAILABLE",
    65: "BEARERCAPABILITY_NOTIMPL",
    66: "CHAN_NOT_IMPLEMENTED",
    69: "FACILITY_NOT_IMPLEMENTED",
    79: "SERVICE_NOT_IMPLEMENTED",
    81: "INVALID_CALL_REFERENCE",
    87: "USER_NOT_MEMBER_OF_CUG",
    88: "INCOMPATIBLE_DESTINATION",
    95: "INVALID_MSG_UNSPECIFIED",
    96: "MANDATORY_IE_MISSING",
    97: "MESSAGE_TYPE_NONEXIST",
    98: "WRONG_MESSAGE",
    99: "IE_NONEXIST",
    100: "INVALID_IE_CONTENTS",
    101: "WRONG_CALL_STATE",
    102: "RECOVERY_ON_TIMER_EXPIRE",
    103: "MANDATORY_IE_LENGTH_ERROR",
    111: "PROTOCOL_ERROR",
    127: "INTERWORKING",
}


def outcome_of_unanswered(q850: int, sip_status: int | None, *, rang: bool, ring_timeout: bool) -> Outcome:
    """Return the outcome of a call that nobody picked up.

    ``sip_status`` is the final status of the INVITE, if the engine tells it; ``rang`` whether a 180 or 183 was seen;
    ``ring_timeout`` whether our own time limit ended the ringing. Where nothing ever rang, neither that limit nor a
    time-out of the transaction (408: RFC 3261's timer B, no reply at all for 32 s) says anything about the callee: it
    is a dead trunk, and the outcome ``failed``. A 480 of the network without ringing is a telephone that is off.
    """
    if ring_timeout or sip_status == 408:
        return Outcome.NO_ANSWER if rang else Outcome.FAILED
    if sip_status is not None and sip_status >= 300:
        return SIP_OUTCOMES.get(sip_status, Outcome.FAILED)
    return CAUSE_OUTCOMES.get(q850, Outcome.FAILED)


def q850_name(cause: int) -> str:
    """Return a cause's name, such as ``USER_BUSY``; ``UNSPECIFIED`` for a number without a meaning."""
    return _NAMES.get(cause, "UNSPECIFIED")
