"""A program in a pseudo-terminal: what it draws, in how many bytes, when the last byte came, and its memory."""

from __future__ import annotations

import fcntl
import os
import re
import select
import signal
import struct
import subprocess
import sys
import termios
import time
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from types import TracebackType

from benchmarks.bench import ROOT

_CONTROL = re.compile(
    rb"\x1b\[[0-9;?<=>:]*[ -/]*[@-~]|\x1b\][^\x07\x1b]*(?:\x07|\x1b\\)|\x1b[PX^_].*?\x1b\\|\x1b[^\[\]PX^_]"
)
_ROW = re.compile(rb"\x1b\[(\d+);\d+H")
_SEEN = 0.12  # seconds; no key answers an example that has been on screen for less than 0.1 seconds
_DISTINCT = 32  # bytes that identify a text, on the first line of a view 80 columns wide


def installed_environment() -> dict[str, str]:
    """Return this process's environment, but with compiled bytecode kept, as for an installed program.

    With PYTHONDONTWRITEBYTECODE set and no `__pycache__`, each start would compile everything that it imports. All
    benchmarks share the folder until this process ends. It is filled before, so no row pays for being the first.
    """
    return _keeping_bytecode(Path(_bytecode().name))


@cache
def _bytecode() -> TemporaryDirectory[str]:
    folder = TemporaryDirectory(prefix="tiebreak-bytecode-", ignore_cleanup_errors=True)
    command = [sys.executable, "-m", "benchmarks.import_all"]
    subprocess.run(command, cwd=ROOT, env=_keeping_bytecode(Path(folder.name)), check=False, stdout=subprocess.DEVNULL)
    return folder


def _keeping_bytecode(folder: Path) -> dict[str, str]:
    environment = dict(os.environ)
    environment.pop("PYTHONDONTWRITEBYTECODE", None)
    return environment | {"PYTHONPYCACHEPREFIX": str(folder)}


class Terminal:
    """Runs `command`; `started` is when it began. All times here are of `time.perf_counter`, in seconds."""

    def __init__(self, command: Sequence[str], folder: Path, *, columns: int = 80, rows: int = 24) -> None:
        self._master, slave = os.openpty()
        fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))
        environment = installed_environment()
        for name in ("COLUMNS", "LINES"):
            environment.pop(name, None)
        environment |= {"TERM": "xterm-256color", "COLORTERM": "truecolor"}
        self._drawn = b""
        self._read_at = 0.0
        self.started = time.perf_counter()
        self._process = subprocess.Popen(
            command, stdin=slave, stdout=slave, stderr=slave, cwd=folder, env=environment, start_new_session=True
        )
        os.close(slave)

    @property
    def drawn_bytes(self) -> int:
        """How many bytes the program has written since the last key."""
        return len(self._drawn)

    def drawn_times(self, sequence: str) -> int:
        """Return how often the program has written an escape sequence since the last key."""
        return self._drawn.count(sequence.encode())

    @property
    def drawn_rows(self) -> set[int]:
        """The rows, from 1, at which the program has begun to write since the last key."""
        return {int(row) for row in _ROW.findall(self._drawn)}

    @property
    def text(self) -> str:
        """The text that the program has written since the last key, without escape sequences."""
        return _CONTROL.sub(b"", self._drawn).decode("utf-8", "replace")

    def memory(self) -> float:
        """Return the program's resident memory in MB."""
        status = Path(f"/proc/{self._process.pid}/status").read_text("ascii")
        (kilobytes,) = re.findall(r"VmRSS:\s+(\d+) kB", status)
        return int(kilobytes) / 1024

    def resize(self, columns: int, rows: int) -> float:
        """Resize the terminal, as a window does, and return when; what was drawn before is forgotten."""
        self._drawn = b""
        resized = time.perf_counter()
        fcntl.ioctl(self._master, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))
        self._process.send_signal(signal.SIGWINCH)  # this is not the program's controlling terminal
        return resized

    def press(self, key: str) -> float:
        """Press a key, and return when; what was drawn before is forgotten.

        A key that answers is first held back until the example has been on screen long enough.
        """
        if key in ("a", "A", "x", " "):
            time.sleep(max(0.0, self._read_at + _SEEN - time.perf_counter()))
        self._drawn = b""
        pressed = time.perf_counter()
        os.write(self._master, key.encode())
        return pressed

    def wait_for(self, text: str, timeout: float = 60.0) -> float:
        """Wait until the beginning of `text` is drawn, and return when.

        Raises TimeoutError, or RuntimeError if the program ends before.
        """
        wanted = text.encode()[:_DISTINCT]
        deadline = time.perf_counter() + timeout
        while (left := deadline - time.perf_counter()) > 0:
            if self._read(left) and wanted in _CONTROL.sub(b"", self._drawn):
                return time.perf_counter()
            if self._process.poll() is not None:
                raise RuntimeError(f"{self._process.args!r} ended; it wrote {self._drawn[-1000:]!r}")
        raise TimeoutError(f"{text!r} was not drawn within {timeout:g} seconds; the last bytes: {self._drawn[-300:]!r}")

    def time_key(self, key: str, silence: float, patience: float = 1.0) -> float | None:
        """Return the seconds from `key` to the last byte before the first `silence`; None if the key draws nothing.

        Raises RuntimeError if the program ends without drawing.
        """
        pressed = self.press(key)
        if not self._read(patience):
            if self._process.poll() is not None:
                raise RuntimeError(f"{self._process.args!r} ended after {key!r}")
            return None
        first = time.perf_counter()
        return (self.settle(silence) or first) - pressed

    def settle(self, silence: float) -> float | None:
        """Wait for `silence` seconds without drawing; return when the last byte before came, None if no byte came."""
        last = None
        while self._read(silence):
            last = time.perf_counter()
        return last

    def close(self) -> None:
        """Press `q`, and kill the program if it does not end within ten seconds."""
        if self._process.poll() is None:
            self.press("q")
        deadline = time.perf_counter() + 10.0
        while self._process.poll() is None and time.perf_counter() < deadline:
            self._read(0.05)
        self._process.kill()
        self._process.wait()
        os.close(self._master)

    def _read(self, timeout: float) -> bool:
        ready, _, _ = select.select([self._master], [], [], timeout)
        if not ready:
            return False
        try:
            read = os.read(self._master, 1 << 16)
        except OSError:  # the program has ended
            read = b""
        self._drawn += read
        self._read_at = time.perf_counter()
        return bool(read)

    def __enter__(self) -> Terminal:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()
