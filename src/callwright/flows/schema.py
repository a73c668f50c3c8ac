"""temporary"""

from typing import Any


def flow_schema() -> dict[str, Any]:
    """x."""
    return {}
