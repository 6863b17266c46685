"""The engine, and other commands, as processes of their own that outlive the terminal they were started from."""

from __future__ import annotations

import shlex
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, TYPE_CHECKING

if TYPE_CHECKING:
    from tiebreak.core.store.engines import Engine

_PROGRAM = "from tiebreak.tui.cli import main; main()"
_LAST_WORDS = 8192  # bytes at the end of an engine's stderr that are read for its error
_PREFIX = "tiebreak: "  # begins each error line of the command line


@dataclass
class Started:
    """An engine that this process has started.

    `stop_asked`: it was asked to stop, so its end is not an error. `has_begun`: its runs were seen in the store.
    """

    process: subprocess.Popen[bytes]
    stop_asked: bool = False
    has_begun: bool = False
    _stderr: IO[bytes] = field(default_factory=tempfile.TemporaryFile, repr=False)

    @property
    def is_running(self) -> bool:
        return self.process.poll() is None

    @property
    def begins(self) -> bool:
        """Whether the engine is still starting: it opens its models and asks their endpoints."""
        return self.is_running and not self.stop_asked and not self.has_begun

    def look_among(self, engines: Iterable[Engine]) -> None:
        """Note whether this engine is among those that are at work."""
        self.has_begun = self.has_begun or any(each.pid == self.process.pid and each.runs for each in engines)

    @property
    def error(self) -> str:
        """The error with which the engine ended, or ""."""
        status = self.process.poll()
        if not status or self.stop_asked:
            return ""
        lines = self._last_lines()
        errors = [line.removeprefix(_PREFIX) for line in lines if line.startswith(_PREFIX)]
        if errors or lines:
            return " · ".join(errors) or lines[-1]
        how = f"was killed by signal {-status}" if status < 0 else f"ended with exit status {status}"
        return f"the engine {how} and printed no error"

    def closing_message(self, database: Path) -> str:
        """Return the line on the engine that the command line prints after the review."""
        watch = f"tiebreak status {shlex.quote(str(database))} --watch"
        if self.is_running:
            now = "is stopping" if self.stop_asked else "goes on in the background"
            return f"The engine {now}. To watch it: {watch}"
        return f"The engine ended with an error: {self.error}" if self.error else "The engine has ended."

    def stop(self) -> None:
        """Ask the process to end cleanly."""
        self.stop_asked = True
        if self.is_running:
            self.process.terminate()

    def _last_lines(self) -> list[str]:
        self._stderr.seek(0, 2)
        self._stderr.seek(max(0, self._stderr.tell() - _LAST_WORDS))
        text = self._stderr.read().decode("utf-8", "replace")
        return [line for line in text.splitlines() if line.strip()]


def start_engine(arguments: Sequence[str]) -> Started:
    """Run `tiebreak` with these arguments, the command first, in a session of its own, without a terminal.

    Its stderr goes to an unnamed file, for `Started.error`.
    """
    stderr = tempfile.TemporaryFile()  # noqa: SIM115  open for as long as it may be read
    return Started(run_apart(arguments, stderr), _stderr=stderr)


def run_apart(arguments: Sequence[str], stderr: IO[bytes] | int = subprocess.DEVNULL) -> subprocess.Popen[bytes]:
    """Run `tiebreak` with these arguments in a session of its own, which outlives the terminal."""
    return subprocess.Popen(
        # -P: a module in the current folder must not shadow Tiebreak's.
        [sys.executable, "-P", "-c", _PROGRAM, *arguments],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=stderr,
        start_new_session=True,
    )
