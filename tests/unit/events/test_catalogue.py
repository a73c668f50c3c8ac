from __future__ import annotations

from pathlib import Path

from callwright.events.catalogue import DEFAULT_EVENTS, EVENT_TYPES, WEBHOOK_EVENTS, reference_table
from callwright.rules.outcomes import TERMINAL_EVENTS

REFERENCE = Path(__file__).parents[3] / "docs" / "reference" / "webhooks.md"


def test_every_way_a_call_ends_is_in_the_catalogue() -> None:
    assert EVENT_TYPES.keys() >= TERMINAL_EVENTS


def test_the_guides_five_are_sent_without_asking() -> None:
    of_calls = {name for name in DEFAULT_EVENTS if not name.startswith(("sms.", "email."))}
    assert of_calls == {"call.completed", "call.no_answer", "call.voicemail", "call.failed", "contact.optout"}
    assert DEFAULT_EVENTS <= WEBHOOK_EVENTS


def test_the_reference_page_holds_the_catalogue() -> None:
    assert reference_table() in REFERENCE.read_text(encoding="utf-8")
