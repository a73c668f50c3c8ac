"""The benchmarks are a package of the checkout's root, which the tests' path does not contain."""

from __future__ import annotations

import sys
from pathlib import Path

sys.path.append(str(Path(__file__).parents[3]))
