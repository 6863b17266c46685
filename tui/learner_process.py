"""The learner of a store as a process of its own: a sitting starts it, and it ends by itself."""

from __future__ import annotations

import time
from pathlib import Path
from typing import TYPE_CHECKING

from tiebreak.core.errors import StoreError
from tiebreak.core.store.learners import learner_at_work
from tiebreak.core.store.team import on_screen

if TYPE_CHECKING:
    import subprocess

    from tiebreak.core.store.connection import Store

_LOOK = 5.0  # seconds between two looks at whether the store has a learner; doubled after each learner that failed
_LONGEST = 300.0  # seconds; the pause grows no longer


class LearnerProcess:
    """Keeps a learner at work beside a sitting. If no learner can start, the review goes on without it."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._process: subprocess.Popen[bytes] | None = None
        self._look_at = 0.0  # seconds by time.monotonic, when to look again
        self._pause = _LOOK

    def is_missing(self, store: Store) -> bool:
        """Return whether to start a learner now: an example is on screen, and no learner is at work on the store.

        A store that cannot be read counts as no; the review itself reports that.
        """
        now = time.monotonic()
        if now < self._look_at or (self._process is not None and self._process.poll() is None):
            return False
        if self._process is not None and self._process.returncode:  # by an error, or killed
            self._process = None
            self._wait_longer(now)
            return False
        self._look_at = now + self._pause
        try:
            return learner_at_work(store) is None and any(each.is_here for each in on_screen(store))
        except StoreError:
            return False

    def start(self) -> None:
        """Start a learner, which ends at once if another sitting was faster. Call this off the UI thread."""
        from tiebreak.tui.engine_process import run_apart

        try:
            self._process = run_apart(["learn", str(self._path.absolute()), "--follow"])
        except OSError:  # no memory, no more processes: the review works without
            self._wait_longer(time.monotonic())

    def _wait_longer(self, now: float) -> None:
        self._look_at = now + self._pause
        self._pause = min(2 * self._pause, _LONGEST)
