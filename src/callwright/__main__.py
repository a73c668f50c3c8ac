"""``python -m callwright``, and the program ``callwright``."""

from __future__ import annotations

import gc


def main() -> None:
    """Import and run the command line."""
    # what imports make stays: looking through it for garbage again and again is a fifth of the time of a start
    # (cli.main turns the collector on again)
    gc.disable()
    from callwright.cli import main as run  # noqa: PLC0415

    run()


if __name__ == "__main__":
    main()
