"""Rates with their bounds, by condition; people called machines first."""

from __future__ import annotations

import statistics
from collections.abc import Callable, Sequence
from typing import Any

from rich.console import Console
from rich.table import Table

from benchmarks.amd.measure import Outcome
from benchmarks.statistics import percentile, upper_bound
from callwright.speech.listen.events import Answerer

#: What is aimed at, on the upper bound, at 12 dB and above.
AIMS = {"human_called_machine": 0.01, "machine_called_human": 0.03, "median_wait": 1.0}
#: Conditions to which the aims apply.
USUAL = ("40", "20", "12")

#: Confidences that are looked at together, by the lowest of each.
_BANDS = ((0.98, "0.98 to 1"), (0.95, "0.95 to 0.98"), (0.9, "0.9 to 0.95"), (0.8, "0.8 to 0.9"), (0.0, "below 0.8"))


def summarise(outcomes: Sequence[Outcome]) -> dict[str, Any]:
    """Return all figures as they are written to the JSON."""
    usual = [o for o in outcomes if o.clip.condition in USUAL]
    rows = {"12 dB and above": figures(usual)}
    for condition in dict.fromkeys(o.clip.condition for o in outcomes):
        name = f"SNR {condition}" if condition.isdigit() else condition
        rows[name] = figures([o for o in outcomes if o.clip.condition == condition])
    kinds = {}
    for source in ("synthetic", "recorded"):
        for kind in dict.fromkeys(o.clip.take.kind for o in usual):
            some = [o for o in usual if o.clip.take.kind == kind and o.clip.take.source == source]
            if some:
                kinds[f"{some[0].clip.take.who}: {kind}, {source}"] = figures(some)
    return {"conditions": rows, "kinds": kinds, "beeps": _beeps(usual), "confidence": _confidence(usual)}


def figures(outcomes: Sequence[Outcome]) -> dict[str, Any]:
    """Return the rates of some clips."""
    humans = [o for o in outcomes if o.clip.take.who == "human"]
    machines = [o for o in outcomes if o.clip.take.who == "machine"]
    # who is not known is spoken to as well
    spoken_to = {Answerer.HUMAN, Answerer.UNSURE}
    waits = [o.wait for o in humans if o.first and o.first.answerer in spoken_to and o.wait is not None]
    decided = [o.first.at for o in machines if o.first and o.first.answerer is Answerer.MACHINE]
    return {
        "humans": len(humans),
        "human_called_machine": _rate(humans, lambda o: o.ever_machine),
        "human_missed": _rate(humans, lambda o: not o.right and not o.ever_machine),
        "machines": len(machines),
        "machine_called_human": _rate(machines, lambda o: o.last is not None and o.last.answerer is Answerer.HUMAN),
        "machine_called_human_at_first": _rate(
            machines, lambda o: o.first is not None and o.first.answerer is Answerer.HUMAN
        ),
        "machine_missed": _rate(
            machines, lambda o: not o.right and not (o.last is not None and o.last.answerer is Answerer.HUMAN)
        ),
        "human_wait_median": statistics.median(waits) if waits else None,
        "human_wait_p95": percentile(waits, 95) if waits else None,
        "machine_decided_median": statistics.median(decided) if decided else None,
    }


def _rate(outcomes: Sequence[Outcome], failed: Callable[[Outcome], bool]) -> dict[str, Any]:
    count = sum(failed(outcome) for outcome in outcomes)
    total = len(outcomes)
    rate = count / total if total else None
    return {"count": count, "rate": rate, "upper_95": upper_bound(count, total) if total else None}


def _beeps(outcomes: Sequence[Outcome]) -> dict[str, Any]:
    with_beep = [o for o in outcomes if o.clip.take.beep_end is not None]
    without = [o for o in outcomes if o.clip.take.beep_end is None and o.clip.take.who == "human"]
    machines = [o for o in outcomes if o.clip.take.who == "machine" and o.greeting_end is not None]
    early = [o for o in machines if o.greeting_end is not None and o.greeting_end < o.clip.take.first_turn - 0.1]
    return {
        "beeps": len(with_beep),
        "not_found": _rate(with_beep, lambda o: not o.beep_found),
        "found_in_people": _rate(without, lambda o: bool(o.beeps)),
        "greeting_ended_early": {"count": len(early), "of": len(machines)},
    }


def _confidence(outcomes: Sequence[Outcome]) -> dict[str, Any]:
    """Return what verdicts said of themselves, and how many were right."""
    bands: dict[str, list[tuple[float, bool]]] = {}
    for o in outcomes:
        if o.first is not None and o.first.answerer in {Answerer.HUMAN, Answerer.MACHINE}:
            said = o.first.confidence
            band = next(name for limit, name in _BANDS if said >= limit)
            bands.setdefault(f"{o.first.answerer.value}, {o.first.reason.value}, {band}", []).append(
                (said, o.first.answerer.value == o.clip.take.who)
            )
    return {
        name: {
            "clips": len(pairs),
            "said": statistics.mean(said for said, _ in pairs),
            "right": statistics.mean(right for _, right in pairs),
        }
        for name, pairs in sorted(bands.items())
    }


def show(summary: dict[str, Any]) -> None:
    """Print the tables."""
    console = Console(width=150)
    for title, rows in (("By condition", summary["conditions"]), ("By kind, 12 dB and above", summary["kinds"])):
        table = Table(title=title, title_justify="left")
        for column in ("", "people", "called machines", "at most", "no verdict", "machines", "called people", "at most",
                       "at first", "no verdict", "wait p50", "p95"):  # fmt: skip
            table.add_column(column, justify="left" if not column else "right")
        for name, row in rows.items():
            human, machine = row["human_called_machine"], row["machine_called_human"]
            table.add_row(
                name,
                str(row["humans"] or "-"),
                _percent(human["rate"]),
                _percent(human["upper_95"]),
                _percent(row["human_missed"]["rate"]),
                str(row["machines"] or "-"),
                _percent(machine["rate"]),
                _percent(machine["upper_95"]),
                _percent(row["machine_called_human_at_first"]["rate"]),
                _percent(row["machine_missed"]["rate"]),
                _seconds(row["human_wait_median"]),
                _seconds(row["human_wait_p95"]),
            )
        console.print(table)
    beeps = summary["beeps"]
    console.print(
        f"Beeps not found: {_percent(beeps['not_found']['rate'])} of {beeps['beeps']} (at most "
        f"{_percent(beeps['not_found']['upper_95'])}); people with a false beep: "
        f"{beeps['found_in_people']['count']}; greetings said to be over too early: "
        f"{beeps['greeting_ended_early']['count']} of {beeps['greeting_ended_early']['of']}"
    )
    table = Table(title="First verdicts: confidence said, and how many were right", title_justify="left")
    for column in ("verdict, reason, confidence", "clips", "said", "right"):
        table.add_column(column)
    for name, row in summary["confidence"].items():
        table.add_row(name, str(row["clips"]), _percent(row["said"]), _percent(row["right"]))
    console.print(table)


def show_effort(effort: dict[str, Any]) -> None:
    """Print what asking for words took."""
    cpu = _seconds(effort["cpu_per_question"])
    kinds = ", ".join(f"{kind} {row['questions_a_clip']:.2f}" for kind, row in effort["kinds"].items())
    print(
        f"The recogniser was asked {effort['questions']} times in {effort['clips']} English clips at 12 dB and above; "
        f"{cpu} of a processor each (p95 {_seconds(effort['cpu_per_question_p95'])}). Questions a clip: {kinds}"
    )


def show_app_amd(rows: dict[str, Any] | None) -> None:
    """Print what Asterisk's own detector made of the same clips."""
    if rows is None:
        print("app_amd: not compared")
        return
    table = Table(title="app_amd as shipped, the same clips", title_justify="left")
    for column in ("", "people", "called machines", "at most", "machines", "called people", "at most"):
        table.add_column(column, justify="left" if not column else "right")
    for name, row in rows.items():
        human, machine = row["human_called_machine"], row["machine_called_human"]
        table.add_row(
            name,
            str(row["humans"]),
            _percent(human["rate"]),
            _percent(human["upper_95"]),
            str(row["machines"]),
            _percent(machine["rate"]),
            _percent(machine["upper_95"]),
        )
    Console(width=150).print(table)


def verdicts_on_aims(row: dict[str, Any]) -> list[str]:
    """Return a line for each aim: the bound against it."""
    wait = row["human_wait_median"]
    lines = [
        f"{name.replace('_', ' ')}: at most {_percent(row[name]['upper_95'])}, aim {_percent(AIMS[name])}: "
        + ("held" if row[name]["upper_95"] is not None and row[name]["upper_95"] <= AIMS[name] else "MISSED")
        for name in ("human_called_machine", "machine_called_human")
    ]
    held = "held" if wait is not None and wait <= AIMS["median_wait"] else "MISSED"
    return [*lines, f"median wait after a person's greeting: {_seconds(wait)}, aim 1.0 s: {held}"]


def _percent(value: float | None) -> str:
    return "-" if value is None else f"{value * 100:.1f} %"


def _seconds(value: float | None) -> str:
    return "-" if value is None else f"{value:.2f} s"
