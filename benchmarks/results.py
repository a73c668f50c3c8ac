"""Where results are kept: ``.cache/bench/NAME.json`` of this checkout."""

from __future__ import annotations

import json
import os
import platform
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
FOLDER = ROOT / ".cache" / "bench"


def write(name: str, result: Mapping[str, Any]) -> Path:
    """Write a result with what it was measured on; returns the file."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    path = FOLDER / f"{name}.json"
    machine = {
        "cores": os.cpu_count(),
        "python": platform.python_version(),
        "system": f"{platform.system()} {platform.release()} {platform.machine()}",
        "load_average": os.getloadavg(),
    }
    measured = {"measured_at": datetime.now(UTC).isoformat(timespec="seconds"), "machine": machine, **result}
    path.write_text(json.dumps(measured, indent=1) + "\n")
    return path
