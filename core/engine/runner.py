"""The interface between the engine and a predictor of any kind, from opening it to closing it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Protocol

from tiebreak.core.predictors.protocol import run_fingerprint
from tiebreak.core.store.predictions import find_run, pending_count

if TYPE_CHECKING:
    from tiebreak.core.engine.context import EngineContext
    from tiebreak.core.engine.progress import Estimate, RunProgress
    from tiebreak.core.project.config import PredictorConfig
    from tiebreak.core.store.answer_cache import AnswerCache
    from tiebreak.core.store.connection import Store

OnProgress = Callable[["RunProgress"], None]


class Runner(Protocol):
    """A predictor as the engine runs it. `open` fills in the attributes; `close` it in any case.

    `asked` are requests that represent its prompts: runners that share any of them ask the same, and take turns. A
    runner that `spends` ends with the budget. `shared_prompt` is the text that all its prompts share, `prompt` their
    parts by name.
    """

    config: PredictorConfig
    kind: str
    model: str
    fingerprint: str
    labels: tuple[str, ...]
    shared_prompt: str | None
    prompt: Mapping[str, str]
    asked: frozenset[bytes]
    spends: bool
    has_prices: bool

    async def begin(self, store: Store) -> None:
        """Start the process that opens the predictor, if it has one, without waiting for it."""

    async def open(self) -> None:
        """Open the predictor. Raises ConfigError or PredictorError if it cannot be used."""

    def check(self) -> None:
        """Raise PredictorError or ConfigError if its endpoint is down or refuses it."""

    def stale(self, store: Store, run_id: int | None) -> list[tuple[int, str]]:
        """Return the (id, text) of the examples that the run has to predict again."""

    def fail_stale(self, store: Store, run_id: int) -> None:
        """Turn the predictions of the stale examples into failures, so that they are pending."""

    def estimate(self, store: Store, run_id: int | None, pending: int, cache: AnswerCache | None) -> Estimate:
        """Estimate the work for the `pending` examples; send nothing."""

    async def work(self, context: EngineContext, progress: RunProgress, on_progress: OnProgress) -> None:
        """Predict until nothing is left, or the run is stopped. Raises PredictorError if it cannot go on."""

    def count_to_reparse(self, store: Store) -> int:
        """Return how many examples `reparse` looks at."""

    async def reparse(self, context: EngineContext, progress: RunProgress, on_progress: OnProgress) -> None:
        """Read the saved answers again, without any call."""

    def nudge(self) -> None:
        """React to a request to pause, go on or stop; call it only during `work`."""

    def updated_progress(self) -> RunProgress:
        """Return the report, brought up to date; call it only during `work`."""

    async def close(self) -> None:
        """Release the runner's resources."""


def fingerprint_of_run(runner: Runner) -> str:
    """Return the fingerprint of the run of the runner's predictor."""
    return run_fingerprint(runner.fingerprint, runner.config.label_map)


def pending_of(store: Store, runner: Runner) -> tuple[int | None, int]:
    """Return the id of the runner's run, None if it is new, and how many examples are pending in it."""
    run_id = find_run(store, runner.config.name, fingerprint_of_run(runner))
    return run_id, pending_count(store, run_id) + len(runner.stale(store, run_id))
