"""A process that listens to calls: ``python -m callwright.speech.listen.worker``.

The network that tells speech from noise takes 3 ms of CPU for each second of sound: a hundred calls that are answered
at the same time would take a third of the control plane's one thread. Here they take it from nobody.

It reads sound on stdin and answers each piece on stdout, in order; it ends when stdin ends, so it never outlives its
parent.
"""

from __future__ import annotations

import os
import sys
from typing import BinaryIO

import numpy as np

from callwright.speech.listen import messages
from callwright.speech.listen.detector import Detector
from callwright.speech.listen.vad import SileroMeter


class Ward:
    """The calls that are listened to, by number."""

    def __init__(self) -> None:
        self._detectors: dict[int, Detector] = {}

    def answer(self, piece: messages.Piece) -> bytes | None:
        """Take a piece of a call's sound and return the message with what it decides; ``None`` at a call's end."""
        if piece.ends:
            self._detectors.pop(piece.call, None)
            return None
        try:
            detector = self._detectors.get(piece.call)
            if detector is None:
                detector = self._detectors[piece.call] = Detector(words=True)
            if piece.cue is not None:
                return messages.pack_events(piece.call, detector.told(piece.cue))
            events = detector.push(np.frombuffer(piece.samples, dtype="<i2").astype(np.int16), piece.at)
            return messages.pack_events(piece.call, events)
        except Exception as error:
            self._detectors.pop(piece.call, None)
            return messages.pack_fault(piece.call, f"{type(error).__name__}: {error}")


def serve(pieces: BinaryIO, answers: BinaryIO) -> None:
    """Answer pieces until they end."""
    ward = Ward()
    # the network is loaded before anybody waits for it
    SileroMeter()
    while (piece := messages.read_piece(pieces)) is not None:
        answer = ward.answer(piece)
        if answer is not None:
            answers.write(answer)
            answers.flush()


def main() -> None:
    """Serve stdin and stdout. What native code prints goes to stderr: it must not get between the messages."""
    answers = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    try:
        serve(sys.stdin.buffer, answers)
    except (BrokenPipeError, EOFError):
        # the parent is gone in the middle of a message
        sys.exit(1)


if __name__ == "__main__":
    main()
