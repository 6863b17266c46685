"""The standard streams, even if they are closed or full, or nothing reads them any more."""

from __future__ import annotations

import io
import os
import sys
from contextlib import suppress
from typing import Any

import typer

from tiebreak.tui.text.render import visible


class _Output(io.FileIO):
    """Remembers why a write failed: Python then drops what it holds, and the next attempt may succeed."""

    trouble: OSError | None = None

    def write(self, data: Any) -> int:
        try:
            return super().write(data)
        except OSError as error:
            self.trouble = error
            raise


_output: _Output | None = None


def has_terminal() -> bool:
    """Return whether both standard input and standard output are a terminal."""
    return all(stream is not None and stream.isatty() for stream in (sys.stdin, sys.stdout))


def open_streams() -> None:
    """Make standard output and error take any character; if they are closed, discard what is printed.

    No file that is opened later gets the number of a closed stream, so that nothing is printed into the store.
    """
    global _output
    for number in range(3):
        try:
            os.fstat(number)
        except OSError:
            os.set_inheritable(os.open(os.devnull, os.O_RDWR), True)  # it gets the lowest free number
    if sys.__stderr__ is None:
        sys.stderr = sys.__stderr__ = _text(io.FileIO(2, "w", closefd=False))  # type: ignore[misc]
    if sys.__stdout__ is None:
        sys.stdout = sys.__stdout__ = _text(io.FileIO(1, "w", closefd=False))  # type: ignore[misc]
    _output = _Output(1, "w", closefd=False)
    sys.stdout = _text(_output)
    if isinstance(sys.stderr, io.TextIOWrapper):
        sys.stderr.reconfigure(encoding="utf-8", errors="backslashreplace")


def _text(file: io.FileIO) -> io.TextIOWrapper:
    line_buffering = file.isatty()
    return io.TextIOWrapper(io.BufferedWriter(file), "utf-8", "backslashreplace", line_buffering=line_buffering)


def tell(message: str) -> None:
    """Print a message on stderr, line by line, if stderr takes it."""
    with suppress(OSError):
        for line in message.splitlines():
            typer.echo(f"tiebreak: {visible(line)}", err=True)


def flush() -> OSError | None:
    """Write what is left to print. If standard output has not taken all, drop the rest and return the error."""
    for stream in (sys.stderr, sys.stdout):
        try:
            stream.flush()
        except OSError:
            os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())  # or Python tries again at exit, and complains
    return None if _output is None else _output.trouble
