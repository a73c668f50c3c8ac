"""Waking those of this process who follow events, once the events have their sequence."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Iterator
from contextlib import contextmanager

#: Organisation and subject; an empty subject stands for everything of the organisation.
Followed = tuple[str, str]


class EventBell:
    """Rung by the stamper; each follower has a flag of its own for as long as it listens."""

    def __init__(self) -> None:
        self._flags: dict[Followed, set[asyncio.Event]] = {}

    def ring(self, subjects: Iterable[Followed]) -> None:
        """Wake the followers of these subjects and of their organisations."""
        if not self._flags:
            return
        for organisation_id, subject in set(subjects):
            for key in ((organisation_id, subject), (organisation_id, "")):
                for flag in self._flags.get(key, ()):
                    flag.set()

    @contextmanager
    def listening(self, organisation_id: str, subject: str = "") -> Iterator[asyncio.Event]:
        """Yield a flag that is set whenever there may be something new; the follower clears it."""
        key = (organisation_id, subject)
        flag = asyncio.Event()
        self._flags.setdefault(key, set()).add(flag)
        try:
            yield flag
        finally:
            flags = self._flags[key]
            flags.discard(flag)
            if not flags:
                del self._flags[key]

    @property
    def followers(self) -> int:
        """How many listen at present."""
        return sum(len(flags) for flags in self._flags.values())
