"""The interface of a predictor, and of a new kind of predictors."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from tiebreak.core.label_map import LabelMap
    from tiebreak.core.project.config import PredictorConfig
    from tiebreak.core.records import Prediction, Task


class Predictor(Protocol):
    """An open predictor. `fingerprint` covers all that decides its predictions, except the label map."""

    @property
    def name(self) -> str: ...
    @property
    def kind(self) -> str: ...
    @property
    def model(self) -> str: ...
    @property
    def fingerprint(self) -> str: ...

    @property
    def labels(self) -> tuple[str, ...]:
        """The labels that it can give, before the label map; empty if it does not list them."""

    @property
    def labels_by_component(self) -> Mapping[str, tuple[str, ...]]:
        """The labels of each component that predicts, by the component's name."""


class BatchPredictor(Predictor, Protocol):
    """A predictor that needs nothing but the texts; the engine runs it in a process of its own."""

    @property
    def chunk_size(self) -> int:
        """The number of texts to take at a time."""

    def predict(self, texts: Iterable[tuple[int, str]]) -> Iterator[list[Prediction]]:
        """Predict (example id, text) pairs, under the config's label map; each list is saved at once.

        A text that fails gets a failed prediction.
        """


class BatchKind(Protocol):
    """A kind of batch predictors: a module with these three functions, listed in `opening.KINDS`."""

    def recognises(self, config: PredictorConfig) -> bool:
        """Return whether the config names a predictor of this kind."""

    def open_predictor(self, config: PredictorConfig, task: Task) -> BatchPredictor:
        """Open the predictor. Raises ConfigError or PredictorError if that fails, or if it does not fit the task."""

    def known_fingerprint(self, config: PredictorConfig) -> str | None:
        """Return the fingerprint that `open_predictor` would give, or None if only opening the predictor shows it."""


def run_fingerprint(predictor: str, label_map: LabelMap) -> str:
    """Return the fingerprint of a run: the fingerprint of its predictor, and the label map."""
    return f"{predictor}, label map {label_map}"
