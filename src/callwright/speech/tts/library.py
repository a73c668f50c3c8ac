"""All voices of this machine in one catalogue that notices what is installed and removed while it is in use."""

from __future__ import annotations

from collections.abc import Sequence

from callwright.speech.tts.engine import Voice
from callwright.speech.tts.installed import VoiceFolders, neural_voices
from callwright.speech.tts.shipped import shipped_voices
from callwright.speech.tts.voices import VoiceCatalogue


def open_catalogue(folders: VoiceFolders | None = None) -> VoiceCatalogue:
    """Return the voices of our packages and, where ``folders`` are given, the neural ones in them."""
    if folders is None:
        return VoiceCatalogue(shipped_voices())
    seen = folders.state()

    def look() -> Sequence[Voice] | None:
        nonlocal seen
        now = folders.state()
        if now == seen:
            return None
        seen = now
        return _all_voices(folders)

    return VoiceCatalogue(_all_voices(folders), look=look)


def _all_voices(folders: VoiceFolders) -> tuple[Voice, ...]:
    return (*shipped_voices(), *(entry.voice for entry in neural_voices(folders)))
