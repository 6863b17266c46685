"""Where the console script begins: what has to be so before anything else is imported."""

from __future__ import annotations

import gc
import os

# Objects that are new, and collections, until Python looks for those that only refer to one another. What is imported
# on the way to the review screen makes 54,000 objects that stay.
_COLLECTED_AT = (100_000, 20, 20)


def main() -> None:
    """Run the command line."""
    try:
        from tiebreak.tui.cli import interrupts

        interrupts.end_at_once()
    except KeyboardInterrupt:
        os._exit(130)
    gc.set_threshold(*_COLLECTED_AT)  # before the imports, which would have it look forty times
    from tiebreak.tui.cli import running

    running.main()
