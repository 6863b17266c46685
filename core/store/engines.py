"""The engines at work on a store: their state, the requests to pause or stop them, and the examples they claim."""

from __future__ import annotations

import json
import os
import socket
import time
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any, Literal

from tiebreak.core.store.connection import Store
from tiebreak.core.store.encoding import decode_json
from tiebreak.core.store.processes import command_line, is_there
from tiebreak.core.store.rows import Row, add_row, add_rows

LEASE = 120.0  # seconds without a beat; then an engine counts as dead and its claims are free
Wanted = Literal["run", "pause", "stop"]


@dataclass
class EngineRun:
    """The work of one engine for one run. `pending` is the number of examples when it began.

    `rate` is in examples a second. `in_flight` of at most `allowed` calls are under way. `cost` is None if the config
    has no prices.
    """

    run_id: int
    predictor: str = ""
    state: str = "running"
    message: str = ""
    pending: int = 0
    ok: int = 0
    failed: int = 0
    calls: int = 0
    reused: int = 0
    retries: int = 0
    in_flight: int = 0
    allowed: int = 0
    rate: float = 0.0
    cost: float | None = None

    @property
    def remaining(self) -> int:
        return max(0, self.pending - self.ok - self.failed)


@dataclass(frozen=True)
class Engine:
    """An engine as it last reported; `alive`: its process is there. Times are Unix seconds."""

    id: int
    host: str
    pid: int
    started_at: float
    beat: float
    ended_at: float | None
    state: str
    wanted: str
    message: str
    options: Mapping[str, Any]
    alive: bool
    runs: tuple[EngineRun, ...] = field(default=())


def register_engine(store: Store, options: Mapping[str, Any]) -> int:
    """Register this process as an engine, and return its id.

    It frees the claims of dead engines. Predictions that failed in engines that have ended may be tried again.
    """
    now = time.time()
    with store.transaction() as connection:
        free_claims(store)
        store.execute(
            """
            UPDATE predictions SET engine_id = NULL
            WHERE status = 'failed' AND engine_id IN (SELECT id FROM engines WHERE ended_at IS NOT NULL)
            """
        )
        row = {
            "host": socket.gethostname(),
            "pid": os.getpid(),
            "started_at": now,
            "beat": now,
            "state": "running",
            "options": json.dumps(dict(options)),
        }
        return add_row(connection, "engines", row)


def end_engine(store: Store, engine_id: int, message: str = "") -> None:
    """Mark the engine as ended and free its claims."""
    with store.transaction():
        store.execute("DELETE FROM claims WHERE engine_id = ?", (engine_id,))
        store.execute(
            "UPDATE engines SET state = 'ended', ended_at = ?, beat = ?, message = ? WHERE id = ?",
            (time.time(), time.time(), message, engine_id),
        )
        store.execute("UPDATE engine_runs SET in_flight = 0, rate = 0 WHERE engine_id = ?", (engine_id,))


def beat(store: Store, engine_id: int, state: str, message: str, runs: tuple[EngineRun, ...]) -> None:
    """Report that the engine is alive, even if others took it for dead, and the progress of its runs."""
    with store.transaction() as connection:
        store.execute(
            "UPDATE engines SET beat = ?, ended_at = NULL, state = ?, message = ? WHERE id = ?",
            (time.time(), state, message, engine_id),
        )
        add_rows(connection, "engine_runs", [_run_row(engine_id, run) for run in runs], "INSERT OR REPLACE")


def _run_row(engine_id: int, run: EngineRun) -> Row:
    row = {"engine_id": engine_id, **asdict(run), "rate": round(run.rate, 3)}
    del row["predictor"]  # the run has it
    return row


def wanted_of(store: Store, engine_id: int) -> str:
    """Return what people ask of the engine: run, pause or stop."""
    row = store.execute("SELECT wanted FROM engines WHERE id = ?", (engine_id,)).fetchone()
    return str(row[0]) if row else "stop"


def ask_engine(store: Store, engine_id: int, wanted: Wanted) -> None:
    """Ask the engine to run, pause or stop; it looks once a second. A request to stop cannot be taken back."""
    with store.transaction():
        store.execute("UPDATE engines SET wanted = ? WHERE id = ? AND wanted <> 'stop'", (wanted, engine_id))


def ask_retry(store: Store) -> int:
    """Let the engines at work try the failed predictions of their runs again; return how many."""
    with store.transaction():
        return store.execute(
            """
            UPDATE predictions SET engine_id = NULL
            WHERE status = 'failed' AND engine_id IS NOT NULL AND run_id IN (
                SELECT run_id FROM engine_runs JOIN engines ON engines.id = engine_id WHERE ended_at IS NULL
            )
            """
        ).rowcount


def engines(store: Store, *, live: bool = False) -> list[Engine]:
    """Return all engines, or with `live` only those at work, the newest first."""
    only = "WHERE ended_at IS NULL" if live else ""
    rows = store.execute(
        f"""
        SELECT id, host, pid, started_at, beat, ended_at, state, wanted, message, options
        FROM engines {only} ORDER BY id DESC
        """
    ).fetchall()
    found = []
    for id, host, pid, started_at, at, ended_at, state, wanted, message, options in rows:
        alive = _is_alive(host, pid, at, ended_at)
        columns = (id, host, pid, started_at, at, ended_at, state, wanted, message)
        found.append(Engine(*columns, decode_json(options, dict), alive, _runs(store, id)))
    return [engine for engine in found if engine.alive or not live]


def _runs(store: Store, engine_id: int) -> tuple[EngineRun, ...]:
    rows = store.execute(
        """
        SELECT run_id, predictors.name, state, message, pending, engine_runs.ok, engine_runs.failed, engine_runs.calls,
            engine_runs.reused, retries, in_flight, allowed, rate, engine_runs.cost
        FROM engine_runs
        JOIN runs ON runs.id = run_id
        JOIN predictors ON predictors.id = predictor_id
        WHERE engine_id = ? ORDER BY predictors.id
        """,
        (engine_id,),
    )
    return tuple(EngineRun(*row) for row in rows)


def _is_alive(host: str, pid: int, beat: float, ended_at: float | None) -> bool:
    found = is_there(host, pid)
    if ended_at is not None or found is False:
        return False
    return time.time() - beat <= LEASE or (found is True and _is_engine(pid))


def _is_engine(pid: int) -> bool:
    """Return whether the process is still an engine that was held up or whose clock was set; False if unknown.

    The system may have given the number to another process.
    """
    command = command_line(pid)
    return b"tiebreak" in command and b"predict" in command


def free_claims(store: Store) -> None:
    """Free the claims of dead engines, and mark these engines as ended."""
    with store.transaction():
        for id, host, pid, at in store.execute(
            "SELECT id, host, pid, beat FROM engines WHERE ended_at IS NULL"
        ).fetchall():
            if not _is_alive(host, pid, at, None):
                store.execute("DELETE FROM claims WHERE engine_id = ?", (id,))
                store.execute("UPDATE engines SET state = 'ended', ended_at = beat WHERE id = ?", (id,))
                store.execute("UPDATE engine_runs SET in_flight = 0, rate = 0 WHERE engine_id = ?", (id,))


_FREE = """
    SELECT id, text FROM examples
    WHERE id > :after
        AND NOT EXISTS (SELECT 1 FROM claims WHERE run_id = :run_id AND example_id = examples.id)
        AND NOT EXISTS (
            SELECT 1 FROM predictions
            WHERE example_id = examples.id AND run_id = :run_id AND (status = 'ok' OR engine_id IS NOT NULL)
        )
    ORDER BY id LIMIT :count
"""


def claim(store: Store, engine_id: int, run_id: int, after: int, count: int) -> list[tuple[int, str]]:
    """Claim for this engine up to `count` examples (id, text) after the id `after` that the run has yet to predict.

    Predictions that failed in engines that ended before this engine began are tried again; later failures are not.
    """
    with store.transaction() as connection:
        found = store.execute(_FREE, {"after": after, "run_id": run_id, "count": count}).fetchall()
        rows = [{"run_id": run_id, "example_id": id, "engine_id": engine_id} for id, _ in found]
        add_rows(connection, "claims", rows)
        return found


def release(store: Store, engine_id: int, run_id: int, example_ids: list[int]) -> None:
    """Give claims of the engine back, except claims that others took over when they believed it dead."""
    with store.transaction() as connection:
        connection.executemany(
            "DELETE FROM claims WHERE run_id = ? AND example_id = ? AND engine_id = ?",
            [(run_id, id, engine_id) for id in example_ids],
        )


def claimed_by_others(store: Store, engine_id: int, run_id: int) -> int:
    """Return how many examples of the run other engines have claimed."""
    return int(
        store.execute(
            "SELECT count(*) FROM claims WHERE run_id = ? AND engine_id <> ?", (run_id, engine_id)
        ).fetchone()[0]
    )
