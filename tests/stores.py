"""New stores for tests: copies of a store that Tiebreak made once, since making a store takes 40 ms."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

from tiebreak.core.records import Task
from tiebreak.core.store import opening
from tiebreak.core.store.connection import Store


@cache
def _made(task: Task, made_by: str) -> bytes:
    with TemporaryDirectory() as folder:
        path = Path(folder) / "made.db"
        opening.create_store(path, task, made_by=made_by).close()
        return path.read_bytes()


def create_store(path: str | Path, task: Task = Task.NER, *, made_by: str = "load") -> Store:
    """Open a new store at `path`, as `opening.create_store` would make it."""
    path = Path(path)
    path.touch(0o600, exist_ok=False)
    path.write_bytes(_made(task, made_by))
    return opening.open_store(path)
