"""What teaches: the answers in force, and what the predictors say of the texts, read in bulk."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import chain, zip_longest
from typing import NamedTuple

from tiebreak.core.records import Answer, Prediction
from tiebreak.core.selection.filter import DISAGREEING, OPEN, WITH_AGREED, Order
from tiebreak.core.store.answered import OVERLAP_BOUND
from tiebreak.core.store.answers import AUTO, answers_by_id
from tiebreak.core.store.comparisons import SCORER, current_ok_predictions
from tiebreak.core.store.connection import Store, in_parts
from tiebreak.core.store.current import predictor_names
from tiebreak.core.store.predictions import DUE, REPLACED
from tiebreak.core.store.queue import next_examples, open_at_random, predictors_of

_PART = 500  # texts that are read at a time


class SaidText(NamedTuple):
    """A text, and what each predictor that did not fail says of it, the left one first."""

    id: int
    text: str
    predictions: Mapping[str, Prediction]


class TeachingAnswers:
    """The ids of the answers that teach: those of people that accept, and are final, to texts outside the slice.

    Asked again, it looks at the examples alone that were answered, or whose answers were taken back, since: these are
    the `changed` ones then.
    """

    def __init__(self, store: Store) -> None:
        self.changed: list[int] = []
        self._store = store
        self._by_example: dict[int, list[int]] = {}
        self._newest = 0
        self._undone = 0

    def ids(self) -> list[int]:
        """Return the ids, in order. Raises StoreError, and asked again it looks at the same examples once more."""
        (newest,) = self._store.execute("SELECT coalesce(max(id), 0) FROM answers").fetchone()
        (undone,) = self._store.execute("SELECT count(*) FROM undone_answers").fetchone()
        changed = self._changed(undone)
        found: dict[int, list[int]] = {example_id: [] for example_id in changed}
        for marks, part in in_parts(changed):
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
        """The examples whose answers in force may be others than the last time, now that so many are taken back."""
        rows = self._store.execute("SELECT example_id FROM answers WHERE id > ?", (self._newest,)).fetchall()
        if undone != self._undone:
            rows += self._store.execute(
                "SELECT example_id FROM answers WHERE id IN (SELECT answer_id FROM undone_answers)"
            ).fetchall()
        return sorted({example_id for (example_id,) in rows})


def taught_examples(store: Store, answer_ids: Sequence[int]) -> Iterator[tuple[Answer, SaidText]]:
    """Read answers in the order of their ids, each with its text and what is said of it now."""
    for at in range(0, len(answer_ids), _PART):
        answers = answers_by_id(store, answer_ids[at : at + _PART])
        texts = {each.id: each for each in said_texts(store, sorted({answer.example_id for answer in answers}))}
        for answer in answers:
            yield answer, texts[answer.example_id]


def said_texts(store: Store, example_ids: Sequence[int]) -> Iterator[SaidText]:
    """Read these texts, in the order of their ids, with what is said of them."""
    for marks, part in in_parts(example_ids):
        predictions = current_ok_predictions(store, marks, part)
        rows = store.execute(f"SELECT id, text FROM examples WHERE id IN ({marks}) ORDER BY id", part)
        for example_id, text in rows:
            said = predictions.get(example_id, {})
            yield SaidText(example_id, text, {name: _within(each, len(text)) for name, each in said.items()})


def _within(prediction: Prediction, length: int) -> Prediction:
    """The prediction without spans that leave the text, which Tiebreak did not write: the others teach."""
    if all(span.end <= length for span in prediction.spans):
        return prediction
    return prediction._replace(spans=tuple([span for span in prediction.spans if span.end <= length]))


def all_said_texts(store: Store) -> Iterator[SaidText]:
    """Read all texts of which some predictor says something."""
    after = 0
    while ids := example_ids_behind(store, after, _PART):
        yield from (each for each in said_texts(store, ids) if each.predictions)
        after = ids[-1]


def all_texts(store: Store) -> Iterator[str]:
    """Read all texts."""
    for (text,) in store.execute("SELECT text FROM examples ORDER BY id"):
        yield text


def said_now(store: Store) -> tuple[object, ...]:
    """Return another value once there are new texts, a predictor has said something new, its current run is another
    one, or others are compared.
    """
    runs = store.execute("SELECT id, activated, ok, failed FROM runs ORDER BY id").fetchall()
    newest = store.execute("SELECT max(id) FROM examples").fetchone()
    return (*runs, *newest, store.setting(REPLACED), *predictor_names(store))


def rewritten_now(store: Store) -> tuple[object, ...]:
    """Return another value once what the learner has left is to be saved again: other examples are those that all
    annotators answer, or all is compared anew, which takes the values away: under another scorer,
    with another run, or with other predictors.
    """
    due = store.execute("SELECT name FROM settings WHERE name GLOB ? ORDER BY name", (DUE,))
    return store.setting(OVERLAP_BOUND), store.setting(SCORER), *due.fetchall()


def is_due(store: Store) -> bool:
    """Whether examples are still to be compared again."""
    return store.execute("SELECT 1 FROM settings WHERE name GLOB ? LIMIT 1", (DUE,)).fetchone() is not None


def example_ids_behind(store: Store, after: int, count: int) -> list[int]:
    """Return the ids of the examples behind the id `after`, in order, `count` at most."""
    rows = store.execute("SELECT id FROM examples WHERE id > ? ORDER BY id LIMIT ?", (after, count))
    return [example_id for (example_id,) in rows]


def to_propose(store: Store, example_ids: Sequence[int]) -> list[int]:
    """Return those of the compared examples of which something is learned: nobody has answered them.

    An example that all annotators answer has none, since what one of them answered would show to the next. Slice texts
    have it whoever answered: where they stand in the order, and what would be exported of them, the estimates rest on.
    """
    found: list[int] = []
    for marks, part in in_parts(example_ids):
        rows = store.execute(
            f"""
            SELECT example_id FROM queue
            WHERE example_id IN ({marks}) AND (
                +answered = 0 AND overlap = 0  -- +: no index helps but that of the ids
                OR example_id IN (SELECT example_id FROM slice WHERE drawn_at IS NOT NULL)
            )
            """,
            part,
        )
        found += [example_id for (example_id,) in rows]
    return found


def most_valuable(store: Store, count: int) -> list[int]:
    """Return the examples without an answer that come next by value, `count` at most.

    Those that fewer than two predictors have read come last: they wait only until two have, or there are no others.
    """
    found = next_examples(store, WITH_AGREED, count=count, order=Order.VALUE)
    return found + next_examples(store, OPEN, count=count - len(found), order=Order.VALUE)


def upcoming_examples(store: Store, count: int) -> list[int]:
    """Return the examples that come next, by value and by disagreement in turn; `count` at most of each order.

    Where no predictor has read anything, those are among them that come next at random.
    """
    others = next_examples(store, DISAGREEING, count=count) if predictors_of(store) else open_at_random(store, count)
    orders = zip_longest(most_valuable(store, count), others)
    return [each for each in dict.fromkeys(chain.from_iterable(orders)) if each is not None]
