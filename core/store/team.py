"""Several annotators on one store: the examples on their screens, the overlap, and the assignments."""

from __future__ import annotations

import os
import socket
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from tiebreak.core.selection.filter import QueueFilter
from tiebreak.core.selection.portion import Portion, Ranges
from tiebreak.core.store.answered import IS_OVERLAP, OVERLAP_BOUND
from tiebreak.core.store.connection import Store
from tiebreak.core.store.encoding import text
from tiebreak.core.store.processes import is_there
from tiebreak.core.store.rows import add_row, add_rows

IDLE = 300.0  # seconds without a key; then the example on screen is free for others
OVERLAP = "overlap"  # a setting: the share of the examples that all annotators answer


@dataclass(frozen=True, slots=True)
class OnScreen:
    """The example on the screen of a sitting. `touched_at`: when its annotator last pressed a key, in Unix seconds."""

    session: str
    example_id: int
    annotator: str
    touched_at: float
    is_here: bool  # in this process, which has one sitting at a time


def on_screen(store: Store) -> list[OnScreen]:
    """Return the examples on the screens of all sittings, except sittings that are idle or whose process has ended."""
    now = time.time()
    return [
        OnScreen(session, example_id, annotator, touched_at, pid == os.getpid())
        for session, example_id, annotator, host, pid, touched_at in store.execute(
            "SELECT session, example_id, annotator, host, pid, touched_at FROM on_screen"
        ).fetchall()
        if now - touched_at < IDLE and is_there(host, pid) is not False
    ]


def on_other_screens(store: Store, session: str, annotator: str, *, overlap_too: bool = False) -> dict[int, str]:
    """Return the examples that another sitting has on screen and reserves: id -> annotator. Call it in a transaction.

    An overlap example is reserved only against another sitting of the same annotator, unless `overlap_too`.
    """
    others = {
        each.example_id: each.annotator
        for each in on_screen(store)
        if each.session != session and not (each.annotator == annotator and each.is_here)
    }
    for example_id, name in list(others.items()):
        if not overlap_too and name != annotator and is_overlap(store, example_id):
            del others[example_id]
    return others


def is_overlap(store: Store, example_id: int) -> bool:
    """Return whether the example is in the overlap, which every annotator answers."""
    row = store.execute("SELECT overlap FROM queue WHERE example_id = ?", (example_id,)).fetchone()
    return row is not None and bool(row[0])


def put_on_screen(store: Store, session: str, annotator: str, example_id: int | None) -> None:
    """Save the example that the sitting has on screen, None for no example; forget sittings that have ended."""
    with store.transaction() as connection:
        if example_id is None:
            store.execute("DELETE FROM on_screen WHERE session = ?", (session,))
            return
        known = {each.session for each in on_screen(store)}
        for (other,) in store.execute("SELECT session FROM on_screen WHERE session <> ?", (session,)).fetchall():
            if other not in known:
                store.execute("DELETE FROM on_screen WHERE session = ?", (other,))
        row = {
            "session": session,
            "example_id": example_id,
            "annotator": annotator,
            "host": socket.gethostname(),
            "pid": os.getpid(),
            "touched_at": time.time(),
        }
        add_row(connection, "on_screen", row, "INSERT OR REPLACE")


def touch(store: Store, session: str) -> None:
    """Note that the annotator of the sitting has pressed a key."""
    with store.transaction():
        store.execute("UPDATE on_screen SET touched_at = ? WHERE session = ?", (time.time(), session))


def set_overlap(store: Store, share: float) -> None:
    """Let every annotator answer this share (0 to 1) of the examples.

    The choice depends only on the texts: a larger share contains every smaller share.
    """
    bound = f"{int(share * 2**32):08X}" if share < 1 else "G"  # larger than any hexadecimal digest
    with store.transaction():
        store.set_setting(OVERLAP, f"{share:g}")
        store.set_setting(OVERLAP_BOUND, bound)
        store.execute(f"UPDATE queue SET overlap = {IS_OVERLAP} WHERE overlap <> {IS_OVERLAP}")


def overlap(store: Store) -> float:
    """Return the share of the examples that every annotator answers, 0 to 1."""
    return float(store.setting(OVERLAP) or 0.0)


def overlap_count(store: Store) -> int:
    """Return how many examples every annotator answers."""
    return int(store.execute("SELECT count(*) FROM queue WHERE overlap = 1").fetchone()[0])


def answer_counts(store: Store) -> dict[str, int]:
    """Return the number of answers in force of each annotator."""
    return dict(store.execute("SELECT annotator, count(*) FROM answers_in_force GROUP BY annotator").fetchall())


def assign(store: Store, ranges: Mapping[str, Sequence[tuple[int, int]]]) -> None:
    """Assign examples to annotators, by (start, end): exclusive, counted from 0 in the order in which they were loaded.

    The ranges replace the former assignments of these annotators; without ranges an annotator has none.
    """
    with store.transaction() as connection:
        for annotator, parts in ranges.items():
            store.execute("DELETE FROM assignments WHERE annotator = ?", (annotator,))
            rows = [{"annotator": annotator, "first_id": start + 1, "last_id": end} for start, end in parts]
            add_rows(connection, "assignments", rows, "INSERT OR REPLACE")  # ids count from 1


def assignments(store: Store) -> dict[str, Ranges]:
    """Return the assigned ids of each annotator as (first, last), inclusive."""
    found: dict[str, Ranges] = {}
    for name, first, last in store.execute("SELECT annotator, first_id, last_id FROM assignments ORDER BY 1, 2"):
        found[name] = (*found.get(name, ()), (first, last))
    return found


def set_filter(store: Store, annotator: str, line: str) -> None:
    """Limit `annotator` to the examples of this filter; an empty filter removes the limit. Raises FilterError."""
    QueueFilter.parse(line)
    with store.transaction():
        store.execute(
            """
            INSERT INTO annotators (name, filter) VALUES (:name, :filter)
            ON CONFLICT (name) DO UPDATE SET filter = excluded.filter
            """,
            {"name": annotator, "filter": line.strip()},
        )


def filters(store: Store) -> dict[str, str]:
    """Return the filter of each annotator that has a filter."""
    rows = store.execute("SELECT name, filter FROM annotators WHERE filter <> '' ORDER BY name")
    return {text(name): text(line) for name, line in rows}


def portion_of(store: Store, annotator: str) -> Portion:
    """Return this annotator's share of the queue."""
    assigned = assignments(store)
    own = assigned.pop(annotator, ())
    others = () if own else tuple(sorted({each for ranges in assigned.values() for each in ranges}))
    line = filters(store).get(annotator, "")
    return Portion(annotator, own, others, QueueFilter.parse(line), overlap(store))
