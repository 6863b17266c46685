"""The lease of a store's only learner, the process that writes the learned data."""

from __future__ import annotations

import os
import socket
import time
from typing import NamedTuple

from tiebreak.core.store.connection import Store
from tiebreak.core.store.droppable import make_learned_tables
from tiebreak.core.store.processes import is_there
from tiebreak.core.store.rows import add_row

LEASE = 120.0  # seconds without a beat; then the lease is free
BEAT = 20.0  # seconds between two beats of the holder


class Holder(NamedTuple):
    """The process that holds the lease. `beat`: when it last renewed the lease, in Unix seconds."""

    host: str
    pid: int
    beat: float

    @property
    def is_this_process(self) -> bool:
        return (self.host, self.pid) == (socket.gethostname(), os.getpid())

    @property
    def is_alive(self) -> bool:
        """Whether it still holds the lease; a process of this machine that has ended loses it at once."""
        return abs(time.time() - self.beat) <= LEASE and is_there(self.host, self.pid) is not False


def hold_lease(store: Store) -> bool:
    """Take the lease, or keep it; return whether this process is the store's learner. Call it every few seconds."""
    make_learned_tables(store)
    holder = _holder(store)
    if holder is not None and holder.is_this_process and 0 <= time.time() - holder.beat < BEAT:
        return True
    if _is_of_another(holder):
        return False
    with store.transaction() as connection:
        if _is_of_another(_holder(store)):  # another process was faster
            return False
        row = {"id": 1, "host": socket.gethostname(), "pid": os.getpid(), "beat": time.time()}
        add_row(connection, "learners", row, "INSERT OR REPLACE")
    return True


def give_back_lease(store: Store) -> None:
    """Give the lease back if this process holds it, so that another process can take it."""
    with store.transaction():
        store.execute("DELETE FROM learners WHERE host = ? AND pid = ?", (socket.gethostname(), os.getpid()))


def learner_at_work(store: Store) -> Holder | None:
    """Return the process that learns from the store now, or None."""
    holder = _holder(store) if _has_table(store) else None
    return holder if holder is not None and holder.is_alive else None


def _is_of_another(holder: Holder | None) -> bool:
    return holder is not None and holder.is_alive and not holder.is_this_process


def _holder(store: Store) -> Holder | None:
    row = store.execute("SELECT host, pid, beat FROM learners WHERE typeof(beat) = 'real'").fetchone()
    return None if row is None else Holder(*row)


def _has_table(store: Store) -> bool:
    return store.execute("SELECT 1 FROM sqlite_master WHERE name = 'learners'").fetchone() is not None
