"""Commands as processes of their own, which go on when the terminal is gone that they were started from: the engine."""

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
_LAST_WORDS = 8192  # bytes at the end of what an engine said on stderr
_OURS = "tiebreak: "


@dataclass
class Started:
    """An engine that this process has started.

    `stop_asked`: it was asked to stop, so that its end is no error. `has_begun`: the store was seen to have its runs.
    """

    process: subprocess.Popen[bytes]
    stop_asked: bool = False
    has_begun: bool = False
    _said: IO[bytes] = field(default_factory=tempfile.TemporaryFile, repr=False)

    @property
    def is_running(self) -> bool:
        return self.process.poll() is None

    @property
    def begins(self) -> bool:
        """Whether it is about to be at work: it starts, opens its models, and asks their endpoints."""
        return self.is_running and not self.stop_asked and not self.has_begun

    def look_among(self, engines: Iterable[Engine]) -> None:
        """Take in which engines are at work by now."""
        self.has_begun = self.has_begun or any(each.pid == self.process.pid and each.runs for each in engines)

    @property
    def error(self) -> str:
        """Why it ended, where it ended with an error; else ""."""
        status = self.process.poll()
        if not status or self.stop_asked:
            return ""
        lines = self._last_lines()
        ours = [line.removeprefix(_OURS) for line in lines if line.startswith(_OURS)]
        if ours or lines:
            return " · ".join(ours) or lines[-1]
        how = f"was ended by signal {-status}" if status < 0 else f"ended with exit status {status}"
        return f"the engine {how}, and said nothing"

    def told_at_the_end(self, database: Path) -> str:
        """What is said of the engine once the review has been left."""
        watch = f"tiebreak status {shlex.quote(str(database))} --watch"
        if self.is_running:
            return f"The engine {'stops' if self.stop_asked else 'goes on in the background'}; watch it: {watch}"
        return f"The engine ended with an error: {self.error}" if self.error else "The engine has ended."

    def stop(self) -> None:
        """Ask the process to end in order."""
        self.stop_asked = True
        if self.is_running:
            self.process.terminate()

    def _last_lines(self) -> list[str]:
        self._said.seek(0, 2)
        self._said.seek(max(0, self._said.tell() - _LAST_WORDS))
        text = self._said.read().decode("utf-8", "replace")
        return [line for line in text.splitlines() if line.strip()]


def start_engine(arguments: Sequence[str]) -> Started:
    """Run `tiebreak` with these arguments, which name the command, in a session of its own, without a terminal.

    What it says on stderr is kept in a file without a name, for `Started.error`.
    """
    said = tempfile.TemporaryFile()  # noqa: SIM115  open for as long as it may be read
    return Started(run_apart(arguments, said), _said=said)


def run_apart(arguments: Sequence[str], stderr: IO[bytes] | int = subprocess.DEVNULL) -> subprocess.Popen[bytes]:
    """Run `tiebreak` with these arguments in a session of its own, which the end of the terminal does not end."""
    return subprocess.Popen(
        # -P: modules in the folder that one is in are not what is meant.
        [sys.executable, "-P", "-c", _PROGRAM, *arguments],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=stderr,
        start_new_session=True,
    )
