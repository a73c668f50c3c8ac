"""The call in which somebody records an audio: speak, hear it again, keep it or record it anew."""

from __future__ import annotations

from typing import Any, Final

from callwright.flows.language import Flow, parse_flow

#: The key that keeps what was recorded, and the one that records it anew.
KEEP: Final = "1"
AGAIN: Final = "2"
#: Longest recording, and the pause that ends one, in seconds.
MAX_SECONDS: Final = 600
_SILENCE_SECONDS: Final = 10


def dictation_flow(audio_id: str) -> Flow:
    """Return the flow; ``audio_id`` is what is being made: played, it is the recording so far.

    English, spoken by an English voice whatever the organisation's.
    """
    return parse_flow(
        {
            "start": "hello",
            "language": "en",
            "steps": {
                "hello": {
                    **_say("Record your message after the tone. Press the pound key when you are done."),
                    "next": "record",
                },
                "record": {
                    "type": "record",
                    "max_seconds": MAX_SECONDS,
                    "silence_seconds": _SILENCE_SECONDS,
                    "terminator": "#",
                    "next": "heard",
                },
                "heard": {**_say("This is your message."), "next": "play"},
                "play": {"type": "play", "audio": audio_id, "next": "ask"},
                "ask": {
                    "type": "gather",
                    "prompt": [_say(f"To keep it, press {KEEP}. To record it again, press {AGAIN}.")],
                    "attempts": 3,
                    "branches": {KEEP: "kept", AGAIN: "hello"},
                    "next": "lost",
                },
                "kept": _say("Your message is saved. Goodbye."),
                "lost": _say("Your message is not saved. Goodbye."),
            },
        }
    )


def _say(text: str) -> dict[str, Any]:
    return {"type": "say", "text": text}
