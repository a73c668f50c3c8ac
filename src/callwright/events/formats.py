"""Webhooks in the body of another service: who makes it, and how often it is tried.

A renderer reads stored facts when the webhook is first sent; what it makes is kept, so that every try sends the same.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Collection, Mapping
from typing import Any

from callwright.events.catalogue import DEFAULT_EVENTS
from callwright.events.sending import Delivery
from callwright.rules.outcomes import TERMINAL_EVENTS

#: Returns the body of a delivery of its format.
Renderer = Callable[[Delivery], Awaitable[Mapping[str, Any]]]


def unasked(format: str | None) -> Collection[str]:
    """Return the events of a call that its ``webhook_url`` gets in a format although nobody asked for them."""
    return TERMINAL_EVENTS if format == "effebot" else DEFAULT_EVENTS


def policy_of(format: str | None, event_type: str) -> str | None:
    """Return the retry ladder (``rules.webhooks``) of an event in a format; ``None``: the one that was asked for.

    That vendor's document: a request at every change of status, the one after the end, and those that a flow sends,
    again until they are answered.
    """
    if format != "effebot":
        return None
    return "effebot" if event_type in TERMINAL_EVENTS or event_type == "call.dtmf" else "once"
