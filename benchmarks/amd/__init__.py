"""Who answered? The detector on a corpus that is built here: people called machines, machines called people, waits.

The score is learned from espeak-ng's voices and two recorded speakers, and measured on Pico's and on six more packages.
"""

from __future__ import annotations

import argparse
import asyncio
import itertools
import sys
import time
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.amd import app_amd, corpus, learning, recordings, report
from benchmarks.amd.corpus import Clip, Take
from benchmarks.amd.measure import decide, hear
from benchmarks.amd.voices import Studio
from benchmarks.results import ROOT, write
from callwright.speech.listen.thresholds import Thresholds

_CACHE = ROOT / ".cache" / "amd"
_SEED = 20261121
_WHAT = (
    "Most voices are SYNTHETIC speech (SVOX Pico); noise, line, echo and beeps are computed. "
    "Recorded voices are prompts of Debian's Asterisk packages: real, but read in a studio; 'recorded word' is a short "
    "prompt in the part of a person. Clips of one take at several SNRs are not independent, so bounds are optimistic. "
    "Every fourth take was in view when the limits of the score were chosen: --without 4 leaves these out, and what is "
    "left has the same voices and texts. "
    "Nothing here was recorded on a telephone line: take the figures as a ranking, not as a field rate."
)


def main(arguments: list[str]) -> int:
    """Run it; returns the exit status."""
    parser = argparse.ArgumentParser(prog="./run bench amd", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="a sample of the clips, about a minute")
    parser.add_argument("--every", type=int, default=1, metavar="N", help="measure every Nth take only")
    parser.add_argument(
        "--without",
        type=int,
        default=0,
        metavar="N",
        help="leave out every Nth take; 4: those that were in view when limits were chosen",
    )
    parser.add_argument(
        "--learn", type=Path, metavar="FILE", help="only learn the score from the training half and write it to FILE"
    )
    parser.add_argument("--errors", action="store_true", help="list the clips that were decided wrongly")
    parser.add_argument(
        "--app-amd-every",
        type=int,
        default=1,
        metavar="N",
        help="let app_amd judge every Nth of these clips only; they come at three SNRs in turn",
    )
    parser.add_argument("--without-app-amd", action="store_true", help="do not run Asterisk's own detector")
    options = parser.parse_args(arguments)
    began = time.monotonic()
    studio = Studio(_CACHE / "speech")
    result: dict[str, Any] = {
        "what": _WHAT,
        "quick": options.quick,
        "every": options.every,
        "without_every": options.without,
        "thresholds": asdict(Thresholds()),
    }
    if options.learn:
        learning.learn(studio, _CACHE / "recordings", _SEED + 2, options.learn)
        return 0
    takes, missing = _held_out(studio)
    if options.without:
        takes = [take for number, take in enumerate(takes) if number % options.without]
    takes = takes[:: options.every]
    heard = list(hear(_clips(studio, takes, quick=options.quick)))
    outcomes = [decide(one) for one in heard]
    summary = report.summarise(outcomes)
    audio = corpus.SECONDS * len(heard)
    result |= summary | {
        "clips": len(heard),
        "without_recordings": missing,
        "cpu_per_audio_second": sum(one.cpu_seconds for one in heard) / audio,
        "app_amd": None if options.without_app_amd else _app_amd(studio, takes, options),
    }
    path = write("amd-quick" if options.quick else "amd", result)
    report.show(summary)
    print("\n".join(report.verdicts_on_aims(summary["conditions"]["12 dB and above"])))
    print(f"CPU: {result['cpu_per_audio_second'] * 1000:.1f} ms a second of sound")
    report.show_app_amd(result["app_amd"])
    if missing:
        print(f"No recorded voices: {missing}")
    print(f"\n{_WHAT}\n{time.monotonic() - began:.0f} s\n{path}")
    if options.errors:
        _list_errors(outcomes)
    return 0


def _held_out(studio: Studio) -> tuple[list[Take], str]:
    """Return the takes that are measured, and why recorded ones are missing, if they are."""
    chance = np.random.default_rng(_SEED)
    takes = list(corpus.synthetic(studio, "pico", chance, machines=240))
    try:
        speakers = recordings.fetch(_CACHE / "recordings")
    except recordings.NoRecordings as error:
        return takes, str(error)
    for speaker, files in speakers.items():
        takes += corpus.recorded(speaker, corpus.real_prompts(files), chance)
    return takes, ""


def _clips(studio: Studio, takes: list[Take], *, quick: bool) -> Iterator[Clip]:
    """Yield each take at each SNR, and every third with echo; when quick one take in five, each at one SNR."""
    chance = np.random.default_rng(_SEED + 1)
    prompt = corpus.our_prompt(studio)
    voices = [take.signal for take in takes if take.kind == "medium"][:40]
    order = chance.permutation(len(takes))
    step = 20 if quick else 1
    for place, index in enumerate(order):
        take = takes[int(index)]
        if quick and place % step >= 4:
            continue
        snrs = (corpus.SNRS[place % step],) if quick else corpus.SNRS
        for snr in snrs:
            yield corpus.over(take, snr, chance, voices)
        if place % 3 == 0:
            echoes = (corpus.ECHOES[place // 3 % 3],)
            for echo in echoes:
                yield corpus.with_echo(take, echo, prompt, chance, voices)
        if place % 3 == 1 and take.who == "human":
            yield corpus.talking_over(take, voices, prompt, chance, voices)


def _app_amd(studio: Studio, takes: list[Take], options: argparse.Namespace) -> dict[str, Any]:
    """Return what Asterisk's own detector makes of the same clips, but those with our own prompt or at 6 dB."""
    usual = (clip for clip in _clips(studio, takes, quick=options.quick) if clip.condition in {"40", "20", "12"})
    return asyncio.run(app_amd.judge(itertools.islice(usual, 0, None, options.app_amd_every)))


def _list_errors(outcomes: list[Any]) -> None:
    for o in outcomes:
        if not o.right or (o.clip.take.who == "human" and o.ever_machine):
            take = o.clip.take
            last = None if o.last is None else (o.last.answerer.value, o.last.reason.value, round(o.last.at, 2))
            print(take.who, take.kind, take.speaker, o.clip.condition, round(take.first_turn, 2), take.beep_end, last,
                  file=sys.stderr)  # fmt: skip
