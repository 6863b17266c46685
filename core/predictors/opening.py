"""Opening the predictor that a config names, whatever its kind."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tiebreak.core.errors import ConfigError
from tiebreak.core.predictors import spacy_config, spacy_pipeline
from tiebreak.core.records import Task

if TYPE_CHECKING:
    from tiebreak.core.predictors.protocol import BatchKind, BatchPredictor, Predictor
    from tiebreak.core.project.config import PredictorConfig

KINDS: tuple[BatchKind, ...] = (spacy_config, spacy_pipeline)  # the first that recognises a config opens it


def check_config(config: PredictorConfig, task: Task) -> None:
    """Raise ConfigError if the config does not fit the task."""
    if config.spans_key is not None and not task.allows_overlap:
        raise ConfigError(
            f"{config.name}: spans_key needs a store with the task {Task.SPANCAT.value}, not {task.value}"
        )


def open_batches(config: PredictorConfig, task: Task) -> BatchPredictor:
    """Open a predictor that is not an LLM. Raises ConfigError or PredictorError if that fails."""
    check_config(config, task)
    return _kind_of(config).open_predictor(config, task)


def known_fingerprint(config: PredictorConfig) -> str | None:
    """Return the fingerprint of a predictor that is not an LLM; None if only opening it shows the fingerprint."""
    return _kind_of(config).known_fingerprint(config)


def _kind_of(config: PredictorConfig) -> BatchKind:
    return next(kind for kind in KINDS if kind.recognises(config))


def open_predictor(config: PredictorConfig, task: Task, *, stock_model: bool = False) -> Predictor:
    """Open the predictor that `config` names, whatever its kind.

    Raises ConfigError or PredictorError if that fails, before any text is read.
    """
    from tiebreak.core.predictors import llm_pipeline  # here, since a process for batches need not load it

    if not llm_pipeline.recognises(config):
        return open_batches(config, task)
    check_config(config, task)
    return llm_pipeline.open_predictor(config, task, stock_model=stock_model)
