"""What the learner reads in bulk: the answers that teach, and the predictions of the texts."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import chain, zip_longest
from typing import NamedTuple

from tiebreak.core.records import Answer, Prediction
from tiebreak.core.selection.filter import DISAGREEING, OPEN, WITH_AGREED, Order
from tiebreak.core.store.answered import OVERLAP_BOUND
from tiebreak.core.store.answers import AUTO, answers_by_id
from tiebreak.core.store.comparisons import SCORER, current_ok_predictions
from tiebreak.core.store.connection import Store, in_batches
from tiebreak.core.store.current import predictor_names
from tiebreak.core.store.predictions import DUE, REPLACED
from tiebreak.core.store.queue import next_examples, open_at_random, predictors_of

_PART = 500  # texts read at a time


class PredictedText(NamedTuple):
    """A text with its ok predictions by predictor, the left predictor's first."""

    id: int
    text: str
    predictions: Mapping[str, Prediction]


class TeachingAnswers:
    """The ids of the answers that teach: people's final, accepting answers to texts outside the slice.

    A later call looks only at the `changed` examples: those that were answered, or whose answers were taken back, since
    the call before.
    """

    def __init__(self, store: Store) -> None:
        self.changed: list[int] = []
        self._store = store
        self._by_example: dict[int, list[int]] = {}
        self._newest = 0
        self._undone = 0

    def ids(self) -> list[int]:
        """Return the ids in order. Raises StoreError; then the next call looks at the same examples again."""
        (newest,) = self._store.execute("SELECT coalesce(max(id), 0) FROM answers").fetchone()
        (undone,) = self._store.execute("SELECT count(*) FROM undone_answers").fetchone()
        changed = self._changed(undone)
        found: dict[int, list[int]] = {example_id: [] for example_id in changed}
        for marks, part in in_batches(changed):
            rows = self._store.execute(
                f"""
                SELECT id, example_id FROM final_answers
                WHERE example_id IN ({marks}) AND answer = 'accept' AND annotator <> ?
                    AND example_id NOT IN (SELECT example_id FROM slice WHERE drawn_at IS NOT NULL)
                """,
                (*part, AUTO),
            )
            for answer_id, example_id in rows:
                found[example_id].append(answer_id)
        self._by_example |= found
        self._newest, self._undone, self.changed = newest, undone, changed
        return sorted(answer_id for ids in self._by_example.values() for answer_id in ids)

    def _changed(self, undone: int) -> list[int]:
        """Return the examples whose answers in force may have changed, given how many answers are `undone` now."""
        rows = self._store.execute("SELECT example_id FROM answers WHERE id > ?", (self._newest,)).fetchall()
        if undone != self._undone:
            rows += self._store.execute(
                "SELECT example_id FROM answers WHERE id IN (SELECT answer_id FROM undone_answers)"
            ).fetchall()
        return sorted({example_id for (example_id,) in rows})


def taught_examples(store: Store, answer_ids: Sequence[int]) -> Iterator[tuple[Answer, PredictedText]]:
    """Yield the answers in the order of their ids, each with its text and the present predictions of it."""
    for at in range(0, len(answer_ids), _PART):
        answers = answers_by_id(store, answer_ids[at : at + _PART])
        texts = {
            each.id: each for each in read_predicted_texts(store, sorted({answer.example_id for answer in answers}))
        }
        for answer in answers:
            yield answer, texts[answer.example_id]


def read_predicted_texts(store: Store, example_ids: Sequence[int]) -> Iterator[PredictedText]:
    """Yield these texts with their predictions, in the order of their ids."""
    for marks, part in in_batches(example_ids):
        predictions = current_ok_predictions(store, marks, part)
        rows = store.execute(f"SELECT id, text FROM examples WHERE id IN ({marks}) ORDER BY id", part)
        for example_id, text in rows:
            of_text = predictions.get(example_id, {})
            yield PredictedText(example_id, text, {name: _within(each, len(text)) for name, each in of_text.items()})


def _within(prediction: Prediction, length: int) -> Prediction:
    """Return the prediction without spans that leave the text: Tiebreak did not write them."""
    if all(span.end <= length for span in prediction.spans):
        return prediction
    return prediction._replace(spans=tuple([span for span in prediction.spans if span.end <= length]))


def read_all_predicted_texts(store: Store) -> Iterator[PredictedText]:
    """Yield all texts with at least one ok prediction."""
    after = 0
    while ids := example_ids_behind(store, after, _PART):
        yield from (each for each in read_predicted_texts(store, ids) if each.predictions)
        after = ids[-1]


def read_all_texts(store: Store) -> Iterator[str]:
    """Yield all texts."""
    for (text,) in store.execute("SELECT text FROM examples ORDER BY id"):
        yield text


def predictions_stamp(store: Store) -> tuple[object, ...]:
    """Return a value that changes with new texts, new predictions, another current run or compared predictors."""
    runs = store.execute("SELECT id, activated, ok, failed FROM runs ORDER BY id").fetchall()
    newest = store.execute("SELECT max(id) FROM examples").fetchone()
    return (*runs, *newest, store.setting(REPLACED), *predictor_names(store))


def learned_stamp(store: Store) -> tuple[object, ...]:
    """Return a value that changes once the learner has to save its values again.

    That is the case when the overlap changes, or when examples are compared again and so lose their values. They are
    compared again under another scorer, with another run, or with other predictors.
    """
    due = store.execute("SELECT name FROM settings WHERE name GLOB ? ORDER BY name", (DUE,))
    return store.setting(OVERLAP_BOUND), store.setting(SCORER), *due.fetchall()


def is_due(store: Store) -> bool:
    """Return whether examples still wait to be compared again."""
    return store.execute("SELECT 1 FROM settings WHERE name GLOB ? LIMIT 1", (DUE,)).fetchone() is not None


def example_ids_behind(store: Store, after: int, count: int) -> list[int]:
    """Return the ids of the examples after the id `after`, in order, `count` at most."""
    rows = store.execute("SELECT id FROM examples WHERE id > ? ORDER BY id LIMIT ?", (after, count))
    return [example_id for (example_id,) in rows]


def to_propose(store: Store, example_ids: Sequence[int]) -> list[int]:
    """Return those of the compared examples that get learned data: the unanswered examples and the slice texts.

    Overlap examples get no learned data: it would show an annotator's answer to the next. Slice texts get it even if
    answered: the estimates rest on their places in the order, and on the marks that they would export.
    """
    found: list[int] = []
    for marks, part in in_batches(example_ids):
        rows = store.execute(
            f"""
            SELECT example_id FROM queue
            WHERE example_id IN ({marks}) AND (
                +answered = 0 AND overlap = 0  -- +: only the index of the ids helps
                OR example_id IN (SELECT example_id FROM slice WHERE drawn_at IS NOT NULL)
            )
            """,
            part,
        )
        found += [example_id for (example_id,) in rows]
    return found


def most_valuable(store: Store, count: int) -> list[int]:
    """Return the unanswered examples that come next by value, `count` at most.

    Open examples come last: they wait until two predictors have read them, or until no others are left.
    """
    found = next_examples(store, WITH_AGREED, count=count, order=Order.VALUE)
    return found + next_examples(store, OPEN, count=count - len(found), order=Order.VALUE)


def upcoming_examples(store: Store, count: int) -> list[int]:
    """Return the examples that come next by value and by disagreement in turn, `count` at most of each order.

    If no predictor has read anything, the next examples at random replace those by disagreement.
    """
    others = next_examples(store, DISAGREEING, count=count) if predictors_of(store) else open_at_random(store, count)
    orders = zip_longest(most_valuable(store, count), others)
    return [each for each in dict.fromkeys(chain.from_iterable(orders)) if each is not None]
