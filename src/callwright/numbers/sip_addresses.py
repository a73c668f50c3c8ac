"""SIP addresses (RFC 3261, 19.1) as destinations of transfers: which an operator's trunk carries, and what they hide.

A trunk carries the addresses of a domain when its ``prefixes`` have ``@`` and that domain; by default none does. What
is dialled is the user part alone: where the request goes is the trunk's own host, never what somebody wrote.
"""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass

from phonenumbers import shortnumberinfo

from callwright.errors import InvalidRequest
from callwright.numbers.parsing import country_of, is_forbidden, read_number

_ADDRESS = re.compile(
    r"(sips?):([A-Za-z0-9._~+-]{1,64})@([A-Za-z0-9]([A-Za-z0-9.-]{0,251}[A-Za-z0-9])?(?::[0-9]{1,5})?)",
    re.ASCII | re.IGNORECASE,
)
#: How a trunk's list of what it carries names a domain.
CARRIED = re.compile(r"@[a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?(?::[0-9]{1,5})?", re.ASCII)
_NUMBER = re.compile(r"\+?[0-9]{3,15}", re.ASCII)


@dataclass(frozen=True, kw_only=True)
class SipAddress:
    """Who is called at which domain."""

    user: str
    #: In small letters, with its port when the address has one.
    domain: str
    #: ``sips:``: over TLS only.
    secure: bool

    @property
    def carried_as(self) -> str:
        """What a trunk's ``prefixes`` must have: ``@pbx.example.com``."""
        return f"@{self.domain}"

    def fault(self, region: str, countries: Collection[str | None] | None) -> str | None:
        """Return why nobody is called, in words: a user part that is a number obeys the rules of numbers.

        ``region`` is the organisation's (ISO 3166), ``countries`` those that it may call; ``None``: every one.
        """
        if not _NUMBER.fullmatch(self.user):
            return None
        if not self.user.startswith("+") and shortnumberinfo.is_emergency_number(self.user, region):
            return "emergency numbers are never called"
        try:
            number = read_number(self.user, field="to", region=region, sandbox=False)
        except InvalidRequest:
            # an extension of their telephone system
            return None
        if fault := is_forbidden(number):
            return fault
        if self.user.startswith("+") and countries is not None and country_of(number) not in countries:
            return "numbers of this country are not called"
        return None


def read_sip_address(text: str) -> SipAddress | None:
    """Return the address of ``sip:user@domain``, ``None`` for anything else."""
    found = _ADDRESS.fullmatch(text)
    if found is None:
        return None
    return SipAddress(user=found[2], domain=found[3].lower(), secure=found[1].lower() == "sips")


def is_sip(destination: str) -> bool:
    """Return whether a stored destination is a SIP address, not a number or an extension."""
    return destination.startswith(("sip:", "sips:"))


def lab_number(address: SipAddress) -> str:
    """Return which handset of the lab stands for an address: the one of its digits, else one that answers."""
    return f"+{address.user.lstrip('+')}" if _NUMBER.fullmatch(address.user) else "+15550100001"
