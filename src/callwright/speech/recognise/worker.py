"""A process that holds the models: ``python -m callwright.speech.recognise.worker MODELS``, which is JSON.

It keeps 200 MB and the crashes of native code out of the control plane. It reads requests on stdin and answers each on
stdout, in order; it ends when stdin ends, so it never outlives its parent.
"""

from __future__ import annotations

import os
import sys
from importlib import import_module
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
import orjson

from callwright.speech import frames
from callwright.speech.recognise.engine import Answer, RecognitionEngine
from callwright.speech.recognise.models import SPHINX, Models


class Worker:
    """Carries out requests; a model is loaded when it is first asked for."""

    def __init__(self, models: Models) -> None:
        self._models = models
        self._engines: dict[str, RecognitionEngine] = {}

    def answer(self, request: dict[str, Any], pcm: bytes) -> bytes:
        """Return the frame that answers a request; a failure is an answer, too (``error``)."""
        try:
            language = request["language"]
            engine = self._engine(language)
            if request["op"] == "load":
                return frames.pack({})
            found = engine.transcribe(
                Answer(
                    samples=np.frombuffer(pcm, dtype="<i2").astype(np.int16),
                    language=language,
                    prompt=request["prompt"],
                    words=tuple(request["words"]),
                )
            )
            return frames.pack({"text": found.text, "confidence": found.confidence})
        except Exception as error:
            return frames.pack({"error": f"{type(error).__name__}: {error}"})

    def _engine(self, language: str) -> RecognitionEngine:
        key = self._models.model_of(language)
        if key is None:
            raise LookupError(f"no model understands {language}")
        if key not in self._engines:
            self._engines[key] = _load(self._models, key)
        return self._engines[key]


def _load(models: Models, key: str) -> RecognitionEngine:
    """Load an engine. Imported here: the operator may have left one of them out."""
    name, argument = ("sphinx", ()) if key == SPHINX else ("whisper", (models.whisper[key],))
    module = import_module(f"callwright.speech.recognise.{name}")
    engine: RecognitionEngine = getattr(module, f"{name.capitalize()}Engine")(*argument)
    return engine


def serve(models: Models, requests: BinaryIO, answers: BinaryIO) -> None:
    """Answer requests until they end."""
    worker = Worker(models)
    while (frame := frames.read(requests)) is not None:
        answers.write(worker.answer(*frame))
        answers.flush()


def pack_models(models: Models) -> str:
    """Return the worker's argument."""
    folders = {language: str(folder) for language, folder in models.whisper.items()}
    return orjson.dumps({"whisper": folders, "sphinx": models.sphinx}).decode()


def read_models(argument: str) -> Models:
    """Return what ``pack_models`` wrote."""
    given = orjson.loads(argument)
    return Models(
        whisper={language: Path(folder) for language, folder in given["whisper"].items()}, sphinx=given["sphinx"]
    )


def main() -> None:
    """Serve stdin and stdout. What native code prints goes to stderr: it must not get between the frames."""
    answers = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    try:
        serve(read_models(sys.argv[1]), sys.stdin.buffer, answers)
    except (BrokenPipeError, EOFError):
        # the parent is gone in the middle of a frame
        sys.exit(1)


if __name__ == "__main__":
    main()
