"""Tallies: what was counted of a part of the answers or examples, kept until that part is another one."""

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

PART = 4096  # ids
_FORMAT = 1  # of what is counted: raise it when that changes


def kept_tallies(store: Store, what: str, wanted: Mapping[int, object]) -> dict[int, Any]:
    """Return by part what was counted of what it holds now, as `wanted` has it by part; what cannot be read is left
    out.
    """
    rows = []
    with suppress(StoreError):  # the table was dropped
        rows = store.execute("SELECT part, basis, counts FROM tallies WHERE what = ?", (what,)).fetchall()
    return {
        part: json.loads(counts)
        for part, basis, counts in rows
        if part in wanted and isinstance(counts, str) and basis == _basis(wanted[part], counts)
    }


def keep_tallies(store: Store, what: str, wanted: Mapping[int, object], counted: Mapping[int, object]) -> None:
    """Keep what was `counted` of some parts, and drop those that are not `wanted`.

    Others who write wait for some milliseconds at most. Parts that hold little are counted sooner than kept, and what
    cannot be kept is counted again when it is asked for.
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
    """A digest of what is to be counted and what was: of a row that somebody else wrote it is another one."""
    said = blake2b(repr((_FORMAT, wanted)).encode(), digest_size=16)
    said.update(counts.encode("utf-8", "surrogatepass"))
    return said.digest()
