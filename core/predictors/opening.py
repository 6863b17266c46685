"""Opening the predictor that a config names: a spaCy pipeline, or an LLM behind spacy-llm."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from tiebreak.core.errors import ConfigError
from tiebreak.core.records import Task

if TYPE_CHECKING:
    from tiebreak.core.predictors.llm_pipeline import LLMPredictor
    from tiebreak.core.predictors.spacy_pipeline import SpacyPredictor
    from tiebreak.core.project.config import PredictorConfig


def open_predictor(config: PredictorConfig, task: Task, *, stock_model: bool = False) -> LLMPredictor | SpacyPredictor:
    """Open the pipeline that `config` names: a spacy-llm `.cfg`, or what `spacy.load` opens.

    Raises ConfigError or PredictorError where that fails, before any text is read.
    """
    if config.spans_key is not None and not task.allows_overlap:
        raise ConfigError(
            f"{config.name}: spans_key needs a store with the task {Task.SPANCAT.value}, not {task.value}"
        )
    if config.is_llm:
        from tiebreak.core.predictors.llm_pipeline import LLMPredictor, assemble

        if not Path(config.pipeline).exists():
            raise ConfigError(f"{config.pipeline}: no such config file")
        nlp = assemble(Path(config.pipeline), config.overrides, stock_model=stock_model)
        return LLMPredictor(nlp, config, task)
    from tiebreak.core.predictors.spacy_pipeline import SpacyPredictor, load_pipeline

    return SpacyPredictor(load_pipeline(config.pipeline), config, task)
