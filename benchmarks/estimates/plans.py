"""The processes that the simulation plays, and their texts."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path

import numpy as np

from benchmarks.estimates.corpus import Corpus, corpus_of
from benchmarks.estimates.process import BLOCK, FIXED, IN_TURN, Part, Plan
from benchmarks.replay.data import GoldData, read_gold
from tiebreak.core.records import Prediction, Span, Spans

DATA = Path(__file__).parent.parent / "data"

_FILTERED = Part(("disagreement",), 0.15, is_filtered=True)
_LEARNED = Part(("learned",))

PLANS: Mapping[str, Plan] = {
    "learned": Plan((_LEARNED,)),
    "disagreement": Plan((Part(("disagreement",)),)),
    "true errors": Plan((Part(("true errors",)),)),
    "filtered first": Plan((_FILTERED, _LEARNED)),
    "filtered later": Plan((Part(("learned",), 0.15), _FILTERED._replace(until=0.35), _LEARNED)),
    "two annotators": Plan((Part(("disagreement", "true errors")),)),
    "constant predictor": Plan((_LEARNED,), silent=True),
    "5% missing": Plan((_LEARNED,), missing=0.05),
    "15% missing": Plan((_LEARNED,), missing=0.15),
}

DESIGNS: Mapping[str, Plan] = {
    f"{name}, {design}": PLANS[name]._replace(design=design)
    for name in ("learned", "filtered first", "filtered later")
    for design in (IN_TURN, FIXED, BLOCK)
}


class Texts:
    """A set of texts, as it is and with a second system that never marks anything."""

    def __init__(self, data: GoldData, resampled: int = 0) -> None:
        self._data, self._resampled = data, resampled
        self.corpus = self._made(data)

    def silent(self) -> Corpus:
        """Return the texts with no marks of the second system."""
        second = self._data.systems[1]
        texts = [replace(each, predictions={**each.predictions, second: Prediction(0)}) for each in self._data.texts]
        return self._made(replace(self._data, texts=tuple(texts)))

    def _made(self, data: GoldData) -> Corpus:
        corpus = corpus_of(data)
        return corpus.resampled(self._resampled, 1) if self._resampled else corpus


# The sets by name. Only the first two were used while the estimator was designed.
SETS: Mapping[str, Callable[[], Texts]] = {
    "wikigold": lambda: Texts(_wikigold()),
    "wikigold 2400": lambda: Texts(_wikigold(), 2400),
    "news 2400": lambda: Texts(read_gold(DATA / "news_headlines_pairs.jsonl", ("llm", "spacy")), 2400),
    "good systems": lambda: Texts(_corrected(_wikigold())),
}


def _wikigold() -> GoldData:
    return read_gold(DATA / "wikigold_pairs.jsonl", ("spacy", "small"))


def _corrected(data: GoldData, share: float = 0.8) -> GoldData:
    """Return the texts with each system's predictions corrected, independently, in this share of them."""
    draw = np.random.default_rng(1)
    texts = []
    for text in data.texts:
        gold: Spans = tuple([mark for mark in text.gold if isinstance(mark, Span)])
        predictions = {
            name: Prediction(0, gold) if draw.random() < share else each for name, each in text.predictions.items()
        }
        texts.append(replace(text, predictions=predictions))
    return replace(data, texts=tuple(texts))
