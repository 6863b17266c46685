"""The application, as its screens see it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from tiebreak.core.queue.lookups import Lookups
    from tiebreak.tui.engine_process import Started
    from tiebreak.tui.jobs import Jobs
    from tiebreak.tui.keymap import Keymap
    from tiebreak.tui.themes import Look


class Application(Protocol):
    """The app, as its screens use it, beyond what each app of Textual has.

    `jobs` runs slow calls, and `lookups` reads the store beside the session. `started` is the engine that the app has
    started for this review, or None. `keymap` has the commands of each place, with the annotator's keys. `key_read` is
    the key read last. `key_read_at` and `escape_read_at` are the times of that key and of the last escape, in seconds
    of `clock`. `looks` has the themes by name. `introduce` holds until the introduction is shown. With
    `lanes_of_focus` the lanes show the focused difference alone.
    """

    jobs: Jobs
    lookups: Lookups
    started: Started | None
    keymap: Keymap
    looks: Mapping[str, Look]
    key_read: str
    key_read_at: float
    escape_read_at: float
    introduce: bool
    lanes_of_focus: bool

    def clock(self) -> float:
        """Return seconds; only the difference of two readings means something."""

    def deaf_for(self, seconds: float) -> None:
        """Pass over the keys typed so far, and those of the next `seconds`; the keys that leave always count."""

    def see_to_learner(self) -> None:
        """Start a learner for this review if none is at work. Call it now and then; nothing waits for it."""

    def ask_to_leave(self) -> None:
        """Leave, as the command quit of the review does."""
