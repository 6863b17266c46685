"""Texts of a store with their questions; the texts that are needed again and again are kept."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from tiebreak.core.learning.askers import asker_of
from tiebreak.core.learning.asking import Asked, Asker, ReadText
from tiebreak.core.records import Marks
from tiebreak.core.store.connection import Store
from tiebreak.core.store.current import predictor_names
from tiebreak.core.store.examples import label_names
from tiebreak.core.store.teaching import PredictedText, read_all_predicted_texts, read_all_texts, read_predicted_texts

_KEPT = 1600  # texts, some 25 kB each: enough for the next of the queue and the slice


class AskedText(NamedTuple):
    """A text as the predictors read it, and its questions."""

    id: int
    text: ReadText
    asked: tuple[Asked, ...]


class AskedTexts:
    """Asks about the texts of a store, by the predictions at the time this is made."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self.asker: Asker = asker_of(store.task, predictor_names(store), label_names(store))
        self._kept: dict[int, AskedText] = {}
        for each in read_all_predicted_texts(store):
            self.asker.read(each.text, self._readings(each))
        for text in read_all_texts(store):
            self.asker.count(text)

    def ask(self, predicted: PredictedText) -> AskedText:
        """Return a text from the store with its questions."""
        scores = {name: each.cats or {} for name, each in predicted.predictions.items()}
        text = ReadText.of(self._store.rules, predicted.text, self._readings(predicted), scores)
        return AskedText(predicted.id, text, self.asker.ask(text))

    def of(self, example_ids: Sequence[int], *, keep: bool = False) -> Iterator[AskedText]:
        """Yield these examples with their questions; `keep` keeps them in memory for the next time."""
        unknown = [each for each in example_ids if each not in self._kept]
        yield from (self._kept[each] for each in example_ids if each in self._kept)
        for predicted in read_predicted_texts(self._store, unknown):
            found = self.ask(predicted)
            if keep:
                self._kept[predicted.id] = found
                if len(self._kept) > _KEPT:
                    del self._kept[next(iter(self._kept))]
            yield found

    def _readings(self, predicted: PredictedText) -> Mapping[str, Marks]:
        return {name: self._store.rules.marks_of(each) for name, each in predicted.predictions.items()}
