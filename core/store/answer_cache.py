"""A file of LLM answers that several stores share: request -> answer. It holds no prompts and no texts."""

from __future__ import annotations

import os
import sqlite3
import time
from collections.abc import Iterable, Sequence
from pathlib import Path

from tiebreak.core.errors import StoreError
from tiebreak.core.records import LLMCall
from tiebreak.core.store.calls import pack, unpack
from tiebreak.core.store.connection import LOCK_TIMEOUT, in_parts, plain_errors

_ID = 0x7469_6563  # "tiec": marks the file as a cache of answers
_TABLE = """
CREATE TABLE IF NOT EXISTS answers (
    request BLOB PRIMARY KEY,  -- digest of model, parameters and prompt
    response NOT NULL,  -- text, by zlib where that is shorter
    finish_reason TEXT,
    seconds REAL,
    prompt_tokens INTEGER,
    completion_tokens INTEGER,
    answered_at REAL NOT NULL  -- Unix seconds
) WITHOUT ROWID
"""


class AnswerCache:
    """Opens the file at `path`, or makes it. Use it from one thread; several processes may use one file."""

    def __init__(self, path: Path) -> None:
        self.path = path
        if path.exists() and not path.is_file():
            raise StoreError(f"{path}: not a file; name the file of the cache")
        if not path.parent.is_dir():
            raise StoreError(f"{path}: the folder {path.parent} does not exist; make it first")
        if path.exists() and not os.access(path, os.W_OK):
            raise StoreError(f"{path}: the cache is read-only; check the permissions of the file")
        with plain_errors(path):
            self._connection = sqlite3.connect(
                path, timeout=LOCK_TIMEOUT, isolation_level=None, check_same_thread=False
            )
            try:
                self._prepare()
            except BaseException:
                self._connection.close()
                raise

    def _prepare(self) -> None:
        self._connection.execute("PRAGMA synchronous = NORMAL")
        if self._is_cache():
            return
        self._connection.execute("PRAGMA journal_mode = WAL")
        self._connection.execute("BEGIN IMMEDIATE")  # others may make it at the same time
        try:
            if not self._is_cache():
                self._connection.execute(f"PRAGMA application_id = {_ID}")
                self._connection.execute(_TABLE)
        finally:
            self._connection.execute("COMMIT")

    def _is_cache(self) -> bool:
        """Whether the file is a cache already, or empty. Raises StoreError where it is something else."""
        [(application, tables)] = self._connection.execute(  # in one statement: others may be making it
            "SELECT application_id, (SELECT count(*) FROM sqlite_master) FROM pragma_application_id"
        ).fetchall()
        if application != _ID and tables:
            raise StoreError(f"{self.path}: an SQLite file, but not a cache of answers; name another file")
        return bool(application == _ID and tables)

    def find(self, requests: Sequence[bytes]) -> dict[bytes, LLMCall]:
        """The answers that are there, by request."""
        found: dict[bytes, LLMCall] = {}
        with plain_errors(self.path):
            for marks, part in in_parts(requests):
                for request, response, *others in self._connection.execute(
                    "SELECT request, response, seconds, prompt_tokens, completion_tokens, finish_reason FROM answers "
                    f"WHERE request IN ({marks})",
                    part,
                ):
                    seconds, came, went, finish_reason = others
                    found[request] = LLMCall(None, unpack(response, b""), seconds, came, went, request, finish_reason)
        return found

    def save(self, calls: Iterable[LLMCall]) -> None:
        """Keep the answers; one that is there stays."""
        rows = [
            (
                *(call.request, pack(call.response, b""), call.finish_reason, call.seconds),
                *(call.prompt_tokens, call.completion_tokens, time.time()),
            )
            for call in calls
            if call.request is not None and call.response is not None
        ]
        if rows:
            with plain_errors(self.path):
                self._connection.execute("BEGIN IMMEDIATE")
                try:
                    self._connection.executemany("INSERT OR IGNORE INTO answers VALUES (?, ?, ?, ?, ?, ?, ?)", rows)
                finally:
                    self._connection.execute("COMMIT")

    def close(self) -> None:
        self._connection.close()
