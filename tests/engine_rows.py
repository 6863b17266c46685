"""Engines for tests of the screens that watch them: rows as an engine writes them, by this process, which is alive."""

from __future__ import annotations

from typing import Any

from tiebreak.core.records import LLMCall, Prediction, Record
from tiebreak.core.store.connection import Store
from tiebreak.core.store.engines import EngineRun, beat, register_engine
from tiebreak.core.store.examples import add_examples
from tiebreak.core.store.predictions import save_predictions, start_run

LLM_RUN: dict[str, Any] = {
    "pending": 2000,
    "ok": 409,
    "failed": 3,
    "calls": 409,
    "reused": 3,
    "retries": 12,
    "in_flight": 14,
    "allowed": 16,
    "rate": 12.0,
    "cost": 0.31,
}


def llm_run(store: Store, name: str = "claude") -> int:
    """Start a run of an LLM and return its id."""
    return start_run(store, predictor=name, kind="llm", fingerprint="x", model="test-model")


def at_work(
    store: Store, run_id: int, *, state: str = "running", message: str = "", run_state: str = "running", **run: Any
) -> int:
    """Register an engine at work on the run, and return its id; it has the figures of LLM_RUN if `run` has none."""
    engine_id = register_engine(store, {})
    say(store, engine_id, run_id, state=state, message=message, run_state=run_state, **run)
    return engine_id


def say(
    store: Store,
    engine_id: int,
    run_id: int,
    *,
    state: str = "running",
    message: str = "",
    run_state: str = "running",
    **run: Any,
) -> None:
    """Change the state that the engine reports; `message` is that of its run."""
    beat(store, engine_id, state, "", (EngineRun(run_id, state=run_state, message=message, **{**LLM_RUN, **run}),))


def fail(store: Store, run_id: int, *reasons: str, response: str | None = None, text: str = "Text") -> list[int]:
    """Add an example for each of `reasons` for which the run failed, and return their ids."""
    ids, _ = add_examples(store, [Record(f"{text} {run_id}.{number}") for number in range(len(reasons))], "test")
    calls = () if response is None else (LLMCall("prompt", response, 0.5, 120, 9),)
    save_predictions(
        store, run_id, [Prediction(id, error=reason, calls=calls) for id, reason in zip(ids, reasons, strict=True)]
    )
    return ids
