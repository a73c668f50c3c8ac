"""What a trial needs where nobody plays audio and nobody is understood."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from callwright.speech.recognise.engine import Transcript
from callwright.speech.recognise.models import Models


class NoAudio:
    async def place(self, organisation_id: str, audio_ids: object) -> None:
        raise AssertionError

    async def file(self, organisation_id: str, audio_id: str) -> Path:
        raise AssertionError


class Deaf:
    models = Models()

    async def transcribe(
        self, samples: Any, *, language: str, prompt: str = "", words: Sequence[str] = ()
    ) -> Transcript:
        raise AssertionError

    async def warm(self, language: str) -> None:
        raise AssertionError
