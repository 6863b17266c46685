"""The model `tiebreak.Local.v1` for spacy-llm: a GGUF file on this machine, behind a server of its own."""

from __future__ import annotations

import asyncio
import json
import threading
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from tiebreak.core.predictors.gate import Limits
from tiebreak.core.predictors.local_server import LocalServer, fingerprint_of
from tiebreak.core.predictors.openai_model import OpenAIModel
from tiebreak.core.predictors.tasks.prompt import CONFIG_FOLDER
from tiebreak.core.records import LLMCall

if TYPE_CHECKING:
    import aiohttp

_QUEUE = 2  # requests in flight for each that the server works on, so that it never waits for the next


class LocalModel(OpenAIModel):
    """An OpenAI-compatible endpoint that starts when it is first needed, and ends with this process."""

    def __init__(
        self, server: LocalServer, path: Path, temperature: float, max_tokens: int, timeout: float, parallel: int
    ) -> None:
        super().__init__(
            name=path.name,
            base_url="http://127.0.0.1",
            api_key_env=None,
            temperature=temperature,
            max_tokens=max_tokens,
            timeout=timeout,
            retries=2,
            concurrency=_QUEUE * parallel,
            context_length=None,
        )
        self.path = path
        self._server = server
        self._starting = threading.Lock()

    @cached_property
    def _identity(self) -> bytes:
        """The file's content, temperature and max_tokens; the file's name and the server's options do not count."""
        return json.dumps([fingerprint_of(self.path), self.temperature, self.max_tokens]).encode()

    def check(self) -> None:
        """Start the server, unless it runs. Raises PredictorError if it cannot run, or cannot load the model."""
        with self._starting:
            self.base_url = self._server.start()

    async def _try(self, http: aiohttp.ClientSession, prompt: str) -> tuple[LLMCall, Limits]:
        await asyncio.to_thread(self.check)  # restarts a server that has crashed
        return await super()._try(http, prompt)

    def close(self) -> None:
        self._server.stop()


def local_model(
    path: str,
    temperature: float = 0.0,
    max_tokens: int = 500,
    context_length: int = 4096,
    parallel: int = 4,
    threads: int | None = None,
    timeout: float = 300.0,
) -> LocalModel:
    """Make the model that spacy-llm finds as `tiebreak.Local.v1`; look for `path` beside the config first.

    `context_length` is in tokens for each of the `parallel` requests. Raises ConfigError if the file is not a model.
    """
    file = Path(path).expanduser()
    folder = CONFIG_FOLDER.get()
    if folder is not None and (folder / file).exists():
        file = folder / file
    server = LocalServer(file, context_length=context_length, parallel=parallel, threads=threads)
    return LocalModel(server, file, temperature, max_tokens, timeout, parallel)
