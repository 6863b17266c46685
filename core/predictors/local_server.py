"""The server of a model on this machine: xllamacpp's own, in a process of its own that ends with ours.

A process of its own, because the library writes straight to the terminal, may crash, and shares no lock with us then.
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

LOAD_SECONDS = 900.0  # a model of tens of GB on a slow disk
STOP_SECONDS = 5.0
_MAGIC = b"GGUF"
_MEBIBYTE = 1 << 20
_LOGGED_ERROR = re.compile(r"^[\d.]+ E (.+)$", re.MULTILINE)


def fingerprint_of(path: Path) -> str:
    """What tells one GGUF file from another: BLAKE2b over its size, first and last MiB; not its name.

    Raises ConfigError where `path` is no GGUF file.
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
    """An OpenAI-compatible server on loopback for the GGUF file `path`; a context manager, running inside.

    `context_length` is in tokens for each request, prompt and answer together; `parallel` is how many requests are
    worked on at once, the others wait; `threads` is of the CPU, None for one a core. Raises ConfigError where a value
    makes no sense or `path` is no GGUF file.
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
                raise ConfigError(f"{self.path}: {option} is {value}, which must be at least 1")
        _checked_size(self.path)

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def start(self) -> str:
        """Load the model, unless it is; the base URL, which ends in /v1.

        Raises PredictorError where xllamacpp is not installed or the model cannot be loaded.
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
            start_new_session=True,  # Ctrl+C is for us: what is in flight may still be answered
        )
        self._base_url = self._first_line()
        if not self._base_url:
            reason = self.ended() or "no reason given"
            self.stop()
            raise PredictorError(f"{self.path}: the model cannot be loaded: {reason}")
        return self._base_url

    @property
    def pid(self) -> int | None:
        """The id of the server's process, where there is one."""
        return None if self._process is None else self._process.pid

    def stop(self) -> None:
        """End the server, whatever it is doing; nothing where it does not run."""
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
        """Why the server is gone although nobody stopped it; None where it runs, or was never started."""
        if self._process is None or (code := self._process.poll()) is None:
            return None
        if code < 0:
            name = signal.Signals(-code).name
            advice = "; mostly memory ran out: try a smaller context_length, parallel or file" if code == -9 else ""
            return f"its process was ended by {name}{advice}"
        assert self._log is not None
        self._log.seek(0)
        log = self._log.read().decode("utf-8", "replace")
        # The first error is the cause, those after it what the callers made of it.
        said = _LOGGED_ERROR.findall(log)[:1] or log.strip().splitlines()[-1:]
        return " ".join("".join(said).split())[:300] or f"its process ended with status {code}"

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
    """The size of the GGUF file in bytes. Raises ConfigError where it is none."""
    try:
        if read_ordinary(path, len(_MAGIC) - 1) != _MAGIC:
            raise ConfigError(f"{path}: not a GGUF file; a model on this machine is one, with .gguf in its name")
        return path.stat().st_size
    except FileNotFoundError:
        raise ConfigError(f"{path}: no such file; path names the model's GGUF file") from None
    except OSError as error:
        raise ConfigError(f"{path}: cannot be read: {error.strerror or error}") from error


def _serve(arguments: Namespace) -> int:
    """What the process of its own does: print the base URL, serve until stdin closes or its parent is gone."""
    parent = os.getppid()
    answer = os.dup(1)
    os.dup2(2, 1)  # what the library prints must not be taken for the URL
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
        params.cache_ram_mib = 0  # would keep up to 8 GB of prompts that are never asked again
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
    # The pipe stays open where the parent forked before it was killed; then only its id tells.
    while not closed.wait(1.0) and os.getppid() == parent:
        pass
    os._exit(0)  # the library would finish what it is asked first


def main(argv: Sequence[str] | None = None) -> int:
    """The command of the server's own process."""
    parser = ArgumentParser()
    parser.add_argument("path")
    parser.add_argument("--context-length", type=int, required=True)
    parser.add_argument("--parallel", type=int, required=True)
    parser.add_argument("--threads", type=int)
    return _serve(parser.parse_args(argv))


if __name__ == "__main__":
    sys.exit(main())
