"""The server of a model on this machine: xllamacpp's, in a process of its own that ends with Tiebreak's.

The library writes straight to the terminal, may crash, and must share no lock with Tiebreak: hence the process.
"""

from __future__ import annotations

import importlib.util
import os
import re
import signal
import subprocess
import sys
import tempfile
import threading
from argparse import ArgumentParser, Namespace
from collections.abc import Sequence
from dataclasses import dataclass, field
from hashlib import blake2b
from pathlib import Path
from typing import IO, Self

from tiebreak.core.errors import ConfigError, PredictorError
from tiebreak.core.files.ordinary import read_ordinary

LOAD_SECONDS = 900.0  # enough for tens of GB on a slow disk; then the server is killed
STOP_SECONDS = 5.0  # then a server that was asked to end is killed
_MAGIC = b"GGUF"
_MEBIBYTE = 1 << 20
_LOGGED_ERROR = re.compile(r"^[\d.]+ E (.+)$", re.MULTILINE)


def fingerprint_of(path: Path) -> str:
    """Return the BLAKE2b hash of a GGUF file's size, first MiB and last MiB; its name does not count.

    Raises ConfigError if `path` is not a GGUF file.
    """
    size = _checked_size(path)
    digest = blake2b(str(size).encode(), digest_size=16)
    with path.open("rb") as file:
        digest.update(file.read(_MEBIBYTE))
        file.seek(max(0, size - _MEBIBYTE))
        digest.update(file.read(_MEBIBYTE))
    return digest.hexdigest()


@dataclass(eq=False)
class LocalServer:
    """An OpenAI-compatible server on loopback for the GGUF file `path`. As a context manager it runs inside the block.

    `context_length` is in tokens for each request, prompt and answer together. `parallel` is how many requests it
    works on at once; the others wait. `threads` counts threads of the CPU, None for one a core. Raises ConfigError if a
    value makes no sense or `path` is not a GGUF file.
    """

    path: Path
    context_length: int = 4096
    parallel: int = 4
    threads: int | None = None
    _process: subprocess.Popen[bytes] | None = field(default=None, init=False, repr=False)
    _log: IO[bytes] | None = field(default=None, init=False, repr=False)
    _base_url: str = field(default="", init=False, repr=False)

    def __post_init__(self) -> None:
        numbers = (("context_length", self.context_length), ("parallel", self.parallel), ("threads", self.threads))
        for option, value in numbers:
            if value is not None and value < 1:
                raise ConfigError(f"{self.path}: {option} is {value}; it must be at least 1")
        _checked_size(self.path)

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def start(self) -> str:
        """Load the model unless the server runs, and return the base URL (it ends in /v1).

        Raises PredictorError if xllamacpp is not installed or the model cannot be loaded.
        """
        if self._process is not None and self._process.poll() is None:
            return self._base_url
        self.stop()
        if importlib.util.find_spec("xllamacpp") is None:
            raise PredictorError(f"{self.path}: a model on this machine needs xllamacpp: pip install xllamacpp")
        self._log = tempfile.TemporaryFile()  # noqa: SIM115  the server writes to it until stop()
        self._process = subprocess.Popen(
            self._command(),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._log,
            start_new_session=True,  # Ctrl+C must not reach it: calls in flight may still be answered
        )
        self._base_url = self._first_line()
        if not self._base_url:
            reason = self.ended() or "no reason given"
            self.stop()
            raise PredictorError(f"{self.path}: the model cannot be loaded: {reason}")
        return self._base_url

    @property
    def pid(self) -> int | None:
        """The id of the server's process; None if it has none."""
        return None if self._process is None else self._process.pid

    def stop(self) -> None:
        """End the server, whatever it is doing; do nothing if it does not run."""
        process, log = self._process, self._log
        self._process = self._log = None
        if process is not None:
            for pipe in (process.stdin, process.stdout):
                if pipe is not None:
                    pipe.close()
            try:
                process.wait(STOP_SECONDS)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
        if log is not None:
            log.close()

    def ended(self) -> str | None:
        """Say why the server ended without `stop`; None if it runs, or never started."""
        if self._process is None or (code := self._process.poll()) is None:
            return None
        if code < 0:
            name = signal.Signals(-code).name
            advice = "; probably out of memory: try a smaller context_length, parallel or file" if code == -9 else ""
            return f"its process was ended by {name}{advice}"
        assert self._log is not None
        self._log.seek(0)
        log = self._log.read().decode("utf-8", "replace")
        # The first error is the cause; later errors follow from it.
        error = _LOGGED_ERROR.findall(log)[:1] or log.strip().splitlines()[-1:]
        return " ".join("".join(error).split())[:300] or f"its process ended with status {code}"

    def _command(self) -> list[str]:
        # -P: a file in the working folder must not stand in for a module.
        command = [sys.executable, "-P", "-m", "tiebreak.core.predictors.local_server", str(self.path.resolve())]
        command += ["--context-length", str(self.context_length), "--parallel", str(self.parallel)]
        return command if self.threads is None else [*command, "--threads", str(self.threads)]

    def _first_line(self) -> str:
        assert self._process is not None
        assert self._process.stdout is not None
        overdue = threading.Timer(LOAD_SECONDS, self._process.kill)
        overdue.start()
        try:
            line = self._process.stdout.readline().decode().strip()
        except BaseException:
            self.stop()
            raise
        finally:
            overdue.cancel()
        if not line:
            self._process.wait()
        return line


def _checked_size(path: Path) -> int:
    """Return the size of the GGUF file in bytes. Raises ConfigError if it is not a GGUF file."""
    try:
        if read_ordinary(path, len(_MAGIC) - 1) != _MAGIC:
            raise ConfigError(f"{path}: not a GGUF file; name the model's file, which ends in .gguf")
        return path.stat().st_size
    except FileNotFoundError:
        raise ConfigError(f"{path}: no such file; path names the model's GGUF file") from None
    except OSError as error:
        raise ConfigError(f"{path}: cannot be read: {error.strerror or error}") from error


def _serve(arguments: Namespace) -> int:
    """Print the base URL, and serve until stdin closes or the parent is gone; runs in the server's process."""
    parent = os.getppid()
    answer = os.dup(1)
    os.dup2(2, 1)  # the library's output must not be mistaken for the URL
    try:
        import xllamacpp

        params = xllamacpp.CommonParams()
        params.model.path = arguments.path
        params.model_alias = {Path(arguments.path).name}
        params.hostnames, params.port = ["127.0.0.1"], 0
        params.n_ctx, params.n_parallel = arguments.context_length * arguments.parallel, arguments.parallel
        if arguments.threads is not None:
            params.cpuparams.n_threads = params.cpuparams_batch.n_threads = arguments.threads
        params.verbosity = 1  # errors only
        params.cache_ram_mib = 0  # the default keeps up to 8 GB of prompts that are never asked again
        params.cors_origins, params.ui, params.endpoint_slots = "", False, False
        server = xllamacpp.Server(params)
    except Exception as error:
        sys.stderr.write(f"{type(error).__name__}: {error}\n")
        return 1
    os.write(answer, f"{server.listening_address}/v1\n".encode())
    os.close(answer)
    closed = threading.Event()

    def watch() -> None:
        sys.stdin.buffer.read()
        closed.set()

    threading.Thread(target=watch, daemon=True).start()
    # If the parent forked before it was killed, the pipe stays open; then only the parent's id shows that it is gone.
    while not closed.wait(1.0) and os.getppid() == parent:
        pass
    os._exit(0)  # an ordinary exit would wait until the library has finished its requests


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command of the server's process."""
    parser = ArgumentParser()
    parser.add_argument("path")
    parser.add_argument("--context-length", type=int, required=True)
    parser.add_argument("--parallel", type=int, required=True)
    parser.add_argument("--threads", type=int)
    return _serve(parser.parse_args(argv))


if __name__ == "__main__":
    sys.exit(main())
