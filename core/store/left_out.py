"""Take predictors out of the comparison, put them back, and compare again."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence

from tiebreak.core.errors import ConfigError
from tiebreak.core.store.comparisons import compare_examples
from tiebreak.core.store.connection import Store
from tiebreak.core.store.current import IS_COMPARED
from tiebreak.core.store.droppable import make_learned_tables

OnProgress = Callable[[int, int], None]  # takes the id of the last compared example, and the highest id

_MOVED = "compare predictor "  # and its id: a setting with the id of its last compared example
_PART = 100  # examples compared in one transaction; other writers wait as long
_PAUSE = 0.005  # seconds between two transactions, so that waiting writers get the lock


def is_compared(store: Store, run_id: int) -> bool:
    """Return whether the predictor of the run is in the comparison."""
    row = store.execute(f"SELECT {IS_COMPARED} FROM runs WHERE id = ?", (run_id,)).fetchone()
    return row is not None and bool(row[0])


def check_names(store: Store, names: Sequence[str]) -> None:
    """Raise ConfigError if the store lacks a predictor with one of these names."""
    known = [name for (name,) in store.execute("SELECT name FROM predictors ORDER BY id")]
    for name in names:
        if name not in known:
            has = f"it has {', '.join(known)}" if known else "it has no predictors yet"
            raise ConfigError(f"{store.path}: no predictor is named {name!r}; {has}")


def leave_out(store: Store, name: str, on_progress: OnProgress = lambda at, last: None) -> bool:
    """Take a predictor out of the comparison, and compare its examples again; return whether it was in it.

    Its predictions and all answers stay. From the start, new predictions are no longer compared with it. Its
    examples are compared again part by part, so that others can write in between. If that is cut short, the next call,
    run or load compares the rest. Raises ConfigError if the store has no such predictor, or its scorer fails.
    """
    return _move(store, name, time.time(), on_progress)


def put_back(store: Store, name: str, on_progress: OnProgress = lambda at, last: None) -> bool:
    """Put a predictor back into the comparison, as `leave_out` takes it out; return whether it was left out."""
    return _move(store, name, None, on_progress)


def _move(store: Store, name: str, left_out_at: float | None, on_progress: OnProgress) -> bool:
    with store.transaction():
        check_names(store, [name])
        row = store.execute("SELECT id, left_out_at FROM predictors WHERE name = ?", (name,)).fetchone()
        predictor_id, before = row
        is_news = (left_out_at is None) != (before is None)
        if is_news:
            store.execute("UPDATE predictors SET left_out_at = ? WHERE id = ?", (left_out_at, predictor_id))
            store.set_setting(f"{_MOVED}{predictor_id}", "0")
            make_learned_tables(store)
            store.execute("DELETE FROM learned_patterns")
            store.execute("UPDATE slice SET exported = NULL WHERE exported IS NOT NULL")
    compare_moved(store, on_progress)
    return is_news


def compare_moved(store: Store, on_progress: OnProgress = lambda at, last: None) -> None:
    """Compare the remaining examples of predictors that were left out or put back. Raises ConfigError."""
    names = [name for (name,) in store.execute("SELECT name FROM settings WHERE name GLOB ?", (f"{_MOVED}*",))]
    (last,) = store.execute("SELECT coalesce(max(id), 0) FROM examples").fetchone() if names else (0,)
    for name in names:
        while (at := _compare_part(store, name)) is not None:
            on_progress(at, last)
            time.sleep(_PAUSE)
        on_progress(last, last)


def _compare_part(store: Store, name: str) -> int | None:
    """Compare the next examples of a predictor; return the id of the last, or None once all are compared.

    The store keeps the progress, since another process may do the same work, or start it again.
    """
    with store.transaction():
        after = store.setting(name)
        if after is None:
            return None
        rows = store.execute(
            """
            SELECT id FROM examples
            WHERE id > ? AND EXISTS (
                SELECT 1 FROM predictions JOIN runs ON runs.id = run_id
                WHERE example_id = examples.id AND status = 'ok' AND predictor_id = ?
            )
            ORDER BY id LIMIT ?
            """,
            (int(after), int(name.removeprefix(_MOVED)), _PART),
        ).fetchall()
        if not rows:
            store.execute("DELETE FROM settings WHERE name = ?", (name,))
            return None
        ids = [example_id for (example_id,) in rows]
        make_learned_tables(store)
        store.connection.executemany("DELETE FROM learned WHERE example_id = ?", rows)
        compare_examples(store, ids)
        store.set_setting(name, str(ids[-1]))
        return int(ids[-1])
