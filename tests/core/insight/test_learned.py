"""What was learned of places that are alike, as the store keeps it: which predictor was right, and the export."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

import pytest

from tiebreak.core.compare.alike import Alike, alike_of, outcome_of
from tiebreak.core.insight.learned import LearnedAlike, learned_alike
from tiebreak.core.learning.learner import Learner
from tiebreak.core.records import (
    Category,
    Difference,
    Learned,
    LearnedPlace,
    Likely,
    Marks,
    Prediction,
    Record,
    Span,
    Task,
)
from tiebreak.core.review.session import ReviewSession
from tiebreak.core.store.connection import Store
from tiebreak.core.store.examples import add_examples
from tiebreak.core.store.learned import LearnedRow, basis_of, save_learned
from tiebreak.core.store.learned_patterns import HeldOutcome, save_outcomes
from tiebreak.core.store.predictions import save_predictions, start_run
from tiebreak.core.store.queue import queue_item
from tiebreak.core.store.short_writes import ShortWrites

Predict = Callable[[Store, str, Mapping[str, Iterable[Span] | str]], dict[str, int]]
A, B = Span(0, 4, "A"), Span(0, 4, "B")
C = Span(0, 3, "C")
ONLY_LEFT = Difference(0, 4, "missing", {"left": (A,), "right": ()})
BOTH = Difference(0, 4, "label", {"left": (A,), "right": (B,)})


def hold(store: Store, *counts: tuple[Difference, Marks, int, int]) -> None:
    """Save the outcomes at differences like these, and how often they were confirmed, as the learner does."""
    rows = [
        HeldOutcome(alike_of(difference), outcome_of(difference, marks), places, confirmed)
        for difference, marks, places, confirmed in counts
    ]
    save_outcomes(store, rows, ShortWrites(store))


def learn(store: Store, example_id: int, *likely: tuple[Marks, float]) -> None:
    """Save what was learned of an example, as the learner does."""
    places = tuple(LearnedPlace((Likely(marks, probability),), 0.05) for marks, probability in likely)
    basis = basis_of(queue_item(store, example_id).differences)
    save_learned(store, [LearnedRow(example_id, basis, Learned(7, places))])


@pytest.fixture
def ids(store: Store, predict: Predict) -> list[int]:
    """Three texts in which only left says A, and two in which right says B instead."""
    texts = [f"text {number}" for number in range(5)]
    predict(store, "left", {text: [A] for text in texts})
    return list(
        predict(store, "right", {text: [B] if number > 2 else [] for number, text in enumerate(texts)}).values()
    )


def test_what_is_alike_has_the_same_kind_and_labels_of_the_same_predictors() -> None:
    alike = alike_of(ONLY_LEFT)
    assert alike == Alike("missing", (("left", ("A",)), ("right", ())))
    assert alike_of(Difference(9, 12, "missing", {"left": (Span(9, 12, "A"),), "right": ()})) == alike
    assert alike_of(Difference(0, 4, "missing", {"left": (), "right": (A,)})) != alike


def test_an_outcome_is_whose_reading_holds_or_that_it_is_nobodys() -> None:
    difference = Difference(0, 4, "label", {"one": (A,), "two": (B,), "three": (A,)})
    assert outcome_of(difference, (A,)) == ("one", "three")
    assert outcome_of(difference, ()) == "neither"
    assert outcome_of(difference, (Span(0, 3, "A"),)) == "other"
    assert outcome_of(Difference(0, 4, "missing", {"one": (A,), "two": ()}), ()) == ("two",)


def test_it_says_who_was_right_and_what_would_go_out(store: Store, ids: list[int]) -> None:
    hold(store, (ONLY_LEFT, (A,), 3, 2), (ONLY_LEFT, (), 1, 1), (BOTH, (C,), 1, 1))
    learn(store, ids[0], ((A,), 0.75))
    learn(store, ids[1], ((), 0.25))
    learn(store, ids[3], ((A,), 0.5))
    first, second = learned_alike(store)
    assert (first.alike, second.alike) == (alike_of(ONLY_LEFT), alike_of(BOTH))
    assert (first.settled, first.confirmed, first.right) == (4, 3, {"left": 3, "right": 1})
    assert (first.open, dict(first.likely), first.probability) == (2, {("left",): 1, ("right",): 1}, 0.5)
    assert (second.right, second.held["other"]) == ({"left": 0, "right": 0}, 1)
    assert (dict(second.likely), second.probability) == ({("left",): 1}, 0.5)


def test_what_the_learner_wrote_of_answers_is_what_they_say(store: Store, ids: list[int]) -> None:
    session = ReviewSession(store, "sam")
    for number, side in ((0, "left"), (1, "right"), (3, "right")):
        review = session.open(ids[number])
        review.choose_all(side)
        session.answer(review, "accept", seconds=1, keys=1)
    session.answer(session.open(ids[4]), "ignore", seconds=1, keys=1)
    learner = Learner(store)
    learner.catch_up()
    while stale := learner.stale():
        learner.save(stale)
    first, second = learned_alike(store)
    assert (first.alike, second.alike) == (alike_of(ONLY_LEFT), alike_of(BOTH))
    assert (first.settled, first.confirmed, first.right, first.open) == (2, 2, {"left": 1, "right": 1}, 1)
    assert (second.settled, second.confirmed, second.right, second.open) == (1, 1, {"left": 0, "right": 1}, 0)
    assert first.probability is not None
    assert 0 < first.probability < 1
    exported = outcome_of(ONLY_LEFT, learner.best(ids[2]).marks)
    assert dict(first.likely) == {exported: 1}


def test_without_the_open_places_it_goes_through_no_examples(store: Store, ids: list[int]) -> None:
    hold(store, (ONLY_LEFT, (A,), 3, 2))
    learn(store, ids[0], ((A,), 0.75))
    [alike] = learned_alike(store, with_open=False)
    assert (alike.settled, alike.open, alike.probability) == (3, 0, None)


def test_a_text_that_was_answered_or_compared_again_is_no_open_place(
    store: Store, ids: list[int], predict: Predict
) -> None:
    learn(store, ids[0], ((A,), 0.75))
    learn(store, ids[1], ((A,), 0.75))
    session = ReviewSession(store, "sam")
    session.answer(session.open(ids[0]), "accept", seconds=1, keys=1)
    predict(store, "third", {"text 1": [B]})
    assert learned_alike(store) == []


def test_nothing_is_learned_of_a_new_store(store: Store) -> None:
    assert learned_alike(store) == []


def test_categories_are_alike_by_their_label(new_store: Callable[[Task], Store]) -> None:
    store = new_store(Task.TEXTCAT_MULTILABEL)
    [id], _ = add_examples(store, [Record("one")], "test")
    for name, score in (("left", 0.9), ("right", 0.1)):
        run = start_run(store, predictor=name, kind="file", fingerprint="1", model="m")
        save_predictions(store, run, [Prediction(id, cats={"SPORT": score})])
    learn(store, id, ((Category("SPORT"),), 0.8))
    [alike] = learned_alike(store)
    assert alike.alike == Alike("missing", (("left", ("SPORT",)), ("right", ())))
    assert alike == LearnedAlike(alike.alike, likely=alike.likely, probabilities=0.8)
    assert dict(alike.likely) == {("left",): 1}


@pytest.mark.parametrize("places", ["[1]", "{}", '[{"candidates": []}]', '[{"candidates": [{"spans": 1}]}]', "x"])
def test_what_tiebreak_did_not_write_counts_as_nothing(store: Store, ids: list[int], places: str) -> None:
    learn(store, ids[0], ((A,), 0.75))
    store.execute("UPDATE learned SET places = ?", (places,))
    assert learned_alike(store) == []


@pytest.mark.parametrize(
    ("pattern", "outcome"),
    [("[]", '"other"'), ('{"kind": "label"}', '"other"'), ('{"kind": "label", "readings": {}}', "1")],
)
def test_counts_that_tiebreak_did_not_write_count_as_nothing(store: Store, pattern: str, outcome: str) -> None:
    store.execute("INSERT INTO learned_patterns VALUES (?, ?, 1, 1)", (pattern, outcome))
    assert learned_alike(store) == []


@pytest.mark.parametrize("table", ["learned", "learned_patterns"])
def test_without_the_tables_nothing_was_learned(store: Store, ids: list[int], table: str) -> None:
    hold(store, (ONLY_LEFT, (A,), 3, 2))
    learn(store, ids[0], ((A,), 0.75))
    store.execute(f"DROP TABLE {table}")
    assert learned_alike(store) == []
