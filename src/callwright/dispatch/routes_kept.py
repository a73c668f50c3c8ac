"""The channels of the routes that this process owns: opened, opened anew when a route changes, closed."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from callwright.messages.channel import Channel, Inbox, Opener
from callwright.messages.models import Route
from callwright.messages.routes import MessageRoutes

log = logging.getLogger(__name__)


@dataclass(frozen=True, kw_only=True)
class _Kept:
    route: Route
    #: ``None``: its options are wrong.
    channel: Channel | None
    problem: str | None = None


class KeptRoutes:
    """Keeps one channel a route."""

    def __init__(self, routes: MessageRoutes, inbox: Inbox, openers: Mapping[str, Opener], *, sender_id: str) -> None:
        self._routes = routes
        self._inbox = inbox
        self._openers = openers
        self._sender_id = sender_id
        self._kept: dict[str, _Kept] = {}
        self._closing: set[asyncio.Task[None]] = set()
        #: What this process can carry; routes of the other channels are left to other processes.
        self._channels = sorted({"email" if key.startswith(("email/", "smtp")) else "sms" for key in openers})

    def channel(self, route_id: str) -> Channel | None:
        """Return the channel of a route, ``None`` when it is not ours any more."""
        kept = self._kept.get(route_id)
        return None if kept is None else kept.channel

    def windows(self) -> dict[str, int]:
        """Return how many messages each route that is ready may have in hand."""
        return {
            key: kept.channel.window
            for key, kept in self._kept.items()
            if kept.channel is not None and kept.channel.ready
        }

    def states(self) -> dict[str, Mapping[str, Any]]:
        """Return what people see of each route."""
        return {
            key: {"ready": False, "problem": kept.problem}
            if kept.channel is None
            else {"ready": kept.channel.ready, **kept.channel.state()}
            for key, kept in self._kept.items()
        }

    async def keep(self) -> bool:
        """Open what is new, close what is gone, do both for what changed; return whether anything was."""
        wanted = {route.id: route for route in await self._routes.own(self._sender_id, self._channels)}
        changed = False
        for key in [key for key, kept in self._kept.items() if wanted.get(key) != kept.route]:
            self._close(self._kept.pop(key))
            changed = True
        for key, route in wanted.items():
            if key not in self._kept:
                self._kept[key] = await self._open(route)
                changed = True
        return changed

    async def close(self) -> None:
        """Close all and wait for it."""
        for kept in self._kept.values():
            self._close(kept)
        self._kept = {}
        await asyncio.gather(*self._closing, return_exceptions=True)

    async def _open(self, route: Route) -> _Kept:
        opener = self._openers.get(f"{route.channel}/{route.kind}") or self._openers.get(route.kind)
        if opener is None:
            return _Kept(route=route, channel=None, problem=f"this appliance has no way of the kind {route.kind!r}")
        try:
            channel = opener(route, self._inbox)
            await channel.start()
        except Exception as error:
            # one route's wrong options must not keep the others from being opened
            log.exception("the route %s cannot be opened", route.name)
            return _Kept(route=route, channel=None, problem=str(error))
        return _Kept(route=route, channel=channel)

    def _close(self, kept: _Kept) -> None:
        if kept.channel is None:
            return
        task = asyncio.get_running_loop().create_task(_stop(kept.route.name, kept.channel))
        self._closing.add(task)
        task.add_done_callback(self._closing.discard)


async def _stop(name: str, channel: Channel) -> None:
    try:
        await channel.stop()
    except Exception:
        log.exception("the route %s did not close cleanly", name)
