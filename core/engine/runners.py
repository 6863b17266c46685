"""Choosing and opening runners: an LLM runs in the engine's process, any other predictor in a process of its own."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

from tiebreak.core.engine.llm_runner import LLMRunner
from tiebreak.core.engine.process_runner import ProcessRunner
from tiebreak.core.engine.progress import EngineOptions
from tiebreak.core.engine.runner import Runner
from tiebreak.core.predictors import llm_pipeline
from tiebreak.core.predictors.opening import check_config
from tiebreak.core.project.config import PredictorConfig
from tiebreak.core.records import Task
from tiebreak.core.store.connection import Store


def runner_of(config: PredictorConfig, task: Task, options: EngineOptions) -> Runner:
    """Return the runner of a predictor; it is not open yet."""
    return LLMRunner(config, task, options) if llm_pipeline.recognises(config) else ProcessRunner(config)


@asynccontextmanager
async def opened(
    store: Store, configs: Sequence[PredictorConfig], options: EngineOptions
) -> AsyncIterator[list[Runner]]:
    """Open a runner for each config, all at the same time, and close them at the end.

    Raises ConfigError or PredictorError if any of them cannot be used.
    """
    for config in configs:
        check_config(config, store.task)
    runners = [runner_of(config, store.task, options) for config in configs]
    try:
        for runner in runners:
            await runner.begin(store)
        opening = [asyncio.create_task(runner.open()) for runner in runners]
        try:
            await asyncio.gather(*opening)
        finally:
            for task in opening:
                task.cancel()
        yield runners
    finally:
        for runner in runners:
            await runner.close()
