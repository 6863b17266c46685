"""A store of very many examples, made in a minute: SQLite copies the rows of a smaller store under other texts."""

from __future__ import annotations

from pathlib import Path

from tiebreak.core.store.connection import Store
from tiebreak.core.store.opening import open_store
from tiebreak.core.text.hashes import input_hash, text_digest

_DERIVED = {
    "examples": {"id": "id + :shift", "text": "{text}", "text_digest": "digest({text})", "input_hash": "hash({text})"},
    "predictions": {"example_id": "example_id + :shift"},
    "differences": {"example_id": "example_id + :shift"},
    "answers": {"id": "id + :shift", "example_id": "example_id + :shift"},
    "queue": {"example_id": "example_id + :shift", "tie": "(SELECT text_digest FROM examples WHERE id = {id})"},
}
_TEXT = "text || ' ' || :copy"
_NEW_ID = "queue.example_id + :shift"


def multiply(path: Path, times: int) -> None:
    """Give the store `times` as many examples; the copies' texts end in a number, so that all spans stay in place."""
    with open_store(path) as store:
        store.connection.execute("PRAGMA synchronous = OFF")
        store.connection.execute("PRAGMA cache_size = -400000")  # in kB
        store.connection.create_function("digest", 1, text_digest, deterministic=True)
        store.connection.create_function("hash", 1, input_hash, deterministic=True)
        (size,) = store.execute("SELECT max(id) FROM examples").fetchone()
        with store.transaction() as connection:
            for copy in range(1, times):
                for table, derived in _DERIVED.items():
                    connection.execute(_copy(store, table, derived), {"shift": copy * size, "copy": copy, "size": size})
            store.execute("UPDATE runs SET ok = ok * ?, failed = failed * ?", (times, times))
        store.execute("PRAGMA wal_checkpoint(TRUNCATE)")


def _copy(store: Store, table: str, derived: dict[str, str]) -> str:
    """Return the SQL that copies the first rows of `table`; columns that are not derived are copied as they are."""
    columns = [name for _, name, *_ in store.execute(f"PRAGMA table_info({table})")]
    values = [derived.get(name, f'"{name}"').format(text=_TEXT, id=_NEW_ID) for name in columns]
    names = ", ".join(f'"{name}"' for name in columns)
    key = "id" if table == "examples" else "example_id"
    return f"INSERT INTO {table} ({names}) SELECT {', '.join(values)} FROM {table} WHERE {key} <= :size"
