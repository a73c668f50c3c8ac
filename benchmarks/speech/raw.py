"""The raw engine, as a baseline: it loads and speaks in this one process, nothing before and nothing after it.

``python -m benchmarks.speech.raw VOICE FOLDER`` reads sentences (JSON) on stdin and prints what they cost (JSON).
"""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path

import psutil

from callwright.speech.tts.engine import SpeechEngine, Utterance
from callwright.speech.tts.installed import VoiceFolders


def main() -> None:
    """Measure."""
    voice, folder = sys.argv[1:]
    sentences = json.load(sys.stdin)
    begin = time.process_time()
    engine = _open(voice.partition("-")[0], VoiceFolders(own=Path(folder)))
    engine.synthesize(Utterance(text="Yes.", voice_id=voice))
    loaded = time.process_time()
    seconds = 0.0
    for sentence in sentences:
        samples, rate = engine.synthesize(Utterance(text=sentence, voice_id=voice))
        seconds += len(samples) / rate
    used = time.process_time() - loaded
    memory = psutil.Process().memory_info().rss / 2**20
    print(json.dumps({"audio": seconds, "cpu": used, "load_cpu": loaded - begin, "rss_mb": memory}))


def _open(engine: str, folders: VoiceFolders) -> SpeechEngine:
    if engine == "kokoro":
        from callwright.speech.tts.kokoro import KokoroEngine  # noqa: PLC0415

        return KokoroEngine(folders)
    if engine == "piper":
        from callwright.speech.tts.piper import PiperEngine  # noqa: PLC0415

        return PiperEngine(folders)
    if engine == "pico":
        from callwright.speech.tts.pico import PicoEngine  # noqa: PLC0415

        return PicoEngine()
    from callwright.speech.tts.espeak import EspeakEngine  # noqa: PLC0415

    return EspeakEngine()


if __name__ == "__main__":
    main()
