"""What a predictor says of itself, and what a new kind of predictor implements."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from tiebreak.core.label_map import LabelMap
    from tiebreak.core.project.config import PredictorConfig
    from tiebreak.core.records import Prediction, Task


class Predictor(Protocol):
    """A predictor that is open. `fingerprint` is of all that decides its predictions, but for the label map."""

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
        """The labels that it can give, before the label map; none where it does not list them."""

    @property
    def given(self) -> Mapping[str, tuple[str, ...]]:
        """The labels of each part of it that predicts, by the part's name."""


class BatchPredictor(Predictor, Protocol):
    """A predictor that needs nothing but the texts; the engine runs it in a process of its own."""

    @property
    def chunk_size(self) -> int:
        """How many texts to take at a time."""

    def predict(self, texts: Iterable[tuple[int, str]]) -> Iterator[list[Prediction]]:
        """Predict (example id, text) pairs, under the config's label map; each list is saved at once.

        What fails is that text's failed prediction.
        """


class BatchKind(Protocol):
    """A kind of such predictors: a module with these three functions, named in `opening.KINDS`."""

    def recognises(self, config: PredictorConfig) -> bool:
        """Return whether the config names a predictor of this kind."""

    def open_predictor(self, config: PredictorConfig, task: Task) -> BatchPredictor:
        """Open it. Raises ConfigError or PredictorError where that fails, or where it says nothing of the task."""

    def known_fingerprint(self, config: PredictorConfig) -> str | None:
        """Return the fingerprint of what `open_predictor` opens, where that takes no opening; else None."""


def run_fingerprint(what: str, label_map: LabelMap) -> str:
    """Return what makes a run: the fingerprint of its predictor, and the label map."""
    return f"{what}, label map {label_map}"
