"""Where predictions come from: spaCy pipelines, and LLMs behind spacy-llm."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from tiebreak.core.errors import ConfigError
from tiebreak.core.records import Prediction, Task

if TYPE_CHECKING:
    from tiebreak.core.config import PredictorConfig


class Predictor(Protocol):
    """Says something of each text. `fingerprint` names model, version and prompt, but not the label map."""

    name: str
    kind: str
    model: str
    fingerprint: str

    def check(self) -> None:
        """Raise PredictorError where what the predictor speaks to is down or refuses it; before any text is read."""
        ...

    def predict(self, texts: Iterable[tuple[int, str]]) -> Iterator[list[Prediction]]:
        """Yield a prediction for each (example id, text), in batches, in any order; a failure is a prediction too.

        Raises PredictorError where going on would be pointless.
        """
        ...


def open_predictor(config: PredictorConfig, task: Task) -> Predictor:
    """Open the pipeline that `config` names: a spacy-llm `.cfg`, or what `spacy.load` opens.

    Raises ConfigError or PredictorError where that fails, before any text is read.
    """
    if config.spans_key is not None and not task.allows_overlap:
        raise ConfigError(
            f"{config.name}: spans_key needs a store with the task {Task.SPANCAT.value}, not {task.value}"
        )
    if config.pipeline.endswith(".cfg"):
        from tiebreak.core.predictors.llm_pipeline import LLMPredictor, assemble

        if not Path(config.pipeline).is_file():
            raise ConfigError(f"{config.pipeline}: no such config file")
        nlp = assemble(Path(config.pipeline), config.overrides)
        return LLMPredictor(nlp, config, task)
    from tiebreak.core.predictors.spacy_pipeline import SpacyPredictor, load_pipeline

    return SpacyPredictor(load_pipeline(config.pipeline), config, task)
