"""A file of LLM answers that several stores share: request -> answer. It holds no prompts and no texts.

It also says which requests are under way, so that engines on two stores do not both pay for the same answer.
"""

from __future__ import annotations

import os
import secrets
import socket
import sqlite3
import time
from collections.abc import Collection, Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

from tiebreak.core.errors import StoreError
from tiebreak.core.records import LLMCall
from tiebreak.core.store.calls import pack, unpack
from tiebreak.core.store.connection import in_batches
from tiebreak.core.store.names import check_one_name
from tiebreak.core.store.permissions import make_private
from tiebreak.core.store.plain_errors import LOCK_TIMEOUT, plain_errors
from tiebreak.core.store.processes import is_there
from tiebreak.core.store.rows import add_rows

_ID = 0x7469_6563  # "tiec": marks the file as a cache of answers
_LEASE = 120.0  # seconds; then a process that no longer renews its claim loses it
_TABLES = (
    """
CREATE TABLE IF NOT EXISTS answers (
    request BLOB PRIMARY KEY,  -- digest of model, parameters and prompt
    response NOT NULL,  -- text, by zlib where that is shorter
    finish_reason TEXT,
    seconds REAL,
    prompt_tokens INTEGER,
    completion_tokens INTEGER,
    answered_at REAL NOT NULL  -- Unix seconds
) WITHOUT ROWID
""",
    """
CREATE TABLE IF NOT EXISTS asking (
    request BLOB PRIMARY KEY,
    owner TEXT NOT NULL,  -- one opening of the file
    pid INTEGER NOT NULL,
    until REAL NOT NULL  -- Unix seconds
) WITHOUT ROWID
""",
)


class AnswerCache:
    """The file at `path`, made if it is missing. Use it from one thread; several processes may share the file."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._owner = secrets.token_hex(8)
        self._renewed = 0.0
        if path.exists() and not path.is_file():
            raise StoreError(f"{path}: not a file; name the file of the cache")
        if not path.parent.is_dir():
            raise StoreError(f"{path}: the folder {path.parent} does not exist; make it first")
        if path.exists() and not os.access(path, os.W_OK):
            raise StoreError(f"{path}: the cache is read-only; check the permissions of the file")
        if not path.exists():
            with suppress(OSError):  # another process made it, or SQLite reports below why nobody can
                make_private(path)
        check_one_name(path)
        with plain_errors(path):
            uri = f"{path.absolute().as_uri()}?mode=rw"  # SQLite creates no file that a link leads to
            self._connection = sqlite3.connect(
                uri, uri=True, timeout=LOCK_TIMEOUT, isolation_level=None, check_same_thread=False
            )
            try:
                self._prepare()
            except BaseException:
                self._connection.close()
                raise

    def _prepare(self) -> None:
        self._connection.execute("PRAGMA synchronous = NORMAL")
        if self._is_cache():
            self._connection.execute(_TABLES[1])  # files of earlier versions have no such table
            return
        self._connection.execute("PRAGMA journal_mode = WAL")
        self._connection.execute("BEGIN IMMEDIATE")  # others may make it at the same time
        try:
            if not self._is_cache():
                self._connection.execute(f"PRAGMA application_id = {_ID}")
                for table in _TABLES:
                    self._connection.execute(table)
        finally:
            self._connection.execute("COMMIT")

    def _is_cache(self) -> bool:
        """Return whether the file is a cache already, not empty. Raises StoreError if it is something else."""
        [(application, tables)] = self._connection.execute(  # in one statement: another process may be making it
            "SELECT application_id, (SELECT count(*) FROM sqlite_master) FROM pragma_application_id"
        ).fetchall()
        if application != _ID and tables:
            raise StoreError(f"{self.path}: an SQLite file, but not a cache of answers; name another file")
        return bool(application == _ID and tables)

    def find(self, requests: Sequence[bytes]) -> dict[bytes, LLMCall]:
        """Return the answers in the cache, by request."""
        found: dict[bytes, LLMCall] = {}
        with plain_errors(self.path):
            for marks, part in in_batches(requests):
                for request, response, *others in self._connection.execute(
                    f"""
                    SELECT request, response, seconds, prompt_tokens, completion_tokens, finish_reason
                    FROM answers WHERE request IN ({marks})
                    """,
                    part,
                ):
                    seconds, came, went, finish_reason = others
                    found[request] = LLMCall(None, unpack(response, b""), seconds, came, went, request, finish_reason)
        return found

    def save(self, calls: Iterable[LLMCall]) -> None:
        """Add the answers; an answer that the cache has stays as it is."""
        rows = [
            {
                "request": call.request,
                "response": pack(call.response, b""),
                "finish_reason": call.finish_reason,
                "seconds": call.seconds,
                "prompt_tokens": call.prompt_tokens,
                "completion_tokens": call.completion_tokens,
                "answered_at": time.time(),
            }
            for call in calls
            if call.request is not None and call.response is not None
        ]
        if rows:
            with self._writing():
                add_rows(self._connection, "answers", rows, "INSERT OR IGNORE")

    def forget(self, requests: Sequence[bytes]) -> None:
        """Delete answers that turned out to be unreadable."""
        if requests:
            with self._writing():
                self._connection.executemany(
                    "DELETE FROM answers WHERE request = ?", [(request,) for request in requests]
                )

    def claim(self, groups: Sequence[Collection[bytes]]) -> list[bool]:
        """Claim the requests of each group before they are asked; False for a group that has to wait.

        A group waits if another process is asking one of its requests, or if one was answered meanwhile. A group is
        claimed whole or not at all, so that no two processes wait for each other.
        """
        requests = list({request for group in groups for request in group})
        if not requests:
            return [True] * len(groups)
        with self._writing():
            taken = self._held_by_others(requests)
            for marks, part in in_batches(requests):
                rows = self._connection.execute(f"SELECT request FROM answers WHERE request IN ({marks})", part)
                taken.update(request for (request,) in rows)
            free = [taken.isdisjoint(group) for group in groups]
            until = time.time() + _LEASE
            asked = [
                {"request": request, "owner": self._owner, "pid": os.getpid(), "until": until}
                for group, is_free in zip(groups, free, strict=True)
                for request in (group if is_free else ())
            ]
            add_rows(self._connection, "asking", asked, "INSERT OR REPLACE")
        return free

    def _held_by_others(self, requests: Sequence[bytes]) -> set[bytes]:
        now, here = time.time(), socket.gethostname()  # WAL keeps all processes of a file on one machine
        return {
            request
            for marks, part in in_batches(requests)
            for request, pid in self._connection.execute(
                f"SELECT request, pid FROM asking WHERE request IN ({marks}) AND owner <> ? AND until BETWEEN ? AND ?",
                (*part, self._owner, now, now + _LEASE),  # a clock may have been set back
            ).fetchall()
            if is_there(here, pid) is not False
        }

    def renew(self) -> None:
        """Extend the claims of this process, at most once a quarter of the lease; call it often."""
        now = time.time()
        if not 0 <= now - self._renewed < _LEASE / 4:
            with self._writing():
                self._connection.execute("UPDATE asking SET until = ? WHERE owner = ?", (now + _LEASE, self._owner))
            self._renewed = now

    def release(self, requests: Iterable[bytes]) -> None:
        """Release claims: the requests are answered, or given up."""
        if rows := [(request, self._owner) for request in requests]:
            with self._writing():
                self._connection.executemany("DELETE FROM asking WHERE request = ? AND owner = ?", rows)

    @contextmanager
    def _writing(self) -> Iterator[None]:
        """Run the block in a transaction, with SQLite's errors as StoreErrors."""
        with plain_errors(self.path):
            self._connection.execute("BEGIN IMMEDIATE")
            try:
                yield
            except BaseException:
                self._connection.execute("ROLLBACK")
                raise
            self._connection.execute("COMMIT")

    def close(self) -> None:
        self._connection.close()
