"""Tallies: counts over a part of the answers or examples, kept until that part changes."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from contextlib import suppress
from hashlib import blake2b
from typing import Any

from tiebreak.core.errors import StoreError
from tiebreak.core.store.connection import Store
from tiebreak.core.store.droppable import make_learned_tables, with_learned_tables
from tiebreak.core.store.encoding import encode_json
from tiebreak.core.store.rows import Row, add_row
from tiebreak.core.store.short_writes import ShortWrites

PART = 4096  # ids of a part
_FORMAT = 1  # raise it when the counts change their meaning; then all are counted again


def saved_tallies(store: Store, what: str, wanted: Mapping[int, object]) -> dict[int, Any]:
    """Return the kept counts of each part whose present state, in `wanted`, is the state that was counted.

    Counts that cannot be read are left out.
    """
    rows = []
    with suppress(StoreError):  # if the table was dropped
        rows = store.execute("SELECT part, basis, counts FROM tallies WHERE what = ?", (what,)).fetchall()
    return {
        part: json.loads(counts)
        for part, basis, counts in rows
        if part in wanted and isinstance(counts, str) and basis == _basis(wanted[part], counts)
    }


def save_tallies(store: Store, what: str, wanted: Mapping[int, object], counted: Mapping[int, object]) -> None:
    """Keep the counts of the parts in `counted`, and drop the parts that are not `wanted`.

    Other writers wait for some milliseconds at most. Do not keep small parts: counting them again is faster. Counts
    that cannot be saved are counted again the next time.
    """
    with suppress(StoreError):
        make_learned_tables(store)
        connection, writes = store.connection, ShortWrites(store)
        rows = [_row(what, part, wanted[part], encode_json(counts) or "") for part, counts in counted.items()]

        def save(part: Collection[Row]) -> None:
            for row in part:
                add_row(connection, "tallies", row, "INSERT OR REPLACE")

        writes.write(
            rows, lambda row: len(str(row["counts"])), lambda part: with_learned_tables(connection, lambda: save(part))
        )
        there = store.execute("SELECT part FROM tallies WHERE what = ?", (what,)).fetchall()
        gone = [(what, part) for (part,) in there if part not in wanted]
        if gone:
            with store.transaction():
                connection.executemany("DELETE FROM tallies WHERE what = ? AND part = ?", gone)


def _row(what: str, part: int, basis: object, counts: str) -> Row:
    return {"what": what, "part": part, "basis": _basis(basis, counts), "counts": counts}


def _basis(wanted: object, counts: str) -> bytes:
    """Return a digest of a part's state and its counts; the rows of other programs do not have it."""
    digest = blake2b(repr((_FORMAT, wanted)).encode(), digest_size=16)
    digest.update(counts.encode("utf-8", "surrogatepass"))
    return digest.digest()
