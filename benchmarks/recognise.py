"""Words in an answer: how many are understood, how many are made up, what it costs, and what too many at once do.

Every answer goes the product's way: end of speech, recogniser in its process, synonyms, the wish not to be called.
"""

from __future__ import annotations

import argparse
import asyncio
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import psutil
from rich.console import Console
from rich.table import Table

from benchmarks.amd.voices import Studio
from benchmarks.recognition.corpus import ANSWERS, CONDITIONS, Clip, clips
from benchmarks.results import ROOT, write
from benchmarks.statistics import percentile, upper_bound
from callwright.flows.words import expected, find_choice
from callwright.rules.revocation import revocation_of
from callwright.speech.recognise.endpoint import Endpointer, SpeechEnded
from callwright.speech.recognise.engine import RATE, RecogniserBusy, Samples, possible_answers
from callwright.speech.recognise.models import find_models
from callwright.speech.recognise.recogniser import Recogniser
from callwright.telephony.answers import LEAST_CONFIDENCE

_CACHE = ROOT / ".cache" / "recognise"
_CHOICES = [[word] for word in ANSWERS]
_LANGUAGE = "en-US"
_WHAT = (
    "All voices are SYNTHETIC (SVOX Pico and espeak-ng in several manners), the line and its noise are computed: take "
    "the figures as a ranking, not as a field rate. Clips of one sentence at several conditions are not independent."
)
#: Methods: name, engine, and whether the model is told the possible answers.
METHODS = (
    ("Whisper, told the answers", "whisper", True),
    ("Whisper, told nothing", "whisper", False),
    ("pocketsphinx", "pocketsphinx", True),
)
#: Answers that arrive in each second, in multiples of what one worker can do.
LOADS = (0.5, 1.0, 2.0, 5.0)
_LOAD_SECONDS = 15.0


@dataclass(frozen=True, kw_only=True)
class Heard:
    """One clip and what became of it."""

    clip: Clip
    text: str
    confidence: float | None
    seconds: float


def main(arguments: list[str]) -> int:
    """Run it; returns the exit status."""
    parser = argparse.ArgumentParser(prog="./run bench recognise", description=__doc__)
    parser.add_argument("--every", type=int, default=1, metavar="N", help="every Nth take only")
    parser.add_argument("--errors", action="store_true", help="list what was understood wrongly")
    parser.add_argument("--without-load", action="store_true", help="no overload")
    options = parser.parse_args(arguments)
    result = asyncio.run(_run(options))
    print(f"\n{_WHAT}\n{write('recognise', result)}")
    return 0


async def _run(options: argparse.Namespace) -> dict[str, Any]:
    takes = list(clips(Studio(_CACHE / "speech"), every=options.every))
    answers = {id(clip): answer_of(clip.samples) for clip in takes}
    result: dict[str, Any] = {
        "what": _WHAT,
        "clips": len(takes),
        "not_noticed": sum(answer is None for answer in answers.values()),
        "least_confidence": LEAST_CONFIDENCE,
        "methods": {},
    }
    console = Console()
    for name, engine, told in METHODS:
        heard, cost = await _method(takes, answers, engine, told=told)
        result["methods"][name] = {"conditions": _summarise(heard), **cost}
        _show(console, name, result["methods"][name])
        if options.errors:
            _errors(console, heard)
    if not options.without_load:
        spoken = [answer for answer in answers.values() if answer is not None]
        result["load"] = await _load(spoken, result["methods"][METHODS[0][0]]["seconds_an_answer"])
        _show_load(console, result["load"])
    return result


def answer_of(samples: Samples) -> Samples | None:
    """Return what the product would hand to the recogniser; ``None``: it notices no speech."""
    endpointer = Endpointer()
    padded = np.concatenate((samples, np.zeros(RATE, dtype=np.int16)))
    found = [event for begin in range(0, len(padded), 160) for event in endpointer.push(padded[begin : begin + 160])]
    ended = [event.samples for event in found if isinstance(event, SpeechEnded)]
    # a pause within it parts an answer: the first part decides
    return ended[0] if ended else None


async def _method(
    takes: Sequence[Clip], answers: dict[int, Samples | None], engine: Any, *, told: bool
) -> tuple[list[Heard], dict[str, float]]:
    recogniser = Recogniser(find_models(engine), wait_seconds=60, answer_seconds=60)
    words = expected(_CHOICES, _LANGUAGE)
    prompt = possible_answers(list(ANSWERS))
    heard: list[Heard] = []
    try:
        await recogniser.warm()
        worker = psutil.Process(recogniser.pids[0])
        before, began = _cpu(worker), time.monotonic()
        for clip in takes:
            answer = answers[id(clip)]
            if answer is None:
                heard.append(Heard(clip=clip, text="", confidence=None, seconds=0.0))
                continue
            start = time.monotonic()
            # pocketsphinx hears nothing but expected words; Whisper is told them, or a prompt of nothing
            found = await recogniser.transcribe(
                answer, language=_LANGUAGE, prompt=prompt if told else " ", words=words if told else ()
            )
            seconds = time.monotonic() - start
            heard.append(Heard(clip=clip, text=found.text, confidence=found.confidence, seconds=seconds))
        elapsed, cpu = time.monotonic() - began, _cpu(worker) - before
        memory = worker.memory_info().rss
    finally:
        await recogniser.close()
    count = max(1, sum(answer is not None for answer in answers.values()))
    return heard, {
        "answers_a_second": count / elapsed,
        "seconds_an_answer": elapsed / count,
        "cpu_seconds_an_answer": cpu / count,
        "worker_mb": memory / 1e6,
    }


def _cpu(process: psutil.Process) -> float:
    times = process.cpu_times()
    return float(times.user + times.system)


def _understood(one: Heard) -> str:
    """Return the keyword, ``wish``, or ``""``; what the recogniser guesses counts as nothing."""
    if one.confidence is not None and one.confidence < LEAST_CONFIDENCE:
        return ""
    wish = revocation_of(one.text, _LANGUAGE, spoken=True)
    if wish is not None and wish.meaning == "revoke":
        return "wish"
    found = find_choice(_CHOICES, one.text, _LANGUAGE)
    return "" if found is None else found.phrase


def _summarise(heard: Sequence[Heard]) -> dict[str, dict[str, Any]]:
    summary = {}
    for condition in CONDITIONS:
        mine = [one for one in heard if one.clip.condition == condition]
        keywords = [one for one in mine if one.clip.meant in ANSWERS]
        others = [one for one in mine if one.clip.meant == ""]
        wishes = [one for one in mine if one.clip.meant == "wish"]
        wrong = sum(_understood(one) not in {"", one.clip.meant} for one in keywords)
        false = sum(_understood(one) != "" for one in others)
        made_up = sum(_understood(one) == "wish" for one in keywords + others)
        summary[condition] = {
            "keywords": len(keywords),
            "right": sum(_understood(one) == one.clip.meant for one in keywords) / max(1, len(keywords)),
            "another_keyword": wrong / max(1, len(keywords)),
            "others": len(others),
            "false_accepts": false / max(1, len(others)),
            "false_accepts_bound": upper_bound(false, len(others)),
            "wishes": len(wishes),
            "wishes_heard": sum(_understood(one) == "wish" for one in wishes) / max(1, len(wishes)),
            "wishes_made_up": made_up,
        }
    return summary


async def _load(spoken: Sequence[Samples], seconds: float) -> list[dict[str, Any]]:
    """Let answers arrive at a steady rate, more than can be understood; everybody gets a result."""
    loads = []
    for factor in LOADS:
        recogniser = Recogniser(find_models("whisper"))
        try:
            await recogniser.warm()
            count = max(1, round(_LOAD_SECONDS * factor / seconds))
            waits: list[float] = []
            refused: list[float] = []

            async def answer(
                number: int,
                recogniser: Recogniser = recogniser,
                waits: list[float] = waits,
                refused: list[float] = refused,
            ) -> None:
                start = time.monotonic()
                try:
                    await recogniser.transcribe(spoken[number % len(spoken)], prompt=possible_answers(list(ANSWERS)))
                    waits.append(time.monotonic() - start)
                except RecogniserBusy:
                    refused.append(time.monotonic() - start)

            tasks = []
            for number in range(count):
                tasks.append(asyncio.create_task(answer(number)))
                await asyncio.sleep(seconds / factor)
            await asyncio.gather(*tasks)
        finally:
            await recogniser.close()
        loads.append(
            {
                "factor": factor,
                "answers": count,
                "understood": len(waits),
                "refused": len(refused),
                "wait_p50": percentile(waits, 50),
                "wait_p95": percentile(waits, 95),
                "wait_longest": max([*waits, *refused], default=0.0),
            }
        )
    return loads


def _show(console: Console, name: str, method: dict[str, Any]) -> None:
    table = Table(title=name)
    for column in ("", "right", "other keyword", "false accepts (95 % bound)", "wishes heard", "wishes made up"):
        table.add_column(column)
    for condition, one in method["conditions"].items():
        table.add_row(
            condition,
            f"{one['right']:.1%} of {one['keywords']}",
            f"{one['another_keyword']:.1%}",
            f"{one['false_accepts']:.1%} ({one['false_accepts_bound']:.1%}) of {one['others']}",
            f"{one['wishes_heard']:.1%} of {one['wishes']}",
            str(one["wishes_made_up"]),
        )
    console.print(table)
    console.print(
        f"{method['answers_a_second']:.2f} answers a second by one worker, {method['cpu_seconds_an_answer']:.3f} CPU "
        f"seconds an answer, {method['worker_mb']:.0f} MB"
    )


def _show_load(console: Console, loads: Sequence[dict[str, Any]]) -> None:
    table = Table(title="One worker, answers at a multiple of its rate")
    for column in ("rate", "answers", "understood", "refused", "wait p50", "p95", "longest"):
        table.add_column(column)
    for one in loads:
        table.add_row(
            f"{one['factor']} x",
            str(one["answers"]),
            str(one["understood"]),
            str(one["refused"]),
            *(f"{one[name]:.2f} s" for name in ("wait_p50", "wait_p95", "wait_longest")),
        )
    console.print(table)


def _errors(console: Console, heard: Sequence[Heard]) -> None:
    for one in heard:
        if _understood(one) != one.clip.meant:
            console.print(
                f"{one.clip.condition:6} {one.clip.speaker:24} {one.clip.text!r} → {one.text!r} {one.confidence} "
                f"= {_understood(one)!r}",
                highlight=False,
            )
