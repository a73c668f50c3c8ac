"""Whom a bell wakes: the dialer here that has nothing to do, else all of them."""

from __future__ import annotations

import asyncio

from callwright.dispatch.bell import Bell


class Ringing(Bell):
    """Keeps what would be sent to other processes."""

    def __init__(self) -> None:
        super().__init__("postgresql://nobody.invalid/")
        self.sent: list[str] = []

    def _send(self, payload: str) -> None:
        self.sent.append(payload)


async def waiting(bell: Bell, *, idle: bool) -> asyncio.Task[None]:
    task = asyncio.create_task(bell.wait(60, idle=idle))
    await asyncio.sleep(0)
    return task


async def test_an_idle_dialer_takes_what_is_due_and_nobody_else_is_woken() -> None:
    bell = Ringing()
    dialer = await waiting(bell, idle=True)
    bell.ring()
    await dialer
    assert bell.sent == []


async def test_a_second_call_before_it_has_begun_wakes_the_others_too() -> None:
    bell = Ringing()
    dialer = await waiting(bell, idle=True)
    bell.ring()
    bell.ring()
    await dialer
    assert bell.sent == ["due"]


async def test_all_are_woken_where_nobody_waits_or_who_waits_has_no_room() -> None:
    bell = Ringing()
    bell.ring()
    await bell.wait(60, idle=True)
    bell.ring()
    dialer = await waiting(bell, idle=False)
    await dialer
    dialer = await waiting(bell, idle=False)
    bell.ring()
    await dialer
    assert bell.sent == ["due"] * 3


async def test_who_was_cancelled_waits_no_more() -> None:
    bell = Ringing()
    dialer = await waiting(bell, idle=True)
    dialer.cancel()
    await asyncio.gather(dialer, return_exceptions=True)
    bell.ring()
    assert bell.sent == ["due"]
