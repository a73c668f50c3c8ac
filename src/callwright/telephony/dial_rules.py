"""What may be handed to a telephone engine: one set of rules for every engine, checked before anything is sent."""

from __future__ import annotations

import re
from typing import Final

from callwright.telephony.port import DialRefused, DialRequest

#: Channels whose id begins so are attempts.
ATTEMPT_PREFIX: Final = "att_"

ATTEMPT_ID: Final = re.compile(ATTEMPT_PREFIX + r"[A-Za-z0-9_]{1,60}", re.ASCII)
_DIAL_STRING: Final = re.compile(r"\+?[0-9*#]{1,20}", re.ASCII)
#: The user part of a SIP address: nothing of it ends the address or names another host.
_SIP_USER: Final = re.compile(r"[A-Za-z0-9._~+-]{1,64}", re.ASCII)
_TRUNK: Final = re.compile(r"[A-Za-z0-9_-]{1,64}", re.ASCII)
#: They would end the quoted name in a SIP header, or the header itself.
_UNSAFE_IN_NAME: Final = re.compile(r'["<>\\\x00-\x1f\x7f-\x9f\u2028\u2029]')
_LONGEST_NAME: Final = 80
#: RFC 8588.
_LEVELS: Final = ("A", "B", "C")


def check_dial_request(request: DialRequest) -> None:
    """Raise ``DialRefused``, naming the field, when one could mean something else to an engine than it says."""
    if not ATTEMPT_ID.fullmatch(request.attempt_id):
        raise DialRefused("attempt_id: it must be att_ and 1 to 60 letters, digits or _")
    if request.sip_user:
        if not _SIP_USER.fullmatch(request.dial_string) or request.registered:
            raise DialRefused("dial_string: it must be the user part of a SIP address: letters, digits and . _ ~ + -")
    elif not _DIAL_STRING.fullmatch(request.dial_string):
        raise DialRefused("dial_string: it must be 1 to 20 of 0-9, * and #, with an optional + before them")
    if not _TRUNK.fullmatch(request.trunk):
        raise DialRefused("trunk: it must be the name of an endpoint: letters, digits, - and _")
    if not _DIAL_STRING.fullmatch(request.caller_number):
        raise DialRefused("caller_number: it must be 1 to 20 of 0-9, * and #, with an optional + before them")
    name = request.caller_name
    if name is not None and (len(name) > _LONGEST_NAME or _UNSAFE_IN_NAME.search(name)):
        raise DialRefused("caller_name: at most 80 characters, without quotes, < >, backslashes and line breaks")
    if request.attestation is not None:
        if request.attestation not in _LEVELS or request.registered:
            raise DialRefused("attestation: it must be A, B or C, and an extension's calls are not signed")
        if request.withheld:
            raise DialRefused("attestation: a withheld number is not signed, for the signature tells it to everybody")
    if request.ring_timeout_seconds < 1:
        raise DialRefused("ring_timeout_seconds: it must be at least 1")
