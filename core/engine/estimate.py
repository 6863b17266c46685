"""Estimating a run before it begins: examples, calls, tokens and cost."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from tiebreak.core.engine.progress import EngineOptions, Estimate
from tiebreak.core.engine.runner import Runner, pending_of
from tiebreak.core.engine.runners import opened
from tiebreak.core.project.config import PredictorConfig
from tiebreak.core.store.answer_cache import AnswerCache
from tiebreak.core.store.connection import Store


def estimate_all(store: Store, configs: Sequence[PredictorConfig], options: EngineOptions) -> list[Estimate]:
    """Estimate the work of each predictor; open it, but send nothing. Raises ConfigError or PredictorError."""
    return asyncio.run(_estimate_all(store, configs, options))


async def _estimate_all(store: Store, configs: Sequence[PredictorConfig], options: EngineOptions) -> list[Estimate]:
    async with opened(store, configs, options) as runners:
        cache = AnswerCache(options.cache) if options.cache is not None and options.cache.exists() else None
        return [_estimate(store, runner, options, cache) for runner in runners]


def _estimate(store: Store, runner: Runner, options: EngineOptions, cache: AnswerCache | None) -> Estimate:
    run_id, pending = pending_of(store, runner)
    return runner.estimate(store, run_id, pending if options.limit is None else min(pending, options.limit), cache)
