"""How fast mails go to one domain, and which domains want none for a while."""

from __future__ import annotations

from collections.abc import Mapping

#: Seconds a domain is left alone after it asked for it, doubled with each further refusal, up to the last.
FIRST_PAUSE = 30.0
LONGEST_PAUSE = 3600.0
#: Enhanced status codes by which a server says that too much comes, or that it does not know us well enough yet.
_TOO_FAST = ("4.2.1", "4.3.2", "4.4.5", "4.5.3", "4.7.")


def is_too_fast(code: int, said: str) -> bool:
    """Return whether a refusal is meant for all mails to a domain and not for one of them."""
    return code == 421 or (code in {450, 451, 452} and said.lstrip().startswith(_TOO_FAST))


class Domains:
    """Gives each mail its time (GCRA by domain); ``now`` is a monotonic clock's, in seconds."""

    def __init__(self, rates: Mapping[str, float]) -> None:
        """Take mails a second by domain; ``*`` is every other one. Domains without a rate are not slowed down."""
        self._rates = rates
        #: The next free time of a domain.
        self._next: dict[str, float] = {}
        #: Times that were given away to messages that were put off.
        self._reserved: dict[str, float] = {}
        #: Until when a domain wants nothing, and the length of that pause.
        self._paused: dict[str, tuple[float, float]] = {}

    def wait(self, message_id: str, domain: str, now: float) -> float:
        """Return in how many seconds a message may go to ``domain``; asked again then, it keeps its time."""
        until, _ = self._paused.get(domain, (0.0, 0.0))
        if until > now:
            return until - now
        rate = self._rates.get(domain, self._rates.get("*"))
        if rate is None:
            return 0.0
        at = self._reserved.pop(message_id, None)
        if at is None:
            at = max(now, self._next.get(domain, now))
            self._next[domain] = at + 1 / rate
        if at > now:
            self._reserved[message_id] = at
        return max(0.0, at - now)

    def refused(self, domain: str, now: float) -> float:
        """Leave a domain alone for a while; returns for how many seconds."""
        until, length = self._paused.get(domain, (0.0, 0.0))
        if until <= now:
            # another refusal after a pause; several at once are answers to mails that were on their way together
            length = min(LONGEST_PAUSE, length * 2 or FIRST_PAUSE)
            until = now + length
            self._paused[domain] = (until, length)
        return until - now

    def accepted(self, domain: str) -> None:
        """Forget the refusals of a domain that takes mails again."""
        self._paused.pop(domain, None)

    def forget(self, now: float) -> None:
        """Drop what is over."""
        self._next = {domain: at for domain, at in self._next.items() if at > now}
        self._reserved = {key: at for key, at in self._reserved.items() if at > now - LONGEST_PAUSE}
        self._paused = {key: pause for key, pause in self._paused.items() if pause[0] > now - LONGEST_PAUSE}
