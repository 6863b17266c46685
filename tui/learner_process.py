"""The learner of a store as a process of its own, which a sitting starts, and which ends by itself."""

from __future__ import annotations

import time
from pathlib import Path
from typing import TYPE_CHECKING

from tiebreak.core.errors import StoreError
from tiebreak.core.store.learners import learner_at_work
from tiebreak.core.store.sharing import on_screen

if TYPE_CHECKING:
    import subprocess

    from tiebreak.core.store.connection import Store

_LOOK = 5.0  # seconds between two looks whether the store has a learner
_AGAIN = 60.0  # seconds after which one is started again that could not begin, or ended with an error


class LearnerProcess:
    """Sees to it that a learner is at work beside a sitting. Where none can begin, the review goes on without."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._process: subprocess.Popen[bytes] | None = None
        self._look_at = 0.0  # when to look again, by time.monotonic

    def is_missing(self, store: Store) -> bool:
        """Whether one is to be started now: this sitting shows an example, and no learner is at work on the store.

        What is wrong with the store is told of elsewhere.
        """
        now = time.monotonic()
        if now < self._look_at or (self._process is not None and self._process.poll() is None):
            return False
        self._look_at = now + _LOOK
        if self._process is not None and self._process.returncode:
            self._process, self._look_at = None, now + _AGAIN
            return False
        try:
            return learner_at_work(store) is None and any(each.is_here for each in on_screen(store))
        except StoreError:
            return False

    def start(self) -> None:
        """Start a learner, which ends at once if another sitting was faster. Call it off the UI thread."""
        from tiebreak.tui.engine_process import run_apart

        try:
            self._process = run_apart(["learn", str(self._path.absolute()), "--follow"])
        except OSError:  # no memory, no more processes: the screen works without
            self._look_at = time.monotonic() + _AGAIN
