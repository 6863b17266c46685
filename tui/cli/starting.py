"""The start of the console script: Ctrl+C and the garbage collector are set up before anything else is imported."""

from __future__ import annotations

import gc
import os

# New objects, and collections, until Python's collector runs. The imports of the review screen make 54,000 objects that
# stay.
_COLLECTED_AT = (100_000, 20, 20)


def main() -> None:
    """Run the command line."""
    try:
        from tiebreak.tui.cli import interrupts

        interrupts.end_at_once()
    except KeyboardInterrupt:
        os._exit(130)
    gc.set_threshold(*_COLLECTED_AT)  # before the imports, during which it would run forty times
    from tiebreak.tui.cli import running

    running.main()
