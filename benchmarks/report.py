"""What the calls benchmark found, as numbers for the file and as tables for people."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

from rich.table import Table

from benchmarks import cpu
from benchmarks.callee import Calls
from benchmarks.statistics import percentile, rate

TITLES = {
    "ami": "AMI to dialplan",
    "ari": "raw ARI",
    "product": "Callwright",
}
#: Milliseconds; issue "Calls that nothing can break", item 5.
P99_AIM = 40.0
#: CPU of a call of the product, in multiples of the other conditions'.
RATIO_AIMS = {"ami": 2.0, "ari": 1.25}
GROUPS = ("Python", "speech", "PostgreSQL", "Asterisk")


def condition(
    name: str, *, requested: Mapping[str, float], seen: Calls, busy: cpu.Window, idle: cpu.Window
) -> dict[str, Any]:
    """Return the numbers of one condition; CPU is per call, without what the idle processes use in the same time."""
    waits = [(seen.invited[number] - at) * 1000 for number, at in requested.items() if number in seen.invited]
    invited = [seen.invited[number] for number in requested if number in seen.invited]
    lengths = [seen.ended[number] - seen.invited[number] for number in requested if number in seen.ended]
    calls = len(requested)
    scale = busy.seconds / idle.seconds
    groups = {
        group: {
            "ms_per_call": (used - idle.groups[group] * scale) * 1000 / calls,
            "idle_ms_per_s": idle.groups[group] * 1000 / idle.seconds,
        }
        for group, used in busy.groups.items()
    }
    return {
        "name": name,
        "calls": calls,
        "invited": len(invited),
        "ended": len(lengths),
        "repeated_invites": seen.repeated,
        "rate": rate(invited),
        "call_seconds_p50": percentile(lengths, 50),
        "to_invite_ms": {f"p{p}": percentile(waits, p) for p in (50, 90, 99, 100)},
        "cpu": groups,
        "cpu_ms_per_call": sum(group["ms_per_call"] for group in groups.values()),
        "others_cpu_percent": busy.others * 100 / busy.seconds,
        "others_cpu_percent_idle": idle.others * 100 / idle.seconds,
    }


def aims(conditions: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Return each aim of the product with what was measured, as far as its conditions were."""
    by_name = {measured["name"]: measured for measured in conditions}
    product = by_name.get("product")
    if product is None:
        return []
    found = [
        {"aim": "p99 to INVITE, ms", "at_most": P99_AIM, "measured": product["to_invite_ms"]["p99"]},
    ]
    for name, at_most in RATIO_AIMS.items():
        if name in by_name:
            ratio = product["cpu_ms_per_call"] / by_name[name]["cpu_ms_per_call"]
            found.append({"aim": f"CPU per call / {TITLES[name]}", "at_most": at_most, "measured": ratio})
    return [{**aim, "reached": bool(aim["measured"] <= aim["at_most"])} for aim in found]


def tables(result: Mapping[str, Any]) -> list[Table]:
    """Return the tables to be shown."""
    shown = [_latency(result), _cpu(result)] if result["conditions"] else []
    if result["aims"]:
        shown.append(_aims(result["aims"]))
    for measured in result["conditions"]:
        if "profile" in measured:
            shown += _profile(measured["profile"])
    return shown


def _latency(result: Mapping[str, Any]) -> Table:
    title = f"{result['calls']} calls at {result['rate']:g}/s, prompt of {result['prompt_seconds']} s"
    table = Table(title=title, title_justify="left")
    table.add_column("")
    for column in ("INVITEs", "ended", "calls/s", "to INVITE p50", "p90", "p99", "max ms", "call s", "others' CPU"):
        table.add_column(column, justify="right")
    for measured in result["conditions"]:
        wait = measured["to_invite_ms"]
        table.add_row(
            TITLES[measured["name"]],
            str(measured["invited"]),
            str(measured["ended"]),
            _number(measured["rate"], 2),
            *(_number(wait[f"p{p}"], 1) for p in (50, 90, 99, 100)),
            _number(measured["call_seconds_p50"], 2),
            f"{measured['others_cpu_percent']:.0f} %",
        )
    return table


def _cpu(result: Mapping[str, Any]) -> Table:
    table = Table(title="CPU per call, ms (in brackets: idle, ms a second, already subtracted)", title_justify="left")
    table.add_column("")
    for column in (*GROUPS, "sum"):
        table.add_column(column, justify="right")
    for measured in result["conditions"]:
        cells = []
        for group in GROUPS:
            used = measured["cpu"].get(group)
            cells.append("-" if used is None else f"{used['ms_per_call']:.2f} ({used['idle_ms_per_s']:.1f})")
        table.add_row(TITLES[measured["name"]], *cells, f"{measured['cpu_ms_per_call']:.2f}")
    return table


def _aims(found: Sequence[Mapping[str, Any]]) -> Table:
    table = Table(title="Aims", title_justify="left")
    table.add_column("")
    for column in ("at most", "measured", ""):
        table.add_column(column, justify="right")
    for aim in found:
        mark = "[green]reached[/]" if aim["reached"] else "[red]missed[/]"
        table.add_row(aim["aim"], f"{aim['at_most']:g}", _number(aim["measured"], 2), mark)
    return table


def _profile(found: Mapping[str, Any]) -> list[Table]:
    shown = []
    views = (
        ("Python by package", "packages"),
        ("Python: own time", "own"),
        ("Python: with what it calls", "with_callees"),
    )
    for title, key in views:
        table = Table(key, title=f"{title}, % of {found['samples']} samples", title_justify="left")
        table.add_column("%", justify="right")
        for row in found[key]:
            table.add_row(row["function"], f"{row['percent']:.1f}")
        shown.append(table)
    table = Table("statement", title="SQL of a call", title_justify="left")
    for column in ("per call", "ms each", "ms per call"):
        table.add_column(column, justify="right")
    for row in found["statements"]:
        table.add_row(row["sql"], f"{row['per_call']:.2f}", f"{row['ms_each']:.3f}", f"{row['ms_per_call']:.3f}")
    shown.append(table)
    return shown


def _number(value: float, digits: int) -> str:
    return "-" if math.isnan(value) else f"{value:.{digits}f}"
