"""A real terminal for tests: a program in a pty, its keys, its size, and its output."""

from __future__ import annotations

import contextlib
import fcntl
import os
import pty
import re
import select
import signal
import struct
import termios
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import TracebackType

_ESCAPES = re.compile(rb"\x1b(\[[0-9;?<>=]*[ -/]*[@-~]|\][^\x07\x1b]*(\x07|\x1b\\)|[()][0-9A-Z]|[=>78])")
PATIENCE = 20.0  # seconds; the wait for a program that works in silence
_PROC = Path("/proc")
SEEN = 0.25  # seconds; longer than the review has an example on screen before a key may answer it


class Terminal:
    """Runs `command` in a pty of `columns` x `rows`; use it as a context manager, whose end kills the program."""

    def __init__(
        self,
        command: Sequence[str],
        *,
        columns: int = 80,
        rows: int = 24,
        folder: Path | None = None,
        environment: Mapping[str, str] | None = None,
    ) -> None:
        self.output = b""
        self.status: int | None = None
        self.pid, self._file = pty.fork()
        if self.pid == 0:  # the child
            try:
                self._resize(0, columns, rows)
                if folder is not None:
                    os.chdir(folder)
                variables = {**os.environ, "TERM": "xterm-256color", **(environment or {})}
                for name in ("COLUMNS", "LINES"):  # pytest-xdist's processes have both: they would override the pty's
                    variables.pop(name, None)
                os.execvpe(command[0], list(command), variables)
            finally:
                os._exit(127)

    def __enter__(self) -> Terminal:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.kill()
        os.close(self._file)

    @property
    def text(self) -> str:
        """The output so far, without escape sequences."""
        return _ESCAPES.sub(b"", self.output).decode("utf-8", "replace")

    def send(self, keys: str) -> None:
        os.write(self._file, keys.encode())

    def answer(self, keys: str) -> None:
        """Press keys one by one, each once the screen is still, so that the effect of the last key has been drawn."""
        for key in keys:
            self.read(SEEN)
            self.send(key)

    def resize(self, columns: int, rows: int) -> None:
        self._resize(self._file, columns, rows)
        os.kill(self.pid, signal.SIGWINCH)

    def forget(self) -> None:
        """Drop the output so far, so that the next wait is for new output."""
        self.read(0.05)
        self.output = b""

    def read(self, quiet: float = 0.3) -> str:
        """Read until no output has come for `quiet` seconds, and the program only waits.

        On a busy machine the program may get no turn for longer than that, so this waits a few seconds more.
        """
        end = time.monotonic() + PATIENCE
        while select.select([self._file], [], [], quiet)[0] or (self._works() and time.monotonic() < end):
            if not select.select([self._file], [], [], 0)[0]:
                continue
            try:
                data = os.read(self._file, 65536)
            except OSError:  # the program has ended
                break
            if not data:
                break
            self.output += data
        return self.text

    def wait_for(self, text: str, timeout: float = 30.0) -> None:
        """Read until `text` is in the output. Raises AssertionError, with all the output, if it never appears."""
        end = time.monotonic() + timeout
        while text not in self.text:
            assert time.monotonic() < end, f"{text!r} did not appear in:\n{self.text}"
            self.read(0.05)
            if self._ended() and text not in self.read(0.1):
                raise AssertionError(f"the program ended before {text!r} appeared:\n{self.text}")

    def wait(self, timeout: float = 30.0) -> int:
        """Wait for the program to end, and return its exit status."""
        end = time.monotonic() + timeout
        while not self._ended():
            assert time.monotonic() < end, f"still running:\n{self.text}"
            self.read(0.05)
        self.read(0.05)
        assert self.status is not None
        return self.status

    def kill(self) -> None:
        """Kill the program at once, as kill -9 does."""
        if not self._ended():
            with contextlib.suppress(ProcessLookupError):
                os.kill(self.pid, signal.SIGKILL)
            _, status = os.waitpid(self.pid, 0)
            self.status = os.waitstatus_to_exitcode(status)

    def _ended(self) -> bool:
        if self.status is None:
            pid, status = os.waitpid(self.pid, os.WNOHANG)
            if pid:
                self.status = os.waitstatus_to_exitcode(status)
        return self.status is not None

    def _works(self) -> bool:
        """Return whether a thread of the program runs, or would run on a free core."""
        if not _PROC.exists():  # not Linux
            return False
        states = []
        for thread in (_PROC / str(self.pid) / "task").glob("*/stat"):
            with contextlib.suppress(OSError):  # it has ended
                states.append(thread.read_text().rpartition(")")[2].split()[0])
        return "R" in states

    @staticmethod
    def _resize(file: int, columns: int, rows: int) -> None:
        fcntl.ioctl(file, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))
