"""The application, as its screens see it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from tiebreak.core.queue.finder import Finder
    from tiebreak.tui.engine_process import Started
    from tiebreak.tui.jobs import Jobs
    from tiebreak.tui.keymap import Keymap
    from tiebreak.tui.themes import Look


class Application(Protocol):
    """What screens need of the app that they stand in, beyond what each app of Textual has.

    `jobs` runs what is slow, `finder` reads the store beside the session; `started` is the engine that works beside
    this review, where the app has started one. `keymap` has the commands of each place by the keys that hold.
    `key_read` is the key that was read last, `key_read_at` and `escape_read_at` when it and the last escape were, in
    seconds of `clock`. `looks` has the themes by name. `introduce`: the introduction is yet to be shown.
    `lanes_of_focus`: the lanes have what lies in the focused difference alone.
    """

    jobs: Jobs
    finder: Finder
    started: Started | None
    keymap: Keymap
    looks: Mapping[str, Look]
    key_read: str
    key_read_at: float
    escape_read_at: float
    introduce: bool
    lanes_of_focus: bool

    def clock(self) -> float:
        """Seconds; only differences between two readings mean something."""

    def deaf_for(self, seconds: float) -> None:
        """Pass over the keys that were typed so far, and those of the next `seconds`; those that leave always count."""

    def see_to_learner(self) -> None:
        """Have a learner at work beside this review; call it now and then. Nothing waits for it."""

    def ask_to_leave(self) -> None:
        """Leave as `q` does in the review."""
