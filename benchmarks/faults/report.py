"""The result as tables."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from rich.table import Table

from benchmarks.statistics import percentile


def kinds(faults: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Return one line for each kind of fault."""
    lines = []
    for name in sorted({str(fault["kind"]) for fault in faults}):
        of_kind = [fault for fault in faults if fault["kind"] == name]
        times = [fault["recovery_seconds"] for fault in of_kind if fault["recovery_seconds"] is not None]
        lines.append(
            {
                "kind": name,
                "faults": len(of_kind),
                "in_air": sum(fault["in_air"] for fault in of_kind),
                "interrupted": sum(fault["interrupted"] for fault in of_kind),
                "imposed_seconds": max(fault["imposed_seconds"] for fault in of_kind),
                "recovery_p50": percentile(times, 50),
                "recovery_longest": max(times, default=None),
                "violations": sum(len(fault["violations"]) for fault in of_kind),
            }
        )
    return lines


def tables(result: Mapping[str, Any]) -> list[Table]:
    """Return the tables to be shown."""
    return [_kinds(result), _calls(result), _violations(result)]


def _kinds(result: Mapping[str, Any]) -> Table:
    title = f"{len(result['faults'])} faults under {result['calls_in_air']} calls, seed {result['seed']}"
    table = Table(title=title, title_justify="left")
    table.add_column("fault")
    columns = (
        "faults",
        "calls in the air",
        "interrupted",
        "imposed s, max",
        "recovery s, p50",
        "longest",
        "violations",
    )
    for column in columns:
        table.add_column(column, justify="right")
    for line in result["kinds"]:
        table.add_row(
            line["kind"],
            str(line["faults"]),
            str(line["in_air"]),
            f"{line['interrupted']} ({line['interrupted'] * 100 / max(line['in_air'], 1):.0f} %)",
            f"{line['imposed_seconds']:.1f}",
            f"{line['recovery_p50']:.1f}",
            "-" if line["recovery_longest"] is None else f"{line['recovery_longest']:.1f}",
            str(line["violations"]),
        )
    return table


def _calls(result: Mapping[str, Any]) -> Table:
    table = Table(title="Calls", title_justify="left")
    table.add_column("")
    table.add_column("", justify="right")
    for name, value in result["calls"].items():
        table.add_row(name, str(value))
    for outcome, count in result["outcomes"]:
        table.add_row(f"outcome {outcome}", f"{count} ({count * 100 / max(result['calls']['known'], 1):.1f} %)")
    return table


def _violations(result: Mapping[str, Any]) -> Table:
    found = result["violations"]
    table = Table(title="Violations (must be 0)", title_justify="left")
    table.add_column(f"{len(found)} found", min_width=30)
    for violation in found[:40]:
        table.add_row(violation)
    return table
