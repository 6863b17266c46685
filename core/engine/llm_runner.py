"""The runner of an LLM predictor: opening it, estimating, running, and reading its answers again."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import chain

from tiebreak.core.engine.context import EngineContext
from tiebreak.core.engine.llm_estimate import estimate
from tiebreak.core.engine.llm_run import LLMRun
from tiebreak.core.engine.own_examples import fail_predicted_with_own_answer, predicted_with_own_answer
from tiebreak.core.engine.progress import EngineOptions, Estimate, RunProgress
from tiebreak.core.engine.reparse import reparse
from tiebreak.core.engine.runner import OnProgress
from tiebreak.core.predictors import llm_pipeline
from tiebreak.core.predictors.llm_pipeline import LLMPredictor
from tiebreak.core.project.config import PredictorConfig
from tiebreak.core.records import Task
from tiebreak.core.store.answer_cache import AnswerCache
from tiebreak.core.store.connection import Store
from tiebreak.core.store.predictions import pending_count, pending_texts


class LLMRunner:
    """See `Runner`. It makes its calls in the engine's process, so that one thread saves all predictions."""

    kind = LLMPredictor.kind
    spends = True

    def __init__(self, config: PredictorConfig, task: Task, options: EngineOptions) -> None:
        self.config = config
        self.model = ""
        self.fingerprint = ""
        self.labels: tuple[str, ...] = ()
        self.shared_prompt: str | None = None
        self.prompt: Mapping[str, str] = {}
        self.asked: frozenset[bytes] = frozenset()
        self.has_prices = False
        self._task = task
        self._options = options
        self._opened: LLMPredictor | None = None
        self._run: LLMRun | None = None

    async def begin(self, store: Store) -> None:
        """Do nothing: an LLM has no process of its own to start."""

    async def open(self) -> None:
        """Assemble the pipeline in this thread; other predictors load in their processes meanwhile."""
        opened = llm_pipeline.open_predictor(self.config, self._task, stock_model=self._options.stock_model)
        self.model, self.fingerprint, self.labels = opened.model, opened.fingerprint, opened.labels
        self.shared_prompt, self.asked, self.has_prices = opened.shared_prompt, opened.probe, opened.has_prices
        self.prompt = opened.prompt
        self._opened = opened

    def check(self) -> None:
        self._predictor.check()

    def stale(self, store: Store, run_id: int | None) -> list[tuple[int, str]]:
        return predicted_with_own_answer(store, self._predictor, run_id)

    def fail_stale(self, store: Store, run_id: int) -> None:
        fail_predicted_with_own_answer(store, self._predictor, run_id)

    def estimate(self, store: Store, run_id: int | None, pending: int, cache: AnswerCache | None) -> Estimate:
        texts = chain(self.stale(store, run_id), pending_texts(store, run_id))
        return estimate(store, self._predictor, texts, pending, cache)

    async def work(self, context: EngineContext, progress: RunProgress, on_progress: OnProgress) -> None:
        self._run = LLMRun(context, self._predictor, progress, on_progress)
        await self._run.work()

    def count_to_reparse(self, store: Store) -> int:
        return pending_count(store, None)

    async def reparse(self, context: EngineContext, progress: RunProgress, on_progress: OnProgress) -> None:
        await reparse(context, self._predictor, progress, on_progress)

    def nudge(self) -> None:
        assert self._run is not None
        self._run.nudge()

    def updated_progress(self) -> RunProgress:
        assert self._run is not None
        return self._run.updated_progress()

    async def close(self) -> None:
        if self._opened is not None:
            self._opened.close()

    @property
    def _predictor(self) -> LLMPredictor:
        assert self._opened is not None
        return self._opened
