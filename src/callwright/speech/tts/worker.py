"""A process that holds the engines' native code: ``python -m callwright.speech.tts.worker --voices FOLDER``.

It keeps GPL code and crashes out of the control plane. It reads requests on stdin and answers each on stdout, in
order; it ends when stdin ends, so it never outlives its parent.
"""

from __future__ import annotations

import argparse
import os
import sys
from dataclasses import asdict
from importlib import import_module
from pathlib import Path
from typing import Any, BinaryIO

from callwright.speech import frames
from callwright.speech.tts.engine import SpeechEngine, Utterance
from callwright.speech.tts.installed import KOKORO, PIPER, VoiceFolders, neural_voices
from callwright.speech.tts.shipped import ESPEAK, LIGHT, PICO, shipped_voices

#: Engine → module and class. Imported when first asked for: an operator may have left one of them out.
_ENGINES = {
    PICO: ("callwright.speech.tts.pico", "PicoEngine"),
    ESPEAK: ("callwright.speech.tts.espeak", "EspeakEngine"),
    KOKORO: ("callwright.speech.tts.kokoro", "KokoroEngine"),
    PIPER: ("callwright.speech.tts.piper", "PiperEngine"),
}


class Worker:
    """Carries out requests; an engine is loaded when it is first asked."""

    def __init__(self, folders: VoiceFolders | None = None) -> None:
        """``folders``: where neural voices are; ``None``: there are none."""
        self._folders = folders
        self._engines: dict[str, SpeechEngine] = {}

    def answer(self, request: dict[str, Any]) -> bytes:
        """Return the frame that answers a request; a failure is an answer, too (``error``)."""
        try:
            if request["op"] == "voices":
                neural = () if self._folders is None else neural_voices(self._folders)
                known = (*shipped_voices(), *(entry.voice for entry in neural))
                installed = sorted({voice.engine for voice in known})
                voices = [asdict(voice) for name in installed for voice in self._engine(name).voices()]
                return frames.pack({"voices": voices})
            utterance = Utterance(
                text=request["text"], voice_id=request["voice_id"], rate=request["rate"], pitch=request["pitch"]
            )
            samples, rate = self._engine(request["engine"]).synthesize(utterance)
            return frames.pack({"sample_rate": rate}, samples.astype("<i2").tobytes())
        except Exception as error:
            return frames.pack({"error": f"{type(error).__name__}: {error}"})

    def _engine(self, name: str) -> SpeechEngine:
        if name not in self._engines:
            module, maker = _ENGINES[name]
            make = getattr(import_module(module), maker)
            self._engines[name] = make() if name in LIGHT else make(self._folders)
        return self._engines[name]


def serve(requests: BinaryIO, answers: BinaryIO, folders: VoiceFolders | None = None) -> None:
    """Answer requests until they end."""
    worker = Worker(folders)
    while (frame := frames.read(requests)) is not None:
        answers.write(worker.answer(frame[0]))
        answers.flush()


def main() -> None:
    """Serve stdin and stdout. What native code prints goes to stderr: it must not get between the frames."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--voices", type=Path, help="folder of the installed neural voices")
    parser.add_argument("--more", type=Path, action="append", default=[], help="further folders of Piper voices")
    parser.add_argument("--nice", type=int, default=0, help="give way to other processes so much")
    given = parser.parse_args()
    os.nice(given.nice)
    folders = None if given.voices is None else VoiceFolders(own=given.voices, more=tuple(given.more))
    answers = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    try:
        serve(sys.stdin.buffer, answers, folders)
    except (BrokenPipeError, EOFError):
        # the parent is gone in the middle of a frame
        sys.exit(1)


if __name__ == "__main__":
    main()
