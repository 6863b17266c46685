"""Files as other programs write and read them: lines of JSON, and stores opened by a plain client of SQLite."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Mapping
from contextlib import closing
from pathlib import Path
from typing import Any


def write_jsonl(path: Path, records: Iterable[Mapping[str, Any]]) -> Path:
    path.write_text("".join(json.dumps(record) + "\n" for record in records))
    return path


def read_jsonl(path: Path) -> list[dict[str, Any]]:
    """Return the records of a file in which each line ends with a line feed."""
    return [json.loads(line) for line in path.read_bytes().split(b"\n")[:-1]]


def rows(store: Path, sql: str) -> list[tuple[Any, ...]]:
    with closing(sqlite3.connect(store, timeout=30)) as plain:
        return plain.execute(sql).fetchall()


def change(store: Path, *statements: str) -> None:
    """Write with a plain client, which ignores foreign keys."""
    with closing(sqlite3.connect(store, isolation_level=None)) as plain:
        for statement in statements:
            plain.execute(statement)
