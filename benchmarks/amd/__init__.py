"""Who answered? The detector on a corpus that is built here: people called machines, machines called people, waits.

The score and every limit are chosen on one half (espeak-ng, Pico, four recorded speakers); the other half is measured
(Kokoro, Piper, Flite, four other recorded speakers, other texts).
"""

from __future__ import annotations

import argparse
import asyncio
import itertools
import sys
import time
from collections.abc import Iterable
from dataclasses import asdict
from pathlib import Path
from typing import Any

from benchmarks.amd import app_amd, halves, learning, report, words
from benchmarks.amd.corpus import Clip, Take
from benchmarks.amd.measure import Heard, Outcome, cost, decide, hear
from benchmarks.amd.recordings import NoRecordings
from benchmarks.amd.voices import Studio
from benchmarks.results import ROOT, write
from callwright.speech.listen.score import Forest
from callwright.speech.listen.thresholds import Thresholds

_CACHE = ROOT / ".cache" / "amd"
_VOICES = ROOT / ".cache" / "voices"
#: Clips on which the cost is measured.
_COST_CLIPS = 20
_WHAT = (
    "SYNTHETIC: the voices of Kokoro, Piper and Flite, all noise, line, echo and beeps. Recorded: prompts of Debian's "
    "Asterisk packages, by real people, but read in a studio; 'recorded word' and 'recorded phrase' are short prompts "
    "in the part of a person. Each clip at 12 dB and above is another take. No engine, no recorded speaker and no text "
    "of these clips was learned from, and no limit was chosen on them. Nothing here was recorded on a telephone line: "
    "take the figures as a ranking, not as a field rate."
)


def main(arguments: list[str]) -> int:
    """Run it; returns the exit status."""
    parser = argparse.ArgumentParser(prog="./run bench amd", description=__doc__)
    parser.add_argument("--every", type=int, default=1, metavar="N", help="measure every Nth take only")
    parser.add_argument(
        "--learn", type=Path, metavar="FILE", help="only learn the score from the training half and write it to FILE"
    )
    parser.add_argument(
        "--validate", action="store_true", help="the training half, each speaker by a score learned from the others"
    )
    parser.add_argument("--errors", action="store_true", help="list the clips that were decided wrongly")
    parser.add_argument("--without-words", action="store_true", help="do not ask the recogniser")
    parser.add_argument("--without-app-amd", action="store_true", help="do not run Asterisk's own detector")
    options = parser.parse_args(arguments)
    studio = Studio(_CACHE / "speech", voices=_VOICES, packages=_CACHE / "recordings")
    try:
        if options.learn:
            learning.learn(studio, _CACHE / "recordings", options.learn)
        elif options.validate:
            _validate(studio, options)
        else:
            _measure(studio, options)
    except (NoRecordings, halves.NoVoices) as error:
        print(error, file=sys.stderr)
        return 1
    return 0


def _measure(studio: Studio, options: argparse.Namespace) -> None:
    began = time.monotonic()
    takes = halves.held_out(studio, _CACHE / "recordings")
    heard = list(hear(halves.clips(studio, takes, learning=False, every=options.every)))
    outcomes = [decide(one) for one in heard]
    cpu = cost(itertools.islice(halves.clips(studio, takes, learning=False), _COST_CLIPS))
    rows = None if options.without_app_amd else _app_amd(studio, takes, options)
    summary = _show(outcomes, options)
    again = halves.clips(studio, takes, learning=False, every=options.every)
    said = None if options.without_words else _with_words(again, heard, outcomes, options)
    print(f"CPU: {cpu * 1000:.1f} ms a second of sound")
    report.show_app_amd(rows)
    result: dict[str, Any] = {
        "what": _WHAT,
        "every": options.every,
        "thresholds": asdict(Thresholds()),
        "clips": len(heard),
        "cpu_per_audio_second": cpu,
        "with_words": said,
        "app_amd": rows,
    }
    path = write("amd" if options.every == 1 else "amd-quick", result | summary)
    print(f"\n{_WHAT}\n{time.monotonic() - began:.0f} s\n{path}")


def _validate(studio: Studio, options: argparse.Namespace) -> None:
    found = learning.validated(studio, _CACHE / "recordings")
    _show(found.outcomes, options)
    if not options.without_words:
        again = halves.clips(studio, halves.training(studio, _CACHE / "recordings"), learning=True)
        _with_words(again, found.heard, found.outcomes, options, found.forests)


def _with_words(
    clips: Iterable[Clip],
    heard: list[Heard],
    outcomes: list[Outcome],
    options: argparse.Namespace,
    forests: list[Forest] | None = None,
) -> dict[str, Any] | None:
    """Show and return what is made of the same clips with words; ``None``: there is no recogniser."""
    reason = words.absent()
    if reason is not None:
        print(f"with words: not measured: {reason}")
        return None
    print("\nWITH WORDS: the recogniser is asked as in the product (synthetic English only; the others by sound)")
    found = list(words.with_words(clips, heard, outcomes, forests))
    summary = _show([each.outcome for each in found], options)
    effort = words.effort(found)
    report.show_effort(effort)
    return summary | {"effort": effort}


def _show(outcomes: list[Any], options: argparse.Namespace) -> dict[str, Any]:
    summary = report.summarise(outcomes)
    report.show(summary)
    print("\n".join(report.verdicts_on_aims(summary["conditions"]["12 dB and above"])))
    if options.errors:
        _list_errors(outcomes)
    return summary


def _app_amd(studio: Studio, takes: list[Take], options: argparse.Namespace) -> dict[str, Any]:
    """Return what Asterisk's own detector makes of the same clips, but those with our own prompt or at 6 dB."""
    every = halves.clips(studio, takes, learning=False, every=options.every)
    return asyncio.run(app_amd.judge(clip for clip in every if clip.condition in report.USUAL))


def _list_errors(outcomes: list[Any]) -> None:
    for o in outcomes:
        if not o.right or (o.clip.take.who == "human" and o.ever_machine):
            take = o.clip.take
            last = None if o.last is None else (o.last.answerer.value, o.last.reason.value, round(o.last.at, 2))
            print(take.who, take.kind, take.speaker, o.clip.condition, round(take.first_turn, 2), take.beep_end, last,
                  file=sys.stderr)  # fmt: skip
