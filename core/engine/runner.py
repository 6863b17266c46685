"""What the engine runs: a predictor of any kind, from opening it to closing it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Protocol

from tiebreak.core.predictors.protocol import run_fingerprint
from tiebreak.core.store.predictions import find_run, pending_count

if TYPE_CHECKING:
    from tiebreak.core.engine.reports import Estimate, RunReport
    from tiebreak.core.engine.shared import Shared
    from tiebreak.core.project.config import PredictorConfig
    from tiebreak.core.store.answer_cache import AnswerCache
    from tiebreak.core.store.connection import Store

OnProgress = Callable[["RunReport"], None]


class Runner(Protocol):
    """A predictor as the engine runs it. `open` tells what it is; `close` it in any case.

    `asked` are the requests that stand for its prompts: runners that share some ask the same, and take turns. One that
    `spends` ends when the budget does. `shared_prompt` is what all its prompts have, `prompt` what they are
    made of, by part.
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
        """Begin to open what opens by itself, while others do the like."""

    async def open(self) -> None:
        """Open it. Raises ConfigError or PredictorError where it cannot be used."""

    def check(self) -> None:
        """Raise PredictorError or ConfigError where what it speaks to is down or refuses it."""

    def stale(self, store: Store, run_id: int | None) -> list[tuple[int, str]]:
        """Return the (id, text) of the examples that the run has to predict again."""

    def fail_stale(self, store: Store, run_id: int) -> None:
        """Turn the predictions of those into failures, so that they are pending."""

    def estimate(self, store: Store, run_id: int | None, pending: int, cache: AnswerCache | None) -> Estimate:
        """Return what the `pending` examples take; nothing is sent."""

    async def work(self, shared: Shared, report: RunReport, on_progress: OnProgress) -> None:
        """Predict until nothing is left, or it is stopped. Raises PredictorError where it cannot go on."""

    def count_to_reparse(self, store: Store) -> int:
        """Return how many examples `reparse` looks at."""

    async def reparse(self, shared: Shared, report: RunReport, on_progress: OnProgress) -> None:
        """Read the answers that are there anew, without any call."""

    def nudge(self) -> None:
        """Take in what people ask of the engine; while it works."""

    def tell(self) -> RunReport:
        """Return the report, brought up to date; while it works."""

    async def close(self) -> None:
        """Let go of what it holds."""


def fingerprint_of_run(runner: Runner) -> str:
    """Return what makes a run of the runner's predictor."""
    return run_fingerprint(runner.fingerprint, runner.config.label_map)


def pending_of(store: Store, runner: Runner) -> tuple[int | None, int]:
    """Return the id of the runner's run, None where it is new, and how many examples are pending in it."""
    run_id = find_run(store, runner.config.name, fingerprint_of_run(runner))
    return run_id, pending_count(store, run_id) + len(runner.stale(store, run_id))
